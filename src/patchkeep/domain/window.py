"""When something may change: maintenance windows and freezes as plain intervals (expanded in `policy/`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

HORIZON = timedelta(days=400)  # how far windows and freezes are worked out


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` until just before `end`."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """A recurring time in which changes may run; nothing new starts in its last `stop_starting`."""

    name: str
    intervals: tuple[Interval, ...]  # in order, without overlaps
    stop_starting: timedelta = timedelta(0)
    schedule: str = ""  # as AWS wants it: "cron(0 2 ? * SAT *)"
    timezone: str = "UTC"
    lasts: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which nothing may change."""

    name: str
    intervals: tuple[Interval, ...]


def frozen_by(freezes: Iterable[Freeze], now: datetime) -> Freeze | None:
    """The freeze that holds now, if any."""
    return next((freeze for freeze in freezes if any(i.holds(now) for i in freeze.intervals)), None)


def may_start(window: MaintenanceWindow, now: datetime) -> bool:
    """Whether new work may begin: the window is open, and not in its last `stop_starting`."""
    return any(i.start <= now < i.end - window.stop_starting for i in window.intervals)


def is_open(window: MaintenanceWindow, now: datetime) -> bool:
    """Whether begun work may go on with its next step."""
    return any(i.holds(now) for i in window.intervals)


def next_opening(window: MaintenanceWindow, freezes: Iterable[Freeze], now: datetime) -> datetime | None:
    """The first moment from `now` on at which work may start: window open, no freeze. None: not within what was expanded."""
    freezes = tuple(freezes)
    for opening in window.intervals:
        closes = opening.end - window.stop_starting
        start = after_freezes(freezes, max(opening.start, now))
        if start < closes:
            return start
    return None


def after_freezes(freezes: Iterable[Freeze], moment: datetime) -> datetime:
    """The first moment not before `moment` that no freeze holds."""
    frozen = [interval for freeze in freezes for interval in freeze.intervals]
    while holding := next((i for i in frozen if i.holds(moment)), None):
        moment = holding.end
    return moment
