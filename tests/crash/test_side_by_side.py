"""Two processes at once: one works, the other says a sentence, and nothing happens twice. On SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from patchkeep.sandbox.aftermath import Aftermath, harm
from tests.crash.conftest import Enter
from tests.crash.matrix import calm, rollouts
from tests.crash.processes import PATIENCE, Moment, Seat, Trap, lay
from tests.crash.processes import sprung as has_sprung
from tests.crash.remains import remains
from tests.crash.stages import stage
from tests.e2e.desk import Said

pytestmark = [pytest.mark.http, pytest.mark.slow]
APPLY, ROLLOUT = "tiny apply", "tiny rollout"
HERE = "120000000002/eu-central-1"
FIRST_MADE = Moment(f"ssm:CreatePatchBaseline {HERE}", after=True)
FIRST_SENT = Moment(f"ssm:SendCommand {HERE}", after=True)
FIRST_INSTALLED = Moment(f"ssm:SendCommand {HERE}", 2, after=True)


def stop(trap: Trap) -> None:
    """Hold the process in the middle of its call, as if its machine slept."""
    os.kill(trap.pid, signal.SIGSTOP)


@contextmanager
def held(seat: Seat, words: tuple[str, ...], moment: Moment) -> Iterator[list[Said]]:
    """A command that stands still at a moment while the block runs, and then goes on; what it said is in the list by then."""
    typed = seat.begin(*words)
    said: list[Said] = []
    seat.sandbox.ask(lay, moment, typed.pid, stop, False)
    typed.go()
    deadline = time.monotonic() + PATIENCE
    while not seat.sandbox.ask(has_sprung):
        assert typed.process.exitcode is None, f"it ended before {moment}: {typed.end()}"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    try:
        yield said
    finally:
        typed.send(signal.SIGCONT)
        said.append(typed.end())


def assert_unharmed(name: str, left: Aftermath, *, another_look: bool = False) -> None:
    """As it comes out where nobody disturbs. `another_look`: somebody discovered meanwhile, so the store knows more."""
    undisturbed = calm(name).left
    if another_look:
        left, undisturbed = replace(left, store={}), replace(undisturbed, store={})
    assert harm(undisturbed, left) == ()


def test_of_two_applies_one_works_and_the_other_says_who_does(enter: Enter) -> None:
    with enter(APPLY) as seat:
        words = stage(APPLY).words
        with held(seat, words, FIRST_MADE) as first:
            second = seat(*words, status=1)
        assert first[0].status == 0
        assert "is under way in another process (id " in second.sentence
        assert "type the command again" in second.sentence
        seat(*words)
        assert_unharmed(APPLY, remains(seat))


def test_two_applies_let_loose_together_make_nothing_twice(enter: Enter) -> None:
    with enter(APPLY) as seat:
        both = [seat.begin(*stage(APPLY).words) for _ in range(2)]
        said = [typed.end() for typed in [typed.go() for typed in both]]
        assert {one.status for one in said} in ({0, 1}, {0})  # 0 twice: the second came when the first had ended
        assert not [one for one in said if "Traceback" in one.err]
        assert_unharmed(APPLY, remains(seat))


def test_of_two_rollouts_of_a_plan_one_begins(enter: Enter) -> None:
    with enter(ROLLOUT) as seat:
        words = stage(ROLLOUT).words
        with held(seat, words, FIRST_INSTALLED) as first:
            second = seat(*words, status=1)
            name = rollouts(seat)[0].id
            third = seat("rollout", "resume", name, status=1)
        assert f"Rollout {name} is still running: end it first (`patchkeep rollout resume {name}`, or `halt`)" in second.sentence
        assert f"rollout-{name} is under way in another process (id " in third.sentence
        assert first[0].status == 0, first[0].err
        assert_unharmed(ROLLOUT, remains(seat))


def test_two_rollouts_let_loose_together_install_once(enter: Enter) -> None:
    with enter(ROLLOUT) as seat:
        both = [seat.begin(*stage(ROLLOUT).words) for _ in range(2)]
        said = [typed.end() for typed in [typed.go() for typed in both]]
        assert sorted(one.status for one in said) == [0, 1], said
        assert not [one for one in said if "Traceback" in one.err]
        assert_unharmed(ROLLOUT, remains(seat))


def test_an_apply_beside_a_rollout_disturbs_nothing(enter: Enter) -> None:
    with enter(ROLLOUT) as seat:
        with held(seat, stage(ROLLOUT).words, FIRST_SENT) as first:
            second = seat("apply", "plan.json", "--yes")
        assert first[0].status == second.status == 0
        assert_unharmed(ROLLOUT, remains(seat))


def test_a_look_beside_a_rollout_disturbs_nothing(enter: Enter) -> None:
    with enter(ROLLOUT) as seat:
        with held(seat, stage(ROLLOUT).words, FIRST_INSTALLED) as first:
            seat("discover")
        assert first[0].status == 0, first[0].err
        assert_unharmed(ROLLOUT, remains(seat), another_look=True)
