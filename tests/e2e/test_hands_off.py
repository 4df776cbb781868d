"""Machines that something else owns or patches: known, assessed, skipped with a reason, and nothing of ours ever reaches them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.server import serving
from tests.e2e.byhand import objects, ours
from tests.e2e.desk import PLAN, Desk, at_desk, settle, world_of

pytestmark = pytest.mark.http
ACCOUNT = "300000000003"
ODDITIES = ("in_asg", "in_eks", "beanstalk", "ecs", "emr", "patch_policy")
ORG = f"""
organization: {{name: Odd, seed: 11, starts: 2026-09-01T06:00:00Z, management: "100000000001", external_id: patchkeep-odd}}
accounts:
  - {{id: "100000000001", name: odd-management, regions: [eu-central-1, us-east-1]}}
  - id: "{ACCOUNT}"
    name: odd-prod
    ou: Workloads/Prod
    regions: [eu-central-1, us-east-1]
    fleets:
      - name: shop
        count: 11
        os: {{ubuntu-22.04: 1, amazon-linux-2023: 1}}
        environment: prod
        patch_group: prod
        behind: 60d..90d
        share: {{{", ".join(f"{oddity}: 1" for oddity in ODDITIES)}}}
"""
POLICY = """
name: odd
organization:
  roles: {read: PatchkeepRead, write: PatchkeepWrite}
  external_id: env:PATCHKEEP_EXTERNAL_ID
environments:
  prod: {match: {ou: Workloads/Prod}, patch_group: prod}
baselines:
  all: {os: [ubuntu, amazon-linux-2023], approve: {security: now}}
rings:
  - {name: prod, select: {env: prod}, rest: true, may_fail: 50%}
"""
OWNED_BY = (
    "aws:autoscaling:",
    "eks:",
    "kubernetes.io/",
    "elasticbeanstalk:",
    "AmazonECSManaged",
    "aws:elasticmapreduce:",
    "QSConfigId-",
)


@dataclass(frozen=True, slots=True)
class Odd:
    desk: Desk
    hands_off: frozenset[str]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odd]:
    """Everything was done: settings applied, one ring patched to its end."""
    world = world_of(ORG)
    nodes = {node.id: node for site in world.sites.values() for node in site.nodes.values()}
    owned = {name for name, node in nodes.items() if any(key.startswith(OWNED_BY) for key in node.tags)}
    operated = next(name for name in sorted(nodes) if name not in owned)
    nodes[operated].ec2["Operator"] = {"Managed": True, "Principal": "eks.amazonaws.com"}
    with serving(Sandbox(world)) as running, at_desk(tmp_path_factory.mktemp("odd"), running, POLICY, "patchkeep-odd") as desk:
        settle(desk)
        desk("rollout", "start", PLAN, "--yes", "--wait")
        yield Odd(desk, frozenset({*owned, operated}))


def named_in(value: Any) -> set[str]:
    """Every node id anywhere in the parameters of a call."""
    if isinstance(value, dict):
        return set().union(*map(named_in, value.values())) if value else set()
    if isinstance(value, list | tuple):
        return set().union(*map(named_in, value)) if value else set()
    return {value} if isinstance(value, str) and value.startswith(("i-", "mi-")) else set()


def test_every_kind_of_owner_is_there(odd: Odd) -> None:
    assert len(odd.hands_off) == len(ODDITIES) + 1


def test_no_call_that_changes_anything_names_one_of_them(odd: Odd) -> None:
    changes = [call for call in odd.desk.sandbox.log() if "PatchkeepWrite" in call["caller"]]
    named = set().union(*(named_in(call["params"]) for call in changes))
    assert named
    assert named.isdisjoint(odd.hands_off)


def test_no_association_or_window_of_ours_reaches_one_of_them_by_its_tags(odd: Odd) -> None:
    borne = {node["id"]: node["tags"] for node in odd.desk.sandbox.nodes()}
    mine = ours(objects(odd.desk))
    aimed = [one["Targets"] for where, one in mine.items() if where.startswith("Association")]
    aimed += [target["Targets"] for where, one in mine.items() if where.startswith("MaintenanceWindow") for target in one["targets"]]
    reached = {node for targets in aimed for node, tags in borne.items() if all(meets(target, node, tags) for target in targets)}
    assert len(reached) == len(borne) - len(odd.hands_off)
    assert reached.isdisjoint(odd.hands_off)


def meets(target: dict[str, Any], node: str, tags: dict[str, str]) -> bool:
    if target["Key"] == "InstanceIds":
        return node in target["Values"] or "*" in target["Values"]
    assert target["Key"].startswith("tag:"), target
    return tags.get(target["Key"].removeprefix("tag:")) in target["Values"]


def test_nothing_of_ours_was_ever_run_on_one_of_them(odd: Odd) -> None:
    ssm = odd.desk.admin("ssm", ACCOUNT)
    mine = {one["AssociationId"] for where, one in ours(objects(odd.desk)).items() if where.startswith("Association")}
    for node in odd.hands_off:
        assert ssm.list_command_invocations(InstanceId=node)["CommandInvocations"] == []
        bound = ssm.describe_instance_associations_status(InstanceId=node)["InstanceAssociationStatusInfos"]
        assert mine.isdisjoint(row["AssociationId"] for row in bound)


def test_they_are_known_and_assessed_and_each_is_skipped_with_its_reason(odd: Odd) -> None:
    skips = {skip.asset.rpartition("/")[2]: skip for skip in odd.desk.plan().skips}
    assert odd.hands_off <= skips.keys()
    reasons = {skips[node].reason.split(" (")[0] for node in odd.hands_off}
    assert reasons == {
        "belongs to a Beanstalk environment",
        "belongs to an EMR cluster",
        "is an ECS container instance",
        "is an EKS node",
        "is in an Auto Scaling group, which replaces what reboots",
        "is managed by an AWS service",
        "is under a Quick Setup patch policy",
    }
    assert all(skips[node].better for node in odd.hands_off)
    rows = odd.desk.json("assess", "--all", "--no-fail")["assets"]
    assessed = {row["asset"]["id"].rpartition("/")[2]: row["compliance"]["status"] for row in rows}
    assert odd.hands_off <= assessed.keys()


def test_their_tags_are_as_they_were(odd: Odd) -> None:
    for node in odd.desk.sandbox.nodes():
        assert ("patchkeep:environment" in node["tags"]) == (node["id"] not in odd.hands_off)


def test_the_others_were_patched(odd: Odd) -> None:
    patched = {node for params in odd.desk.sent() for node in params["InstanceIds"]}
    assert len(patched) == len(odd.desk.sandbox.nodes()) - len(odd.hands_off)
