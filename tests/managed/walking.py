"""The whole way of one managed service over HTTP: discover, plan, apply, roll out, verify, at a desk with an organization of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.server import serving
from tests.e2e.desk import PLAN, Desk, apply, at_desk, world_of

MANAGEMENT, MEMBER = "110000000001", "130000000003"
EVERYWHERE = """
name: managed
environments:
  dev: {match: {ou: Workloads/Dev}}
windows:
  night: {at: "Sat 22:00", lasts: 6h, timezone: UTC}
managed:
  everything:
    match: {}
    updates: [maintenance, minor]
    settings: {window: night, auto_minor: true}
rings:
  - {name: all, select: {env: dev}}
approval:
  irreversible: {people: 1}
"""
# Half the reads: nothing that a walk is about is in the management account.
POLICY = f"""
organization:
  exclude: [{{account: "{MANAGEMENT}", why: nothing runs there}}]
{EVERYWHERE.strip()}
"""


def organization(resources: str, region: str = "eu-central-1") -> str:
    """An organization's file with one account for work, in Workloads/Dev. `resources`: lines of its `resources:`, unindented."""
    listed = "\n".join(f"      {line}" for line in resources.strip().splitlines())
    return f"""
organization: {{name: Managed, seed: 3, starts: 2026-09-01T06:00:00Z, management: "{MANAGEMENT}"}}
accounts:
  - {{id: "{MANAGEMENT}", name: managed-management, regions: [{region}]}}
  - id: "{MEMBER}"
    name: managed-dev
    ou: Workloads/Dev
    regions: [{region}]
    resources:
{listed}
"""


@contextmanager
def desk_at(folder: Path, resources: str, policy: str = POLICY) -> Iterator[Desk]:
    """A desk at an organization that has these resources and nothing else."""
    world = world_of(organization(resources))
    with serving(Sandbox(world)) as running, at_desk(folder, running, policy, external_id="") as desk:
        yield desk


def settled(desk: Desk) -> Any:
    """Settings applied as the policy has them; the plan of what is left to patch, as JSON."""
    desk("discover")
    if desk.json("plan", "-o", "settings.json", status=3)["plan"]["settings"]:
        apply(desk, "settings.json")
        desk("discover")
    return desk.json("plan", "-o", PLAN, status=3)["plan"]


def rolled_out(desk: Desk) -> Any:
    """The plan's rollout, approved ring by ring, when nothing more moves without a person: `rollout status` as JSON."""
    desk.try_out("rollout", "start", PLAN, "--yes", "--wait")
    rollout = desk.json("rollout", "status")["rollouts"][0]["id"]
    for ring in desk.plan().rings:
        if ring.approvals and ring.changes:
            desk("rollout", "approve", rollout, "--ring", ring.name)
            desk.try_out("rollout", "resume", rollout, "--wait")
    return desk.json("rollout", "status", rollout)["rollout"]


def members(status: Any) -> dict[str, tuple[str, str]]:
    """By resource: phase, and why."""
    return {one["resource"]: (one["phase"], one["why"]) for ring in status["rings"] for one in ring["members"]}


def verified(desk: Desk) -> dict[str, str]:
    """What a new look says of every planned change, by resource."""
    desk("discover")
    said = json.loads(desk.try_out("verify", PLAN, "--format", "json").out)
    names = {change.asset: change.resource for ring in desk.plan().rings for change in ring.changes}
    return {names[row["asset"]]: row["proof"] for row in said["changes"]}
