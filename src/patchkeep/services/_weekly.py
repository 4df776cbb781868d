"""A policy's window as one that AWS acts in by itself: weekly, in UTC ("sun:05:00-sun:06:00"; RDS, ElastiCache, Redshift, DMS alike).

A policy's window may open several times a week, AWS's opens once: chosen is the opening that freezes meet least often.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from patchkeep.domain.calendar.shut import Shut
from patchkeep.domain.calendar.times import WEEK, clear_of, weeks
from patchkeep.domain.window import Interval, MaintenanceWindow

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKS = 6  # looked at, to tell a weekly window from a monthly one
SUMMER_TIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Slots:
    """Which windows a service has. A policy's window shorter than `least` is none; what is longer than `most` is cut."""

    least: timedelta
    most: timedelta = timedelta(hours=24)
    lasts: timedelta | None = None  # where AWS alone says how long: from the start that it is told
    daily: bool = False  # it opens every day
    zoned: bool = False  # it goes by the clock of the policy's window, not by UTC

    def of(self, opening: Interval, timezone: str) -> str:
        """One opening as a window of AWS's, as an asset's `window` spells it; "" where it cannot be one."""
        if opening.end - opening.start < self.least:
            return ""
        zone = timezone if self.zoned else "UTC"
        opens = opening.start.astimezone(ZoneInfo(zone))
        closes = opens + (self.lasts or min(opening.end - opening.start, self.most))
        if self.daily:
            return f"daily {opens:%H:%M}-{closes:%H:%M}"
        spelt = f"{DAYS[opens.weekday()]}:{opens:%H:%M}-{DAYS[closes.weekday()]}:{closes:%H:%M}"
        return spelt if zone == "UTC" else f"{spelt} {zone}"


def weekly(window: MaintenanceWindow, slots: Slots, shut: Shut, present: str = "", backups: str = "") -> str:
    """A policy's window as AWS's weekly one; "" where it cannot be one, or never opens in the time that it is known for.

    `backups`: when AWS makes backups every day, "04:30-05:00" in UTC. The two may not overlap, so the longest part clear of it is taken.

    Of the openings in the week of the next one: that which freezes meet least often; of those that are alike, the one that is
    `present` already, else the next. One in a zone with summer time moves by an hour in UTC, and a plan made after that shows it.
    """
    coming = takewhile(lambda interval: interval.start < window.intervals[0].start + WEEK, window.intervals)
    parts = (max(clear_of(opening, backups), key=_length, default=None) for opening in coming)
    found = dict.fromkeys(spelt for part in parts if part and (spelt := slots.of(part, window.timezone)))
    return min(found, key=lambda spelt: (len(shut.meets(spelt)), spelt.casefold() != present.casefold()), default="")


def _length(part: Interval) -> timedelta:
    return part.end - part.start


def never_clear(window: MaintenanceWindow, slot: str, shut: Shut) -> str:
    """Which freeze meets the slot that was chosen, and when first; "" where none does."""
    met = shut.meets(slot)
    if not met:
        return ""
    return f"{window.name} has no weekly opening clear of freezes: {met[0].freeze} meets this one first, on {met[0].opening.start:%Y-%m-%d}"


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
