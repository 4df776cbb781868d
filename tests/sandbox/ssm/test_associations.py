"""Associations: when they run, on what, and what their runs leave."""

from __future__ import annotations

from typing import Any

import pytest

from patchkeep.sandbox.ssm.objects import put_object
from patchkeep.sandbox.world import Node
from tests.sandbox.ssm.conftest import NOW, A, B, C, PlannedAgent, Ssm
from tests.sandbox.ssm.test_documents import create as create_document

WEB = [{"Key": "tag:PatchGroup", "Values": ["web"]}]
SCAN = {"Name": "AWS-RunPatchBaseline", "Parameters": {"Operation": ["Scan"]}, "Targets": WEB}


def create(ssm: Ssm, **more: Any) -> str:
    return str(ssm.call("CreateAssociation", **{**SCAN, **more})["AssociationDescription"]["AssociationId"])


def scans(ssm: Ssm, *node_ids: str) -> list[int]:
    return [len(ssm.agent(node_id).asked) for node_id in node_ids]


def test_an_association_runs_at_once_and_then_by_its_schedule(ssm: Ssm) -> None:
    association = create(ssm, ScheduleExpression="cron(0 3 ? * * *)")
    assert scans(ssm, A, B, C) == [1, 1, 0]
    ssm.wait(days=2)
    assert scans(ssm, A, B, C) == [3, 3, 0]
    executions = ssm.call("DescribeAssociationExecutions", AssociationId=association)["AssociationExecutions"]
    assert [one["ResourceCountByStatus"] for one in executions] == ["{Success=2}"] * 3
    targets = ssm.call("DescribeAssociationExecutionTargets", AssociationId=association, ExecutionId=executions[0]["ExecutionId"])
    assert [one["ResourceId"] for one in targets["AssociationExecutionTargets"]] == [A, B]


def test_with_apply_only_at_cron_interval_nothing_runs_before_the_hour(ssm: Ssm) -> None:
    association = create(ssm, ScheduleExpression="cron(0 3 ? * * *)", ApplyOnlyAtCronInterval=True)
    ssm.site.nodes["i-new"] = Node("i-new", "debian-12", PlannedAgent(), {"PatchGroup": "web"}, registered=NOW)
    ssm.call("UpdateAssociation", AssociationId=association, **SCAN, ScheduleExpression="cron(0 3 ? * * *)", ApplyOnlyAtCronInterval=True)
    ssm.wait(hours=20)
    assert scans(ssm, A, "i-new") == [0, 0]
    ssm.wait(hours=2)
    assert scans(ssm, A, "i-new") == [1, 1]


def test_apply_only_at_cron_interval_needs_a_cron(ssm: Ssm) -> None:
    for schedule in ({"ScheduleExpression": "rate(1 day)"}, {}):
        assert ssm.refused("CreateAssociation", **SCAN, **schedule, ApplyOnlyAtCronInterval=True) == "ValidationException"


def test_a_new_node_that_matches_is_run_within_the_half_hour(ssm: Ssm) -> None:
    create(ssm, ScheduleExpression="rate(30 days)")
    ssm.site.nodes[C].tags["PatchGroup"] = "web"
    ssm.wait(minutes=31)
    assert scans(ssm, A, B, C) == [1, 1, 1]


def test_an_update_runs_again_and_clears_what_it_leaves_out(ssm: Ssm) -> None:
    association = create(ssm, ScheduleExpression="cron(0 3 ? * * *)", MaxConcurrency="10%")
    changed = ssm.call("UpdateAssociation", AssociationId=association, Parameters={"Operation": ["Scan"]}, Targets=WEB)
    described = changed["AssociationDescription"]
    assert (described["AssociationVersion"], "ScheduleExpression" in described, "MaxConcurrency" in described) == ("2", False, False)
    ssm.wait(days=3)
    assert scans(ssm, A) == [2]


def test_a_deleted_association_runs_no_more(ssm: Ssm) -> None:
    association = create(ssm, ScheduleExpression="rate(1 hour)")
    ssm.call("DeleteAssociation", AssociationId=association)
    ssm.wait(days=1)
    assert scans(ssm, A) == [1]
    assert ssm.refused("DescribeAssociation", AssociationId=association) == "AssociationDoesNotExist"
    assert ssm.refused("StartAssociationsOnce", AssociationIds=[association]) == "AssociationDoesNotExist"


def test_its_scans_overwrite_the_record_like_any_other(ssm: Ssm) -> None:
    ssm.run(A)
    before = ssm.state(A)["SnapshotId"]
    association = create(ssm, ScheduleExpression="rate(30 days)")
    ssm.wait(minutes=5)
    assert ssm.state(A)["SnapshotId"] != before
    ssm.call("StartAssociationsOnce", AssociationIds=[association])
    assert scans(ssm, A) == [3]


def test_nodes_that_are_away_are_pending_and_the_rest_go_on(ssm: Ssm) -> None:
    ssm.site.nodes[A].state = "stopped"
    association = create(ssm)
    ssm.wait(minutes=5)
    (row,) = ssm.call("ListAssociations", AssociationFilterList=[{"key": "AssociationId", "value": association}])["Associations"]
    assert row["Overview"]["AssociationStatusAggregatedCount"] == {"Pending": 1, "Success": 1}
    status = ssm.call("DescribeInstanceAssociationsStatus", InstanceId=B)["InstanceAssociationStatusInfos"]
    assert [one["Status"] for one in status] == ["Success"]


