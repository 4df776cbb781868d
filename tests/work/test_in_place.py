"""A machine of an Auto Scaling group: left to the group, or planned with a note where its environment patches such machines in place."""

from __future__ import annotations

import pytest

from patchkeep.domain.plan import Plan
from patchkeep.sandbox.world import Node
from tests.work.estate import MEMBER, POLICY, Estate

WEB = "web: {match: {tags: {Environment: web}}"


def grouped(in_place: str) -> tuple[Plan, Node]:
    """A plan for two web machines, of which one is in an Auto Scaling group, and that one."""
    estate = Estate(text=POLICY.replace(WEB, f"{WEB}{in_place}"))
    nodes = estate.world.site(MEMBER, "eu-central-1").nodes.values()
    node = next(node for node in nodes if node.tags.get("Environment") == "web")
    node.tags["aws:autoscaling:groupName"] = "web"
    return estate.plan(), node


@pytest.mark.parametrize("in_place", ["", ", in_place: [eks, ecs]"])
def test_it_is_left_to_the_group_with_the_better_way(in_place: str) -> None:
    plan, node = grouped(in_place)
    (skip,) = [skip for skip in plan.skips if node.id in skip.asset]
    assert skip.reason == "is in an Auto Scaling group, which replaces what reboots (aws:autoscaling:groupName)"
    assert (
        skip.better
        == "let a rule under `managed` bring its group to a newer AMI, or put one into the launch template and refresh the group"
    )
    assert node.id not in {change.resource for ring in plan.rings for change in ring.changes}
    assert [note for note in plan.notes if "in_place" in note] == []


def test_it_is_planned_and_said_so_where_the_environment_patches_such_machines_in_place() -> None:
    plan, node = grouped(", in_place: auto-scaling")
    assert node.id in {change.resource for ring in plan.rings for change in ring.changes}
    assert any(node.id in str(setting.calls) for setting in plan.settings)  # its patch group
    (note,) = [note for note in plan.notes if "in_place" in note]
    assert note.startswith("environment web: 1 in Auto Scaling group, patched in place as the policy says (in_place): ")
