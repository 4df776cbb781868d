"""The iCalendar file is what RFC 5545 and its readers want: parsed back by another reader, it says the same."""

from __future__ import annotations

from datetime import UTC, date, datetime

import icalendar

from patchkeep.domain.calendar import Calendar, Entry, What
from patchkeep.domain.window import Interval
from patchkeep.formats.icalendar import render
from tests.domain.make import NOW, at

PERIOD = Interval(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 21, tzinfo=UTC))
NAMES = tuple(f"datenbank-für-bestellungen-{number}" for number in range(9))
WINDOW = Entry(
    "w@patchkeep", What.AWS_WINDOW, "2 db instances; in prod, so\nto say", at(1), at(2), names=NAMES, conflicts=("inside, freeze",)
)
FREEZE = Entry("f@patchkeep", What.FREEZE, "year end", PERIOD.start, PERIOD.end, whole_days=True)
FORCED = Entry("x@patchkeep", What.FORCED, "system update", at(3), at(3))


def written(*entries: Entry) -> bytes:
    return render(Calendar(PERIOD, NOW, entries), "Patchkeep main")


def events(text: bytes) -> dict[str, icalendar.Component]:
    return {str(event["uid"]): event for event in icalendar.Calendar.from_ical(text.decode()).walk("VEVENT")}


def test_every_entry_is_one_event_that_says_the_same() -> None:
    found = events(written(WINDOW, FREEZE, FORCED))
    window = found["w@patchkeep"]
    assert (window.decoded("dtstart"), window.decoded("dtend")) == (at(1), at(2))
    assert str(window["summary"]) == "CONFLICT: AWS window: 2 db instances; in prod, so to say"
    assert str(window["description"]) == f"Conflict: inside, freeze.\n{', '.join(NAMES)}"
    assert (str(window["transp"]), str(found["f@patchkeep"]["transp"])) == ("TRANSPARENT", "OPAQUE")


def test_whole_days_are_days_and_end_on_the_day_after_the_last() -> None:
    freeze = events(written(FREEZE))["f@patchkeep"]
    assert (freeze.decoded("dtstart"), freeze.decoded("dtend")) == (date(2026, 11, 23), date(2026, 12, 21))
    assert b"DTSTART;VALUE=DATE:20261123\r\n" in written(FREEZE)


def test_a_moment_has_a_start_and_no_end() -> None:
    forced = events(written(FORCED))["x@patchkeep"]
    assert forced.decoded("dtstart") == at(3)
    assert "dtend" not in forced


def test_times_are_in_utc_so_that_no_zone_need_be_described() -> None:
    text = written(WINDOW, FORCED)
    assert b"DTSTART:20261123T090000Z\r\n" in text
    assert b"TZID" not in text


def test_what_readers_ask_for_is_there() -> None:
    calendar = icalendar.Calendar.from_ical(written(FORCED).decode())
    assert [str(calendar[key]) for key in ("version", "calscale", "method", "x-wr-calname")] == [
        "2.0",
        "GREGORIAN",
        "PUBLISH",
        "Patchkeep main",
    ]
    assert "prodid" in calendar
    assert all({"uid", "dtstamp", "dtstart", "summary"} <= {key.lower() for key in event} for event in calendar.walk("VEVENT"))
    assert not any(event.errors for event in calendar.walk())


def test_lines_are_folded_at_seventy_five_octets_and_end_as_they_should() -> None:
    text = written(WINDOW)
    assert max(map(len, text.split(b"\r\n"))) <= 75
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert "für".encode() in text.replace(b"\r\n ", b"")


def test_a_calendar_without_entries_is_one_all_the_same() -> None:
    assert events(written()) == {}
