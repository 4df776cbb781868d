"""A mapping that cannot change, so that calls, tags and fields can be compared, hashed and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from operator import attrgetter
from typing import Any

from patchkeep.domain.packages import Packages


class Frozen(Mapping[str, Any]):
    """An immutable, hashable mapping; values are frozen all the way down (lists become tuples)."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        merged = {**(items or {}), **more}
        self._items: dict[str, Any] = {key: freeze(merged[key]) for key in sorted(merged)}

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return f"Frozen({self._items!r})"


NOTHING = Frozen()


def freeze(value: Any) -> Any:
    """The same value, unchangeable."""
    match value:
        case Frozen():
            return value
        case Mapping():
            return Frozen(value)
        case list() | tuple():
            return tuple(freeze(item) for item in value)
        case set() | frozenset():
            return tuple(sorted(freeze(item) for item in value))
        case _:
            return value


def thaw(value: Any) -> Any:
    """The same value in plain dicts and lists, as JSON and botocore want it."""
    match value:
        case Mapping():
            return {key: thaw(item) for key, item in value.items()}
        case list() | tuple():
            return [thaw(item) for item in value]
        case _:
            return value


def fingerprint(value: Any) -> str:
    """SHA-256 (hex) of a value's canonical JSON: equal values, equal fingerprints, in every process."""
    text = json.dumps(thaw(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).isoformat()  # one instant, one form, in whichever zone it was read
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"no canonical form for {type(value).__name__}")


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of any of our frozen values, dataclasses included; quicker than `fingerprint` on large ones."""
    text = json.dumps(value, default=_canonical, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> Any:
    """What JSON's encoder doesn't know, as it does; packages by the digest that they have already."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Packages):
        return value.digest.hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    kind: Any = type(value)
    if not is_dataclass(value):
        raise TypeError(f"no canonical form for {kind.__name__}")
    return _values_of(kind)(value)


@cache
def _values_of(kind: type[Any]) -> attrgetter[Any]:
    return attrgetter(*(f.name for f in fields(kind)))
