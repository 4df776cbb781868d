"""Freezes written in the policy, as plain UTC intervals. Those of a calendar file are read in `calendars`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from patchkeep.domain.window import Interval
from patchkeep.policy.mistakes import Wrong

DAY = timedelta(days=1)


def between(first: date, last: date, zone: str) -> Interval:
    """From the beginning of `first` to the end of `last` where they are days; to the very moment where they are moments."""
    clock = ZoneInfo(zone)
    interval = Interval(instant(first, clock), instant(last if isinstance(last, datetime) else last + DAY, clock))
    if interval.start >= interval.end:
        raise Wrong("The freeze ends before it begins.", "Write the earlier date in `from`.")
    return interval


def instant(when: date, zone: tzinfo) -> datetime:
    """The moment at which the clock on the wall of `zone` shows this."""
    return local(when, zone).replace(tzinfo=zone).astimezone(UTC)


def local(when: date, zone: tzinfo) -> datetime:
    """What the clock on the wall of `zone` shows; a day is its midnight."""
    if not isinstance(when, datetime):
        return datetime.combine(when, time())
    return when.astimezone(zone).replace(tzinfo=None) if when.tzinfo else when
