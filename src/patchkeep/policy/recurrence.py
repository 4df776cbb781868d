"""When a window opens: `Sat 02:00`, `Tue#2 02:00`, `daily 02:00` or AWS's `cron(...)`, read; every form expanded to plain UTC intervals.

Time goes by the window's zone. Where clocks are put forward over an opening it opens when they land; where they are put back it
opens once, as cronsim has it. Its length is real time, as in AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from patchkeep.domain.window import HORIZON, Interval
from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.rrule import Recurring
from patchkeep.policy.values import text

FOUR_WEEKS = timedelta(weeks=4)  # in which every weekday comes round
HALF_HOUR = timedelta(minutes=30)  # the smallest interval of an association: cron(0/30 * * * ? *)
MOST_GAPS = 800  # of a schedule that is looked at: more than a year of daily times
_ANY_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001 - times of day recur alike in all of them
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LAST = {"minute": 59, "hour": 23, "day": 31, "month": 12}
_PLAIN = re.compile(r"(?P<days>[A-Za-z]+(?:[-,][A-Za-z]+)*)(?:#(?P<nth>[1-5]))? (?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})")
_FORMS = "Write it as in `Sat 02:00`, `Mon-Fri 02:00`, `Tue#2 02:00` (the second Tuesday), `daily 02:00` or `cron(0 2 ? * SAT *)`."


@dataclass(frozen=True, slots=True)
class Schedule:
    """`aws` is how AWS writes it; `cron` the five fields of common cron; `years` empty: every year."""

    aws: str
    cron: str
    years: frozenset[int] = frozenset()

    def openings(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Each opening after one moment and before another, in the zone of `after` (or none where it has none)."""
        for opening in CronSim(self.cron, after):
            if opening >= until:
                return
            if not self.years or opening.year in self.years:
                yield opening


def schedule(value: Any) -> Schedule:
    """Read `at:`; raises Wrong."""
    found = " ".join(text(value).split())
    if inner := re.fullmatch(r"cron\((.*)\)", found):
        return _of_aws_cron(found, inner[1])
    if found.startswith(("RRULE", "FREQ")):
        raise Wrong(f"{found!r} is a recurrence rule.", "Write it as `rrule:` instead of `at:`.")
    if found.startswith(("rate(", "at(")):
        raise Wrong(f"{found!r} is not understood as the time a window opens.", _FORMS)
    if len(found.split()) == 5 and re.fullmatch(r"[\w*/,#? -]+", found) and not _PLAIN.fullmatch(found):
        raise Wrong("This looks like cron of five fields; AWS has six.", _FORMS)
    return _of_plain(found)


def _of_plain(found: str) -> Schedule:
    match = _PLAIN.fullmatch(found)
    if not match or int(match["hour"]) > 23 or int(match["minute"]) > 59:
        raise Wrong(f"{found!r} is not understood as the time a window opens.", _FORMS)
    clock = f"{int(match['minute'])} {int(match['hour'])}"
    if match["days"].lower() == "daily" and not match["nth"]:
        return Schedule(f"cron({clock} * * ? *)", f"{clock} * * *")
    days = re.sub(r"[A-Za-z]+", lambda day: _day(day[0]), match["days"])
    if match["nth"]:
        if days not in _DAYS:
            raise Wrong(f"{found!r}: # counts one weekday.", "Write it as in `Tue#2 02:00`.")
        number = _DAYS.index(days)
        return _checked(Schedule(f"cron({clock} ? * {number + 1}#{match['nth']} *)", f"{clock} * * {number}#{match['nth']}"))
    return _checked(Schedule(f"cron({clock} ? * {days} *)", f"{clock} * * {_spread(days)}"))


def _day(word: str) -> str:
    full = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    index = next((i for i, day in enumerate(full) if len(word) >= 3 and day.startswith(word.lower())), None)
    if index is None:
        raise Wrong(f"{word!r} is no weekday.", _FORMS)
    return _DAYS[index]


def _spread(days: str) -> str:
    """Weekdays as numbers that common cron takes, ranges spelt out: "SAT-MON" is 6,0,1."""
    numbers: list[int] = []
    for part in days.split(","):
        first, _, last = part.partition("-")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        numbers += [number % 7 for number in range(start, end + 1 if end >= start else end + 8)]
    return ",".join(map(str, sorted(set(numbers))))


def _of_aws_cron(whole: str, inner: str) -> Schedule:
    fields = inner.upper().split()
    if len(fields) != 6:
        raise Wrong(
            f"{whole!r} has {len(fields)} fields; AWS wants six.", "Write minutes, hours, day, month, weekday, year: `cron(0 2 ? * SAT *)`."
        )
    minute, hour, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise Wrong(
            f"{whole!r}: exactly one of day and weekday must be `?`.", "Write it as in `cron(0 2 ? * SAT *)` or `cron(0 2 1 * ? *)`."
        )
    if "W" in day:
        raise Wrong(f"{whole!r}: the weekday nearest to a date (W) is not supported.", "Name a weekday: `cron(0 2 ? * 2#1 *)`.")
    timed = zip(("minute", "hour", "day", "month"), (minute, hour, day, month), strict=True)
    common = " ".join([*(_stepped(field, unit) for unit, field in timed), _weekdays(weekday, whole)])
    return _checked(Schedule(f"cron({' '.join(fields)})", common, _years(year, whole)))


