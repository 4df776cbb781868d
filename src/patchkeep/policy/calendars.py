"""Freezes of an iCalendar text that the caller has read, as plain UTC intervals. Few policies have one: import this late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rrulestr

from patchkeep.domain.window import HORIZON, Freeze, Interval
from patchkeep.policy.freezes import DAY, instant, local
from patchkeep.policy.mistakes import Wrong

BEHIND = timedelta(days=400)  # a freeze that began long ago may still hold
MOST_OCCURRENCES = 20_000


def of_calendar(text: str, zone: str, now: datetime) -> tuple[Freeze, ...]:
    """One freeze per event of an iCalendar text, recurrences expanded to 400 days around now; raises Wrong.

    Days and moments without a zone are of `zone`. An AWS change calendar that is closed by default lists when changes *may* run:
    that is the opposite of a freeze, and refused.
    """
    calendar = _parsed(text)
    if str(calendar.get("X-CALENDAR-TYPE", "")).upper() == "DEFAULT_CLOSED":
        raise Wrong("This calendar is closed by default: its events are openings, not freezes.", "Give one whose events are freezes.")
    events = [_event(component, ZoneInfo(zone)) for component in calendar.walk("VEVENT")]
    moved = {(event.uid, event.instead_of) for event in events if event.instead_of}
    freezes = []
    for event in events:
        kept = tuple(i for i in event.intervals(now) if event.instead_of or (event.uid, i.start) not in moved)
        if kept and not event.cancelled:
            freezes.append(Freeze(event.name, kept))
    return tuple(freezes)


def _parsed(text: str) -> Any:
    try:
        calendar = icalendar.Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError) as error:
        raise Wrong(f"The calendar cannot be read as iCalendar: {str(error).strip().rstrip('.:')}.", "Export it again as .ics.") from None
    return calendar


@dataclass(frozen=True, slots=True)
class _Event:
    """One VEVENT: its first time on the wall of its zone, how long it lasts, and how it recurs."""

    name: str
    uid: str
    start: datetime
    zone: tzinfo
    lasts: timedelta
    whole_days: bool
    rule: str  # RRULE without UNTIL
    until: datetime | None  # on the wall, inclusive
    more: tuple[datetime, ...]  # RDATE
    less: frozenset[datetime]  # EXDATE
    instead_of: datetime | None  # RECURRENCE-ID, as an instant
    cancelled: bool

    def intervals(self, now: datetime) -> Iterator[Interval]:
        """Its times that touch the 400 days before and after now, in order."""
        for when in self._occurrences(local(now + HORIZON, self.zone)):
            start = instant(when, self.zone)
            end = instant(when + self.lasts, self.zone) if self.whole_days else start + self.lasts
            if end > now - BEHIND:
                yield Interval(start, end)

    def _occurrences(self, last: datetime) -> list[datetime]:
        found = {self.start, *self.more}
        if self.rule:
            recurring = islice(rrulestr(self.rule, dtstart=self.start), MOST_OCCURRENCES + 1)
            for number, when in enumerate(recurring):
                if when > last or (self.until and when > self.until):
                    break
                if number == MOST_OCCURRENCES:  # cutting it off here would lose the freezes that are still to come
                    what = f"The calendar's event {self.name!r} recurs more than {MOST_OCCURRENCES:,} times until it is needed."
                    raise Wrong(what, "Let it begin later, or recur less often.")
                found.add(when)
        return sorted(when for when in found - self.less if when <= last)


def _event(component: Any, zone: tzinfo) -> _Event:
    name = str(component.get("SUMMARY") or "freeze")
    if component.errors or "DTSTART" not in component or isinstance(component.get("RRULE"), list):
        detail = "; ".join(f"{key}: {why}" for key, why in component.errors) or "it has no single beginning and rule"
        raise Wrong(f"The calendar's event {name!r} cannot be understood: {detail}.", "Export it again as .ics.")
    first = component["DTSTART"].dt
    own = first.tzinfo if isinstance(first, datetime) and first.tzinfo else zone
    rule = icalendar.vRecur(component.get("RRULE", {}))
    until = next(iter(rule.pop("UNTIL", ())), None)
    instead_of = component.get("RECURRENCE-ID")
    return _Event(
        name=name,
        uid=str(component.get("UID", "")),
        start=local(first, own),
        zone=own,
        lasts=_length(component, name, own),
        whole_days=not isinstance(first, datetime),
        rule=bytes(rule.to_ical()).decode(),  # type: ignore[no-untyped-call]
        until=None if until is None else local(until, own) + (timedelta(0) if isinstance(until, datetime) else DAY),
        more=tuple(_dates(component.get("RDATE"), own)),
        less=frozenset(_dates(component.get("EXDATE"), own)),
        instead_of=instant(instead_of.dt, own) if instead_of else None,
        cancelled=str(component.get("STATUS", "")).upper() == "CANCELLED",
    )


def _dates(listed: Any, zone: tzinfo) -> Iterator[datetime]:
    """The moments of RDATE or EXDATE, which may stand once or several times."""
    for one in listed if isinstance(listed, list) else [listed] if listed else []:
        for each in one.dts:
            yield local(each.dt[0] if isinstance(each.dt, tuple) else each.dt, zone)


def _length(component: Any, name: str, zone: tzinfo) -> timedelta:
    first = component["DTSTART"].dt
    length = timedelta(0) if isinstance(first, datetime) else DAY
    if "DURATION" in component:
        length = component["DURATION"].dt
    elif "DTEND" in component:
        end = component["DTEND"].dt
        whole_days = not isinstance(first, datetime) or not isinstance(end, datetime)
        length = local(end, zone) - local(first, zone) if whole_days else instant(end, zone) - instant(first, zone)
    if length <= timedelta(0):
        raise Wrong(f"The calendar's event {name!r} has no length.", "Give it an end after its beginning.")
    return length
