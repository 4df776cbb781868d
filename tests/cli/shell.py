"""The command line as a person types it, in this process: its exit status, and what it says on which stream."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from patchkeep.cli import run
from patchkeep.cli._options import Setup
from patchkeep.wire import SandboxClock

VARYING = (
    (re.compile(r"(\d{4}-\d\d-\d\d)(\s+)\d\d:\d\d"), r"\1\2hh:mm"),  # threads that wait for their turn move the clock
    (re.compile(r"\bpb-[0-9a-f]{17}\b"), f"pb-{'#' * 17}"),  # numbered as they are made, by threads
    (re.compile(r"\bplan-[0-9a-f]{16}\b"), "plan-<id>"),
    (re.compile(r"\bro-[0-9a-f]{12}\b"), "ro-<id>"),
    (re.compile(r"(snapshot\s+)[0-9a-f]{12}\b"), r"\1<snapshot>"),
    (re.compile(r"(?m)^(\S+:\w+ +\d+ +)\d+\.\d(?= )"), r"\1 #.#"),
    (re.compile(r"(?m)^(all +)\d+ +\d+\.\d(?= )"), r"\1#  #.#"),
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command left behind."""

    words: tuple[str, ...]
    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything a person saw, without what differs from run to run."""
        shown = f"$ patchkeep {' '.join(self.words)}\n{self.out}"
        shown += f"--- on standard error\n{self.err}" if self.err else ""
        for pattern, to in VARYING:
            shown = pattern.sub(to, shown)
        return f"{shown}--- exit status {self.status}\n"

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def call(*words: str, endpoint: str = "", clock: SandboxClock | None = None) -> Ran:
    """Run it; with an endpoint in that sandbox's virtual time, or by a clock of the test's own."""
    out, err = io.StringIO(), io.StringIO()
    clock = clock or (SandboxClock(endpoint) if endpoint else None)
    setup = Setup(clock) if clock else None
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = run(list(words), obj=setup)
        except SystemExit as ended:  # `sandbox run` ends the process that it is
            status = int(ended.code or 0)
    return Ran(words, status, out.getvalue(), err.getvalue())


def shape(value: Any) -> Any:
    """A document's keys and types; of a list its first element, as all are alike."""
    match value:
        case dict():
            return {key: shape(item) for key, item in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case _:
            return type(value).__name__
