"""Of a group kept apart, who is away already takes the place of one that would be patched: in the plan, and at each step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.apart import Group, groups_of, hold, notes_of
from patchkeep.domain.asset import Asset, Obstacle
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Plan
from patchkeep.domain.policy import Apart, Policy
from patchkeep.domain.progress import Member, Phase, Result, RingState, Rollout, Status
from patchkeep.domain.rollout import begin, step
from patchkeep.domain.turn import Times
from tests.domain.make import HERE, NOW, THERE, asset, change, plan, ring

QUORUM = Policy("main", "hash", apart=(Apart(same_tag="Cluster"),))
BLUE = Frozen({"Cluster": "blue"})
STOPPED = Obstacle("stopped", "is stopped", "start it", stops_seeing=True, stops_patching=True)
OFFLINE = Obstacle("offline", "runs, but its agent has lost the connection", "see", stops_seeing=True, stops_patching=True)
OLD = Obstacle("agent too old", "has SSM Agent 2", "update it", stops_patching=True)
NAME = "Cluster=blue"


def three(*obstacles: Obstacle, **more: object) -> tuple[Asset, ...]:
    """A quorum of three; the first one bears the obstacles."""
    first, *others = (replace(asset(f"i-{number}"), tags=BLUE, **more) for number in range(3))  # type: ignore[arg-type]
    return (replace(first, obstacles=obstacles), *others)


def after(phase: Phase, at: str = "reboot", begun: bool = True) -> Rollout:
    """A rollout that left i-0 there."""
    member = Member("ch-i-0", "i-0", HERE, at, phase, begun_at=NOW if begun else None)
    return Rollout("ro-1", "pl-0", NOW, (RingState("all", (member,)),), status=Status.HALTED)


def away(assets: tuple[Asset, ...], *rollouts: Rollout, sound: tuple[str, ...] = ()) -> list[str]:
    (group,) = groups_of(QUORUM, assets, rollouts, sound)
    return list(group.away.values())


@pytest.mark.parametrize(("obstacle", "why"), [(STOPPED, "i-0 is stopped"), (OFFLINE, "i-0 runs, but its agent has lost the connection")])
def test_who_is_stopped_or_offline_is_away(obstacle: Obstacle, why: str) -> None:
    assert away(three(obstacle)) == [why]


def test_who_only_cannot_be_patched_serves_all_the_same() -> None:
    assert away(three(OLD)) == []


@pytest.mark.parametrize(
    ("phase", "at", "why"),
    [
        (Phase.FAILED, "install", "i-0 failed at install in rollout ro-1"),
        (Phase.FAILED, "verify", "i-0 failed at verify in rollout ro-1"),
        (Phase.LOST, "reboot", "i-0 came to no end at reboot in rollout ro-1"),
        (Phase.RUNNING, "install", "i-0 came to no end at install in rollout ro-1"),
        (Phase.WAITING, "reboot", "i-0 came to no end at reboot in rollout ro-1"),
        (Phase.WAITING, "install", ""),
        (Phase.FAILED, "scan", ""),
        (Phase.DONE, "", ""),
        (Phase.LEFT_OUT, "install", ""),
    ],
)
def test_who_did_not_come_through_its_last_rollout_is_away(phase: Phase, at: str, why: str) -> None:
    assert away(three(), after(phase, at)) == ([why] if why else [])


def test_the_last_rollout_that_touched_it_counts_and_a_sound_look_more_than_that() -> None:
    failed = after(Phase.FAILED)
    assert away(three(), after(Phase.DONE, ""), failed) == []
    assert away(three(), after(Phase.WAITING, "scan", begun=False), failed) != []
    assert away(three(), failed, sound=(three()[0].id,)) == []
    elsewhere = tuple(replace(one, target=THERE, id=THERE.arn("ec2", f"instance/{one.name}")) for one in three())
    assert away(elsewhere, failed) == []


def planned(assets: tuple[Asset, ...], at_once: int = 1, *rollouts: Rollout) -> tuple[Plan, dict[str, str], tuple[str, ...]]:
    """The plan of the three, the reasons of those left out of it, and its notes."""
    policy = replace(QUORUM, apart=(Apart(same_tag="Cluster", at_once=at_once),))
    groups = groups_of(policy, assets, rollouts, ())
    patchable = [one.name for one in assets if not one.obstacles]
    rings, skips = hold([ring("all", *(change(name, apart=(NAME,)) for name in patchable))], groups)
    made = plan(*rings, apart=((NAME, at_once),))
    made = replace(made, apart_away=tuple((group.name, tuple(group.away)) for group in groups if group.away))
    return made, {skip.name: skip.reason for skip in skips}, notes_of(rings, groups)


def first_sent(made: Plan) -> list[str]:
    return [resource for batch in step(begin(made, NOW), made, Times(), {}, NOW).start for resource in batch.resources]


def test_of_a_quorum_with_one_away_no_second_one_is_taken() -> None:
    made, left, notes = planned(three(STOPPED))
    assert made.rings[0].changes == ()
    reason = "kept apart in Cluster=blue: i-0 is stopped: 1 of at most 1 that may be away at once"
    assert (left, notes) == ({"i-1": reason, "i-2": reason}, ())


def test_where_two_may_be_away_the_one_that_is_leaves_one_place() -> None:
    made, left, notes = planned(three(STOPPED), 2)
    assert (left, first_sent(made)) == ({}, ["i-1"])
    assert notes == ("kept apart in Cluster=blue: i-0 is stopped: 1 of at most 2 that may be away at once",)


def test_who_failed_last_time_goes_first_and_alone() -> None:
    made, left, _ = planned(three(), 1, after(Phase.FAILED))
    assert (sorted(left), first_sent(made)) == (["i-1", "i-2"], ["i-0"])


def test_who_failed_last_time_takes_its_own_place_and_no_other() -> None:
    made, left, _ = planned(three(), 2, after(Phase.FAILED))
    assert (left, first_sent(made)) == ({}, ["i-0", "i-1"])


def test_one_more_that_fails_beside_one_away_spares_the_rest() -> None:
    made, _, _ = planned(three(STOPPED), 2)
    begun = step(begin(made, NOW), made, Times(), {}, NOW)
    results = {begun.start[0].id: {"i-1": Result(Phase.FAILED, "did not come back")}}
    made = replace(made, rings=(replace(made.rings[0], may_fail=made.rings[0].at_once),))
    (state,) = step(begun.rollout, made, Times(), results, NOW).rollout.rings
    whys = {member.resource: member.why for member in state.members}
    assert whys["i-2"] == "left out before its scan: kept apart in Cluster=blue from i-1, which failed"


def test_a_change_in_two_groups_stays_for_either() -> None:
    red = Group("red", 1, {"arn-x": "x is stopped"})
    mine = change("i-0", apart=("blue", "red"))
    rings, skips = hold([ring("all", mine)], [Group("blue", 1, {mine.asset: "i-0 failed"}), red])
    assert rings[0].changes == ()
    assert skips[0].reason == f"kept apart in {red.sentence}"


def test_who_must_go_after_one_that_stays_does_not_wait_for_it() -> None:
    first = change("i-1", apart=(NAME,))
    second = replace(change("i-2"), after=(first.id,))
    third = replace(change("i-3"), after=(second.id,))
    rings, skips = hold([ring("all", third, first, second, change("i-4"))], [Group(NAME, 1, {"arn-x": "x is stopped"})])
    assert [left.resource for left in rings[0].changes] == ["i-4"]
    assert {skip.name for skip in skips} == {"i-1", "i-2", "i-3"}
