"""Brings every time inside a typed value to UTC, and finds the one without a zone.

The way to the times is worked out once per type, so that values without any (a fleet's packages) are not walked at all.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, TypeVar

T = TypeVar("T")
Settle = Callable[[Any, str], Any]  # value and its place -> the same value, its times in UTC


class UnzonedTimeError(ValueError):
    """A time that doesn't say in which zone it is."""

    def __init__(self, place: str, value: datetime) -> None:
        self.place = place
        self.what = f"the time {value.isoformat()} has no zone; write {value.isoformat()}Z if it is UTC"
        super().__init__(f"{place}: {self.what}")


def settle(kind: Any, value: T) -> T:
    """The value with all its times in UTC (the very same one where they are); raises `UnzonedTimeError`."""
    settler = _settler(kind)
    return value if settler is None else typing.cast(T, settler(value, "$"))


def in_utc(value: datetime, place: str) -> datetime:
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise UnzonedTimeError(place, value)
    return value.astimezone(UTC)


@cache
def _settler(kind: Any) -> Settle | None:
    """How to settle values of a type; None where they hold no time."""
    if kind is datetime:
        return in_utc
    if isinstance(kind, type) and is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        parts = tuple((f.name, settler) for f in fields(kind) if (settler := _settler(hints[f.name])))
        return partial(_settle_fields, parts) if parts else None
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    inner = tuple(_settler(argument) for argument in arguments if argument not in {type(None), Ellipsis})
    first = next(filter(None, inner), None)
    if first is None:
        return None
    if origin in {typing.Union, types.UnionType} and len(inner) == 1:
        return partial(_settle_optional, first)
    if origin is tuple and arguments[1:] == (Ellipsis,):
        return partial(_settle_all, first)
    if origin is tuple:
        return partial(_settle_each, inner)
    raise TypeError(f"times inside {kind} cannot be found")


def _settle_fields(parts: tuple[tuple[str, Settle], ...], value: Any, place: str) -> Any:
    moved: Mapping[str, Any] = {
        name: after for name, settler in parts if (after := settler(before := getattr(value, name), f"{place}.{name}")) is not before
    }
    return replace(value, **moved) if moved else value


def _settle_optional(settler: Settle, value: Any, place: str) -> Any:
    return None if value is None else settler(value, place)


def _settle_all(settler: Settle, values: tuple[Any, ...], place: str) -> tuple[Any, ...]:
    after = tuple([settler(value, f"{place}[...]") for value in values])
    return values if all(map(_same, values, after)) else after


def _settle_each(settlers: tuple[Settle | None, ...], values: tuple[Any, ...], place: str) -> tuple[Any, ...]:
    return tuple(settler(value, f"{place}[...]") if settler else value for settler, value in zip(settlers, values, strict=True))


def _same(before: object, after: object) -> bool:
    return before is after
