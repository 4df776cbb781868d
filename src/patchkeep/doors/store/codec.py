"""The domain's frozen values as JSON and back, for the store and for plan files.

What a type says is checked on the way in. Times are aware and in UTC both ways. A `Frozen` holds what AWS answered, so times and
bytes inside it are marked (`{"$time": ...}`) and come back as what they were.
"""

from __future__ import annotations

import base64
import math
import typing
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import msgspec

from patchkeep.domain.frozen import Frozen, freeze
from patchkeep.domain.packages import Package, Packages
from patchkeep.doors.store.times import UnzonedTimeError, in_utc, settle

T = TypeVar("T")
TIME, BYTES, PLAIN = "$time", "$bytes", "$plain"
MARKS = frozenset({TIME, BYTES, PLAIN})


class CodecError(ValueError):
    """A text that isn't the value it should be. `place` is where in it: "$.rings[0].changes"."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place}: {what}")
        self.place = place
        self.what = what


def to_json(value: Any, kind: Any = None) -> bytes:
    """The value as UTF-8 JSON: equal values, equal bytes. A container's own type doesn't say what it holds: `kind` does.

    Raises `CodecError` for a time without a zone and for what JSON cannot hold.
    """
    try:
        return _ENCODER.encode(settle(kind or type(value), value))
    except UnzonedTimeError as error:
        raise CodecError(error.place, error.what) from error
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise CodecError("$", str(error)) from error


def from_json(kind: type[T], text: bytes) -> T:
    """The value that the text stands for; raises `CodecError` with the place where it isn't one of `kind`."""
    try:
        wanted: Any = kind
        value: T = _decoder(wanted).decode(text)
        return settle(kind, value)
    except UnzonedTimeError as error:
        raise CodecError(error.place, error.what) from error
    except msgspec.DecodeError as error:
        what, _, place = str(error).partition(" - at ")
        raise CodecError(place.strip("`") or "$", what) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise CodecError("$", str(error)) from error


def _encode(value: Any) -> Any:
    """Called for what msgspec doesn't know."""
    if isinstance(value, Frozen):
        return _mark(value)
    if isinstance(value, Packages):
        return msgspec.Raw(value.text)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _mark(value: Any) -> Any:
    match value:
        case datetime():
            return {TIME: in_utc(value, "$").isoformat()}
        case bytes():
            return {BYTES: base64.b64encode(value).decode()}
        case Mapping():
            marked = {key: _mark(item) for key, item in value.items()}
            return {PLAIN: marked} if MARKS & marked.keys() else marked
        case list() | tuple():
            return [_mark(item) for item in value]
        case float() if not math.isfinite(value):
            raise ValueError(f"{value} cannot be written as JSON")
        case None | str() | int() | float():
            return value
        case _:
            raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _decode(kind: type[Any], value: Any) -> Any:
    """Called for types msgspec doesn't know; what it raises gets its place from msgspec."""
    if kind is Packages:
        return Packages(msgspec.convert(value, tuple[Package, ...]))
    if kind is not Frozen:
        raise TypeError(f"no way to read a {kind.__name__}")
    if not isinstance(value, dict):
        raise TypeError(f"Expected `object`, got `{type(value).__name__}`")
    frozen = freeze(_unmark(value))
    if not isinstance(frozen, Frozen):
        raise TypeError("Expected `object`, got a marked value")
    return frozen


def _unmark(value: Any) -> Any:
    match value:
        case {"$time": str(text), **rest} if not rest:
            return in_utc(datetime.fromisoformat(text), "$")
        case {"$bytes": str(text), **rest} if not rest:
            return base64.b64decode(text, validate=True)
        case {"$plain": dict(inner), **rest} if not rest:
            return {key: _unmark(item) for key, item in inner.items()}
        case dict():
            return {key: _unmark(item) for key, item in value.items()}
        case list():
            return [_unmark(item) for item in value]
        case _:
            return value


_ENCODER = msgspec.json.Encoder(enc_hook=_encode)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[typing.Any]:
    return msgspec.json.Decoder(kind, dec_hook=_decode)
