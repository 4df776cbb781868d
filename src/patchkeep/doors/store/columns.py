"""Columns of numbers and words in few bytes: what changes at every look is kept like this, compressed together.

Numbers are kept as their distance from the least one, in 1, 2, 4 or 8 bytes, first bytes first: bytes that are alike lie together.
Words are kept once each, and by their place in that list. Both come back exactly as they were, in their order.
"""

from __future__ import annotations

import gc
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

import msgspec

from patchkeep.doors.store.errors import StoreError

T = TypeVar("T")
Numbers: TypeAlias = tuple[int, int, bytes]  # the least one, bytes each, the distances from it
Words: TypeAlias = tuple[tuple[str, ...], Numbers]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


def pack(numbers: Sequence[int]) -> Numbers:
    """Numbers that lie less than 2**64 apart."""
    least = min(numbers, default=0)
    most = max(numbers, default=0) - least
    width = next((width for width in _CODES if most < 1 << 8 * width), 0)
    if not width:
        raise StoreError(f"Numbers from {least} to {least + most} cannot be kept together.")
    distances = array(_CODES[width], [number - least for number in numbers])
    if sys.byteorder == "big":
        distances.byteswap()
    plain = distances.tobytes()
    return least, width, b"".join(plain[place::width] for place in range(width))


def unpack(packed: Numbers) -> list[int]:
    least, width, planes = packed
    size = len(planes) // width
    plain = bytearray(len(planes))
    for place in range(width):
        plain[place::width] = planes[place * size : (place + 1) * size]
    distances = array(_CODES[width], bytes(plain))
    if sys.byteorder == "big":
        distances.byteswap()
    return [least + distance for distance in distances] if least else distances.tolist()


def pack_words(words: Iterable[str]) -> Words:
    places: dict[str, int] = {}
    found = [places.setdefault(word, len(places)) for word in words]
    return tuple(places), pack(found)


def unpack_words(packed: Words) -> list[str]:
    words, places = packed
    return [words[place] for place in unpack(places)]


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - EPOCH) // MICROSECOND


def moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def shelve(columns: Any) -> bytes:
    """A frozen dataclass of columns as bytes: equal columns, equal bytes."""
    return msgspec.msgpack.encode(columns)


def unshelve(kind: type[T], body: bytes) -> T:
    return msgspec.msgpack.decode(body, type=kind)


def squeeze(body: bytes) -> bytes:
    return zlib.compress(body, 6)


def unsqueeze(body: bytes) -> bytes:
    return zlib.decompress(body)


@contextmanager
def garbage_let_lie() -> Iterator[None]:
    """Python's search for cycles, which frozen values cannot form, would take three quarters of the time of loading a large fleet."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
