"""A weekly window in virtual time, and when a pending action is carried out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.sandbox.managed.weekly import WEEK, Weekly
from patchkeep.sandbox.managed.work import Offer

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
SUNDAY_MORNING = Weekly.read("sun:05:00-sun:06:00")


@pytest.mark.parametrize("text", ["sun:05:00-sun:06:00", "sun:23:45-mon:00:15", "wed:00:00-thu:00:00"])
def test_a_window_is_spelt_as_it_was_read(text: str) -> None:
    assert str(Weekly.read(text.title())) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [("sunday:05:00-sun:06:00", "ddd:hh24:mi"), ("sun:24:00-mon:01:00", "ddd:hh24:mi"), ("sun:05:00-sun:05:29", "30 minutes")],
)
def test_what_is_no_window_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Weekly.read(text)


@given(start=st.integers(0, WEEK - 1), minutes=st.integers(0, 10 * WEEK))
def test_the_next_opening_is_later_and_within_a_week_and_opens_the_window(start: int, minutes: int) -> None:
    window, now = Weekly(start, 30), MONDAY + timedelta(minutes=minutes)
    opening = window.opening_after(now)
    assert now < opening <= now + timedelta(weeks=1)
    assert window.is_open(opening)
    assert window.is_open(opening + timedelta(minutes=29))
    assert not window.is_open(opening + timedelta(minutes=30))
    assert not window.is_open(opening - timedelta(minutes=1))


def test_an_action_without_dates_waits_for_its_owner() -> None:
    assert Offer("system-update", "New Operating System patch").applied_at(SUNDAY_MORNING, MONDAY) is None


def test_an_action_opted_into_is_carried_out_in_the_next_window() -> None:
    offer = Offer("system-update", "New Operating System patch", opted="next-maintenance")
    assert offer.applied_at(SUNDAY_MORNING, MONDAY) == datetime(2026, 9, 13, 5, tzinfo=UTC)


def test_after_its_automatic_date_an_action_is_carried_out_in_the_first_window() -> None:
    offer = Offer("db-upgrade", "", auto_after=datetime(2026, 9, 14, tzinfo=UTC))
    assert offer.applied_at(SUNDAY_MORNING, MONDAY) == datetime(2026, 9, 20, 5, tzinfo=UTC)


def test_a_forced_date_does_not_wait_for_the_window() -> None:
    forced = datetime(2026, 9, 10, 12, tzinfo=UTC)
    assert Offer("os-upgrade", "", forced=forced).applied_at(SUNDAY_MORNING, MONDAY) == forced
    assert Offer("os-upgrade", "", forced=forced, opted="next-maintenance").applied_at(SUNDAY_MORNING, MONDAY) == forced


def test_a_forced_date_that_has_passed_is_now() -> None:
    assert Offer("os-upgrade", "", forced=MONDAY - timedelta(days=1)).applied_at(SUNDAY_MORNING, MONDAY) == MONDAY
