"""The worst case of a policy: never below what happens, monotone in every delay, and what can never be is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from patchkeep.domain.forecast import Crowd, Row, Verdict, forecast
from patchkeep.domain.forecast.lanes import Lane, lanes, rounds, stages, stops
from patchkeep.domain.forecast.openings import arrival, openings, worst
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Amount, Approve, BaselineRule, Environment, Installer, Match, Policy, RingRule, Sla
from patchkeep.domain.window import Freeze, Interval, MaintenanceWindow, frozen_by, may_start
from tests.domain.make import DAY, HOUR, NOW, at, freeze, window

QUARTER = timedelta(minutes=15)
END = 60  # hours that are known
KNOWN = Interval(NOW, at(END))
DEV = Environment("dev", Match(ous=("Dev",)))
PROD = Environment("prod", Match(ous=("Prod",)))
LINUX = BaselineRule(
    "linux", ("amazon-linux-2023",), (Approve("security", ("Critical", "Important"), 3 * DAY), Approve("bugfix", (), 14 * DAY))
)
WEEKLY = MaintenanceWindow(
    "weekly",
    tuple(Interval(NOW + DAY * (5 + 7 * n), NOW + DAY * (5 + 7 * n) + 4 * HOUR) for n in range(57)),
    HOUR,
    timezone="Europe/Berlin",
)


def hours(draw: st.DrawFn, most: int) -> tuple[tuple[float, float], ...]:
    edges = sorted(draw(st.sets(st.integers(-8, END * 4 + 8), max_size=most * 2)))
    return tuple((start / 4, end / 4) for start, end in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def ways(draw: st.DrawFn) -> tuple[list[RingRule], list[MaintenanceWindow], list[Freeze]]:
    windows = [window(*hours(draw, 5), stop=draw(st.integers(0, 4)) / 4, name=name) for name in ("a", "b")]
    freezes = [freeze(*hours(draw, 2)) for _ in range(draw(st.integers(0, 2)))]
    rings = []
    for number in range(draw(st.integers(1, 3))):
        at_once = Amount(share=draw(st.sampled_from([1.0, 0.5, 0.3])))
        bake = draw(st.integers(0, 24)) * QUARTER
        rings.append(RingRule(f"r{number}", at_once=at_once, bake=bake, window=draw(st.sampled_from(["", "a", "b"]))))
    return rings, windows, freezes


def simulated(policy: Policy, each_round: timedelta, ready: datetime) -> datetime | None:
    """Quarter hour by quarter hour, with the very questions that a rollout asks."""
    moment = ready
    for ring in policy.rings:
        opens = policy.window(ring.window)
        for _ in range(rounds(ring, {}) if each_round else 1):
            while frozen_by(policy.freezes, moment) or not (opens is None or may_start(opens, moment)):
                moment += QUARTER
                if moment >= KNOWN.end:
                    return None
            if moment >= KNOWN.end:
                return None
            moment += each_round
        moment += ring.bake
    return moment - policy.rings[-1].bake


def takes(policy: Policy, delay: timedelta, each_round: timedelta = timedelta(0)) -> timedelta:
    return worst(stages(lanes(policy, KNOWN, Crowd()), each_round), delay, KNOWN).takes


DELAYS = st.integers(0, 40).map(lambda quarters: quarters * QUARTER)
ROUNDS = st.sampled_from([timedelta(0), QUARTER, HOUR])


@given(way=ways(), delay=DELAYS, each_round=ROUNDS)
def test_the_worst_case_is_what_the_longest_of_all_simulated_waits_is(
    way: tuple[list[RingRule], list[MaintenanceWindow], list[Freeze]], delay: timedelta, each_round: timedelta
) -> None:
    rings, windows, freezes = way
    policy = Policy("p", "", windows=tuple(windows), freezes=tuple(freezes), rings=tuple(rings))
    waited = []
    for quarter in range(END * 4):
        released = NOW + quarter * QUARTER
        waited.append((simulated(policy, each_round, released + delay) or KNOWN.end) - released)
    assert takes(policy, delay, each_round) == max(waited)


@given(way=ways(), delay=DELAYS, each_round=ROUNDS, minutes=st.integers(0, END * 60 - 1))
def test_no_moment_of_release_whatsoever_waits_longer_than_the_worst_case(
    way: tuple[list[RingRule], list[MaintenanceWindow], list[Freeze]], delay: timedelta, each_round: timedelta, minutes: int
) -> None:
    rings, windows, freezes = way
    policy = Policy("p", "", windows=tuple(windows), freezes=tuple(freezes), rings=tuple(rings))
    released = NOW + timedelta(minutes=minutes, seconds=17)
    arrives = arrival(stages(lanes(policy, KNOWN, Crowd()), each_round), released + delay) or KNOWN.end
    assert arrives - released <= takes(policy, delay, each_round)


PAST_THE_END = [RingRule("r0"), *(RingRule(name, at_once=Amount(share=0.3)) for name in ("r1", "r2"))]  # its last rounds end after KNOWN


@given(way=ways(), delay=DELAYS, longer=DELAYS, each_round=ROUNDS)
@example(way=(PAST_THE_END, [], [freeze((0.25, 52.25))]), delay=timedelta(0), longer=QUARTER, each_round=HOUR)
def test_longer_delays_and_bakes_and_another_freeze_never_make_the_worst_case_better(
    way: tuple[list[RingRule], list[MaintenanceWindow], list[Freeze]], delay: timedelta, longer: timedelta, each_round: timedelta
) -> None:
    rings, windows, freezes = way
    policy = Policy("p", "", windows=tuple(windows), freezes=tuple(freezes), rings=tuple(rings))
    found = worst(stages(lanes(policy, KNOWN, Crowd()), each_round), delay, KNOWN)
    before = min(found.arrives or KNOWN.end, KNOWN.end) - found.begins  # what comes after the time that is known cannot be compared
    assert takes(policy, delay + longer, each_round) >= before
    baking = replace(policy, rings=(replace(rings[0], bake=rings[0].bake + longer), *rings[1:]))
    assert takes(baking, delay, each_round) >= before
    frozen = replace(policy, freezes=(*freezes, freeze((3, 3 + longer / HOUR))))
    assert takes(frozen, delay, each_round) >= before


@given(way=ways(), moment=st.integers(-4, END * 4), goal=st.integers(0, END * 4))
def test_the_earliest_moment_that_is_done_so_late_is_the_earliest(
    way: tuple[list[RingRule], list[MaintenanceWindow], list[Freeze]], moment: int, goal: int
) -> None:
    _, windows, freezes = way
    times = openings(windows[0], freezes, KNOWN.start, KNOWN.end)
    ready, start = max(NOW, at(moment / 4)), at(goal / 4)
    begins = times.begin(ready)
    late = begins is None or begins >= start
    assert late == (ready >= times.earliest(start, NOW))


# --- a policy as people write it ------------------------------------------------------------------------------------


def policy(*slas: Sla, freezes: tuple[Freeze, ...] = (), baselines: tuple[BaselineRule, ...] = (LINUX,), bake: timedelta = DAY) -> Policy:
    rings = (
        RingRule("canary", ("dev",), size=Amount(share=0.05), bake=4 * HOUR),
        RingRule("dev", ("dev",), bake=bake),
        RingRule("prod", ("prod",), window="weekly"),
    )
    return Policy("p", "", environments=(DEV, PROD), baselines=baselines, windows=(WEEKLY,), freezes=freezes, rings=rings, slas=slas)


def rows(found: Policy) -> dict[str, Row]:
    return {row.ring: row for row in forecast(found, NOW).rows}


def test_approval_delay_scan_bakes_and_the_longest_wait_for_a_window_add_up() -> None:
    row = rows(policy(Sla("critical", 14 * DAY, "release")))["prod"]
    assert row.takes == 3 * DAY + DAY + 4 * HOUR + DAY + (7 * DAY - 3 * HOUR)  # ready as the window takes nothing new any more
    assert (row.verdict, row.delay, row.by) == (Verdict.FITS, 4 * DAY, "linux")
    assert [stop.ring for stop in row.way] == ["canary", "dev", "prod"]
    assert row.begins is not None
    assert row.way[-1].starts == row.arrives == row.begins + row.takes


def test_from_first_seen_the_approval_delay_does_not_count_but_on_windows_where_aws_shows_updates_during_it() -> None:
    sla = Sla("critical", 14 * DAY)
    waits = 4 * HOUR + DAY + 7 * DAY - 3 * HOUR
    linux = rows(policy(sla))["prod"]
    assert (linux.takes, linux.from_release) == (waits, 4 * DAY + waits)
    windows = BaselineRule("windows", ("windows",), (Approve("security", (), 3 * DAY),))
    assert rows(policy(sla, baselines=(LINUX, windows)))["prod"].takes == 4 * DAY + waits


def test_a_freeze_over_an_opening_costs_a_whole_week_more_and_the_dates_are_said() -> None:
    year_end = Freeze("year end", (Interval(NOW + 25 * DAY, NOW + 42 * DAY),))
    row = rows(policy(Sla("critical", 14 * DAY), freezes=(year_end,)))["prod"]
    assert row.verdict is Verdict.BREACHES
    assert row.begins == NOW + 19 * DAY + 3 * HOUR - DAY - 4 * HOUR, "so that prod is ready just as its last window takes nothing new"
    assert row.arrives == NOW + 47 * DAY
    assert row.over == row.takes - 14 * DAY > 14 * DAY


def test_debian_waits_for_rings_alone() -> None:
    apt = BaselineRule("apt", ("debian", "ubuntu"), (Approve("security"),))
    found = forecast(policy(Sla("critical", 14 * DAY, "release"), baselines=(apt,)), NOW)
    assert {row.delay for row in found.rows} == {DAY}, "a day until the next scan"
    assert any(note.startswith("Ubuntu and Debian: AWS delays no approval there") for note in found.notes)


def test_a_severity_that_no_baseline_approves_can_never_be_in_time() -> None:
    row = rows(policy(Sla("low", 90 * DAY)))["dev"]
    assert (row.verdict, row.why) == (Verdict.NEVER, "baseline linux approves no security update that is low")


def test_a_window_that_freezes_cover_for_ever_can_never_be_in_time_and_is_a_finding() -> None:
    always = Freeze("always", (Interval(NOW - DAY, NOW + 500 * DAY),))
    found = forecast(policy(Sla("critical", 14 * DAY), freezes=(always,)), NOW)
    assert {row.verdict for row in found.rows} == {Verdict.NEVER}
    assert [finding.cause for finding in found.findings] == ["window that never opens"]
    assert not found.holds


def test_where_aws_installs_only_its_window_counts_and_no_freeze() -> None:
    aws = Environment("old", Match(ous=("Old",)), Installer.AWS, "weekly")
    freezes = (Freeze("year end", (Interval(NOW + 4 * DAY, NOW + 30 * DAY),)),)
    found = replace(policy(Sla("critical", 14 * DAY, "release"), freezes=freezes), environments=(DEV, PROD, aws))
    row = rows(found)["old"]
    assert (row.by_aws, row.takes) == (True, 3 * DAY + 7 * DAY - 3 * HOUR)


def test_rounds_of_at_once_take_further_openings_when_they_take_time() -> None:
    slow = policy(Sla("critical", 14 * DAY))
    prod = replace(slow.rings[-1], at_once=Amount(share=0.2))
    slow = replace(slow, rings=(*slow.rings[:-1], prod))
    (row,) = (row for row in forecast(slow, NOW, each_round=HOUR).rows if row.ring == "prod")
    unhurried = rows(slow)["prod"]
    assert row.takes > unhurried.takes + 7 * DAY - 4 * HOUR, "five rounds of an hour do not fit into three"
    assert any(
        "takes 5 rounds of `at_once`; one opening is enough if a round takes at most 36 min" in note for note in forecast(slow, NOW).notes
    )


@pytest.mark.parametrize(
    ("at_once", "size", "members", "expected"),
    [
        (Amount(share=0.05), None, 0, 20),
        (Amount(share=0.05), None, 39, 39),
        (Amount(share=0.05), None, 100, 20),
        (Amount(count=5), None, 23, 5),
        (Amount(count=5), None, 0, 1),
        (Amount(share=0.5), Amount(count=5), 0, 3),
    ],
)
def test_rounds_are_counted_from_the_members_where_they_are_known(
    at_once: Amount, size: Amount | None, members: int, expected: int
) -> None:
    assert rounds(RingRule("r", at_once=at_once, size=size), {"r": members} if members else {}) == expected


def test_a_ring_whose_members_tags_name_several_windows_waits_for_the_last_of_them() -> None:
    daily = window(*((24 * day, 24 * day + 2) for day in range(60)), name="daily")
    found = replace(policy(), windows=(WEEKLY, daily))
    (*_, lane) = lanes(found, Interval(NOW, NOW + 50 * DAY), Crowd(windows=Frozen({"prod": ("daily", "weekly")})))
    assert isinstance(lane, Lane)
    (stop,) = stops((lane,), timedelta(0), NOW + DAY)
    assert stop.starts == WEEKLY.intervals[0].start
