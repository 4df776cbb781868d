"""Maintenance windows and freezes: when work may start, and when it next may."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.window import Freeze, MaintenanceWindow, after_freezes, frozen_by, is_open, may_start, next_opening
from tests.domain.make import HOUR, NOW, at, freeze, span, window

MINUTE = timedelta(minutes=1)
NIGHTLY = window((10, 14), (34, 38), stop=1)


def quarter_hours(draw: st.DrawFn, most: int) -> tuple[tuple[float, float], ...]:
    edges = sorted(draw(st.sets(st.integers(0, 200), max_size=most * 2)))
    return tuple((start / 4, end / 4) for start, end in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def times(draw: st.DrawFn) -> tuple[MaintenanceWindow, tuple[Freeze, ...], datetime]:
    opens = window(*quarter_hours(draw, 4), stop=draw(st.integers(0, 8)) / 4)
    freezes = tuple(freeze(*quarter_hours(draw, 2)) for _ in range(draw(st.integers(0, 2))))
    return opens, freezes, at(draw(st.integers(-8, 220)) / 4)


def startable(opens: MaintenanceWindow, freezes: tuple[Freeze, ...], moment: datetime) -> bool:
    """The definition, spelt out: in an interval, not in its last `stop_starting`, in no freeze."""
    inside = any(i.start <= moment and moment + opens.stop_starting < i.end for i in opens.intervals)
    return inside and not any(i.start <= moment < i.end for f in freezes for i in f.intervals)


@pytest.mark.parametrize(
    ("hours", "start", "go_on"),
    [(9.99, False, False), (10, True, True), (12.99, True, True), (13, False, True), (13.99, False, True), (14, False, False)],
)
def test_nothing_new_starts_in_the_last_part_of_a_window_but_begun_work_goes_on(hours: float, start: bool, go_on: bool) -> None:
    assert may_start(NIGHTLY, at(hours)) is start
    assert is_open(NIGHTLY, at(hours)) is go_on


@pytest.mark.parametrize(("hours", "opening"), [(0, 10), (11, 11), (13, 34), (20, 34), (36.5, 36.5)])
def test_the_next_opening_is_now_or_the_next_start(hours: float, opening: float) -> None:
    assert next_opening(NIGHTLY, (), at(hours)) == at(opening)


def test_there_is_no_next_opening_after_the_last_window() -> None:
    assert next_opening(NIGHTLY, (), at(37)) is None
    assert next_opening(window(), (), NOW) is None


def test_a_freeze_over_the_whole_window_moves_the_opening_to_the_next_window() -> None:
    assert next_opening(NIGHTLY, (freeze((9, 20)),), NOW) == at(34)


def test_a_freeze_that_leaves_only_the_last_part_moves_the_opening_to_the_next_window() -> None:
    assert next_opening(NIGHTLY, (freeze((9, 13)),), NOW) == at(34)


def test_a_freeze_over_the_start_moves_the_opening_to_its_end() -> None:
    assert next_opening(NIGHTLY, (freeze((9, 11)),), NOW) == at(11)


def test_freezes_that_follow_each_other_are_passed_together() -> None:
    freezes = (freeze((2, 3)), freeze((0, 2), (3, 5)))
    assert after_freezes(freezes, at(1)) == at(5)


def test_the_freeze_that_holds_is_named() -> None:
    freezes = (freeze((5, 6), name="audit"), freeze((0, 2), name="launch"))
    assert frozen_by(freezes, at(1)) == freezes[1]
    assert frozen_by(freezes, at(2)) is None


def test_an_interval_holds_its_start_and_not_its_end() -> None:
    assert span(0, 1).holds(NOW)
    assert not span(0, 1).holds(NOW + HOUR)


@given(times())
def test_may_start_is_what_it_says(drawn: tuple[MaintenanceWindow, tuple[Freeze, ...], datetime]) -> None:
    opens, freezes, now = drawn
    assert (may_start(opens, now) and frozen_by(freezes, now) is None) == startable(opens, freezes, now)


@given(times())
def test_the_next_opening_is_the_first_quarter_of_an_hour_that_may_start(
    drawn: tuple[MaintenanceWindow, tuple[Freeze, ...], datetime],
) -> None:
    opens, freezes, now = drawn
    quarters = (now + timedelta(minutes=15 * number) for number in range(300))
    assert next_opening(opens, freezes, now) == next((q for q in quarters if startable(opens, freezes, q)), None)
