"""Schedule expressions, with the examples of AWS's user guide."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.ssm.schedule import parse

SUNDAY = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 16 ? * TUE *)", "2026-11-03T16:00"),  # Tuesdays at 4 in the afternoon
        ("cron(0 2 ? * THU#3 *)", "2026-11-19T02:00"),  # the third Thursday
        ("cron(0 2 ? * 5#3 *)", "2026-11-19T02:00"),  # the same in numbers: 1 is Sunday
        ("cron(15 10 ? * * *)", "2026-11-01T10:15"),  # daily
        ("cron(15 10 ? * MON-FRI *)", "2026-11-02T10:15"),
        ("cron(0 2 L * ? *)", "2026-11-30T02:00"),  # the last day of the month
        ("cron(15 10 ? * 6L *)", "2026-11-27T10:15"),  # the last Friday
        ("cron(0 0/30 * 1/1 * ? *)", "2026-11-01T06:30"),  # every half hour, seven fields
        ("cron(0 0 2 ? * 1 *)", "2026-11-08T02:00"),  # seven fields, Sundays
        ("cron(0 4 ? * SUN *)", "2026-11-08T04:00"),
        ("cron(0 2 1 1 ? 2028)", "2028-01-01T02:00"),
        ("rate(30 minutes)", "2026-11-01T06:30"),
        ("rate(1 hour)", "2026-11-01T07:00"),
        ("rate(7 days)", "2026-11-08T06:00"),
        ("at(2026-12-24T20:00:00)", "2026-12-24T20:00"),
    ],
)
def test_the_next_time_of_a_schedule(expression: str, expected: str) -> None:
    assert parse(expression, anchor=SUNDAY).next_after(SUNDAY) == moment(expected)


def test_a_rate_counts_from_its_anchor() -> None:
    assert parse("rate(12 hours)", anchor=moment("2026-11-01T01:30")).next_after(SUNDAY) == moment("2026-11-01T13:30")


def test_a_schedule_keeps_its_hour_when_clocks_change() -> None:
    daily = parse("cron(0 4 ? * * *)", zone="Europe/Berlin", anchor=SUNDAY)
    assert daily.next_after(moment("2026-10-24T00:00")) == moment("2026-10-24T02:00")
    assert daily.next_after(moment("2026-10-26T00:00")) == moment("2026-10-26T03:00")


def test_an_offset_puts_the_day_off() -> None:
    put_off = parse("cron(0 2 ? * TUE#2 *)", anchor=SUNDAY, offset=2)
    assert put_off.next_after(SUNDAY) == moment("2026-11-12T02:00")
    assert put_off.next_after(moment("2026-11-11T00:00")) == moment("2026-11-12T02:00")


def test_what_lies_in_the_past_never_comes() -> None:
    assert parse("at(2020-01-01T00:00:00)", anchor=SUNDAY).next_after(SUNDAY) is None
    assert parse("cron(0 2 1 1 ? 2020)", anchor=SUNDAY).next_after(SUNDAY) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "daily",
        "cron(0 2 * * *)",
        "cron(0 2 1 * MON *)",
        "cron(61 2 ? * MON *)",
        "rate(0 hours)",
        "rate(5 weeks)",
        "at(tomorrow)",
        "cron(0 2 ? * 9 *)",
    ],
)
def test_a_wrong_schedule_is_refused(wrong: str) -> None:
    with pytest.raises(AwsError) as refusal:
        parse(wrong, anchor=SUNDAY, error="InvalidSchedule")
    assert refusal.value.code == "InvalidSchedule"


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(AwsError):
        parse("cron(0 2 ? * MON *)", zone="Europe/Nowhere", anchor=SUNDAY)
