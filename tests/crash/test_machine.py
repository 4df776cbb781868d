"""A machine that fails in the middle: no lost state, nothing twice, and a sentence that says what happened and what to type next."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from patchkeep.sandbox.aftermath import harm
from patchkeep.wire import SandboxClock
from tests.crash.conftest import in_a_file, in_postgresql
from tests.crash.matrix import calm, go_on, rollouts
from tests.crash.processes import Action, Moment, Seat, Trap
from tests.crash.remains import remains
from tests.crash.stages import DATABASE, stage
from tests.e2e.desk import PLAN, Said
from tests.store.postgres import Server

pytestmark = [pytest.mark.http, pytest.mark.slow]
APPLY, ROLLOUT, DISCOVER = "tiny apply", "tiny rollout", "tiny discover"
HERE = "120000000002/eu-central-1"
LOOKED = Moment(f"ec2:DescribeInstances {HERE}")
MADE = Moment(f"ssm:CreatePatchBaseline {HERE}", after=True)
SENDING, SENT = Moment(f"ssm:SendCommand {HERE}", 2), Moment(f"ssm:SendCommand {HERE}", 2, after=True)  # the first Install
ASKED = Moment(f"ssm:ListCommandInvocations {HERE}", 2)  # what became of it: nothing is sent at the moment


def caught(seat: Seat, name: str, moment: Moment, action: Action) -> Said:
    """The stage's command while something happens at a moment: it says a sentence, and fails."""
    typed, sprang = seat.caught(stage(name).words, moment, action, refuses=False)
    said = typed.end()
    assert sprang, f"it ended before {moment}: {said}"
    assert "Traceback" not in said.err
    return said


def assert_goes_on_unharmed(seat: Seat, name: str) -> None:
    """The next command brings it to the end that it has undisturbed, with nobody asked."""
    assert not go_on(seat, stage(name))
    assert harm(calm(name).left, remains(seat)) == ()


# --- somebody ends it ---------------------------------------------------------------------------------------------------


def send(number: signal.Signals, trap: Trap) -> None:
    os.kill(trap.pid, number)


@pytest.mark.parametrize(("number", "status", "word"), [(signal.SIGINT, 130, "Interrupted."), (signal.SIGTERM, 143, "Ended by SIGTERM.")])
@pytest.mark.parametrize(
    ("name", "moment", "sentence"),
    [
        (DISCOVER, LOOKED, "Nothing was stored; nothing goes on."),
        (APPLY, MADE, f"What was written stays. To go on: patchkeep apply {PLAN}"),
        (ROLLOUT, SENT, "Commands already sent go on, nothing new is sent. To go on: patchkeep rollout resume ro-"),
    ],
)
def test_whoever_is_told_to_end_says_what_goes_on(
    number: signal.Signals, status: int, word: str, name: str, moment: Moment, sentence: str
) -> None:
    with in_a_file(name) as seat:
        said = caught(seat, name, moment, partial(send, number))
        assert said.status == status
        assert f"{word} {sentence}" in said.sentence
        assert_goes_on_unharmed(seat, name)


# --- the store cannot be written ----------------------------------------------------------------------------------------


