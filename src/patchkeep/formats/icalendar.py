"""A calendar of changes as iCalendar (RFC 5545), for Google Calendar, Outlook and whatever else subscribes to a file.

All times are in UTC, so that no zone need be described; entries of whole days are days (VALUE=DATE), as both want them. An entry keeps
its UID from one file to the next: importing a newer one moves events instead of doubling them.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from icalendar import Calendar as Writer
from icalendar import Event

from patchkeep.domain.calendar import Calendar, Entry, What
from patchkeep.domain.wording import printable

PRODUCT = "-//Patchkeep//patchkeep calendar//EN"


def render(calendar: Calendar, name: str = "Patchkeep") -> bytes:
    """The file, its lines folded and ended as RFC 5545 asks. `name`: what calendars show it under."""
    writer = Writer()
    for key, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        writer.add(key, value)
    writer.add("x-wr-calname", printable(name))
    for entry in calendar.entries:
        writer.add_component(_event(entry, calendar))
    return bytes(writer.to_ical())


def _event(entry: Entry, calendar: Calendar) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", calendar.made_at.astimezone(UTC).replace(microsecond=0))
    if entry.whole_days:
        event.add("dtstart", entry.start.date())
        event.add("dtend", max(entry.end.date(), entry.start.date() + timedelta(days=1)))  # the day after the last
    else:
        event.add("dtstart", entry.start)
        if entry.end > entry.start:
            event.add("dtend", entry.end)
    event.add("summary", printable(f"{'CONFLICT: ' if entry.conflicts else ''}{entry.what}: {entry.title}"))
    if said := [*(f"Conflict: {conflict}." for conflict in entry.conflicts), *([", ".join(entry.names)] if entry.names else [])]:
        event.add("description", "\n".join(map(printable, said)))
    event.add("categories", [entry.what.upper()])
    event.add("transp", "OPAQUE" if entry.what is What.FREEZE else "TRANSPARENT")  # nobody is busy because AWS is
    return event
