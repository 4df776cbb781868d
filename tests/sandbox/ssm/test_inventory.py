"""Inventory, compliance items and activations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.sandbox.ssm.conftest import HYBRID, NOW, WINDOWS, A, B, C, Ssm

APPLICATIONS = [{"TypeName": "AWS:Application"}]


def gather(ssm: Ssm, **more: Any) -> None:
    targets = [{"Key": "tag:PatchGroup", "Values": ["web"]}]
    ssm.call("CreateAssociation", Name="AWS-GatherSoftwareInventory", Targets=targets, **more)
    ssm.wait(minutes=1)


def entity(ssm: Ssm, node_id: str) -> dict[str, Any]:
    filters = [{"Key": "AWS:InstanceInformation.InstanceId", "Values": [node_id], "Type": "Equal"}]
    (found,) = ssm.call("GetInventory", ResultAttributes=APPLICATIONS, Filters=filters)["Entities"]
    assert isinstance(found, dict)
    return found


def test_applications_are_known_of_nodes_that_gather_inventory_only(ssm: Ssm) -> None:
    assert entity(ssm, A)["Data"] == {}
    gather(ssm)
    (row,) = entity(ssm, A)["Data"]["AWS:Application"]["Content"]
    assert (row["Name"], row["Version"], row["Release"], row["Architecture"]) == ("openssl", "3.0.8", "1.amzn2023", "x86_64")
    assert entity(ssm, C)["Data"] == {}
    listed = ssm.call("ListInventoryEntries", InstanceId=A, TypeName="AWS:Application")
    assert [one["Name"] for one in listed["Entries"]] == ["openssl"]
    assert ssm.call("ListInventoryEntries", InstanceId=C, TypeName="AWS:Application")["Entries"] == []


def test_inventory_shows_what_was_so_when_it_was_taken(ssm: Ssm) -> None:
    gather(ssm, ScheduleExpression="rate(12 hours)")
    first = entity(ssm, A)["Data"]["AWS:Application"]["CaptureTime"]
    ssm.wait(hours=13)
    assert entity(ssm, A)["Data"]["AWS:Application"]["CaptureTime"] > first


def test_inventory_is_forgotten_thirty_days_after_it_was_last_taken(ssm: Ssm) -> None:
    gather(ssm)
    ssm.wait(days=29)
    assert "AWS:Application" in entity(ssm, A)["Data"]
    ssm.wait(days=2)
    assert entity(ssm, A)["Data"] == {}


def test_every_managed_node_has_its_instance_information(ssm: Ssm) -> None:
    ssm.site.nodes[A].state = "stopped"
    entities = ssm.call("GetInventory")["Entities"]
    rows = {one["Id"]: one["Data"]["AWS:InstanceInformation"]["Content"][0] for one in entities}
    assert (rows[A]["InstanceStatus"], rows[WINDOWS]["PlatformType"], rows[HYBRID]["ResourceType"]) == (
        "Stopped",
        "Windows",
        "ManagedInstance",
    )
    windows = [{"Key": "AWS:InstanceInformation.PlatformType", "Values": ["Windows"]}]
    assert [one["Id"] for one in ssm.call("GetInventory", Filters=windows)["Entities"]] == [WINDOWS]
    assert ssm.refused("GetInventory", Filters=[{"Key": "Colour", "Values": ["blue"]}]) == "InvalidFilter"


def test_custom_inventory_can_be_put(ssm: Ssm) -> None:
    item = {"TypeName": "Custom:Rack", "SchemaVersion": "1.0", "CaptureTime": "2026-11-01T06:00:00Z", "Content": [{"Rack": "7"}]}
    ssm.call("PutInventory", InstanceId=HYBRID, Items=[item])
    assert ssm.call("ListInventoryEntries", InstanceId=HYBRID, TypeName="Custom:Rack")["Entries"] == [{"Rack": "7"}]


def test_patch_compliance_follows_the_last_operation(ssm: Ssm) -> None:
    command = ssm.run(A)
    items = ssm.call("ListComplianceItems", ResourceIds=[A], ResourceTypes=["ManagedInstance"])["ComplianceItems"]
    assert {one["Id"]: one["Status"] for one in items} == {"openssl.x86_64": "NON_COMPLIANT", "bash.x86_64": "COMPLIANT"}
    assert (items[0]["ExecutionSummary"]["ExecutionId"], items[0]["Details"]["PatchState"]) == (command, "Missing")
    (summary,) = ssm.call("ListResourceComplianceSummaries")["ResourceComplianceSummaryItems"]
    assert (summary["Status"], summary["NonCompliantSummary"]["NonCompliantCount"]) == ("NON_COMPLIANT", 1)
    ssm.agent(B).missing = ()
    ssm.run(B)
    (total,) = ssm.call("ListComplianceSummaries")["ComplianceSummaryItems"]
    assert (total["CompliantSummary"]["CompliantCount"], total["NonCompliantSummary"]["NonCompliantCount"]) == (1, 1)


def test_compliance_items_are_filtered(ssm: Ssm) -> None:
    ssm.run(A)
    wrong = [{"Key": "Status", "Values": ["NON_COMPLIANT"], "Type": "EQUAL"}]
    assert [one["Id"] for one in ssm.call("ListComplianceItems", Filters=wrong)["ComplianceItems"]] == ["openssl.x86_64"]
    assert ssm.refused("ListComplianceItems", Filters=[{"Key": "Colour", "Values": ["x"]}]) == "InvalidFilter"


def test_an_association_s_last_run_is_a_compliance_item(ssm: Ssm) -> None:
    gather(ssm)
    kinds = {(one["ComplianceType"], one["ResourceId"]) for one in ssm.call("ListComplianceItems")["ComplianceItems"]}
    assert kinds == {("Association", A), ("Association", B)}


def test_put_items_replace_the_whole_set_of_a_custom_type(ssm: Ssm) -> None:
    asked = {"ResourceId": A, "ResourceType": "ManagedInstance", "ExecutionSummary": {"ExecutionTime": NOW}}
    good = {"Id": "one", "Severity": "HIGH", "Status": "COMPLIANT"}
    bad = {"Id": "two", "Severity": "HIGH", "Status": "NON_COMPLIANT"}
    for items in ([good, bad], [bad]):
        ssm.call("PutComplianceItems", **asked, ComplianceType="Custom:Keep", Items=items)
    assert [one["Id"] for one in ssm.call("ListComplianceItems", ResourceIds=[A])["ComplianceItems"]] == ["two"]
    ssm.call("PutComplianceItems", **asked, ComplianceType="Custom:Keep", Items=[good], UploadType="PARTIAL")
    assert len(ssm.call("ListComplianceItems", ResourceIds=[A])["ComplianceItems"]) == 2
    assert ssm.refused("PutComplianceItems", **asked, ComplianceType="Keep", Items=[good]) == "ValidationException"


def test_activations_expire_and_count_their_nodes(ssm: Ssm) -> None:
    made = ssm.call("CreateActivation", IamRole="SsmHybrid", DefaultInstanceName="edge", RegistrationLimit=5)["ActivationId"]
    ssm.site.nodes[HYBRID].ec2["ActivationId"] = made
    (row,) = ssm.call("DescribeActivations")["ActivationList"]
    assert (row["RegistrationsCount"], row["Expired"]) == (1, False)
    ssm.wait(days=2)
    assert ssm.call("DescribeActivations")["ActivationList"][0]["Expired"]
    ssm.call("DeleteActivation", ActivationId=made)
    assert ssm.refused("DeleteActivation", ActivationId=made) == "InvalidActivation"
    assert ssm.refused("CreateActivation", IamRole="SsmHybrid", ExpirationDate=NOW + timedelta(days=90)) == "ValidationException"


def test_a_hybrid_node_can_leave_and_change_its_role(ssm: Ssm) -> None:
    ssm.call("UpdateManagedInstanceRole", InstanceId=HYBRID, IamRole="SsmOther")
    assert ssm.site.nodes[HYBRID].ec2["IamRole"] == "SsmOther"
    ssm.call("DeregisterManagedInstance", InstanceId=HYBRID)
    assert ssm.refused("DeregisterManagedInstance", InstanceId=HYBRID) == "InvalidInstanceId"
    assert ssm.refused("UpdateManagedInstanceRole", InstanceId=A, IamRole="SsmOther") == "ValidationException"
