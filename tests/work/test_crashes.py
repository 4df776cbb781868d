"""A process that dies at any instruction, and another that goes on: nothing is installed twice, and the rollout comes to its end."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from patchkeep.domain.policy import Amount
from patchkeep.domain.progress import Phase, Rollout, Status
from patchkeep.doors.store import Store
from patchkeep.work.rollout import run, start
from patchkeep.work.rollout.spoken import Fate, answer_lost
from tests.work.fleet import NOW, A, B, Bench, agent_of, members, plan_for, world_with
from tests.work.near import Crash, Fuse

NODES = (A, B)
NUMBERS = count()


def bench(store: Store) -> Bench:
    """A world of its own; a day apart from the others, as all of them share the store."""
    world = world_with(*NODES, at=NOW + timedelta(days=next(NUMBERS)))
    return Bench(store, world, plan_for(world, NODES, at_once=Amount(count=1)))


def begin(made: Bench, fuse: Fuse) -> None:
    """`rollout start`, until it ends or dies."""
    try:
        rolling = made.rolling(fuse)
        run(rolling, start(rolling).id, lambda _: None, wait=True)
    except Crash:
        pass


def resume(made: Bench) -> Rollout:
    """What a person does then: start it where there is nothing to resume, else `rollout resume`."""
    rolling = made.rolling()
    if not any(rollout.plan_id == made.plan.id for rollout in made.store.rollouts.all()):
        start(rolling)
    return run(rolling, made.stored().id, lambda _: None, wait=True)


def assert_nothing_happened_twice(made: Bench) -> None:
    for node in NODES:
        assert made.aws.sent("Install")[node] <= 1
        assert made.aws.sent("Reboot")[node] <= 1
        assert len(agent_of(made.world, node).restarts) <= 1
    assert made.store.ledger.verify() is None


@pytest.fixture(scope="module")
def instructions(store: Store) -> list[str]:
    """Every instruction of an undisturbed rollout."""
    fuse, made = Fuse(), bench(store)
    begin(made, fuse)
    assert made.stored().status is Status.DONE
    assert made.aws.sent("Install") == made.aws.sent("Reboot") == {A: 1, B: 1}
    assert all(agent_of(made.world, node).missing == () for node in NODES)
    return fuse.passed


def test_a_rollout_killed_at_any_instruction_goes_on_without_a_second_install(store: Store, instructions: list[str]) -> None:
    assert len(instructions) > 60
    asked = []
    for number, what in enumerate(instructions, start=1):
        made = bench(store)
        begin(made, Fuse(number))
        rollout = resume(made)
        if rollout.status is Status.WAITING:  # killed between the intent and the call: only a person can say that it never left
            assert "needs a person" in rollout.why
            asked.append(what)
            rollout = answer_lost(made.rolling(), rollout.id, Fate.FAILED)
            rollout = run(made.rolling(), rollout.id, lambda _: None, wait=True)
        assert rollout.status is Status.DONE, f"killed at {number}, {what}: {rollout.why}"
        assert_nothing_happened_twice(made)
        failed = [member for member in members(rollout) if member.phase is Phase.FAILED]
        assert len(failed) <= (what in asked)
        for node in {member.resource for member in members(rollout)} - {member.resource for member in failed}:
            assert (agent_of(made.world, node).missing, agent_of(made.world, node).pending) == ((), ())
    assert set(asked) == {"after replace", "before send_command"}, "between the stored intent and its call lies nothing else"


def test_a_call_that_aws_acted_on_is_adopted_wherever_the_process_died(store: Store, instructions: list[str]) -> None:
    """Killed between AWS's answer and our saving it."""
    moments = [number for number, what in enumerate(instructions, start=1) if what == "after send_command"]
    assert len(moments) == 8  # four steps on each of two nodes
    for number in moments:
        made = bench(store)
        begin(made, Fuse(number))
        rollout = resume(made)
        assert (rollout.status, rollout.why) == (Status.DONE, "all rings done")
        assert made.aws.sent("Install") == made.aws.sent("Reboot") == {A: 1, B: 1}
        assert made.aws.sent("Scan") == {A: 2, B: 2}
        adopted = [entry for entry in store.ledger.of(rollout.id) if entry.outcome.startswith("ok, adopted ")]
        assert len(adopted) == 1


def test_a_rollout_killed_again_and_again_still_installs_once(store: Store) -> None:
    made = bench(store)
    begin(made, Fuse(9))
    for number in range(7, 200, 5):
        try:
            rolling = made.rolling(Fuse(number))
            rollout = run(rolling, made.stored().id, lambda _: None, wait=True)
        except Crash:
            made.world.clock.advance(made.world.clock.now() + timedelta(seconds=30))
            continue
        if rollout.status is Status.DONE:
            break
        answer_lost(made.rolling(), rollout.id, Fate.FAILED)
    assert made.stored().status is Status.DONE
    assert_nothing_happened_twice(made)
