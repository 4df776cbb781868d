"""Real processes, forked with everything imported: the emulated AWS in one, every command that is typed in one of its own.

Whoever tests is single-threaded and keeps the worlds; a sandbox forked from it works on a copy, so the same hour can be lived through
a hundred times. A trap lies in the sandbox: when AWS is asked a certain thing, something happens to the process that asks.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import patchkeep.cli
import patchkeep.work
from patchkeep.cli import main
from patchkeep.cli._options import Setup
from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.operation import OPERATIONS, Answer, AwsError, Operation, Request
from patchkeep.sandbox.server import load_operations, serving
from patchkeep.sandbox.world import World
from patchkeep.wire import SandboxClock
from patchkeep.work.seams import Clock
from tests.crash.relay import Relay
from tests.e2e.desk import Said

FORK = get_context("fork")
PATIENCE = 300.0  # seconds of real time for one command, on a machine that others use, too
Hook = Callable[[], None]
Action = Callable[["Trap"], None]


for package in (patchkeep.cli, patchkeep.work):  # once, not in every process anew
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


@dataclass(frozen=True, slots=True)
class Moment:
    """When a trap springs: AWS is asked this for the `number`th time, and has not acted yet, or has and did not answer yet."""

    asked: str  # "ssm:SendCommand 200000000002/eu-central-1"
    number: int = 1
    after: bool = False

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.asked}, the {self.number}.,"


def kill(trap: Trap) -> None:
    os.kill(trap.pid, signal.SIGKILL)


@dataclass(slots=True)
class Trap:
    """What waits in the sandbox. `asked`: how often AWS was asked each thing since the trap was laid."""

    world: World
    moment: Moment | None = None
    pid: int = 0
    action: Action = kill
    refuses: bool = True  # what was not acted on is refused: nobody is left to be answered
    sprung: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    sandbox: Sandbox | None = None
    relay: Relay | None = None
    kept: Any = None  # what an action leaves open until it is let go

    def on(self, name: str, perform: Operation) -> Operation:
        def answer(request: Request) -> Answer:
            asked = f"{name} {request.account}/{request.region}"
            self.asked[asked] += 1
            due = self.moment is not None and not self.sprung and (asked, self.asked[asked]) == (self.moment.asked, self.moment.number)
            if due and self.moment and not self.moment.after:
                self._spring()
                if self.refuses:
                    raise AwsError("InternalServerError", "nobody is left to be answered, and nothing was done", 500)
            try:
                return perform(request)
            finally:  # a refusal is an answer, too
                if due and not self.sprung:
                    self._spring()

        return answer

    def _spring(self) -> None:
        self.sprung = True
        self.action(self)


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox in a process of its own. `ask` runs a function of this file's kind there: it is given the trap, and so the world."""

    endpoint: str
    far: str  # the same through a line that can be cut
    line: Connection

    def ask(self, function: Callable[..., Any], *words: object) -> Any:
        self.line.send((function, words))
        return self.line.recv()


@contextmanager
def served(world: World) -> Iterator[Served]:
    """A copy of a world, served until the block ends; by then it must have understood every call."""
    here, there = FORK.Pipe()
    process = FORK.Process(target=_serve, args=(world, there))
    process.start()
    there.close()
    try:
        endpoint, far = here.recv()
        running = Served(endpoint, far, here)
        yield running
        assert running.ask(_misunderstood) == []
    finally:
        here.close()  # its `recv` ends with that
        process.join(10)
        process.kill()


def _serve(world: World, line: Connection) -> None:
    _deaf_to_terminals()
    load_operations()
    trap = Trap(world)
    operations = {key: trap.on(":".join(key), perform) for key, perform in OPERATIONS.items()}
    sandbox = Sandbox(world, validate=False, operations=operations)
    trap.sandbox = sandbox
    with serving(sandbox) as running:
        trap.relay = Relay(int(running.endpoint.rpartition(":")[2]))
        line.send((running.endpoint, trap.relay.endpoint))
        while True:
            try:
                function, words = line.recv()
            except (EOFError, OSError):
                os._exit(0)
            line.send(function(trap, *words))


def _misunderstood(trap: Trap) -> list[dict[str, str]]:
    return [*trap.sandbox.unimplemented, *trap.sandbox.failures] if trap.sandbox else []


def _deaf_to_terminals() -> None:
    """Ctrl-C of whoever runs the tests goes to the tests, which end what they started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def lay(trap: Trap, moment: Moment | None, pid: int, action: Action, refuses: bool) -> None:
    trap.moment, trap.pid, trap.action, trap.refuses, trap.sprung = moment, pid, action, refuses, False
    trap.asked.clear()


def sprung(trap: Trap) -> bool:
    return trap.sprung


def asked(trap: Trap) -> Counter[str]:
    return trap.asked


@dataclass(slots=True)
class Typed:
    """A command under way. `go` lets it begin."""

    process: BaseProcess
    gate: Connection
    files: tuple[Path, Path]

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def go(self) -> Typed:
        self.gate.send(None)
        return self

    def end(self) -> Said:
        """What it said, once it has ended; its status is negative where a signal ended it."""
        self.process.join(PATIENCE)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        out, err = (file.read_text(encoding="utf-8", errors="replace") for file in self.files)
        return Said(self.process.exitcode or 0, out, err)

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody sits and types: a folder, an environment, a sandbox. `clock`: time as this machine has it."""

    folder: Path
    sandbox: Served
    variables: Mapping[str, str]
    clock: Callable[[str], Clock] = SandboxClock
    hooks: tuple[Hook, ...] = ()  # what every process does first
    _numbers: Iterator[int] = field(default_factory=count)

    def begin(self, *words: str, hooks: Sequence[Hook] = ()) -> Typed:
        """A command in a process that waits for `go`."""
        here, there = FORK.Pipe()
        number = next(self._numbers)
        files = (self.folder / f"{number}.out", self.folder / f"{number}.err")
        process = FORK.Process(target=_type, args=(self, words, there, files, (*self.hooks, *hooks)))
        process.start()
        there.close()
        return Typed(process, here, files)

    def try_out(self, *words: str, hooks: Sequence[Hook] = ()) -> Said:
        return self.begin(*words, hooks=hooks).go().end()

    def __call__(self, *words: str, status: int = 0) -> Said:
        said = self.try_out(*words)
        assert said.status == status, f"patchkeep {' '.join(words)}: status {said.status}, not {status}\n{said.out[-3000:]}\n{said.err}"
        return said

    def caught(self, words: Sequence[str], moment: Moment, action: Action = kill, *, refuses: bool = True) -> tuple[Typed, bool]:
        """A command that runs until it ends, with a trap laid for it; and whether the trap sprang."""
        typed = self.begin(*words)
        self.sandbox.ask(lay, moment, typed.pid, action, refuses)
        typed.go().process.join(PATIENCE)
        return typed, bool(self.sandbox.ask(sprung))

    def with_clock(self, clock: Callable[[str], Clock]) -> Seat:
        return replace(self, clock=clock)


def _type(seat: Seat, words: Sequence[str], gate: Connection, files: tuple[Path, Path], hooks: Sequence[Hook]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, path in zip((1, 2), files, strict=True):
        file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.dup2(file, number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1, encoding="utf-8", closefd=False) for number in (1, 2))
    os.environ.update(seat.variables)
    os.chdir(seat.folder)
    gate.recv()
    for hook in hooks:
        hook()
    main(list(words), obj=Setup(seat.clock(seat.sandbox.endpoint)))
