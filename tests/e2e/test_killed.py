"""Real processes, killed with SIGKILL at chosen calls; another one goes on, and the emulated AWS counts what was done twice."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.operation import OPERATIONS, Answer, AwsError, Operation, Request
from patchkeep.sandbox.server import load_operations
from tests.e2e.byhand import names, objects, ours
from tests.e2e.desk import PLAN, Desk, apply, installs, small

pytestmark = [pytest.mark.http, pytest.mark.slow]


@dataclass(slots=True)
class Trap:
    """Kills a process when AWS is asked an operation for the `number`th time: before AWS acts, or after and before it answers."""

    process: subprocess.Popen[str] | None = None
    operation: str = ""
    number: int = 0
    after: bool = False
    sprung: bool = False
    heard: Counter[str] = field(default_factory=Counter)

    def on(self, name: str, perform: Operation) -> Operation:
        def answer(request: Request) -> Answer:
            self.heard[name] += 1
            due = self.process is not None and not self.sprung and (name, self.heard[name]) == (self.operation, self.number)
            if due and not self.after:
                self.spring()
                raise AwsError("InternalServerError", "nobody is left to be answered, and nothing was done", 500)
            answered = perform(request)
            if due:
                self.spring()
            return answered

        return answer

    def spring(self) -> None:
        assert self.process is not None
        self.sprung = True  # before the kill: whoever waits for its end looks at once
        self.process.kill()


def trapped(trap: Trap) -> Sandbox:
    load_operations()
    wired = {key: trap.on(key[1], perform) if key[0] == "ssm" else perform for key, perform in OPERATIONS.items()}
    return Sandbox(orgfile.load("small"), operations=wired)


def kill_at(trap: Trap, desk: Desk, words: tuple[str, ...], moment: tuple[str, int, bool]) -> None:
    """Run a command until the moment comes, and be sure that it died of it."""
    operation, number, after = moment
    trap.heard.clear()
    trap.operation, trap.number, trap.after, trap.sprung = operation, number, after, False
    trap.process = desk.begin(*words)
    try:
        out, err = trap.process.communicate(timeout=120)
    finally:
        trap.process.kill()
    assert (trap.process.returncode, trap.sprung) == (-9, True), f"it ended before {moment}: {out}\n{err}"
    trap.process = None


@dataclass(frozen=True, slots=True)
class Trapped:
    desk: Desk
    trap: Trap


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trapped]:
    """A desk whose first apply is killed on the way."""
    trap = Trap()
    with small(tmp_path_factory.mktemp("killed"), trapped(trap)) as desk:
        desk.days(1)
        desk("discover")
        desk("plan", "-o", PLAN, "--no-calls", status=3)
        kill_at(trap, desk, ("apply", PLAN, "--yes"), ("CreatePatchBaseline", 2, True))
        yield Trapped(desk, trap)


def test_an_apply_killed_and_repeated_makes_nothing_twice(settled: Trapped) -> None:
    desk = settled.desk
    wanted = desk.plan()
    outcomes = apply(desk)
    assert set(outcomes.values()) >= {"applied", "already as wanted"}
    found = names(ours(objects(desk)))
    assert (
        len(found) == len(set(found)) == sum(setting.service in {"associations", "baselines", "documents"} for setting in wanted.settings)
    )
    desk("discover")
    desk("plan", "-o", PLAN, "--no-calls", status=3)
    assert {setting.action for setting in desk.plan().settings} <= {"blocked"}


# start, then resume: each killed there. (operation, how often it was asked before, whether AWS had acted)
MOMENTS = (
    ("SendCommand", 2, True),  # the first Install: AWS has it, we never heard
    ("ListCommands", 1, False),  # looking for it
    ("SendCommand", 1, True),  # the reboot
    ("ListCommandInvocations", 3, True),
)


def test_a_rollout_killed_with_sigkill_again_and_again_goes_on_with_one_install_per_node(settled: Trapped) -> None:
    desk, trap = settled.desk, settled.trap
    desk.days(1)
    desk("discover")
    desk("plan", "-o", PLAN, "--no-calls", status=3)
    apply(desk)
    words: tuple[str, ...] = ("rollout", "start", PLAN, "--yes", "--wait")
    rollout = ""
    for moment in MOMENTS:
        kill_at(trap, desk, words, moment)
        rollout = desk.json("rollout", "status")["rollouts"][0]["id"]
        words = ("rollout", "resume", rollout, "--wait")
    desk(*words)
    desk.signed_in("PatchApprovers", "alice")("rollout", "approve", rollout, "--ring", "prod")
    desk(*words)
    planned = sorted(change.resource for ring in desk.plan().rings for change in ring.changes)
    assert installs(desk.sent()) == planned
    reboots = Counter(node for sent in desk.sent() if sent["DocumentName"] == "Patchkeep-Reboot" for node in sent["InstanceIds"])
    assert set(reboots.values()) == {1}
    desk.days(1)
    desk("discover")
    assert desk("verify", PLAN).out.strip() == f"{len(planned)} patched"
    with desk.store() as store:
        assert store.ledger.verify() is None


def test_a_process_killed_while_it_held_a_lock_leaves_none_behind(settled: Trapped) -> None:
    rollout = settled.desk.json("rollout", "status")["rollouts"][0]["id"]
    assert "done: all rings done" in settled.desk("rollout", "resume", rollout).sentence
