"""How SSM answers lists: one page under a key, and a refusal when the size asked for is out of the operation's bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from patchkeep.sandbox.operation import Answer, AwsError, Params, Request, page

Row = Any


def listing(request: Request, key: str, rows: Sequence[Row], *, size: tuple[int, int, int]) -> Answer:
    """Answer one page of `rows` under `key`. `size`: fewest, most, and what AWS takes when MaxResults is not given."""
    least, most, default = size
    asked = request.params.get("MaxResults")
    if asked is not None and not least <= int(asked) <= most:
        raise AwsError("ValidationException", f"Value '{asked}' at 'maxResults' must be between {least} and {most}.")
    shown, token = page(rows, request.params, most=most, default=default)
    return {key: shown, **token}


def without_none(**fields: Any) -> Answer:
    return {name: value for name, value in fields.items() if value is not None}


def chosen(params: Params, names: Iterable[str]) -> Answer:
    """Return those of the named parameters that the caller gave."""
    return {name: params[name] for name in names if params.get(name) is not None}


def kept_by(
    filters: Iterable[Mapping[str, Any]], tests: Mapping[str, Callable[[Row, Sequence[str]], bool]], error: str
) -> Callable[[Row], bool]:
    """Return what tells whether a row passes every filter; a key that `tests` lacks is refused with `error`."""
    wanted = []
    for one in filters or ():
        name, values = _parts(one)
        if name not in tests:
            raise AwsError(error, f"The filter key '{name}' is not valid.")
        wanted.append((tests[name], values))
    return lambda row: all(test(row, values) for test, values in wanted)


def _parts(one: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    name = one.get("Key") or one.get("key") or one.get("FilterKey") or ""
    if "value" in one or isinstance(one.get("Value"), str):
        return name, [one.get("value") or one["Value"]]
    return name, one.get("Values") or one.get("valueSet") or one.get("FilterValues") or ()
