"""A policy's windows as those in which AWS acts by itself: chosen so that freezes meet them least."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.calendar.shut import Shut
from patchkeep.domain.calendar.times import overlaps, weeks
from patchkeep.domain.window import HORIZON, Freeze, Interval, MaintenanceWindow
from patchkeep.services._weekly import Slots, never_clear, remark, weekly

SATURDAY = datetime(2026, 9, 5, 22, tzinfo=UTC)
NOW = datetime(2026, 9, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY = Slots(HOUR)
FREE = Shut((), NOW)


def window(*days: int, lasts: timedelta = 6 * HOUR, zone: str = "UTC") -> MaintenanceWindow:
    return MaintenanceWindow(
        "night", tuple(Interval(SATURDAY + day * DAY, SATURDAY + day * DAY + lasts) for day in sorted(days)), timezone=zone
    )


def every(*days: int, weeks: int = 57) -> MaintenanceWindow:
    return window(*(7 * week + day for week in range(weeks) for day in days))


def freeze(name: str, first: datetime, *, lasts: timedelta, every: timedelta = HORIZON, times: int = 1) -> Freeze:
    return Freeze(name, tuple(Interval(first + number * every, first + number * every + lasts) for number in range(times)))


EVERY_WEEK = tuple(range(0, 70, 7))
WEEKENDS = freeze("weekends", datetime(2026, 9, 5, tzinfo=UTC), lasts=2 * DAY, every=7 * DAY, times=57)
YEAR_END = freeze("year end", datetime(2026, 12, 18, tzinfo=UTC), lasts=17 * DAY)


def test_it_goes_across_midnight_into_the_next_day() -> None:
    assert weekly(window(*EVERY_WEEK), HOURLY, FREE) == "sat:22:00-sun:04:00"


def test_one_that_is_too_short_or_never_opens_is_none() -> None:
    assert weekly(window(0, lasts=HOUR / 2), HOURLY, FREE) == ""
    assert weekly(window(), HOURLY, FREE) == ""


def test_one_that_is_too_long_is_cut() -> None:
    assert weekly(window(0, lasts=48 * HOUR), HOURLY, FREE) == "sat:22:00-sun:22:00"


@pytest.mark.parametrize(
    ("backups", "slot"),
    [
        ("02:00-02:30", "sat:22:00-sun:02:00"),
        ("21:45-22:15", "sat:22:15-sun:04:00"),
        ("23:45-00:15", "sun:00:15-sun:04:00"),
        ("12:00-12:30", "sat:22:00-sun:04:00"),
        ("22:30-03:30", ""),
        ("no time", "sat:22:00-sun:04:00"),
    ],
)
def test_a_window_is_clear_of_daily_backups_as_far_as_there_is_room(backups: str, slot: str) -> None:
    assert weekly(window(*EVERY_WEEK), HOURLY, FREE, backups=backups) == slot
    assert weekly(window(*EVERY_WEEK), HOURLY, FREE, slot, backups) == slot, "and stays as it is once it is set"


@pytest.mark.parametrize(
    ("slots", "spelt"),
    [
        (Slots(HOUR, lasts=2 * HOUR), "sat:22:00-sun:00:00"),
        (Slots(HOUR, lasts=10 * HOUR, daily=True), "daily 22:00-08:00"),
        (Slots(HOUR, lasts=2 * HOUR, zoned=True), "sun:00:00-sun:02:00 Europe/Berlin"),
    ],
)
def test_a_service_s_own_forms_are_read_again_as_they_are_written(slots: Slots, spelt: str) -> None:
    assert weekly(window(*EVERY_WEEK, zone="Europe/Berlin"), slots, FREE) == spelt
    opens = weeks(spelt, Interval(SATURDAY, SATURDAY + HOUR))
    assert opens == (Interval(SATURDAY, SATURDAY + (slots.lasts or HOUR)),)


def test_of_two_openings_a_week_that_which_a_recurring_freeze_leaves_free_is_taken() -> None:
    assert weekly(every(0, 3), HOURLY, Shut((WEEKENDS,), NOW)) == "tue:22:00-wed:04:00"
    assert weekly(every(0, 3), HOURLY, FREE) == "sat:22:00-sun:04:00"


def test_where_freezes_leave_none_free_the_one_they_meet_least_is_taken_and_the_first_freeze_named() -> None:
    shut = Shut((WEEKENDS, YEAR_END), NOW)
    slot = weekly(every(0, 3), HOURLY, shut)
    assert slot == "tue:22:00-wed:04:00"
    assert never_clear(every(0, 3), slot, shut) == (
        "night has no weekly opening clear of freezes: year end meets this one first, on 2026-12-22"
    )
    assert never_clear(every(0, 3), slot, FREE) == ""


def test_what_is_set_already_stays_when_it_is_as_good_so_that_a_plan_of_sunday_is_monday_s() -> None:
    assert weekly(every(0, 3), HOURLY, Shut((YEAR_END,), NOW), "Tue:22:00-Wed:04:00") == "tue:22:00-wed:04:00"
    assert weekly(every(0, 3), HOURLY, FREE, "mon:01:00-mon:02:00") == "sat:22:00-sun:04:00"


@given(
    days=st.sets(st.integers(0, 6), min_size=1),
    hours=st.integers(1, 30),
    frozen=st.lists(st.tuples(st.integers(-48, 24 * 60), st.integers(1, 80), st.booleans()), max_size=4),
)
def test_no_opening_of_the_chosen_window_is_met_by_a_freeze_while_another_would_stay_clear(
    days: set[int], hours: int, frozen: list[tuple[int, int, bool]]
) -> None:
    freezes = [
        freeze(str(start), NOW + start * HOUR, lasts=lasts * HOUR, every=7 * DAY, times=57 if again else 1)
        for start, lasts, again in frozen
    ]
    lasting = timedelta(hours=min(hours, 24))
    known = Interval(NOW, NOW + HORIZON)

    def clear(spelt: str) -> bool:
        return not any(overlaps(one, i) for one in weeks(spelt, known) or () for f in freezes for i in f.intervals)

    offered = {HOURLY.of(Interval(SATURDAY + day * DAY, SATURDAY + day * DAY + lasting), "UTC") for day in days}
    chosen = weekly(
        MaintenanceWindow("w", tuple(Interval(SATURDAY + day * DAY, SATURDAY + day * DAY + lasting) for day in sorted(days))),
        HOURLY,
        Shut(freezes, NOW),
    )
    assert chosen in offered
    assert clear(chosen) == any(clear(spelt) for spelt in offered)


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (EVERY_WEEK, True),
        (tuple(sorted((*EVERY_WEEK, *(day + 1 for day in EVERY_WEEK)))), True),  # Saturday and Sunday
        (tuple(range(0, 280, 28)), False),  # every fourth Saturday
        (tuple(range(0, 70, 14)), False),
    ],
)
def test_a_window_that_is_not_open_each_week_is_remarked(days: tuple[int, ...], kept: bool) -> None:
    assert bool(remark(window(*days))) is not kept
