"""The calendar of a period: everything with a date stands in it once, and what collides with a freeze or a window says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from patchkeep.domain.asset import Asset, Existing, Support, Update, UpdateState
from patchkeep.domain.calendar import Calendar, Known, What, calendar
from patchkeep.domain.calendar.times import weeks
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Environment, Match, Policy, RingRule
from patchkeep.domain.progress import Rollout, Status
from patchkeep.domain.window import Interval, MaintenanceWindow
from tests.domain.make import HERE, NOW, at, freeze, span, window

PROD = Environment("prod", Match())
PERIOD = Interval(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 7, tzinfo=UTC))
RINGED = Policy("p", "h", environments=(PROD,), windows=(window((48, 52)),), rings=(RingRule("all", ("prod",), window="nightly"),))


def database(name: str = "orders", **more: object) -> Asset:
    asset = Asset(HERE.arn("rds", f"db:{name}"), "db instance", HERE, name, "", updates=())
    return replace(asset, **more)  # type: ignore[arg-type]


def forced(hours: float, state: UpdateState = UpdateState.MISSING) -> tuple[Update, ...]:
    return (Update("os", "system update", state, forced_at=at(hours)),)


def of(*assets: Asset, policy: Policy = RINGED, **more: object) -> Calendar:
    known = Known(policy, NOW, assets, {asset.id: PROD for asset in assets})
    return calendar(replace(known, **more), PERIOD)  # type: ignore[arg-type]


def told(found: Calendar, what: What) -> list[tuple[str, tuple[str, ...]]]:
    return [(entry.title, entry.conflicts) for entry in found.entries if entry.what is what]


def test_windows_and_freezes_of_the_policy_stand_in_it_in_the_order_of_time() -> None:
    policy = replace(RINGED, windows=(window((48, 52), (24 * 20, 24 * 20 + 4)),), freezes=(freeze((40, 60)),))
    found = of(policy=policy)
    assert [(entry.what, entry.start) for entry in found.entries] == [(What.FREEZE, at(40)), (What.WINDOW, at(48))]
    assert found.entries[1].title == "nightly, shut by freeze year end"


def test_what_lies_outside_the_period_is_not_in_it() -> None:
    assert of(database(updates=forced(24 * 30)), policy=replace(RINGED, windows=())).entries == ()


def test_a_freeze_from_midnight_to_midnight_is_one_of_whole_days() -> None:
    (entry,) = of(policy=Policy("p", "h", freezes=(freeze((16, 64)),))).entries
    assert (entry.whole_days, entry.start.date(), entry.end.date()) == (True, date(2026, 11, 24), date(2026, 11, 26))


TUESDAY = "tue:03:00-tue:03:30"  # opens 19 hours from now
SCHEDULED = Update("os", "system update", UpdateState.SCHEDULED)


def test_aws_windows_of_one_environment_are_one_entry_a_week_and_collide_with_a_freeze_where_something_is_scheduled() -> None:
    assets = database("a", window=TUESDAY, updates=(SCHEDULED,)), database("b", window=TUESDAY)
    found = of(*assets, policy=replace(RINGED, freezes=(freeze((0, 48)),)))
    weekly = [entry for entry in found.entries if entry.what is What.AWS_WINDOW]
    assert [(entry.start.day, entry.title, entry.names) for entry in weekly] == [
        (24, "2 db instances in prod", ("a", "b")),
        (1, "2 db instances in prod", ("a", "b")),
    ]
    assert weekly[0].conflicts == (
        "freeze year end holds then, but what is scheduled AWS puts on all the same: have AWS defer it, or end the freeze earlier",
    )
    assert weekly[1].conflicts == ()


@pytest.mark.parametrize(
    ("updates", "marked"),
    [
        ((), []),
        ((replace(SCHEDULED, state=UpdateState.MISSING),), []),
        ((replace(SCHEDULED, state=UpdateState.OPTIONAL, forced_at=at(19)),), []),
        (None, [24, 1]),  # not read is not clean
        ((SCHEDULED,), [24]),  # in its next opening, and then it is on
        ((replace(SCHEDULED, due_at=at(100)),), [24, 1]),
        ((replace(SCHEDULED, due_at=at(24 * 30)),), []),  # put off until the freeze is over
        ((replace(SCHEDULED, state=UpdateState.MISSING, forced_at=at(-30)),), [24]),
        ((replace(SCHEDULED, state=UpdateState.MISSING, forced_at=at(24 * 7 + 19)),), [1]),
    ],
)
def test_an_aws_window_in_a_freeze_is_a_conflict_only_where_aws_is_to_put_something_on(
    updates: tuple[Update, ...] | None, marked: list[int]
) -> None:
    found = of(database(window=TUESDAY, updates=updates), policy=replace(RINGED, freezes=(freeze((0, 24 * 20)),)))
    weekly = [entry for entry in found.entries if entry.what is What.AWS_WINDOW]
    assert [entry.start.day for entry in weekly] == [24, 1], "the line itself stays"
    assert [entry.start.day for entry in weekly if entry.conflicts] == marked


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sun:23:30-mon:00:30", datetime(2026, 11, 22, 23, 30, tzinfo=UTC)),
        ("Mon:00:00-Mon:08:00", datetime(2026, 11, 23, tzinfo=UTC)),
        ("sun:05:00-sun:06:00", datetime(2026, 11, 29, 5, tzinfo=UTC)),
    ],
)
def test_a_weekly_window_is_open_each_week_also_across_midnight_on_sunday(text: str, first: datetime) -> None:
    found = weeks(text, PERIOD)
    assert found is not None
    assert found[0].start == first
    assert found[1].start == first + timedelta(days=7)


def test_a_daily_window_opens_every_day_and_one_of_a_zone_by_its_clock() -> None:
    nightly = weeks("daily 22:00-08:00", PERIOD) or ()
    assert [(one.start.day, one.end.hour) for one in nightly] == [*((day, 8) for day in range(22, 31)), *((day, 8) for day in range(1, 7))]
    autumn = Interval(datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    local = weeks("sat:23:00-sun:01:00 Europe/Berlin", autumn) or ()
    assert [(one.start.hour, one.end.hour) for one in local] == [(21, 23), (22, 0)], "summer time ended between them"


@pytest.mark.parametrize("text", ["Sunday 03:00", "sun:3:00-sun:4:00", "03:00-04:00", "sat:22:00-sun:00:00 Nowhere/City", "any"])
def test_a_window_that_is_not_understood_is_said(text: str) -> None:
    assert any("is not understood, such as orders" in note for note in of(database(window=text)).notes)


@pytest.mark.parametrize(
    ("hours", "conflicts"),
    [
        (60, ()),
        (30, ("comes before the next window of ring all: nightly opens on 2026-11-25 08:00",)),
        (48, ("comes before the next window of ring all: nightly opens on 2026-11-25 08:00",)),
    ],
)
def test_a_forced_date_before_the_next_window_of_its_ring_is_a_conflict(hours: float, conflicts: tuple[str, ...]) -> None:
    assert told(of(database(updates=forced(hours))), What.FORCED) == [("system update on 1 db instance in prod", conflicts)]


def test_a_forced_date_inside_a_freeze_that_shuts_the_window_is_two_conflicts() -> None:
    ((_, conflicts),) = told(of(database(updates=forced(60)), policy=replace(RINGED, freezes=(freeze((40, 70)),))), What.FORCED)
    assert conflicts == (
        "inside freeze year end: carry it out before 2026-11-25 00:00",
        "comes before the next window of ring all: nightly opens later than is worked out",
    )


def test_a_ring_without_a_window_is_held_up_by_a_freeze_alone() -> None:
    free = replace(RINGED, rings=(RingRule("all", ("prod",)),))
    assert told(of(database(updates=forced(5)), policy=free), What.FORCED)[0][1] == ()
    ((_, conflicts),) = told(of(database(updates=forced(5)), policy=replace(free, freezes=(freeze((-1, 9)),))), What.FORCED)
    assert conflicts[1] == "comes before ring all may start: frozen until 2026-11-23 17:00"


def test_a_recommended_date_is_no_conflict_and_what_is_not_lacked_has_no_date() -> None:
    due = Update("su", "service update", UpdateState.MISSING, due_at=at(30))
    found = of(database(updates=(due,)), database("b", updates=forced(30, UpdateState.OPTIONAL)))
    assert told(found, What.DUE) == [("service update on 1 db instance in prod", ())]
    assert told(found, What.FORCED) == []


def test_a_forced_date_that_has_passed_is_said_beside() -> None:
    found = of(database(updates=forced(-30)))
    assert found.notes[0] == "1 update should have been forced by AWS already: see `patchkeep assess`"


def test_ends_of_support_bear_the_feeds_date_and_collide_where_no_window_opens_before() -> None:
    support = Support("x", "14", date(2026, 11, 24), date(2026, 12, 1), "https://feed.example", date(2026, 11, 1))
    found = of(database(engine="postgres", support=support))
    assert told(found, What.SUPPORT) == [
        (
            "standard support of postgres 14: 1 db instance in prod (feed of 2026-11-01, 22 d old)",
            ("comes before the next window of ring all: nightly opens on 2026-11-25 08:00",),
        ),
        ("extended support of postgres 14: 1 db instance in prod (feed of 2026-11-01, 22 d old)", ()),
    ]
    assert all(entry.whole_days for entry in found.entries if entry.what is What.SUPPORT)


def test_what_aws_health_announces_stands_in_it() -> None:
    fields = Frozen(start=at(20), end=at(22), region="eu-central-1", entities=("i-1",))
    event = Existing("health", "health event", HERE, "arn:aws:health:1", "EC2 instance reboot", "", fields)
    undated = replace(event, id="arn:aws:health:2", fields=Frozen())
    (entry,) = of(policy=Policy("p", "h"), objects=(event, undated)).entries
    assert (entry.what, entry.title, entry.names) == (What.EVENT, "EC2 instance reboot (111122223333 eu-central-1)", ("i-1",))


def test_rollouts_stand_in_it_until_they_go_on_or_ended() -> None:
    waiting = Rollout("ro-1", "pl", at(-50), (), status=Status.WAITING, why="bakes", next_at=at(9))
    over = Rollout("ro-2", "pl", at(-90), (), status=Status.DONE, ended_at=at(-80))
    (entry,) = of(policy=Policy("p", "h"), rollouts=(waiting, over)).entries
    assert (entry.title, entry.start, entry.end) == ("ro-1 waiting: bakes", at(-50), at(9))


def test_entries_keep_their_identity_when_assets_join_and_time_goes_on() -> None:
    one, two = database("a", updates=forced(60), window="tue:03:00-tue:03:30"), database("b", updates=forced(60))
    before, after = of(one), of(one, two, now=at(5))
    assert [entry.uid for entry in before.entries] == [entry.uid for entry in after.entries]
    assert len({entry.uid for entry in before.entries}) == len(before.entries)


def test_a_period_beyond_what_windows_are_worked_out_for_says_so() -> None:
    assert of(policy=replace(RINGED, windows=(MaintenanceWindow("w", (span(1, 2),)),))).notes == (
        "The policy's windows are worked out until 2026-11-23 only",
    )
