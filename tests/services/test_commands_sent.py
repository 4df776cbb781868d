"""What is sent, and when it must not be: not twice at once, not late, and never taken for lost because AWS would not tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from patchkeep.domain.call import Answer, Call, Cause
from patchkeep.domain.ledger import Busy, Entry
from patchkeep.domain.progress import Phase, Rollout, Status
from patchkeep.doors.store import open_store
from patchkeep.work.rollout import run, start, tick
from patchkeep.work.seams import Clock, Rollouts
from tests.work.fleet import A, B, Bench, members, plan_for, world_with


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('sent')}/patchkeep.db") as store:
        world = world_with(A, B)
        yield Bench(store, world, plan_for(world, (A, B)))


def sends(bench: Bench) -> int:
    return sum(call.operation == "send_command" for call in bench.aws.made)


def go(bench: Bench, rollout: Rollout) -> Rollout:
    return run(bench.rolling(), rollout.id, lambda _: None, wait=True)


def test_two_rollouts_cannot_begin_at_once(bench: Bench) -> None:
    rolling = bench.rolling()
    with rolling.ledger.lock("rollout-start"), pytest.raises(Busy):
        start(rolling)
    assert bench.store.rollouts.all() == ()


@dataclass(frozen=True)
class Sleepy:
    """Rollouts on a machine that sleeps for an hour right after one was stored."""

    inner: Rollouts
    clock: Clock

    def add(self, rollout: Rollout) -> None:
        self.inner.add(rollout)

    def get(self, rollout_id: str) -> Rollout | None:
        return self.inner.get(rollout_id)

    def all(self) -> tuple[Rollout, ...]:
        return self.inner.all()

    def replace(self, rollout: Rollout, entries: Iterable[Entry] = ()) -> Rollout:
        stored = self.inner.replace(rollout, entries)
        self.clock.sleep(timedelta(hours=1))
        return stored


def test_a_batch_decided_an_hour_ago_is_not_sent_but_decided_again(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout = start(rolling)
    late = tick(replace(rolling, rollouts=Sleepy(rolling.rollouts, rolling.clock)), rollout.id)
    assert (sends(bench), late.batches, {member.phase for member in members(late)}) == (0, (), {Phase.WAITING})
    assert go(bench, rollout).status is Status.DONE
    assert bench.aws.sent("Install") == {A: 1, B: 1}


def test_a_start_that_aws_will_not_tell_of_is_not_lost(bench: Bench) -> None:
    def silent(call: Call) -> Answer | Cause | None:
        match call.operation:
            case "send_command":
                return Answer({}, "", "NoAnswer", "acted")
            case "list_commands":
                return Cause.REFUSED
        return None

    bench.aws.meddle = silent
    rollout = start(bench.rolling())
    tick(bench.rolling(), rollout.id)
    bench.rolling().clock.sleep(timedelta(days=1))
    asked = tick(bench.rolling(), rollout.id)
    assert {member.phase for member in members(asked)} == {Phase.RUNNING}
    bench.aws.meddle = lambda _: None
    assert go(bench, rollout).status is Status.DONE
    assert bench.aws.sent("Install") == {A: 1, B: 1}


def test_whoever_has_to_sign_in_again_loses_no_member(bench: Bench) -> None:
    bench.aws.meddle = lambda call: Cause.NO_CREDENTIALS if call.operation == "describe_instance_information" else None
    rollout = start(bench.rolling())
    held = tick(bench.rolling(), rollout.id)
    assert ({member.phase for member in members(held)}, sends(bench)) == ({Phase.WAITING}, 0)
    bench.aws.meddle = lambda _: None
    assert go(bench, rollout).status is Status.DONE
