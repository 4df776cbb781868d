"""Virtual time: an agenda of things that happen, run in order whenever the clock is moved."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

Happening = Callable[[], None]


class VirtualClock:
    """The only source of time in the sandbox. It stands still until `advance` is called."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._agenda: list[tuple[datetime, int, Happening]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return self._now

    def at(self, when: datetime, happening: Happening) -> None:
        """Put something on the agenda; what is already due happens at the next `advance`."""
        heapq.heappush(self._agenda, (when, next(self._order), happening))

    def after(self, delay: timedelta, happening: Happening) -> None:
        self.at(self._now + delay, happening)

    def advance(self, to: datetime) -> int:
        """Move to `to`, letting everything due on the way happen in order. Returns how many things happened."""
        happened = 0
        while self._agenda and self._agenda[0][0] <= to:
            when, _, happening = heapq.heappop(self._agenda)
            self._now = max(self._now, when)
            happening()
            happened += 1
        self._now = max(self._now, to)
        return happened