def _stepped(field: str, unit: str) -> str:
    """AWS writes `5/15` for every 15 from 5 on; common cron wants the end of the range too."""
    return re.sub(r"(?<![\d*-])(\d+)/(\d+)", rf"\1-{_LAST[unit]}/\2", field.replace("?", "*"))


def _weekdays(field: str, whole: str) -> str:
    """AWS counts 1-7 from Sunday, common cron 0-6."""
    if field in {"?", "*"}:
        return "*"
    named = re.sub(r"[A-Z]{3}", lambda day: str(_DAYS.index(day[0]) + 1) if day[0] in _DAYS else day[0], field)
    if found := re.fullmatch(r"([1-7])(L|#[1-5])", named):
        return f"{int(found[1]) - 1}{found[2]}"
    if not re.fullmatch(r"[1-7](-[1-7])?(,[1-7](-[1-7])?)*", named):
        raise Wrong(f"{whole!r}: {field!r} is no weekday AWS knows.", "Write SUN to SAT, `MON-FRI`, `3#2` or `6L`.")
    return _spread(re.sub(r"[1-7]", lambda number: _DAYS[int(number[0]) - 1], named))


def _years(field: str, whole: str) -> frozenset[int]:
    if field == "*":
        return frozenset()
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{4})?(,[0-9]{4}(-[0-9]{4})?)*", field):
        raise Wrong(f"{whole!r}: {field!r} is no year.", "Write `*`, `2027` or `2027-2028`.")
    spans = (part.partition("-") for part in field.split(","))
    return frozenset(year for first, _, last in spans for year in range(int(first), int(last or first) + 1))


def _checked(found: Schedule) -> Schedule:
    try:
        CronSim(found.cron, datetime(2026, 1, 1))  # noqa: DTZ001 - only whether the fields can be read
    except CronSimError as error:
        raise Wrong(f"{found.aws!r}: {str(error).lower()}.", _FORMS) from None
    return found


def expand(found: Recurring, zone: str, lasts: timedelta, now: datetime) -> tuple[Interval, ...]:
    """The window's openings as UTC intervals, from one that may be open now until 400 days ahead.

    Raises Wrong where none comes, or where it opens again before it has closed.
    """
    naive = now.replace(tzinfo=None)
    last: datetime | None = None
    for opening in found.openings(naive, naive + HORIZON):
        if last is not None and opening - last < lasts:
            raise Wrong("The window opens again before it has closed.", "Make `lasts` shorter or let it open less often.")
        last = opening
    started = (now - lasts).astimezone(ZoneInfo(zone))
    starts = [opening.astimezone(UTC) for opening in found.openings(started, now + HORIZON)]
    if not starts:
        raise Wrong("The window does not open within 400 days.", "Check its days, months and years.")
    ends = [min(start + lasts, following) for start, following in zip(starts, [*starts[1:], datetime.max.replace(tzinfo=UTC)], strict=True)]
    return tuple(Interval(start, end) for start, end in zip(starts, ends, strict=True) if end > now)


def scan_schedule(value: Any) -> Schedule:
    """Read when our associations scan: as `at:`, in UTC, in what State Manager takes (no months, half an hour apart at least)."""
    found = schedule(value)
    if found.aws.removeprefix("cron(").split()[3] != "*" or found.years:
        raise Wrong(f"{found.aws!r}: State Manager knows no months and years.", "Write it as in `daily 05:00` or `cron(0 5 * * ? *)`.")
    if min(_gaps(found)) < HALF_HOUR:
        raise Wrong(f"{found.aws!r}: State Manager wants half an hour between two runs.", "Write it as in `cron(0/30 * * * ? *)`.")
    return found


@cache
def longest_gap(found: Schedule) -> timedelta:
    """The longest time between two openings."""
    return max(_gaps(found))


def _gaps(found: Schedule) -> list[timedelta]:
    """Between each two openings, until they come again as they were: every command reads a policy."""
    _minute, _hour, day, month, weekday = found.cron.split()
    weekly = (day, month, found.years) == ("*", "*", frozenset()) and not {"#", "L"} & set(weekday)
    times = list(islice(found.openings(_ANY_YEAR, _ANY_YEAR + (FOUR_WEEKS if weekly else HORIZON)), MOST_GAPS))
    return [later - earlier for earlier, later in pairwise(times)] or [HORIZON]
