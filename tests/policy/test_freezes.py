"""Freezes: dates with both ends frozen, and iCalendar files with recurrences, exceptions and zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from patchkeep.domain.policy import PolicyErrors
from patchkeep.domain.window import Freeze, frozen_by
from patchkeep.policy import calendars_of, load
from tests.policy.reading import ENVIRONMENTS, NOW, mistake, policy


def calendar(*events: str, head: str = "") -> str:
    inner = "\n".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{head}{inner}\nEND:VCALENDAR\n".replace("\n", "\r\n")


def freezes(*events: str, zone: str = "UTC") -> tuple[Freeze, ...]:
    text = f"{ENVIRONMENTS}freezes: [{{calendar: c.ics, timezone: {zone}}}]"
    return load(text, "p.yaml", NOW, {"c.ics": calendar(*events)}).freezes


def starts(freeze: Freeze) -> list[str]:
    return [f"{i.start:%Y-%m-%d %H:%M}" for i in freeze.intervals]


def test_the_last_day_of_a_freeze_is_frozen_to_its_end() -> None:
    (freeze,) = policy("freezes: [{name: year-end, from: 2026-12-18, to: 2027-01-04, timezone: Europe/Berlin}]").freezes
    assert freeze.name == "year-end"
    assert frozen_by([freeze], datetime(2026, 12, 17, 22, 59, tzinfo=UTC)) is None
    assert frozen_by([freeze], datetime(2026, 12, 17, 23, 0, tzinfo=UTC)) is freeze
    assert frozen_by([freeze], datetime(2027, 1, 4, 22, 59, tzinfo=UTC)) is freeze
    assert frozen_by([freeze], datetime(2027, 1, 4, 23, 0, tzinfo=UTC)) is None


def test_a_freeze_between_moments_ends_at_the_moment() -> None:
    (freeze,) = policy("freezes: [{name: launch, from: 2026-12-01T18:00, to: 2026-12-02T06:00+01:00}]").freezes
    assert (freeze.intervals[0].start, freeze.intervals[0].end) == (
        datetime(2026, 12, 1, 18, tzinfo=UTC),
        datetime(2026, 12, 2, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{name: a, from: 2026-12-18, to: 2026-12-01}", "2:43: The freeze ends before it begins."),
        ("{name: a, from: 18.12.2026, to: 2027-01-01}", "2:27: '18.12.2026' is no date. Write it as in `2026-12-18`"),
        ("{name: a, from: 2026-02-30, to: 2027-01-01}", "2:27: '2026-02-30' is no date."),
        ("{name: a, from: 2026-12-18}", "2:11: A freeze needs `name`, `from` and `to`, or `calendar`."),
        ("{calendar: c.ics, from: 2026-12-18}", "2:11: A freeze has dates or a calendar, not both."),
        ("{calendar: c.ics}", "2:22: The calendar c.ics is not there. Put the file beside the policy, or correct its name."),
        (
            "{name: a, from: 2026-12-18, to: 2027-01-01, except: known_exploited}",
            "2:55: `except` arrives with emergency changes. Remove it.",
        ),
    ],
)
def test_an_impossible_freeze_says_what_to_write(text: str, error: str) -> None:
    assert mistake(f"freezes: [{text}]").startswith(f"p.yaml:{error}")


def test_every_event_of_a_calendar_is_a_freeze() -> None:
    first, second = freezes(
        "UID:1\nSUMMARY:Black Friday\nDTSTART;VALUE=DATE:20261127\nDTEND;VALUE=DATE:20261130",
        "UID:2\nSUMMARY:Audit\nDTSTART:20261201T080000Z\nDURATION:PT2H",
        zone="America/New_York",
    )
    assert (first.name, second.name) == ("Black Friday", "Audit")
    assert first.intervals[0].start == datetime(2026, 11, 27, 5, tzinfo=UTC)
    assert first.intervals[0].end - first.intervals[0].start == timedelta(days=3)
    assert second.intervals[0].end == datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_recurring_freezes_follow_summer_time_exceptions_and_their_end() -> None:
    (freeze,) = freezes(
        "UID:1\nSUMMARY:Payday\nDTSTART;TZID=Europe/Berlin:20270315T090000\nDTEND;TZID=Europe/Berlin:20270315T170000\n"
        "RRULE:FREQ=WEEKLY;UNTIL=20270412T070000Z\nEXDATE;TZID=Europe/Berlin:20270322T090000\nRDATE;TZID=Europe/Berlin:20270501T090000"
    )
    assert starts(freeze) == ["2027-03-15 08:00", "2027-03-29 07:00", "2027-04-05 07:00", "2027-04-12 07:00", "2027-05-01 07:00"]


def test_one_moved_occurrence_replaces_the_one_it_was() -> None:
    series, moved = freezes(
        "UID:1\nSUMMARY:Weekly\nDTSTART:20261201T080000Z\nDTEND:20261201T090000Z\nRRULE:FREQ=WEEKLY;COUNT=3",
        "UID:1\nSUMMARY:Weekly\nRECURRENCE-ID:20261208T080000Z\nDTSTART:20261209T100000Z\nDTEND:20261209T110000Z",
    )
    assert starts(series) == ["2026-12-01 08:00", "2026-12-15 08:00"]
    assert starts(moved) == ["2026-12-09 10:00"]


def test_a_cancelled_occurrence_is_no_freeze() -> None:
    (series,) = freezes(
        "UID:1\nDTSTART:20261201T080000Z\nDTEND:20261201T090000Z\nRRULE:FREQ=WEEKLY;COUNT=2",
        "UID:1\nSTATUS:CANCELLED\nRECURRENCE-ID:20261208T080000Z\nDTSTART:20261208T080000Z\nDTEND:20261208T090000Z",
    )
    assert starts(series) == ["2026-12-01 08:00"]


def test_a_freeze_without_end_is_expanded_for_400_days_only() -> None:
    (freeze,) = freezes("UID:1\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=MONTHLY")
    assert freeze.intervals[-1].start <= NOW + timedelta(days=400)
    assert freeze.intervals[-1].start > NOW + timedelta(days=360)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("hello", "The calendar cannot be read as iCalendar"),
        (calendar("UID:1\nSUMMARY:x\nDTSTART:soon"), "The calendar's event 'x' cannot be understood: DTSTART"),
        (calendar("UID:1\nSUMMARY:x"), "The calendar's event 'x' cannot be understood"),
        (calendar("UID:1\nSUMMARY:x\nDTSTART:20261201T080000Z"), "The calendar's event 'x' has no length."),
        (
            calendar("UID:1\nDTSTART:20261201T080000Z\nDURATION:PT1H", head="X-CALENDAR-TYPE:DEFAULT_CLOSED\n"),
            "This calendar is closed by default: its events are openings, not freezes.",
        ),
    ],
)
def test_a_calendar_that_is_no_list_of_freezes_is_an_error(text: str, error: str) -> None:
    assert mistake("freezes: [{calendar: c.ics}]", {"c.ics": text}).startswith(f"p.yaml:2:22: {error}")


def test_the_calendars_a_policy_asks_for_are_named_before_it_is_loaded() -> None:
    assert calendars_of("freezes: [{calendar: a.ics}, {name: x}, {calendar: b.ics}, {calendar: a.ics}, 5]") == ("a.ics", "b.ics")
    assert calendars_of("freezes: {") == ()


def test_another_calendar_makes_another_policy() -> None:
    text = f"{ENVIRONMENTS}freezes: [{{calendar: c.ics}}]"
    event = "UID:1\nDTSTART:20261201T080000Z\nDURATION:PT1H"
    one, same, other = (load(text, "p", NOW, {"c.ics": calendar(each)}).hash for each in (event, event, event.replace("PT1H", "PT2H")))
    assert one == same != other


def test_a_freeze_that_recurs_too_often_to_be_expanded_is_an_error_and_not_forgotten() -> None:
    text = f"{ENVIRONMENTS}freezes: [{{calendar: c.ics}}]"
    often = "SUMMARY:nights\nDTSTART:19700101T220000Z\nDURATION:PT8H\nRRULE:FREQ=DAILY"
    with pytest.raises(PolicyErrors, match=r"'nights' recurs more than 20,000 times"):
        load(text, "p.yaml", NOW, {"c.ics": calendar(often)})
    assert freezes(often.replace("1970", "1990"))[0].intervals
