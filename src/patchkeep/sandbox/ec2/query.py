"""What every Describe of EC2 shares: filters with wildcards, pages, and ids that are malformed or unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from patchkeep.sandbox.operation import AwsError, Params, page

LEAST_ROWS, MOST_ROWS = 5, 1000
MOST_FILTER_VALUES = 200

Row = TypeVar("Row")
Fields = Mapping[str, Callable[[Row], Iterable[str]]]
Tags = Callable[[Row], Mapping[str, str]]


def filtered(rows: Iterable[Row], params: Params, fields: Fields[Row], tags: Tags[Row] | None = None) -> list[Row]:
    """The rows that satisfy every filter. Raises `EmulatorNotImplemented` for a filter that AWS knows and this table does not."""
    filters = params.get("Filters", ())
    if sum(len(each.get("Values", ())) for each in filters) > MOST_FILTER_VALUES:
        raise AwsError("FilterLimitExceeded", f"The maximum number of filter values specified on a single call is {MOST_FILTER_VALUES}")
    chosen = list(rows)
    for each in filters:
        read = _reader(each["Name"], fields, tags)
        chosen = [row for row in chosen if _any_matches(read(row), each.get("Values", ()))]
    return chosen


def _reader(name: str, fields: Fields[Row], tags: Tags[Row] | None) -> Callable[[Row], Iterable[str]]:
    if name in fields:
        return fields[name]
    if tags is not None and name == "tag-key":
        return lambda row: tags(row).keys()
    if tags is not None and name == "tag-value":
        return lambda row: tags(row).values()
    if tags is not None and name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda row: [tags(row)[key]] if key in tags(row) else []
    raise AwsError("EmulatorNotImplemented", f"The sandbox does not emulate the filter '{name}' here.")


def _any_matches(values: Iterable[str], patterns: Sequence[str]) -> bool:
    """EC2's wildcards are * and ? alone, so brackets are taken literally."""
    globs = [pattern.replace("[", "[[]") for pattern in patterns]
    return any(fnmatchcase(value, glob) for value in values for glob in globs)


def cut(rows: Sequence[Row], params: Params, ids: str) -> tuple[list[Row], dict[str, str]]:
    """One page. `ids` names the parameter of explicit ids, which EC2 does not allow beside MaxResults."""
    most = params.get("MaxResults")
    if most is not None and params.get(ids):
        raise AwsError("InvalidParameterCombination", f"The parameter {ids} cannot be used with the parameter maxResults")
    if most is not None and not LEAST_ROWS <= most <= MOST_ROWS:
        bound = f"greater than {LEAST_ROWS}" if most < LEAST_ROWS else f"less than {MOST_ROWS}"
        raise AwsError("InvalidParameterValue", f"Value ( {most} ) for parameter maxResults is invalid. Expecting a value {bound}.")
    try:
        return page(rows, params, most=MOST_ROWS)
    except AwsError as error:
        raise AwsError("InvalidNextToken", "The provided token is invalid.") from error


def looked_up(ids: Sequence[str], known: Mapping[str, Row], noun: str, code: str) -> list[Row]:
    """The rows of `ids` ("InvalidVolume.NotFound" and its like when one does not exist, `code` being "InvalidVolume")."""
    prefix = {"InvalidInstanceID": "i", "InvalidVolume": "vol", "InvalidSnapshot": "snap", "InvalidAMIID": "ami"}[code]
    if malformed := [each for each in ids if not re.fullmatch(rf"{prefix}-([0-9a-f]{{8}}|[0-9a-f]{{17}})", each)]:
        kind = "InvalidParameterValue" if code in ("InvalidVolume", "InvalidSnapshot") else f"{code}.Malformed"
        raise AwsError(kind, f'Invalid id: "{malformed[0]}"')
    if missing := [each for each in ids if each not in known]:
        several = len(missing) > 1
        sentence = f"The {noun}{'s' * several} '{', '.join(missing)}' do{'es' * (not several)} not exist"
        raise AwsError(f"{code}.NotFound", sentence)
    return [known[each] for each in ids]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
