"""The policy's freezes, held against the windows in which AWS acts by itself: which openings they meet, and whether the next one.

A freeze holds Patchkeep, not AWS. AWS may begin at any time in its window, so a window that reaches into a freeze is met by it, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from patchkeep.domain.asset import Asset, UpdateState
from patchkeep.domain.calendar.times import WEEK, inside, overlaps, weeks
from patchkeep.domain.window import HORIZON, Freeze, Interval, frozen_by
from patchkeep.domain.wording import counted


@dataclass(frozen=True, slots=True)
class Met:
    """An opening of a window of AWS's, as far as it is still to come, and the freeze that meets it."""

    opening: Interval
    freeze: str
    frozen: Interval

    @property
    def ends(self) -> str:
        """Which freeze ends when, for a sentence."""
        return f"freeze {self.freeze} ends on {self.frozen.end.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


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

    def is_open(self, window: str) -> bool:
        """Whether a window of AWS's is open at the first moment."""
        now = self._known.start
        return any(opening.holds(now) for opening in weeks(window, Interval(now, now + WEEK)) or ())

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


def unheld(freezes: Iterable[Freeze], assets: Iterable[Asset], now: datetime) -> Iterator[str]:
    """What AWS puts on in a freeze, whatever is held: forced updates, and those agreed for its own window. A sentence for each freeze."""
    freezes = tuple(freezes)
    found: dict[Freeze, list[tuple[datetime, str]]] = {}
    for moment, what in _dated(assets, Shut(freezes, now)):
        if moment >= now and (freeze := frozen_by(freezes, moment)):
            found.setdefault(freeze, []).append((moment, what))
    for freeze, dated in found.items():
        moment, what = min(dated)
        others = f" and puts {counted(len(dated) - 1, 'more update')} on later" if len(dated) > 1 else ""
        when = f"on {moment.astimezone(UTC):%Y-%m-%d %H:%M}{others}"
        yield f"AWS acts on {what} {when}, {inside(freeze, moment, now)} (`patchkeep calendar`)"


def _dated(assets: Iterable[Asset], shut: Shut) -> Iterator[tuple[datetime, str]]:
    for asset in assets:
        for update in asset.updates or ():
            what = f"{asset.name or asset.resource} ({update.title or update.id})"
            if update.state is not UpdateState.SCHEDULED:
                if update.state.lacking and update.forced_at:
                    yield update.forced_at, what
            elif (met := shut.next(asset.window)) and not (update.due_at and update.due_at >= met.frozen.end):  # put off, or for later
                yield max(met.opening.start, met.frozen.start), what
