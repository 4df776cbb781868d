"""Discovery of nodes: what each answer, and each refusal, makes of a machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from patchkeep.domain.asset import Asset, Found, UpdateState
from patchkeep.domain.call import Refused
from patchkeep.services import load
from patchkeep.services.nodes.discover import discover
from tests.services.samples import (
    BARE,
    HYBRID,
    NOW,
    READS,
    RUNNING,
    STOPPED,
    instance,
    inventory,
    managed,
    patch,
    patch_state,
    reservations,
)
from tests.services.talk import HERE, carry, refused


def nodes(**answers: Any) -> tuple[Found, dict[str, Asset]]:
    found, _ = carry(discover(HERE), {**READS, **answers})
    return found, {asset.resource: asset for asset in found.assets}


def causes(asset: Asset) -> list[str]:
    return [obstacle.cause for obstacle in asset.obstacles]


def test_a_node_is_joined_from_all_reads() -> None:
    found, by_name = nodes()
    web = by_name[RUNNING]
    assert web.id == f"arn:aws:ec2:eu-central-1:111122223333:instance/{RUNNING}"
    assert (web.name, web.os, web.unread, web.obstacles) == ("web-1", "amazon-linux-2023", (), ())
    assert web.scan is not None
    assert (web.scan.at, web.scan.counts.missing) == (NOW - timedelta(hours=3), 1)
    (update,) = web.updates or ()
    assert (update.state, update.cves, update.installed_at) == (UpdateState.MISSING, ("CVE-2026-1", "CVE-2026-2"), None)
    assert web.inventory is not None
    assert [package.version for package in web.inventory.packages] == ["1:3.0.8-1.amzn2023"]
    assert found.gaps == ()


def test_patches_are_asked_for_only_where_the_counts_say_that_something_is_open() -> None:
    _, calls = carry(discover(HERE), READS)
    assert [call.params["InstanceId"] for call in calls if call.operation == "describe_instance_patches"] == [RUNNING]


def test_a_hybrid_node_has_an_arn_of_ssm_and_the_tags_that_ssm_keeps() -> None:
    _, by_name = nodes()
    rack = by_name[HYBRID]
    assert rack.id == f"arn:aws:ssm:eu-central-1:111122223333:managed-instance/{HYBRID}"
    assert (rack.name, rack.tags["PatchGroup"]) == ("rack-1", "patchkeep-main-prod")
    assert rack.updates == (), "scanned, and nothing is open"
    assert rack.inventory is None, "never collected is not empty"


def test_a_count_that_a_record_leaves_out_is_not_taken_for_zero() -> None:
    state = {key: value for key, value in patch_state(RUNNING).items() if key != "InstalledPendingRebootCount"}
    waiting = {"Patches": [patch(state="InstalledPendingReboot")]}
    _, by_name = nodes(describe_instance_patch_states={"InstancePatchStates": [state]}, describe_instance_patches=waiting)
    assert [update.state for update in by_name[RUNNING].updates or ()] == [UpdateState.PENDING_REBOOT]


def test_refused_tags_of_a_hybrid_node_are_a_gap_of_the_whole_place() -> None:
    """The node may belong to any environment: a setting planned without it would take it for one that left."""
    found, by_name = nodes(list_tags_for_resource=refused("ssm:ListTagsForResource"))
    assert by_name[HYBRID].unread == ("tags not read: not authorized",)
    assert by_name[RUNNING].unread == ()
    assert [gap.assets for gap in found.gaps] == [()]


def test_a_stopped_machine_is_known_and_says_so() -> None:
    _, by_name = nodes()
    assert causes(by_name[STOPPED]) == ["stopped"]
    assert by_name[STOPPED].scan is None


def test_an_unmanaged_machine_says_what_keeps_it_from_being_managed() -> None:
    bare = instance(BARE) | {"IamInstanceProfile": {}}
    _, by_name = nodes(describe_instances=reservations(instance(RUNNING), bare))
    assert causes(by_name[BARE]) == ["unmanaged, no profile"]
    assert "Default Host Management" in by_name[BARE].obstacles[0].fix
    _, by_name = nodes()
    assert causes(by_name[BARE]) == ["unmanaged"]


def test_an_unmanaged_member_of_a_group_needs_no_command_and_is_unseen_all_the_same() -> None:
    member = instance(BARE) | {"IamInstanceProfile": {}, "Tags": [{"Key": "aws:autoscaling:groupName", "Value": "web"}]}
    _, by_name = nodes(describe_instances=reservations(instance(RUNNING), member))
    owner, unseen = by_name[BARE].obstacles
    assert (owner.cause, owner.stops_patching, unseen.cause, unseen.stops_seeing) == (
        "in Auto Scaling group",
        True,
        "unmanaged, no profile",
        True,
    )
    assert unseen.why.endswith("its owner replaces it, but what runs on it now nobody sees")


def test_a_node_never_scanned_has_neither_scan_nor_updates_and_nothing_unread() -> None:
    _, by_name = nodes(describe_instance_patch_states={"InstancePatchStates": []})
    assert (by_name[RUNNING].scan, by_name[RUNNING].updates, by_name[RUNNING].unread) == (None, None, ())


def test_refused_patch_states_are_unread_with_the_reason_not_clean() -> None:
    found, by_name = nodes(describe_instance_patch_states=refused("ssm:DescribeInstancePatchStates", "explicit deny"))
    for name in (RUNNING, HYBRID):
        assert by_name[name].unread == ("patch state not read: explicit deny",)
        assert by_name[name].updates is None
    assert by_name[STOPPED].unread == ()
    (gap,) = found.gaps
    assert gap.assets == tuple(sorted(by_name[name].id for name in (RUNNING, HYBRID)))


def test_refused_patches_of_one_node_leave_the_others_as_they_are() -> None:
    states = {"InstancePatchStates": [patch_state(RUNNING, MissingCount=1), patch_state(HYBRID, FailedCount=1)]}

    def patches(params: dict[str, Any]) -> Any:
        return refused("ssm:DescribeInstancePatches", "slow down") if params["InstanceId"] == RUNNING else {"Patches": [patch()]}

    found, by_name = nodes(describe_instance_patch_states=states, describe_instance_patches=patches)
    assert (by_name[RUNNING].updates, by_name[RUNNING].unread) == (None, ("patches not read: slow down",))
    assert len(by_name[HYBRID].updates or ()) == 1
    assert [gap.assets for gap in found.gaps] == [(by_name[RUNNING].id,)]


def test_refused_inventory_costs_the_packages_only() -> None:
    found, by_name = nodes(get_inventory=refused("ssm:GetInventory"))
    assert by_name[RUNNING].inventory is None
    assert by_name[RUNNING].scan is not None
    assert [gap.operation for gap in found.gaps] == ["ssm:GetInventory"]


def test_when_systems_manager_refuses_the_machines_are_known_but_not_called_unmanaged() -> None:
    found, by_name = nodes(describe_instance_information=refused("ssm:DescribeInstanceInformation"))
    assert set(by_name) == {RUNNING, STOPPED, BARE}
    assert causes(by_name[BARE]) == []
    assert by_name[BARE].unread == ("not known to be managed: not authorized",)
    assert [gap.operation for gap in found.gaps] == ["ssm:DescribeInstanceInformation"]


def test_when_ec2_refuses_managed_instances_are_known_and_left_alone_for_their_owner_is_not() -> None:
    found, by_name = nodes(describe_instances=refused("ec2:DescribeInstances"))
    assert set(by_name) == {RUNNING, HYBRID}
    assert by_name[RUNNING].unread == ("tags and owner not read: not authorized",)
    assert [(obstacle.cause, obstacle.leave_alone) for obstacle in by_name[RUNNING].obstacles] == [("instance not read", True)]
    assert (by_name[HYBRID].unread, by_name[HYBRID].obstacles) == ((), ())
    assert by_name[RUNNING].scan is not None
    assert [gap.operation for gap in found.gaps] == ["ec2:DescribeInstances"]


def test_when_both_refuse_the_whole_look_is_refused() -> None:
    with pytest.raises(Refused):
        nodes(describe_instances=refused("ec2:DescribeInstances"), describe_instance_information=refused("ssm:DescribeInstanceInformation"))


def test_a_terminated_instance_that_systems_manager_still_lists_is_gone() -> None:
    _, by_name = nodes(
        describe_instances=reservations(instance(RUNNING)), describe_instance_information=READS["describe_instance_information"]
    )
    assert set(by_name) == {RUNNING, HYBRID}
    ghost = {"InstanceInformationList": [managed(RUNNING), managed(BARE, "ConnectionLost")]}
    _, by_name = nodes(describe_instances=reservations(instance(RUNNING)), describe_instance_information=ghost)
    assert set(by_name) == {RUNNING}


def test_an_agent_below_the_floor_and_a_lost_connection_are_obstacles() -> None:
    rows = {"InstanceInformationList": [managed(RUNNING, AgentVersion="3.2.0.0"), managed(HYBRID, "ConnectionLost")]}
    _, by_name = nodes(describe_instance_information=rows)
    assert causes(by_name[RUNNING]) == ["agent too old"]
    assert causes(by_name[HYBRID]) == ["offline"]


@pytest.mark.parametrize(
    ("tag", "cause"),
    [
        ("aws:autoscaling:groupName", "in Auto Scaling group"),
        ("eks:cluster-name", "in EKS"),
        ("karpenter.sh/nodepool", "Karpenter node"),
        ("elasticbeanstalk:environment-name", "in Beanstalk"),
        ("aws:elasticmapreduce:job-flow-id", "in EMR"),
    ],
)
def test_what_belongs_to_something_else_is_left_alone(tag: str, cause: str) -> None:
    _, by_name = nodes(describe_instances=reservations(instance(RUNNING, **{tag: "x", "Name": "web"})))
    (obstacle,) = by_name[RUNNING].obstacles
    assert (obstacle.cause, obstacle.leave_alone, obstacle.stops_patching) == (cause, True, True)


def test_more_than_fifty_nodes_are_asked_for_fifty_at_a_time() -> None:
    names = [f"mi-{number:017x}" for number in range(120)]
    rows = {"InstanceInformationList": [managed(name) for name in names]}
    states = lambda params: {"InstancePatchStates": [patch_state(name) for name in params["InstanceIds"]]}
    answers = {
        **READS,
        "describe_instances": reservations(),
        "describe_instance_information": rows,
        "describe_instance_patch_states": states,
    }
    found, calls = carry(discover(HERE), answers)
    assert [len(call.params["InstanceIds"]) for call in calls if call.operation == "describe_instance_patch_states"] == [50, 50, 20]
    assert all(asset.scan for asset in found.assets)


def test_an_account_without_machines_is_empty_and_without_gaps() -> None:
    empty = {"describe_instances": reservations(), "describe_instance_information": {"InstanceInformationList": []}}
    assert nodes(**empty, get_inventory={"Entities": [inventory("i-gone")]})[0] == Found()


def test_the_facts_name_the_operations_they_come_from() -> None:
    sources = load()["nodes"].sources
    assert sources["scan"] == "ssm:DescribeInstancePatchStates"
    made = {f"{call.service}:{call.operation.replace('_', '')}" for call in carry(discover(HERE), READS)[1]}
    assert {source.lower() for source in sources.values()} <= made


def test_a_machine_that_installs_by_itself_is_said_and_still_patched() -> None:
    package = {"Name": "unattended-upgrades", "Version": "2.9.1", "Release": "", "Epoch": "", "Architecture": "x86_64"}
    item = {"TypeName": "AWS:Application", "SchemaVersion": "1.1", "CaptureTime": "2026-11-23T04:00:00Z", "Content": [package]}
    _, by_name = nodes(get_inventory={"Entities": [{"Id": RUNNING, "Data": {"AWS:Application": item}}]})
    (obstacle,) = by_name[RUNNING].obstacles
    assert (obstacle.cause, obstacle.stops_patching) == ("installs by itself", False)
