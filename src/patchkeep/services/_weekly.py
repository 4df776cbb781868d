"""AWS's weekly maintenance windows, in UTC: "sun:05:00-sun:06:00" (RDS, ElastiCache, MemoryDB, Redshift, DMS, MSK alike)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from patchkeep.domain.calendar.times import WEEK, weeks
from patchkeep.domain.window import Interval, MaintenanceWindow

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKS = 6  # looked at, to tell a weekly window from a monthly one
SUMMER_TIME = timedelta(hours=1)


def weekly(window: MaintenanceWindow, *, least: timedelta, most: timedelta = timedelta(hours=24)) -> str:
    """A policy's window as AWS's weekly one, no longer than `most`; "" where it cannot be one.

    It cannot where it is shorter than `least`, or never opens in the time that it is known for. Days follow the window's next
    opening: one in a zone with summer time moves by an hour in UTC, and a plan made after that shows it.
    """
    if not window.intervals:
        return ""
    first = window.intervals[0]
    length = min(first.end - first.start, most)
    if length < least:
        return ""
    opens, closes = first.start.astimezone(UTC), (first.start + length).astimezone(UTC)
    return f"{DAYS[opens.weekday()]}:{opens:%H:%M}-{DAYS[closes.weekday()]}:{closes:%H:%M}"


def remark(window: MaintenanceWindow) -> str:
    """What AWS cannot do as the policy says it: a window that isn't open each week opens each week there. "" where it can."""
    starts = [interval.start for interval in window.intervals]
    if not starts or starts[-1] - starts[0] < WEEKS * WEEK:
        return ""
    again = (starts[0] + week * WEEK for week in range(1, WEEKS + 1))
    if all(any(abs(start - moment) <= SUMMER_TIME for start in starts) for moment in again):
        return ""
    return f"AWS knows weekly windows alone: {window.name} opens there every week, also when the policy keeps it shut"


def opening(week: str, since: datetime) -> datetime | None:
    """When a weekly window as AWS spells it opens first at or after a moment; None for what is no such window."""
    intervals = weeks(week, Interval(since, since + 2 * WEEK)) or ()
    return next((interval.start for interval in intervals if interval.start >= since), None)
