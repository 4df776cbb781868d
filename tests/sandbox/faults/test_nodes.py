"""Nodes that misbehave on purpose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.clock import VirtualClock
from patchkeep.sandbox.faults.board import Placed
from patchkeep.sandbox.faults.fault import read_fault
from patchkeep.sandbox.faults.scanner import keep_scanning
from patchkeep.sandbox.operation import OPERATIONS, Request
from patchkeep.sandbox.server import load_operations
from patchkeep.sandbox.simulated import SimulatedAgent
from patchkeep.sandbox.world import Account, Node, World
from tests.sandbox.ssm.conftest import ACCOUNT, NOW, REGION, A, B, Ssm

PLACE = {"accounts": [ACCOUNT], "regions": [REGION]}


@pytest.fixture
def ssm() -> Ssm:
    """Two machines half a year behind."""
    load_operations()
    world = World(VirtualClock(NOW), seed=7, organization_id="o-small12345", management="111111111111")
    world.accounts[ACCOUNT] = Account(ACCOUNT, "web", "web@example.com", "", regions=(REGION,))
    for node in (A, B):
        agent = SimulatedAgent("amazon-linux-2023", NOW - timedelta(days=180), node)
        tags = {"PatchGroup": "web"}
        world.site(ACCOUNT, REGION).nodes[node] = Node(node, "amazon-linux-2023", agent, tags, registered=NOW - timedelta(days=30))
    return Ssm(world)


def on(ssm: Ssm, kind: str, **chosen: Any) -> Placed:
    return ssm.world.faults.add(read_fault({"kind": kind, **chosen}))


def invocation(ssm: Ssm, command: str, node: str) -> str:
    rows = ssm.call("ListCommandInvocations", CommandId=command)["CommandInvocations"]
    return next(str(row["Status"]) for row in rows if row["InstanceId"] == node)


def ping(ssm: Ssm, node: str) -> str:
    rows = ssm.call("DescribeInstanceInformation")["InstanceInformationList"]
    return next(str(row["PingStatus"]) for row in rows if row["InstanceId"] == node)


def test_an_agent_never_comes_back_from_a_reboot(ssm: Ssm) -> None:
    placed = on(ssm, "never-back", nodes=[A], **PLACE)
    command = ssm.run(A, B, operation="Install", wait={"hours": 3})
    assert (invocation(ssm, command, A), invocation(ssm, command, B)) == ("TimedOut", "Success")
    assert (ping(ssm, A), ping(ssm, B)) == ("ConnectionLost", "Online")
    assert (placed.hits, placed.last) == (1, f"{A} in {ACCOUNT}/{REGION}")


def test_an_agent_does_not_come_back_from_a_reboot_by_ec2_either(ssm: Ssm) -> None:
    on(ssm, "never-back", nodes=[A])
    request = Request(ssm.world, ACCOUNT, REGION, "arn:aws:iam::222222222222:user/ann", {"InstanceIds": [A, B]})
    OPERATIONS["ec2", "RebootInstances"](request)
    ssm.wait(hours=1)
    assert (ping(ssm, A), ping(ssm, B)) == ("ConnectionLost", "Online")


def test_a_stopped_machine_of_an_organization_file_answers_again_once_it_is_started() -> None:
    world = orgfile.load("small")
    site, node = next((site, node) for site in world.sites.values() for node in site.nodes.values() if node.state == "stopped")
    asked = Request(world, site.account, site.region, f"arn:aws:iam::{site.account}:user/ann", {"InstanceIds": [node.id]})
    OPERATIONS["ec2", "StartInstances"](asked)
    world.clock.advance(world.clock.now() + timedelta(minutes=5))
    assert ping(Ssm(world, site.account, site.region), node.id) == "Online"


def test_a_command_begins_on_a_node_and_never_ends(ssm: Ssm) -> None:
    on(ssm, "stuck-command", nodes=[A])
    command = ssm.run(A, B, wait={"days": 2})
    assert (invocation(ssm, command, A), invocation(ssm, command, B)) == ("InProgress", "Success")


def test_patches_fail_on_some_nodes_all_of_them_or_one(ssm: Ssm) -> None:
    on(ssm, "patch-fails", nodes=[A], package="openssl")
    on(ssm, "patch-fails", nodes=[B])
    ssm.run(A, B, operation="Install")
    assert ssm.state(A)["FailedCount"] == 1
    assert ssm.state(B)["FailedCount"] > 1
    assert ssm.state(B)["InstalledPendingRebootCount"] == 0


@pytest.mark.parametrize(("seconds", "minutes", "seen"), [(0, 5000, False), (1800, 20, False), (1800, 40, True)])
def test_inventory_is_seen_late_or_never(ssm: Ssm, seconds: int, minutes: int, seen: bool) -> None:
    on(ssm, "inventory-lags", seconds=seconds)
    ssm.call("SendCommand", DocumentName="AWS-GatherSoftwareInventory", InstanceIds=[A])
    ssm.wait(minutes=minutes)
    (entity,) = (one for one in ssm.call("GetInventory", ResultAttributes=[{"TypeName": "AWS:Application"}])["Entities"] if one["Id"] == A)
    assert ("AWS:Application" in entity["Data"]) is seen


def test_a_patch_state_that_comes_late_does_not_overwrite_a_newer_one(ssm: Ssm) -> None:
    on(ssm, "patch-state-lags", seconds=3600, times=1)
    ssm.run(A, wait={"minutes": 10})
    assert ssm.call("DescribeInstancePatchStates", InstanceIds=[A])["InstancePatchStates"] == []
    ssm.run(A, wait={"minutes": 10})
    newer = ssm.state(A)["OperationEndTime"]
    ssm.wait(hours=2)
    assert ssm.state(A)["OperationEndTime"] == newer


def test_another_tool_scans_over_whatever_was_there_until_its_fault_is_taken_off(ssm: Ssm) -> None:
    own = ssm.call("CreatePatchBaseline", Name="own", OperatingSystem="AMAZON_LINUX_2023")["BaselineId"]
    ssm.call("RegisterPatchBaselineForPatchGroup", BaselineId=own, PatchGroup="web")
    ssm.run(A)
    assert ssm.state(A)["BaselineId"] == own
    placed = on(ssm, "foreign-scan", nodes=[A], seconds=3600)
    keep_scanning(ssm.world, placed)
    ssm.wait(minutes=30)
    assert ssm.state(A)["BaselineId"] != own
    ssm.run(A)
    assert ssm.state(A)["BaselineId"] == own
    ssm.wait(hours=1)
    assert ssm.state(A)["BaselineId"] != own
    ssm.world.faults.clear()
    ssm.run(A)
    ssm.wait(hours=5)
    assert ssm.state(A)["BaselineId"] == own
