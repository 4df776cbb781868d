"""A policy's windows as AWS's weekly ones, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from patchkeep.domain.window import Interval, MaintenanceWindow
from patchkeep.services._weekly import remark, weekly

SATURDAY = datetime(2026, 9, 5, 22, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def window(*days: int, lasts: timedelta = 6 * HOUR) -> MaintenanceWindow:
    return MaintenanceWindow("night", tuple(Interval(SATURDAY + day * DAY, SATURDAY + day * DAY + lasts) for day in days))


EVERY_WEEK = tuple(range(0, 70, 7))


def test_it_goes_across_midnight_into_the_next_day() -> None:
    assert weekly(window(*EVERY_WEEK), least=HOUR) == "sat:22:00-sun:04:00"


def test_one_that_is_too_short_or_never_opens_is_none() -> None:
    assert weekly(window(0, lasts=HOUR / 2), least=HOUR) == ""
    assert weekly(window(), least=HOUR) == ""


def test_one_that_is_too_long_is_cut() -> None:
    assert weekly(window(0, lasts=48 * HOUR), least=HOUR) == "sat:22:00-sun:22:00"


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
