"""Room in memory for large answers: a page of inventory takes fifty megabytes while it is read, and a few bytes when it was digested."""

from __future__ import annotations

import threading
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
