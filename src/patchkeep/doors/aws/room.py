"""Room in memory for large answers: a page of inventory takes fifty megabytes while it is read, and a few bytes when it was digested."""

from __future__ import annotations

import ctypes
import threading
from contextlib import suppress
from types import TracebackType


class Room:
    """Lets a few in at once. Others wait, but not for long: one throttled account must not hold up all."""

    def __init__(self, places: int, seconds: float) -> None:
        self._places, self._seconds = threading.Semaphore(places), seconds
        self._mine = threading.local()

    def __enter__(self) -> None:
        self._mine.taken = self._places.acquire(timeout=self._seconds)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._mine.taken:
            self._places.release()


M_ARENA_MAX = -8  # malloc.h of glibc


def share_one_heap() -> None:
    """Have glibc's malloc serve all threads from one heap, where that is the C library; elsewhere nothing is done.

    It gives threads heaps of their own, and what one has freed no other uses again: with threads that come and go a look at two
    thousand machines took 100 MB more. Python's threads take turns anyway, so nothing waits (mallopt(3), M_ARENA_MAX).
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library: no such function, or no such library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
