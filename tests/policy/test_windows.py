"""Windows: the ways to say when they open, what AWS gets, summer time, and what can never work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.window import HORIZON, MaintenanceWindow
from patchkeep.policy.recurrence import expand, schedule
from patchkeep.policy.rrule import recurrence
from tests.policy.reading import NOW, mistake, mistakes, policy


def window(keys: str, now: datetime = NOW) -> MaintenanceWindow:
    return policy(f"windows: {{w: {{{keys}}}}}", now).windows[0]


def local_starts(found: MaintenanceWindow, zone: str, count: int) -> list[str]:
    return [i.start.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M") for i in found.intervals[:count]]


@pytest.mark.parametrize(
    ("at", "aws", "first"),
    [
        ("Sat 02:00", "cron(0 2 ? * SAT *)", ["Sat 2026-11-28 02:00", "Sat 2026-12-05 02:00"]),
        ("saturday 2:30", "cron(30 2 ? * SAT *)", ["Sat 2026-11-28 02:30"]),
        (
            "Mon-Wed 22:15",
            "cron(15 22 ? * MON-WED *)",
            ["Mon 2026-11-23 22:15", "Tue 2026-11-24 22:15", "Wed 2026-11-25 22:15", "Mon 2026-11-30 22:15"],
        ),
        ("Sat-Mon 02:00", "cron(0 2 ? * SAT-MON *)", ["Sat 2026-11-28 02:00", "Sun 2026-11-29 02:00", "Mon 2026-11-30 02:00"]),
        ("Sat,Sun 02:00", "cron(0 2 ? * SAT,SUN *)", ["Sat 2026-11-28 02:00", "Sun 2026-11-29 02:00"]),
        ("daily 02:00", "cron(0 2 * * ? *)", ["Tue 2026-11-24 02:00", "Wed 2026-11-25 02:00"]),
        ("Tue#2 02:00", "cron(0 2 ? * 3#2 *)", ["Tue 2026-12-08 02:00", "Tue 2027-01-12 02:00"]),
        ("cron(0 2 ? * 7 *)", "cron(0 2 ? * 7 *)", ["Sat 2026-11-28 02:00"]),
        ("cron(0 2 ? * MON-FRI *)", "cron(0 2 ? * MON-FRI *)", ["Tue 2026-11-24 02:00"]),
        ("cron(0 2 ? * 6L *)", "cron(0 2 ? * 6L *)", ["Fri 2026-11-27 02:00", "Fri 2026-12-25 02:00"]),
        ("cron(0 2 ? * TUE#2 *)", "cron(0 2 ? * TUE#2 *)", ["Tue 2026-12-08 02:00"]),
        ("cron(0 2 L * ? *)", "cron(0 2 L * ? *)", ["Mon 2026-11-30 02:00", "Thu 2026-12-31 02:00"]),
        ("cron(30 2/6 * * ? *)", "cron(30 2/6 * * ? *)", ["Mon 2026-11-23 14:30", "Mon 2026-11-23 20:30", "Tue 2026-11-24 02:30"]),
        ("cron(0 2 1 JAN ? 2027)", "cron(0 2 1 JAN ? 2027)", ["Fri 2027-01-01 02:00"]),
    ],
)
def test_a_window_opens_when_it_says_and_aws_is_told_the_same(at: str, aws: str, first: list[str]) -> None:
    found = window(f'at: "{at}", lasts: 2h')
    assert found.schedule == aws
    assert local_starts(found, "UTC", len(first)) == first


def test_times_are_those_of_the_windows_zone() -> None:
    found = window("at: Sat 02:00, lasts: 4h, timezone: Europe/Berlin, stop_starting: 1h")
    assert (found.timezone, found.lasts, found.stop_starting) == ("Europe/Berlin", timedelta(hours=4), timedelta(hours=1))
    assert found.intervals[0].start == datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
    summer = next(i for i in found.intervals if i.start.month == 7)
    assert summer.start.hour == 0


def test_where_clocks_skip_the_opening_it_opens_when_they_land() -> None:
    found = window("at: Sun 02:30, lasts: 1h, timezone: Europe/Berlin", datetime(2027, 3, 26, tzinfo=UTC))
    assert found.intervals[0].start == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)  # 03:00 in summer time
    assert found.intervals[1].start == datetime(2027, 4, 4, 0, 30, tzinfo=UTC)


def test_where_clocks_repeat_an_hour_it_opens_once() -> None:
    found = window("at: daily 02:30, lasts: 1h, timezone: Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert [i.start for i in found.intervals[:2]] == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


def test_a_window_that_is_open_now_is_among_its_times() -> None:
    found = window("at: daily 11:00, lasts: 2h")
    assert found.intervals[0].holds(NOW)


def test_a_day_long_daily_window_is_open_at_every_moment_across_summer_time() -> None:
    found = window("at: daily 00:00, lasts: 24h, timezone: Europe/Berlin")
    gaps = [later.start - earlier.end for earlier, later in pairwise(found.intervals)]
    assert set(gaps) == {timedelta(0), timedelta(hours=1)}  # the hour that the long day of autumn has to spare
    assert gaps.count(timedelta(hours=1)) == 1


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ("at: Sat 25:00, lasts: 2h", "2:19: 'Sat 25:00' is not understood as the time a window opens. Write it as in `Sat 02:00`"),
        ("at: Caturday 02:00, lasts: 2h", "2:19: 'Caturday' is no weekday."),
        ("at: Sa 02:00, lasts: 2h", "2:19: 'Sa' is no weekday."),
        ("at: every 2nd Tue 02:00, lasts: 2h", "2:19: 'every 2nd Tue 02:00' is not understood"),
        ("at: rate(7 days), lasts: 2h", "2:19: 'rate(7 days)' is not understood"),
        ("at: 0 2 * * 6, lasts: 2h", "2:19: This looks like cron of five fields; AWS has six."),
        ("at: cron(0 2 * * 6), lasts: 2h", "2:19: 'cron(0 2 * * 6)' has 5 fields; AWS wants six."),
        ("at: cron(0 2 * * 6 *), lasts: 2h", "2:19: 'cron(0 2 * * 6 *)': exactly one of day and weekday must be `?`."),
        ('at: "cron(0 2 ? * ? *)", lasts: 2h', "2:19: 'cron(0 2 ? * ? *)': exactly one of day and weekday must be `?`."),
        ('at: "cron(0 2 ? * 8 *)", lasts: 2h', "2:19: 'cron(0 2 ? * 8 *)': '8' is no weekday AWS knows."),
        ('at: "cron(0 2 15W * ? *)", lasts: 2h', "2:19: 'cron(0 2 15W * ? *)': the weekday nearest to a date (W) is not supported."),
        ('at: "cron(0 2 1 * ? soon)", lasts: 2h', "2:19: 'cron(0 2 1 * ? soon)': 'SOON' is no year."),
        ('at: "cron(99 2 1 * ? *)", lasts: 2h', "2:19: 'cron(99 2 1 * ? *)': bad minute."),
        ("at: daily 02:00, lasts: 30m", "2:39: A maintenance window lasts from 1 to 24 hours."),
        ("at: daily 02:00, lasts: 25h", "2:39: A maintenance window lasts from 1 to 24 hours."),
        (
            "at: daily 02:00, lasts: 2h, stop_starting: 2h",
            "2:58: `stop_starting` (2h) is not shorter than the window (2h): nothing could ever begin in it.",
        ),
        ('at: "cron(0 * * * ? *)", lasts: 2h', "2:19: The window opens again before it has closed."),
        ('at: "cron(0 2 1 1 ? 2020)", lasts: 2h', "2:19: The window does not open within 400 days."),
        ("at: daily 02:00, lasts: 2h, timezone: Berlin", "2:53: There is no time zone 'Berlin'. Did you mean `Europe/Berlin`?"),
        (
            "at: daily 02:00, lasts: 2h, timezone: Europe/Brelin",
            "2:53: There is no time zone 'Europe/Brelin'. Did you mean `Europe/Berlin`?",
        ),
        ("at: daily 02:00, lasts: 2h, timezone: Europe", "2:53: There is no time zone 'Europe'."),
        ("lasts: 2h", '2:14: The window does not say when it opens. Write `at: "Sat 02:00"`'),
    ],
)
def test_an_impossible_window_says_what_to_write(keys: str, error: str) -> None:
    assert mistake(f"windows: {{w: {{{keys}}}}}").startswith(f"p.yaml:{error}")


def test_a_window_in_which_aws_installs_counts_in_whole_hours() -> None:
    windows = "windows: {w: {at: daily 02:00, lasts: 90m, stop_starting: 15m}}"
    assert policy(windows).windows[0].lasts == timedelta(minutes=90)
    assert mistakes("environments: {prod: {match: all, installer: aws, window: w}}\n" + windows) == [
        "p.yaml:2:39: AWS installs in this window and counts `lasts` in whole hours. Write it as in `4h`.",
        "p.yaml:2:59: AWS installs in this window and counts `stop_starting` in whole hours. Write it as in `4h`.",
    ]


@given(
    days=st.sampled_from(["daily", "Sat", "Mon-Fri", "Sat-Mon", "Sun,Wed", "Tue#2", "Fri#5"]),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    lasts=st.integers(1, 24),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"]),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_openings_are_in_order_apart_and_at_the_hour_that_the_wall_shows(
    days: str, hour: int, minute: int, lasts: int, zone: str, now: datetime
) -> None:
    length = timedelta(hours=lasts)
    found = expand(schedule(f"{days} {hour:02}:{minute:02}"), zone, length, now)
    assert all(earlier.end <= later.start for earlier, later in pairwise(found))
    assert all(timedelta(0) < i.end - i.start <= length for i in found)
    assert all(now < i.end and i.start < now + HORIZON for i in found)
    local = [i.start.astimezone(ZoneInfo(zone)) for i in found]
    as_said = [(start.hour, start.minute) == (hour, minute) for start in local]
    assert as_said.count(False) <= 3  # clocks put forward over the opening: at most one each spring
    if days == "Mon-Fri":
        assert {start.weekday() for start in local} == {0, 1, 2, 3, 4}
    if days == "daily":
        assert len({start.date() for start in local}) == len(local)


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        ("rrule: FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3, lasts: 2h", ["Tue 2026-12-08 03:00", "Tue 2027-01-12 03:00"]),
        ("rrule: RRULE:FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3, lasts: 2h, offset: 4d", ["Sat 2026-12-12 03:00", "Sat 2027-01-16 03:00"]),
        ("at: Tue#2 22:30, lasts: 2h, offset: 11d", ["Sat 2026-12-19 22:30", "Sat 2027-01-23 22:30"]),
        ("rrule: FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;BYHOUR=2;BYMINUTE=30, lasts: 2h", ["Sat 2026-12-05 02:30", "Sat 2026-12-19 02:30"]),
        ("rrule: FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=20, lasts: 2h", ["Mon 2026-11-30 20:00", "Thu 2026-12-31 20:00"]),
        ("rrule: FREQ=DAILY;BYHOUR=1, lasts: 1h", ["Tue 2026-11-24 01:00", "Wed 2026-11-25 01:00"]),
    ],
)
def test_a_recurrence_rule_and_an_offset_say_when_a_window_opens(keys: str, first: list[str]) -> None:
    found = window(keys.replace("rrule: ", 'rrule: "').replace(", lasts", '", lasts') if "rrule" in keys else keys)
    assert local_starts(found, "UTC", len(first)) == first
    assert found.schedule == "", "AWS is told of neither"


def test_a_rule_and_an_offset_follow_the_clock_on_the_wall_through_summer_time() -> None:
    keys = 'rrule: "FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3", offset: 4d, lasts: 2h, timezone: Europe/Berlin'
    found = window(keys, datetime(2027, 2, 1, tzinfo=UTC))
    assert local_starts(found, "Europe/Berlin", 3) == ["Sat 2027-02-13 03:00", "Sat 2027-03-13 03:00", "Sat 2027-04-17 03:00"]
    assert [i.start.hour for i in found.intervals[:3]] == [2, 2, 1]


@pytest.mark.parametrize("keys", ['rrule: "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=30"', "at: Sat 02:30, offset: 1d"])
def test_a_rule_opens_when_the_clocks_land_and_once_where_they_repeat_an_hour(keys: str) -> None:
    spring = window(f"{keys}, lasts: 1h, timezone: Europe/Berlin", datetime(2027, 3, 26, tzinfo=UTC))
    assert [i.start for i in spring.intervals[:2]] == [datetime(2027, 3, 28, 1, 0, tzinfo=UTC), datetime(2027, 4, 4, 0, 30, tzinfo=UTC)]
    autumn = window(f"{keys}, lasts: 1h, timezone: Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC))
    assert [i.start for i in autumn.intervals[:2]] == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 11, 1, 1, 30, tzinfo=UTC)]


@given(zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]), start=st.integers(0, 400))
def test_a_weekly_rule_opens_when_the_same_cron_does(zone: str, start: int) -> None:
    now = NOW + timedelta(days=start, minutes=7 * start)
    plain = expand(schedule("Sun 02:30"), zone, timedelta(hours=2), now)
    assert expand(recurrence("FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=30"), zone, timedelta(hours=2), now) == plain


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ('at: Sat 02:00, rrule: "FREQ=DAILY;BYHOUR=1", lasts: 2h', "2:14: A window has `at` or `rrule`, not both."),
        ('rrule: "FREQ=MONTHLY;BYDAY=2TU", lasts: 2h', "'FREQ=MONTHLY;BYDAY=2TU' says no hour. Add `BYHOUR=3`"),
        ('rrule: "FREQ=MONTHLY;BYHOUR=2", lasts: 2h', "says no day. Add `BYDAY=...` or `BYMONTHDAY=...`."),
        ('rrule: "FREQ=HOURLY", lasts: 2h', "FREQ is one of DAILY, WEEKLY, MONTHLY, YEARLY."),
        ('rrule: "FREQ=DAILY;BYHOUR=1;COUNT=3", lasts: 2h', "a window has no beginning and no end, so COUNT says nothing."),
        ('rrule: "FREQ=DAILY;BYHUOR=1", lasts: 2h', "there is no BYHUOR in a recurrence rule. Did you mean `BYHOUR`?"),
        ('rrule: "FREQ=DAILY;BYHOUR=31", lasts: 2h', "cannot be read:"),
        ('rrule: "FREQ=MONTHLY;BYDAY=2XX;BYHOUR=1", lasts: 2h', "cannot be read:"),
        ("rrule: second tuesday, lasts: 2h", "there is no SECOND TUESDAY in a recurrence rule."),
        ("at: FREQ=DAILY;BYHOUR=1, lasts: 2h", "is a recurrence rule. Write it as `rrule:` instead of `at:`."),
        ("at: Sat 02:00, offset: 12h, lasts: 2h", "A window is put off by 1 to 28 whole days, not by 12h. Write it as in `4d`."),
        ("at: Sat 02:00, offset: 40d, lasts: 2h", "A window is put off by 1 to 28 whole days, not by 40d."),
    ],
)
def test_a_rule_that_cannot_be_read_says_what_to_write(keys: str, error: str) -> None:
    assert error in mistake(f"windows: {{w: {{{keys}}}}}")


@pytest.mark.parametrize("key", ['rrule: "FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3"', 'at: "Tue#2 03:00", offset: 4d'])
def test_where_aws_installs_no_rule_and_no_offset_can_be_given(key: str) -> None:
    text = f"environments: {{old: {{match: all, installer: aws, window: w}}}}\nwindows: {{w: {{{key}, lasts: 2h}}}}"
    assert "AWS installs in this window and takes no `" in "".join(mistakes(text))


def test_scans_run_when_the_policy_says() -> None:
    assert (policy("").scan_schedule, policy("").scan_every) == ("cron(0 5 * * ? *)", timedelta(days=1))
    often = policy("freshness: {scan_schedule: cron(15 0/6 * * ? *)}")
    assert (often.scan_schedule, often.scan_every) == ("cron(15 0/6 * * ? *)", timedelta(hours=6))
    weekdays = policy("freshness: {scan: 4d, scan_schedule: Mon-Fri 05:00}")
    assert (weekdays.scan_schedule, weekdays.scan_every) == ("cron(0 5 ? * MON-FRI *)", timedelta(days=3))


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ("scan_schedule: Sat 05:00", "2:28: Scans are up to 7d apart, but count for 36h only: everything would be UNKNOWN in between."),
        ("scan: 12h", "2:19: Scans are up to 24h apart, but count for 12h only"),
        ("scan_schedule: rate(1 day)", "2:28: 'rate(1 day)' is not understood"),
        ("scan_schedule: cron(0 5 ? 6 MON *)", "State Manager knows no months and years."),
        ("scan_schedule: cron(0/10 * * * ? *)", "State Manager wants half an hour between two runs."),
    ],
)
def test_a_scan_schedule_that_aws_would_not_take_or_that_leaves_gaps_is_refused(keys: str, error: str) -> None:
    assert error in mistake(f"freshness: {{{keys}}}")
