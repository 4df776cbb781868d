"""The policy's freezes, held against the windows in which AWS acts by itself: which openings they meet, and whether the next one.

A freeze holds Patchkeep, not AWS. AWS may begin at any time in its window, so a window that reaches into a freeze is met by it, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from patchkeep.domain.calendar.times import WEEK, overlaps, weeks
from patchkeep.domain.window import HORIZON, Freeze, Interval


@dataclass(frozen=True, slots=True)
class Met:
    """An opening of a window of AWS's, as far as it is still to come, and the freeze that meets it."""

    opening: Interval
    freeze: str
    frozen: Interval


class Shut:
    """From a moment on, for as long as freezes are known. Windows are named as assets bear them: "sun:03:00-sun:03:30".

    Each is worked out once, however many resources share it.
    """

    def __init__(self, freezes: Iterable[Freeze], now: datetime) -> None:
        self._known = Interval(now, now + HORIZON)
        times = ((interval, freeze.name) for freeze in freezes for interval in freeze.intervals)
        self._frozen = sorted(pair for pair in times if overlaps(pair[0], self._known))
        self.meets = cache(self._meets)
        self.next = cache(self._next)

    def _meets(self, window: str) -> tuple[Met, ...]:
        """Every opening that a freeze meets; none of what is no such window."""
        openings = weeks(window, self._known) if self._frozen else None
        return tuple(met for opening in openings or () if (met := self._met(opening)))

    def _next(self, window: str) -> Met | None:
        """The next opening, or what is left of the present one, if a freeze meets it."""
        openings = weeks(window, Interval(self._known.start, self._known.start + 2 * WEEK)) if self._frozen else None
        return self._met(openings[0]) if openings else None

    def _met(self, opening: Interval) -> Met | None:
        left = Interval(max(opening.start, self._known.start), opening.end)
        return next((Met(left, name, frozen) for frozen, name in self._frozen if overlaps(left, frozen)), None)