def test_a_failing_node_makes_the_association_failed(ssm: Ssm) -> None:
    ssm.agent(A).fails = True
    association = create(ssm, Parameters={"Operation": ["Install"], "RebootOption": ["NoReboot"]})
    ssm.wait(minutes=5)
    assert ssm.call("DescribeAssociation", AssociationId=association)["AssociationDescription"]["Overview"]["Status"] == "Failed"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"ScheduleExpression": "rate(5 minutes)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "cron(0 3 1 6 ? *)"}, "InvalidSchedule"),
        ({"Name": "Nobody"}, "InvalidDocument"),
        ({"Parameters": {"Operation": ["Dream"]}}, "InvalidParameters"),
        ({"Targets": []}, "InvalidTarget"),
        ({"Name": "AWS-RunShellScript", "Parameters": {"commands": ["id"]}}, "EmulatorNotImplemented"),
    ],
)
def test_what_state_manager_refuses(ssm: Ssm, wrong: dict[str, Any], code: str) -> None:
    assert ssm.refused("CreateAssociation", **{**SCAN, **wrong}) == code


def test_the_same_association_twice_is_refused(ssm: Ssm) -> None:
    create(ssm, AssociationName="keep-scan")
    assert ssm.refused("CreateAssociation", **SCAN, AssociationName="keep-scan") == "AssociationAlreadyExists"
    assert ssm.call("CreateAssociation", **SCAN, AssociationName="keep-scan-2")


def test_every_managed_node_is_meant_by_a_star(ssm: Ssm) -> None:
    create(ssm, Targets=[{"Key": "InstanceIds", "Values": ["*"]}])
    assert scans(ssm, A, B, C) == [1, 1, 1]
    assert len(ssm.call("DescribeEffectiveInstanceAssociations", InstanceId=A)["Associations"]) == 1


def test_a_patch_policy_ignores_groups_and_its_override_counts(ssm: Ssm) -> None:
    url = "s3://aws-quicksetup-patchpolicy/baseline_overrides.json"
    put_object(ssm.site, url, b'[{"OperatingSystem": "AMAZON_LINUX_2023", "BaselineId": "pb-0aaaaaaaaaaaaaaaa"}]')
    parameters = {"Operation": ["Scan"], "BaselineOverride": [url]}
    create(ssm, AssociationName="AWS-QuickSetup-PatchPolicy-ScanForPatches-LA-ab12c", Parameters=parameters)
    ssm.wait(minutes=5)
    assert (ssm.state(A)["BaselineId"], ssm.state(A)["PatchGroup"]) == ("pb-0aaaaaaaaaaaaaaaa", "")


def test_tags_of_an_association_can_be_read(ssm: Ssm) -> None:
    association = create(ssm, Tags=[{"Key": "owner", "Value": "shop"}])
    listed = ssm.call("ListTagsForResource", ResourceType="Association", ResourceId=association)
    assert listed["TagList"] == [{"Key": "owner", "Value": "shop"}]


def test_executions_are_found_by_status_and_time(ssm: Ssm) -> None:
    association = create(ssm, ScheduleExpression="cron(0 3 ? * * *)")
    ssm.wait(days=3)

    def found(key: str, value: str, kind: str) -> int:
        filters = [{"Key": key, "Value": value, "Type": kind}]
        return len(ssm.call("DescribeAssociationExecutions", AssociationId=association, Filters=filters)["AssociationExecutions"])

    assert found("Status", "Success", "EQUAL") == 4
    assert found("CreatedTime", "2026-11-02T12:00:00Z", "GREATER_THAN") == 2
    asked = {"AssociationId": association, "ExecutionId": "00000000-0000-4000-8000-000000000000"}
    assert ssm.refused("DescribeAssociationExecutionTargets", **asked) == "AssociationExecutionDoesNotExist"


def test_an_association_of_the_old_kind_is_found_by_document_and_node(ssm: Ssm) -> None:
    old = {"Name": "AWS-RunPatchBaseline", "InstanceId": A}
    ssm.call("CreateAssociation", **old, Parameters={"Operation": ["Scan"]})
    assert scans(ssm, A, B) == [1, 0]
    found = ssm.call("DescribeAssociation", **old)["AssociationDescription"]
    changed = ssm.call("UpdateAssociation", AssociationId=found["AssociationId"], Parameters={"Operation": ["Scan"]})
    assert changed["AssociationDescription"]["InstanceId"] == A
    ssm.call("DeleteAssociation", **old)
    assert ssm.refused("DescribeAssociation", **old) == "AssociationDoesNotExist"


def test_nodes_are_found_by_what_associations_did_on_them(ssm: Ssm) -> None:
    ssm.agent(A).fails = True
    create(ssm, Parameters={"Operation": ["Install"], "RebootOption": ["NoReboot"]})
    ssm.wait(minutes=5)
    filters = [{"Key": "AssociationStatus", "Values": ["Failed"]}]
    rows = ssm.call("DescribeInstanceInformation", Filters=filters)["InstanceInformationList"]
    assert [row["InstanceId"] for row in rows] == [A]


def test_a_document_in_use_by_an_association_cannot_be_deleted(ssm: Ssm) -> None:
    create_document(ssm)
    create(ssm, Name="keep-reboot", Parameters={})
    assert ssm.refused("DeleteDocument", Name="keep-reboot") == "AssociatedInstances"
