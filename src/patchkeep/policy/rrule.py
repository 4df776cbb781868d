"""`rrule:` of a window: a recurrence rule of iCalendar (RFC 5545, 3.3.10), without beginning and end, on the clock of the window's zone.

It counts from Monday, 1 January 2024 where a rule needs a beginning (INTERVAL). What lies between two dates is a freeze's business,
so COUNT and UNTIL are refused; so is what would open a window more often than daily.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from patchkeep.policy.mistakes import Wrong, did_you_mean
from patchkeep.policy.values import text

if TYPE_CHECKING:
    from dateutil.rrule import rrule

EPOCH = datetime(2024, 1, 1)  # noqa: DTZ001 - on the wall of the window's own zone
_PARTS = ("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "BYHOUR", "BYMINUTE", "WKST", "BYWEEKNO", "BYYEARDAY")
_OFTEN = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS = {"WEEKLY": ("BYDAY",), "MONTHLY": ("BYDAY", "BYMONTHDAY"), "YEARLY": ("BYDAY", "BYMONTHDAY", "BYYEARDAY")}
_LIKE = "Write it as in `FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3` (the second Tuesday at 03:00)."


class Recurring(Protocol):
    """What opens again and again. `aws`: how AWS writes it; "" where it cannot."""

    @property
    def aws(self) -> str: ...

    def openings(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Each opening after one moment and before another, in the zone of `after` (or none where it has none)."""
        ...


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule that was read. AWS takes none, so `aws` is empty."""

    rule: str
    aws: str = ""

    def openings(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Each opening after one moment and before another, in the zone of `after` (or none where it has none)."""
        zone = after.tzinfo
        wall, last = after.replace(tzinfo=None), (until.astimezone(zone) if zone else until).replace(tzinfo=None)
        for opening in _parsed(self.rule).xafter(wall - timedelta(days=1)):
            if opening >= last:
                return
            found = opening if zone is None else landed(opening, zone)
            if found > after:
                yield found


def landed(wall: datetime, zone: Any) -> datetime:
    """A time on a wall as a moment: where clocks skip it, the moment at which they land; where they repeat it, the first."""
    found = wall.replace(tzinfo=zone)
    if found.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall:
        return found
    before, beyond = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found.astimezone(UTC)
    while beyond - before > timedelta(seconds=1):  # the change lies between what the hour would be by the later and the earlier clock
        middle = before + (beyond - before) / 2
        if middle.astimezone(zone).utcoffset() == beyond.astimezone(zone).utcoffset():
            beyond = middle
        else:
            before = middle
    return (beyond + timedelta(microseconds=500_000)).replace(microsecond=0).astimezone(zone)


def _parsed(rule: str) -> rrule:
    from dateutil.rrule import rrule as one_rule  # noqa: PLC0415 - few windows recur by a rule
    from dateutil.rrule import rrulestr  # noqa: PLC0415

    found = rrulestr(rule, dtstart=EPOCH)
    if not isinstance(found, one_rule):
        raise Wrong(f"{rule!r} is more than one rule.", _LIKE)
    return found


def recurrence(value: Any) -> Recurrence:
    """Read `rrule:`; raises Wrong."""
    found = text(value).strip().upper().removeprefix("RRULE:").rstrip(";")
    parts = dict(part.partition("=")[::2] for part in found.split(";"))
    if unknown := next((key for key in parts if key not in _PARTS), None):
        raise Wrong(*_refused(unknown, found))
    often = parts.get("FREQ", "")
    if often not in _OFTEN:
        raise Wrong(f"{found!r}: FREQ is one of {', '.join(_OFTEN)}.", _LIKE)
    if "BYHOUR" not in parts:
        raise Wrong(f"{found!r} says no hour.", "Add `BYHOUR=3` for 03:00, on the clock of the window's `timezone`.")
    if often in _DAYS and not any(key in parts for key in _DAYS[often]):
        raise Wrong(f"{found!r} says no day.", f"Add {' or '.join(f'`{key}=...`' for key in _DAYS[often])}.")
    try:
        _parsed(found)
    except (ValueError, KeyError, TypeError) as error:
        raise Wrong(f"{found!r} cannot be read: {error}.", _LIKE) from None
    return Recurrence(found)


def _refused(key: str, rule: str) -> tuple[str, str]:
    if key in {"COUNT", "UNTIL", "DTSTART"}:
        return f"{rule!r}: a window has no beginning and no end, so {key} says nothing.", "Remove it; `freezes` close a window for a time."
    if key == "BYSECOND":
        return f"{rule!r}: windows open on the minute.", "Remove BYSECOND."
    return f"{rule!r}: there is no {key or 'such part'} in a recurrence rule.", did_you_mean(key, _PARTS)


@dataclass(frozen=True, slots=True)
class Offset:
    """A schedule whose every opening is put off by whole days, at the same time on the wall. AWS is told of none."""

    schedule: Recurring
    days: timedelta
    aws: str = ""

    def openings(self, after: datetime, until: datetime) -> Iterator[datetime]:
        zone = after.tzinfo
        wall, last = after.replace(tzinfo=None), (until.astimezone(zone) if zone else until).replace(tzinfo=None)
        begin = wall - self.days - timedelta(days=1)
        for opening in self.schedule.openings(begin, last - self.days):
            found = opening + self.days if zone is None else landed(opening + self.days, zone)
            if found > after:
                yield found
