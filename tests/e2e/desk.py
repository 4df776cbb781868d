"""A desk to sit at: a folder with policy and database, credentials of an emulated organization, and commands typed there.

Commands run in this process, through the same entry as on a command line, but for the sandbox's clock. Those that are to be
killed run in a process of their own (`begin`).
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from patchkeep.cli import main
from patchkeep.cli._options import Setup
from patchkeep.cli._plans import read_plan
from patchkeep.domain.plan import Plan
from patchkeep.domain.policy import PolicyErrors
from patchkeep.doors.store import Store, open_store
from patchkeep.sandbox import orgfile
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.server import RunningSandbox, serving
from patchkeep.sandbox.world import World
from patchkeep.wire import SandboxClock, read_policy, sandbox_environment, sandbox_grants, sandbox_sign_in

POLICY = (Path(__file__).parent / "patchkeep.yaml").read_text(encoding="utf-8")
PLAN = "plan.json"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """All that it said, on one line."""
        return " ".join(f"{self.out} {self.err}".split())


@dataclass(frozen=True, slots=True)
class Desk:
    """`desk("discover")` types a command and expects exit status 0, or the one of `status`."""

    folder: Path
    endpoint: str
    variables: dict[str, str] = field(default_factory=dict)

    def try_out(self, *words: str) -> Said:
        """Run one command, whatever its exit status."""
        out, err = io.StringIO(), io.StringIO()
        with self.sitting(), redirect_stdout(out), redirect_stderr(err):
            try:
                main(list(words), obj=Setup(SandboxClock(self.endpoint)))
                status: Any = 0
            except SystemExit as ended:
                status = ended.code
        return Said(int(status or 0), out.getvalue(), err.getvalue())

    @contextmanager
    def sitting(self) -> Iterator[SandboxClock]:
        """In its folder and with its environment, until the block ends; yields the sandbox's clock."""
        with _environment(self.variables), chdir(self.folder):
            yield SandboxClock(self.endpoint)

    def __call__(self, *words: str, status: int = 0) -> Said:
        said = self.try_out(*words)
        assert said.status == status, f"patchkeep {' '.join(words)}: status {said.status}, not {status}\n{said.out[:3000]}\n{said.err}"
        assert "Traceback" not in said.err
        return said

    def json(self, *words: str, status: int = 0) -> Any:
        return json.loads(self(*words, "--format", "json", status=status).out)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """The same command in a process of its own."""
        command = [sys.executable, "-m", "patchkeep", "sandbox", "run", "--endpoint", self.endpoint, *words]
        environment = {**os.environ, **self.variables}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    @property
    def sandbox(self) -> SandboxClient:
        return SandboxClient(self.endpoint)

    def days(self, number: float) -> None:
        self.sandbox.advance(number * DAY)

    def write_policy(self, text: str) -> None:
        """Lay down the policy, and give the member roles what Patchkeep needs for it, where it can be read at all."""
        file = self.folder / "patchkeep.yaml"
        file.write_text(text, encoding="utf-8")
        with suppress(PolicyErrors):
            sandbox_grants(self.endpoint, read_policy(str(file), self.sandbox.now()))

    def plan(self, name: str = PLAN) -> Plan:
        return read_plan(str(self.folder / name))

    @contextmanager
    def store(self) -> Iterator[Store]:
        with open_store(f"sqlite:///{self.folder}/patchkeep.db") as opened:
            yield opened

    def signed_in(self, permission_set: str, person: str) -> Desk:
        """The same desk with somebody else sitting at it."""
        return replace(self, variables={**self.variables, **sandbox_sign_in(self.endpoint, permission_set, person)})

    def admin(self, service: str, account: str, region: str = "eu-central-1") -> Any:
        """A client with the key of an account's own administrator: whoever changes things in AWS by hand."""
        keys = self.sandbox.credentials()["keys"][account]
        return _boto().client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=keys["access_key"],
            aws_secret_access_key=keys["secret"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def sent(self, since: int = 0) -> list[dict[str, Any]]:
        """Parameters of every SendCommand that AWS took."""
        return [call["params"] for call in self.sandbox.log(since, "SendCommand") if not call["error"]]


@cache
def _boto() -> boto3.session.Session:
    return boto3.session.Session()


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def at_desk(folder: Path, running: RunningSandbox, policy: str = POLICY, external_id: str = "patchkeep-small") -> Iterator[Desk]:
    """A desk in an empty folder, at a sandbox that runs; when all is over the sandbox must have understood every call."""
    variables = {**sandbox_environment(running.endpoint), "PATCHKEEP_EXTERNAL_ID": external_id, "COLUMNS": "200"}
    desk = Desk(folder, running.endpoint, variables)
    desk.write_policy(policy)
    yield desk
    assert desk.sandbox.unimplemented() == []


@contextmanager
def small(folder: Path, sandbox: Sandbox | None = None) -> Iterator[Desk]:
    """A desk at the small organization, in a world of its own."""
    with serving(sandbox or Sandbox(orgfile.load("small"))) as running, at_desk(folder, running) as desk:
        yield desk


def world_of(text: str) -> World:
    return orgfile.build(orgfile.parse(text))


def settle(desk: Desk) -> None:
    """Settings applied, a day of scans gone by, and a plan whose rings are filled: ready for `rollout start`."""
    desk.days(1)
    desk("discover")
    desk("plan", "-o", "settings.json", "--no-calls", status=3)
    apply(desk, "settings.json")
    desk.days(1)
    desk("discover")
    desk("plan", "-o", PLAN, "--no-calls", status=3)
    apply(desk)


def apply(desk: Desk, name: str = PLAN) -> dict[str, str]:
    """Outcomes by "kind name" of a plan whose settings all succeed, or are blocked because something foreign stands there."""
    told = desk.json("apply", name, "--yes")["settings"]
    outcomes = {f"{one['setting']['kind']} {one['setting']['name']}": one["outcome"] for one in told}
    assert set(outcomes.values()) <= {"applied", "already as wanted", "blocked"}, told
    return outcomes


def installs(sent: Iterable[dict[str, Any]]) -> list[str]:
    """Every node once for each Install that it was sent."""
    return sorted(node for params in sent if params["Parameters"].get("Operation") == ["Install"] for node in params["InstanceIds"])
