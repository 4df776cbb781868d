"""One account and region with a few nodes, called without HTTP: each request and answer is held against botocore's model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from patchkeep.sandbox.agent import Application, PatchOutcome, PatchRecord, PatchRequest
from patchkeep.sandbox.clock import VirtualClock
from patchkeep.sandbox.operation import OPERATIONS, Answer, AwsError, Request
from patchkeep.sandbox.protocol import service_model
from patchkeep.sandbox.server import load_operations
from patchkeep.sandbox.validation import violations
from patchkeep.sandbox.world import Account, Node, Site, World

ACCOUNT, OTHER, REGION = "222222222222", "333333333333", "eu-central-1"
NOW = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
A, B, C = (f"i-{number:017x}" for number in (1, 2, 3))
WINDOWS, HYBRID = f"i-{4:017x}", "mi-0123456789abcdef0"
UNMANAGED = f"i-{5:017x}"


def patch(name: str, state: str, *, severity: str = "Important", cves: tuple[str, ...] = ()) -> PatchRecord:
    installed = NOW - timedelta(days=90) if state.startswith("Installed") else None
    return PatchRecord(f"{name} 1.2", f"{name}.x86_64", "Security", severity, state, installed, cves)


@dataclass(slots=True)
class PlannedAgent:
    """A machine that misses what it is told to miss; an Install cures it, the cure counts after a restart."""

    missing: tuple[str, ...] = ("openssl",)
    fails: bool = False
    lasts: timedelta = timedelta(seconds=40)
    away: timedelta = timedelta(seconds=90)
    pending: tuple[str, ...] = ()
    asked: list[PatchRequest] = field(default_factory=list)
    restarts: list[datetime] = field(default_factory=list)

    def patch(self, request: PatchRequest) -> PatchOutcome:
        self.asked.append(request)
        if request.operation == "Install":
            if self.fails:
                rows = tuple(patch(name, "Failed", cves=("CVE-2026-1",)) for name in self.missing)
                return PatchOutcome(rows, self.lasts, 1, "", "could not install")
            self.pending, self.missing = self.pending + self.missing, ()
            reboots = request.reboot_option == "RebootIfNeeded"
            return PatchOutcome(self._rows(booted=reboots), self.lasts, 0, "installed", reboots=reboots)
        return PatchOutcome(self._rows(), self.lasts, 0, "scanned")

    def _rows(self, *, booted: bool = False) -> tuple[PatchRecord, ...]:
        missing = tuple(patch(name, "Missing", cves=("CVE-2026-1", "CVE-2026-2")) for name in self.missing)
        pending = tuple(patch(name, "Installed" if booted else "InstalledPendingReboot") for name in self.pending)
        return (*missing, *pending, patch("bash", "Installed", cves=("CVE-2020-1",)), patch("zip", "NotApplicable"))

    def reboot(self, now: datetime) -> timedelta:
        self.restarts.append(now)
        self.pending = ()
        return self.away

    def applications(self) -> tuple[Application, ...]:
        return (Application("openssl", "3.0.8", "1.amzn2023", "1", "x86_64", "Amazon Linux", installed_time=NOW),)


@cache
def _model() -> Any:
    load_operations()
    return service_model("ssm")


@dataclass(slots=True)
class Ssm:
    """`ssm.call("SendCommand", ...)` as a caller of one account in one region; answers are checked as the server does."""

    world: World
    account: str = ACCOUNT
    region: str = REGION

    @property
    def site(self) -> Site:
        return self.world.site(self.account, self.region)

    def agent(self, node_id: str) -> PlannedAgent:
        agent = self.site.nodes[node_id].agent
        assert isinstance(agent, PlannedAgent)
        return agent

    def call(self, operation: str, **params: Any) -> Answer:
        model = _model().operation_model(operation)
        if wrong := violations(params, model.input_shape):
            raise AwsError("ValidationException", "; ".join(map(str, wrong)))
        caller = f"arn:aws:iam::{self.account}:user/tester"
        answer = OPERATIONS["ssm", operation](Request(self.world, self.account, self.region, caller, params))
        assert [str(one) for one in violations(answer, model.output_shape)] == []
        return answer

    def refused(self, operation: str, **params: Any) -> str:
        """Return the error code of a call that must be refused."""
        with pytest.raises(AwsError) as refusal:
            self.call(operation, **params)
        return refusal.value.code

    def wait(self, **delay: float) -> None:
        self.world.clock.advance(self.world.clock.now() + timedelta(**delay))

    def run(self, *node_ids: str, operation: str = "Scan", wait: Mapping[str, float] | None = None, **more: Any) -> str:
        """Send AWS-RunPatchBaseline, let time pass, and return the command's id."""
        parameters = {"Operation": [operation], **more.pop("parameters", {})}
        sent = self.call("SendCommand", DocumentName="AWS-RunPatchBaseline", InstanceIds=list(node_ids), Parameters=parameters, **more)
        self.wait(**(wait or {"minutes": 10}))
        return str(sent["Command"]["CommandId"])

    def state(self, node_id: str) -> Answer:
        (state,) = self.call("DescribeInstancePatchStates", InstanceIds=[node_id])["InstancePatchStates"]
        assert isinstance(state, dict)
        return state


@pytest.fixture
def ssm() -> Ssm:
    world = World(VirtualClock(NOW), seed=7, organization_id="o-small12345", management="111111111111")
    for account in (ACCOUNT, OTHER):
        world.accounts[account] = Account(account, account, f"{account}@example.com", "", regions=(REGION,))
    site = world.site(ACCOUNT, REGION)
    for node_id, os in (
        (A, "amazon-linux-2023"),
        (B, "amazon-linux-2023"),
        (C, "debian-12"),
        (WINDOWS, "windows-2022"),
        (HYBRID, "debian-12"),
    ):
        tags = {"Name": f"node-{node_id[-1]}", "PatchGroup": "web" if node_id in {A, B} else "db"}
        site.nodes[node_id] = Node(node_id, os, PlannedAgent(), tags, registered=NOW - timedelta(days=30))
    site.nodes[UNMANAGED] = Node(UNMANAGED, "debian-12", PlannedAgent())
    return Ssm(world)
