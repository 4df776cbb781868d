"""A weekly maintenance window as RDS, ElastiCache, Redshift and others spell it, "ddd:hh24:mi-ddd:hh24:mi" in UTC, in virtual time.

Source: "PreferredMaintenanceWindow" of ModifyDBInstance in the Amazon RDS API Reference (at least 30 minutes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from patchkeep.sandbox.generate import chance

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = 7 * 24 * 60
LEAST, MOST = 30, 24 * 60  # minutes
_HALF = r"(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)"
_SPELT = re.compile(f"{_HALF}-{_HALF}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Weekly:
    """`start`: minutes from Monday, midnight UTC; `lasts`: minutes."""

    start: int
    lasts: int

    @classmethod
    def read(cls, text: str) -> Weekly:
        """Raises ValueError, with a sentence, for what is no window or too short or too long."""
        match = _SPELT.fullmatch(text)
        if match is None:
            raise ValueError(f"Invalid maintenance window format: {text}. Should be specified as ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC).")
        start, end = _minute(*match.group(1, 2, 3)), _minute(*match.group(4, 5, 6))
        lasts = (end - start) % WEEK
        if not LEAST <= lasts <= MOST:
            raise ValueError(f"The maintenance window {text} must last {LEAST} minutes at least and a day at most.")
        return cls(start, lasts)

    @classmethod
    def assigned(cls, *name: object) -> Weekly:
        """Half an hour as AWS gives it to whoever names none; it follows from the parts alone."""
        return cls(chance(7, *name, "day") * 24 * 60 + 22 * 60 + chance(16, *name, "half hour") * 30, LEAST).within_week()

    def within_week(self) -> Weekly:
        return Weekly(self.start % WEEK, self.lasts)

    def __str__(self) -> str:
        return f"{_spelt(self.start)}-{_spelt(self.start + self.lasts)}"

    def overlaps(self, daily: str) -> bool:
        """Whether it shares a minute with a window of every day, "04:30-05:00"."""
        begins, ends = (int(clock[:2]) * 60 + int(clock[3:]) for clock in daily.split("-"))
        starts = [day * 24 * 60 + begins for day in range(7)]
        lasts = (ends - begins) % (24 * 60)
        return any((self.start - start) % WEEK < lasts or (start - self.start) % WEEK < self.lasts for start in starts)

    def opening_after(self, now: datetime) -> datetime:
        """When it opens next, later than `now`."""
        opening = _monday(now) + timedelta(minutes=self.start)
        while opening <= now:
            opening += timedelta(weeks=1)
        return opening

    def is_open(self, now: datetime) -> bool:
        last = self.opening_after(now) - timedelta(weeks=1)
        return now < last + timedelta(minutes=self.lasts)


def _minute(day: str, hour: str, minute: str) -> int:
    return DAYS.index(day.lower()) * 24 * 60 + int(hour) * 60 + int(minute)


def _spelt(minute: int) -> str:
    day, rest = divmod(minute % WEEK, 24 * 60)
    return f"{DAYS[day]}:{rest // 60:02}:{rest % 60:02}"


def _monday(now: datetime) -> datetime:
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
