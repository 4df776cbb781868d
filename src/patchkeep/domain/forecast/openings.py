"""When work may start, as a step function of the moment at which it is ready; and the moment from which it would wait longest.

A way through rings is a chain of stages. Each takes a moment of readiness to the moment at which it is done: it waits for an
opening, and then lets a fixed time go by. Such a chain never goes back in time, and its wait grows only where an opening ends.
So the longest wait begins at the end of some opening, drawn back through the stages before it: nothing is sampled.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from patchkeep.domain.window import Freeze, Interval, MaintenanceWindow


@dataclass(frozen=True, slots=True)
class Openings:
    """The times in which something may start: in order, and never touching, so that between any two there is a wait."""

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]

    def begin(self, moment: datetime) -> datetime | None:
        """The first moment from this one on at which work may start; None: none is known."""
        at = bisect_right(self.ends, moment)
        return None if at == len(self.ends) else max(moment, self.starts[at])

    def earliest(self, start: datetime, floor: datetime) -> datetime:
        """The first moment, not before `floor`, from which work starts at `start` or later."""
        at = bisect_left(self.ends, start)
        if at < len(self.ends) and self.starts[at] < start:
            return max(start, floor)
        return max(self.ends[at - 1], floor) if at else floor


def openings(window: MaintenanceWindow | None, freezes: Iterable[Freeze], since: datetime, until: datetime) -> Openings:
    """When work may start between two moments: window open, not in its last `stop_starting`, no freeze. No window: any time."""
    times = [(i.start, i.end - window.stop_starting) for i in window.intervals] if window else [(since, until)]
    frozen = _joined((i.start, i.end) for freeze in freezes for i in freeze.intervals)
    kept = _joined(part for time in times for part in _without(time, frozen))
    clipped = [(max(start, since), min(end, until)) for start, end in kept if end > since and start < until]
    return Openings(tuple(start for start, _ in clipped), tuple(end for _, end in clipped))


Span = tuple[datetime, datetime]


def _joined(spans: Iterable[Span]) -> list[Span]:
    """In order; those that overlap or touch made one, empty ones left out."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _without(span: Span, frozen: Sequence[Span]) -> Iterator[Span]:
    """What the freezes leave of a span. `frozen`: in order, without overlaps."""
    start, end = span
    for begins, ends in frozen[max(bisect_right(frozen, (start, start)) - 1, 0) :]:
        if begins >= end:
            break
        if ends > start:
            yield start, min(begins, end)
            start = ends
    yield start, end


@dataclass(frozen=True, slots=True)
class Stage:
    """One start that everybody in it has to make, each in an opening of its own kind; `then` goes by after the last one."""

    openings: tuple[Openings, ...]
    then: timedelta = timedelta(0)

    def start(self, ready: datetime) -> datetime | None:
        """When the last one may start; None: not within the time that is known."""
        found = [times.begin(ready) for times in self.openings]
        known = [moment for moment in found if moment is not None]
        return max(known) if len(known) == len(found) else None

    def through(self, ready: datetime) -> datetime | None:
        started = self.start(ready)
        return None if started is None else started + self.then

    def earliest(self, done: datetime, floor: datetime) -> datetime:
        """The first moment of readiness, not before `floor`, that is done at `done` or later."""
        return min(times.earliest(done - self.then, floor) for times in self.openings)


def arrival(stages: Iterable[Stage], ready: datetime) -> datetime | None:
    """When the last stage is done with what is ready now for the first; None: not within the time that is known."""
    moment: datetime | None = ready
    for stage in stages:
        if moment is None:
            return None
        moment = stage.through(moment)
    return moment


@dataclass(frozen=True, slots=True)
class Worst:
    """The longest that anything takes: what appears at `begins` is done at `arrives`.

    `arrives` None: not within the time that is known, and then `takes` is only how long it has waited until its end.
    """

    begins: datetime
    arrives: datetime | None
    takes: timedelta


def worst(stages: Sequence[Stage], delay: timedelta, known: Interval) -> Worst:
    """The longest time through all stages for something that appears at any moment of `known`, and is ready `delay` later."""
    found = Worst(known.start, None, timedelta(-1))
    for begins in sorted(_candidates(stages, delay, known)):
        arrives = arrival(stages, begins + delay)
        takes = (known.end if arrives is None else arrives) - begins
        if takes > found.takes or (takes == found.takes and found.arrives is None):
            found = Worst(begins, arrives, takes)
    return found


def _candidates(stages: Sequence[Stage], delay: timedelta, known: Interval) -> set[datetime]:
    """The moments after which the wait is longest: each end of an opening, as seen from before the first stage."""
    floor = known.start + delay
    found = {known.start}
    for number, stage in enumerate(stages):
        ends = {end for times in stage.openings for end in times.ends}
        for end in ends:
            moment = end
            for earlier in reversed(stages[:number]):
                moment = earlier.earliest(moment, floor)
            if known.start <= moment - delay < known.end:
                found.add(moment - delay)
    return found
