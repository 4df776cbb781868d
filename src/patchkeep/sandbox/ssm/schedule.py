"""AWS's schedule expressions, cron, rate and at, and when the next time is.

Source: the user guide's page "Reference: Cron and rate expressions for Systems Manager". Six fields are minutes, hours, day of
month, month, day of week (1 is Sunday) and year; seven begin with seconds. The nth weekday ("TUE#3") and the last ("5L", "L")
are understood, the nearest weekday ("15W") is not emulated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from patchkeep.sandbox.operation import AwsError

_FORM = re.compile(r"^(cron|rate|at)\((.+)\)$")
_RATE = re.compile(r"^([1-9]\d*) (minute|hour|day)s?$")
_DAYS = {name: str(number) for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}
_LAST_YEAR = 2199


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule in its time zone. `anchor`: from when a rate counts. `offset`: days that a cron's times are put off."""

    form: str  # cron | rate | at
    text: str
    zone: ZoneInfo
    anchor: datetime
    offset: int = 0

    @property
    def month(self) -> str:
        """The month field of a cron."""
        return self.text.split()[-3]

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first time after `moment`, in UTC, or None when there is none left."""
        match self.form:
            case "rate":
                step = _step(self.text)
                passed = (moment - self.anchor) // step
                return max(self.anchor + step * (passed + 1), self.anchor)
            case "at":
                when = _at(self.text, self.zone)
                return when if when > moment else None
            case _:
                return _cron_after(self, moment - timedelta(days=self.offset))


def parse(expression: str, *, zone: str = "UTC", anchor: datetime, offset: int = 0, error: str = "ValidationException") -> Schedule:
    """Read a schedule expression, or refuse it with `error`."""
    found = _FORM.match(expression.strip())
    if found is None:
        raise AwsError(error, f"The schedule '{expression}' is not cron(...), rate(...) or at(...).")
    form, text = found.groups()
    try:
        schedule = Schedule(form, text, ZoneInfo(zone), anchor, offset)
        schedule.next_after(anchor)
    except (ValueError, CronSimError, ZoneInfoNotFoundError) as wrong:
        raise AwsError(error, f"The schedule '{expression}' is not valid: {wrong}") from wrong
    if offset and form != "cron":
        raise AwsError(error, "ScheduleOffset is for cron expressions only.")
    return schedule


def _step(text: str) -> timedelta:
    found = _RATE.match(text)
    if found is None:
        raise ValueError("a rate is a number and a unit: rate(30 minutes)")
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _at(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _cron_after(schedule: Schedule, moment: datetime) -> datetime | None:
    *fields, day, month, weekday, year = schedule.text.split()
    if len(fields) not in {2, 3}:
        raise ValueError("a cron has six fields, or seven with seconds")
    if day not in {"*", "?"} and weekday not in {"*", "?"}:
        raise ValueError("day of month and day of week can't both be given: put ? for one of them")
    if "W" in day and day != "LW":
        raise AwsError("EmulatorNotImplemented", "The nearest weekday (W) is not emulated.")
    years = _years(year)
    expression = " ".join((*fields, day.replace("?", "*"), month, _weekday(weekday)))
    for found in CronSim(expression, moment.astimezone(schedule.zone)):
        if found.year > max(years):
            return None
        if found.year in years:
            return (found + timedelta(days=schedule.offset)).astimezone(UTC)
    return None


def _weekday(field: str) -> str:
    """Turn AWS's days, 1 to 7 from Sunday, into cron's, 0 to 6; numbers after # and / are no days."""
    if field in {"*", "?"}:
        return "*"
    if field == "L":
        return "6"
    return ",".join(_one_weekday(part) for part in field.upper().split(","))


def _one_weekday(part: str) -> str:
    days, mark, rest = re.match(r"^([^#/]+)([#/]?)(.*)$", part).groups()  # type: ignore[union-attr]
    last = "L" if days.endswith("L") else ""
    ends = [_DAYS.get(day) or str(int(day) - 1) for day in days.removesuffix("L").split("-")]
    return "-".join(ends) + last + mark + rest


def _years(field: str) -> range | set[int]:
    if field in {"*", "?"}:
        return range(1970, _LAST_YEAR + 1)
    found: set[int] = set()
    for part in field.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found