def impatient() -> None:
    """A hook: who waits for a locked database waits a moment."""

    def wait_briefly(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout=200")

    sa.event.listen(sa.pool.Pool, "checkout", wait_briefly)


def lock(path: str, trap: Trap) -> None:
    """Somebody begins to write, and does not end."""
    trap.kept = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    trap.kept.execute("BEGIN IMMEDIATE")


def let_go(trap: Trap) -> None:
    trap.kept.close()


@pytest.mark.parametrize(("name", "moment"), [(APPLY, MADE), (ROLLOUT, SENT), (ROLLOUT, ASKED)])
def test_a_database_that_is_locked_for_long_stops_it_and_nothing_is_lost(name: str, moment: Moment) -> None:
    with in_a_file(name) as there:
        seat = replace(there, hooks=(impatient,))
        said = caught(seat, name, moment, partial(lock, f"{seat.folder}/patchkeep.db"))
        assert said.status == 1
        assert "is locked by another process, for more than 30 seconds. See which: `fuser" in said.sentence
        seat.sandbox.ask(let_go)
        assert_goes_on_unharmed(seat, name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    if os.geteuid() or sys.platform != "linux":
        pytest.skip("only root may mount a file system of its own")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(tmp_path)], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def fill(path: str, trap: Trap) -> None:
    with Path(path, "filler").open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


@pytest.mark.parametrize(("name", "moment"), [(APPLY, MADE), (ROLLOUT, SENT), (ROLLOUT, ASKED)])
def test_a_full_disk_stops_it_and_nothing_is_lost(small_disk: Path, name: str, moment: Moment) -> None:
    with in_a_file(name) as there:
        shutil.copy(there.folder / "patchkeep.db", small_disk)
        seat = replace(there, variables={**there.variables, DATABASE: f"sqlite:///{small_disk}/patchkeep.db"})
        said = caught(seat, name, moment, partial(fill, str(small_disk)))
        assert said.status == 1
        assert "the disk is full. Make room; nothing stored so far is lost." in said.sentence
        again = seat.try_out(*stage(name).words)
        assert again.status == 1
        assert "Traceback" not in again.err
        (small_disk / "filler").unlink()
        assert_goes_on_unharmed(seat, name)


def no_more_pages() -> None:
    """A hook: the database may not grow."""

    def stay_so(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # SQLite takes the number of pages there are

    sa.event.listen(sa.pool.Pool, "checkout", stay_so)


@pytest.mark.parametrize("name", [APPLY, ROLLOUT])
def test_a_database_that_cannot_grow_stops_it_and_nothing_is_lost(name: str) -> None:
    with in_a_file(name) as seat:
        said = replace(seat, hooks=(no_more_pages,))(*stage(name).words, status=1)
        assert "the disk is full. Make room; nothing stored so far is lost." in said.sentence
        assert_goes_on_unharmed(seat, name)


def crash_server(running: Server, trap: Trap) -> None:
    running.stop("immediate")


@pytest.mark.parametrize("moment", [SENT, ASKED])
def test_a_postgresql_server_that_dies_in_the_middle_of_a_rollout_loses_nothing(postgres: Server, moment: Moment) -> None:
    with in_postgresql(postgres, ROLLOUT) as seat:
        said = caught(seat, ROLLOUT, moment, partial(crash_server, postgres))
        assert said.status == 1
        assert any(words in said.sentence for words in ("cannot be reached", "was shut down", "lost the connection")), said.err
        postgres.start()
        assert_goes_on_unharmed(seat, ROLLOUT)


# --- AWS is away, time is wrong -----------------------------------------------------------------------------------------


def cut(minutes: int, trap: Trap) -> None:
    """AWS is away, for some minutes of virtual time."""
    assert trap.relay
    trap.relay.cut()
    trap.world.clock.after(timedelta(minutes=minutes), trap.relay.mend)


@pytest.mark.parametrize("moment", [SENDING, SENT])
def test_a_rollout_goes_on_when_aws_can_be_reached_again(moment: Moment) -> None:
    with in_a_file(ROLLOUT) as there:
        seat = replace(there, variables={**there.variables, "AWS_ENDPOINT_URL": there.sandbox.far})
        said = caught(seat, ROLLOUT, moment, partial(cut, 1))
        assert said.status == 0, said.err
        assert harm(calm(ROLLOUT).left, remains(seat)) == ()


@dataclass(slots=True)
class SteppingClock:
    """The sandbox's time until it was asked so often; from then on this machine's clock is behind."""

    endpoint: str
    back: timedelta
    after: int
    asked: int = 0

    def now(self) -> datetime:
        self.asked += 1
        return SandboxClock(self.endpoint).now() - (self.back if self.asked > self.after else timedelta(0))

    def sleep(self, duration: timedelta) -> None:
        SandboxClock(self.endpoint).sleep(duration)


def stepping(back: timedelta, after: int) -> Callable[[str], SteppingClock]:
    return lambda endpoint: SteppingClock(endpoint, back, after)


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)], ids=str)
@pytest.mark.parametrize("after", [30, 60])
def test_a_clock_that_steps_back_in_the_middle_of_a_rollout_repeats_nothing(back: timedelta, after: int) -> None:
    with in_a_file(ROLLOUT) as seat:
        said = seat.with_clock(stepping(back, after))(*stage(ROLLOUT).words)
        assert "Traceback" not in said.err
        assert harm(calm(ROLLOUT).left, remains(seat)) == ()


@contextmanager
def killed(name: str, moment: Moment) -> Iterator[Seat]:
    with in_a_file(name) as seat:
        assert seat.caught(stage(name).words, moment)[0].end().status == -signal.SIGKILL
        yield seat


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)], ids=str)
def test_a_lost_answer_is_adopted_though_the_clock_stepped_back_meanwhile(back: timedelta) -> None:
    with killed(ROLLOUT, SENT) as seat:
        assert_goes_on_unharmed(seat.with_clock(stepping(back, 0)), ROLLOUT)
        assert rollouts(seat)[0].status == "done"


def test_a_plan_from_the_future_is_refused_with_the_reason() -> None:
    with in_a_file(APPLY) as seat:
        said = seat.with_clock(stepping(timedelta(days=1), 0))(*stage(APPLY).words, status=1)
        assert "made in the future" in said.sentence
        assert "a clock is wrong" in said.sentence
        assert_goes_on_unharmed(seat, APPLY)
