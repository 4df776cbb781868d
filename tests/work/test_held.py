"""What holds a rollout back for a while: the stop, an agent that lags, the caps; and taking in what was sent though nothing may start."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from patchkeep.domain.call import Answer, Call
from patchkeep.domain.policy import Amount, Apart, Blast, Heartbeat
from patchkeep.domain.progress import Phase, Rollout, Status
from patchkeep.domain.rollout import halt, resume
from patchkeep.doors.store import Store
from patchkeep.work.apply import StalePlan
from patchkeep.work.rollout import Rolling, collect, run, start, tick
from patchkeep.work.rollout.spoken import change
from tests.work.fleet import HERE, POLICY, A, B, Bench, C, bench_alone, members

NODES = (A, B, C)
STOP = "stopped by /patchkeep/stop in account 111122223333 (us-east-1): 'no'. To lift it: aws ssm delete-parameter"


@pytest.fixture
def bench(store: Store) -> Bench:
    return bench_alone(store, NODES)


def unseen(_: Rollout) -> None:
    """Nobody watches."""


def phases(rollout: Rollout) -> dict[str, Phase]:
    return {member.resource: member.phase for member in members(rollout)}


def sends(bench: Bench) -> int:
    return sum(call.operation == "send_command" for call in bench.aws.made)


def stopped_from(bench: Bench, number: int) -> None:
    """The stop is set when the command of this number is about to be sent."""

    def meddle(call: Call) -> Answer | None:
        return Answer({}, "", "Stopped", STOP) if call.operation == "send_command" and sends(bench) >= number else None

    bench.aws.meddle = meddle


def online(bench: Bench, node: str, *, yes: bool) -> None:
    bench.world.site(HERE.account, HERE.region).nodes[node].online = yes


def test_a_stop_pauses_the_rollout_with_its_reason_and_fails_nobody(bench: Bench) -> None:
    stopped_from(bench, 2)
    rolling = bench.rolling()
    rollout = run(rolling, start(rolling).id, unseen, wait=True)
    assert rollout.status is Status.PAUSED
    assert STOP in rollout.why
    assert rollout.why.endswith(f"`patchkeep rollout resume {rollout.id}`")
    assert phases(rollout) == dict.fromkeys(NODES, Phase.WAITING)
    assert {member.step for member in members(rollout)} == {"install"}
    assert rollout.batches == ()
    assert [entry.kind for entry in bench.store.ledger.of(rollout.id)][-1] == "refusal"


def test_a_stop_that_is_lifted_lets_the_same_members_go_on(bench: Bench) -> None:
    stopped_from(bench, 2)
    rolling = bench.rolling()
    rollout = run(rolling, start(rolling).id, unseen, wait=True)
    bench.aws.meddle = lambda _: None
    change(rolling, rollout.id, resume, "resumed")
    assert run(rolling, rollout.id, unseen, wait=True).status is Status.DONE
    assert bench.aws.sent("Reboot") == dict.fromkeys(NODES, 1)


def installed_and_away(bench: Bench) -> tuple[Rolling, str]:
    """A rollout whose members are all installed; the agent of one has been silent since, and nobody has looked yet."""
    rolling = bench.rolling()
    rollout_id = start(rolling).id
    while not bench.aws.sent("Install"):
        tick(rolling, rollout_id)
        rolling.clock.sleep(timedelta(minutes=1))
    rolling.clock.sleep(timedelta(minutes=3))
    online(bench, A, yes=False)
    rolling.clock.sleep(timedelta(minutes=7))
    return rolling, rollout_id


def test_an_agent_that_lags_between_install_and_reboot_is_waited_for(bench: Bench) -> None:
    rolling, rollout_id = installed_and_away(bench)
    rollout = tick(rolling, rollout_id)
    for _ in range(12):
        rolling.clock.sleep(timedelta(minutes=1))
        rollout = tick(rolling, rollout_id)
    by_name = {member.resource: member for member in members(rollout)}
    assert (by_name[A].step, by_name[A].phase) == ("reboot", Phase.WAITING)
    assert "not reachable: its agent is not online; waits for it until" in by_name[A].why
    online(bench, A, yes=True)
    assert run(rolling, rollout_id, unseen, wait=True).status is Status.DONE
    assert bench.aws.sent("Reboot") == dict.fromkeys(NODES, 1)


def test_an_agent_that_stays_away_for_longer_than_a_quarter_of_an_hour_has_failed(bench: Bench) -> None:
    rolling, rollout_id = installed_and_away(bench)
    rollout = run(rolling, rollout_id, unseen, wait=True)
    assert phases(rollout) == {A: Phase.FAILED, B: Phase.DONE, C: Phase.DONE}
    assert next(member.why for member in members(rollout) if member.resource == A) == "reboot: not reachable: its agent is not online"


def test_one_that_is_away_before_anything_was_begun_on_it_fails_at_once(bench: Bench) -> None:
    online(bench, B, yes=False)
    bench.world.clock.advance(bench.world.clock.now() + timedelta(hours=1))
    rolling = bench.rolling()
    rollout = tick(rolling, start(rolling).id)
    assert phases(rollout)[B] is Phase.FAILED


def test_after_the_policy_changed_what_was_sent_is_collected_and_nothing_starts(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout_id = start(rolling).id
    tick(rolling, rollout_id)
    other = replace(rolling, policy=replace(POLICY, hash="another"))
    with pytest.raises(StalePlan, match=f"patchkeep rollout collect {rollout_id}"):
        run(other, rollout_id, unseen, wait=True)
    collected = collect(other, rollout_id, unseen)
    assert collected.batches == ()
    assert {(member.step, member.why) for member in members(collected)} == {("install", "scanned")}
    assert sends(bench) == 1


def test_a_halted_rollout_is_collected_too(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout_id = start(rolling).id
    tick(rolling, rollout_id)
    change(rolling, rollout_id, lambda there: halt(there, "enough", bench.world.clock.now()), "halted")
    collected = collect(rolling, rollout_id, unseen)
    assert (collected.status, collected.batches, sends(bench)) == (Status.HALTED, (), 1)


def test_collecting_ends_where_aws_cannot_tell(bench: Bench) -> None:
    bench.aws.meddle = lambda call: Answer({}, "", "NoAnswer", "broke") if call.operation == "send_command" else None
    rolling = bench.rolling()
    rollout_id = start(rolling).id
    tick(rolling, rollout_id)
    began = bench.world.clock.now()
    collected = collect(rolling, rollout_id, unseen)
    assert phases(collected) == dict.fromkeys(NODES, Phase.LOST)
    assert bench.world.clock.now() - began < timedelta(minutes=10)


def test_no_more_begin_within_an_hour_than_the_policy_lets(bench: Bench) -> None:
    capped = replace(bench.rolling(), policy=replace(POLICY, blast=Blast(per_hour=2)))
    rollout = run(capped, start(capped).id, unseen, wait=False)
    assert rollout.status is Status.WAITING
    assert "began 2 within the last hour, and 2 may (blast.per_hour): goes on at" in rollout.why
    assert run(capped, rollout.id, unseen, wait=True).status is Status.DONE
    begun = sorted(member.begun_at for member in members(bench.stored()) if member.begun_at)
    assert begun[2] - begun[0] >= timedelta(hours=1)


def test_no_more_are_under_way_in_one_account_than_the_policy_lets(bench: Bench) -> None:
    capped = replace(bench.rolling(), policy=replace(POLICY, blast=Blast(per_account=Amount(count=1))))
    under_way: list[int] = []

    def seen(rollout: Rollout) -> None:
        under_way.append(sum(member.begun_at is not None and not member.ended for member in members(rollout)))

    assert run(capped, start(capped).id, seen, wait=True).status is Status.DONE
    assert max(under_way) == 1


def test_a_rollout_gives_a_sign_of_life_at_every_look_and_while_it_waits(bench: Bench) -> None:
    beats: list[datetime] = []
    lively = replace(POLICY, blast=Blast(per_hour=2), heartbeat=Heartbeat(every=timedelta(minutes=10)))
    rolling = replace(bench.rolling(), policy=lively, beat=lambda: beats.append(bench.world.clock.now()))
    assert run(rolling, start(rolling).id, unseen, wait=True).status is Status.DONE
    assert max(later - earlier for earlier, later in pairwise(beats)) <= timedelta(minutes=11)


def test_a_machine_that_joined_a_group_kept_apart_since_the_plan_is_left_alone(bench: Bench) -> None:
    bench.world.site(HERE.account, HERE.region).nodes[A].tags["Cluster"] = "blue"
    apart = replace(bench.rolling(), policy=replace(POLICY, apart=(Apart(same_tag="Cluster"),)))
    rollout = run(apart, start(apart).id, unseen, wait=True)
    assert phases(rollout) == {A: Phase.FAILED, B: Phase.DONE, C: Phase.DONE}
    why = next(member.why for member in members(rollout) if member.resource == A)
    assert why.startswith("scan: left alone: its tags put it into Cluster=blue, whose members are kept apart, since it was planned")
