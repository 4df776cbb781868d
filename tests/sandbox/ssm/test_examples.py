"""AWS's own example answers for SSM (in the awscli package) against ours: the same keys, but for those listed with their reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.http.test_examples import examples, keys
from tests.sandbox.ssm.conftest import HYBRID, OTHER, A, Ssm
from tests.sandbox.ssm.test_baselines import create as create_baseline
from tests.sandbox.ssm.test_documents import content
from tests.sandbox.ssm.test_documents import create as create_document
from tests.sandbox.ssm.test_windows import window

WEB = [{"Key": "tag:PatchGroup", "Values": ["web"]}]
MARK = {"Mark": {"type": "String", "default": "x"}}
SCAN = {"Operation": ["Scan"]}

# What the sandbox leaves out, by example page: keys (at any depth), and why.
COMMAND = frozenset({"CloudWatchLogGroupName", "NotificationType", "OutputS3Region", "OutputS3BucketName", "OutputS3KeyPrefix"})
LEFT_OUT: dict[str, frozenset[str]] = {
    # AWS shows empty strings there, which its own model forbids; given ones are answered
    "send-command": COMMAND | {"Parameters"},
    "list-commands": COMMAND,
    "list-command-invocations": COMMAND,
    "get-command-invocation": COMMAND,
    # InstanceId and Status belong to associations of the old kind, by node; parameters are the caller's own
    "create-association": frozenset({"InstanceId", "Status", "Parameters"}),
    "describe-association": frozenset({"InstanceId", "Status", "Parameters", "OutputLocation", "AssociationStatusAggregatedCount"}),
    "list-associations": frozenset({"InstanceId", "AssociationStatusAggregatedCount"}),
    "describe-instance-information": frozenset({"Failed", "Success"}),  # counts by status: those that there are
    "list-resource-compliance-summaries": frozenset({"NextToken"}),  # there is but one page
    # what the caller may give and this one did not
    "describe-maintenance-window-tasks": frozenset({"ServiceRoleArn", "TaskParameters", "LoggingInfo"}),
    "get-maintenance-window-task": frozenset({"ServiceRoleArn", "TaskParameters", "LoggingInfo", "Parameters", "TimeoutSeconds"}),
    "describe-maintenance-window-executions": frozenset({"StatusDetails"}),  # that of a failure
    "list-inventory-entries": frozenset({"RackLocation", "PackageId", "URL"}),  # a custom type's attribute; Windows installers' own
}


def baseline(ssm: Ssm) -> dict[str, Any]:
    made = create_baseline(ssm, Description="Web servers.", ApprovedPatches=["kernel*"])
    ssm.call("RegisterPatchBaselineForPatchGroup", BaselineId=made, PatchGroup="web")
    return {"BaselineId": made}


def association(ssm: Ssm) -> dict[str, Any]:
    asked = {
        "Name": "AWS-RunPatchBaseline",
        "AssociationName": "keep-scan",
        "Parameters": SCAN,
        "Targets": WEB,
        "ScheduleExpression": "cron(0 3 ? * * *)",
    }
    made = ssm.call("CreateAssociation", **asked)["AssociationDescription"]["AssociationId"]
    ssm.wait(minutes=10)
    return {"AssociationId": made}


def execution(ssm: Ssm) -> dict[str, Any]:
    made = association(ssm)
    return {**made, "ExecutionId": ssm.call("DescribeAssociationExecutions", **made)["AssociationExecutions"][0]["ExecutionId"]}


def command(ssm: Ssm) -> dict[str, Any]:
    return {"CommandId": ssm.run(A, operation="Install", parameters={"RebootOption": ["NoReboot"]}, Comment="keep")}


def opened(ssm: Ssm) -> dict[str, Any]:
    made = window(ssm, Description="Web servers.")
    ssm.wait(days=7)
    return {"WindowId": made}


def opened_execution(ssm: Ssm) -> dict[str, Any]:
    return {"WindowExecutionId": ssm.call("DescribeMaintenanceWindowExecutions", **opened(ssm))["WindowExecutions"][0]["WindowExecutionId"]}


def opened_task(ssm: Ssm) -> dict[str, Any]:
    found = opened_execution(ssm)
    tasks = ssm.call("DescribeMaintenanceWindowExecutionTasks", **found)["WindowExecutionTaskIdentities"]
    return {**found, "TaskId": tasks[0]["TaskExecutionId"]}


def window_task(ssm: Ssm) -> dict[str, Any]:
    found = opened(ssm)
    (task,) = ssm.call("DescribeMaintenanceWindowTasks", **found)["Tasks"]
    return {**found, "WindowTaskId": task["WindowTaskId"]}


def document(ssm: Ssm) -> dict[str, Any]:
    create_document(ssm, text=content(parameters=MARK), Tags=[{"Key": "tier", "Value": "1"}])
    ssm.call("ModifyDocumentPermission", Name="keep-reboot", PermissionType="Share", AccountIdsToAdd=[OTHER])
    return {"Name": "keep-reboot"}


def tagged(ssm: Ssm) -> dict[str, Any]:
    made = create_baseline(ssm, Tags=[{"Key": "tier", "Value": "1"}])
    return {"ResourceType": "PatchBaseline", "ResourceId": made}


def scanned(ssm: Ssm) -> dict[str, Any]:
    ssm.run(A, operation="Install", parameters={"RebootOption": ["NoReboot"]})
    ssm.agent(A).missing = ("curl",)
    ssm.run(A)
    return {}


def gathered(ssm: Ssm) -> dict[str, Any]:
    ssm.call("CreateAssociation", Name="AWS-GatherSoftwareInventory", Targets=WEB)
    ssm.wait(minutes=1)
    return {}


def nothing(_: Ssm) -> dict[str, Any]:
    return {}


CALLS: tuple[tuple[str, str, Callable[[Ssm], dict[str, Any]], dict[str, Any]], ...] = (
    ("describe-instance-information", "DescribeInstanceInformation", association, {"AssociationId": None}),
    ("describe-instance-patch-states", "DescribeInstancePatchStates", scanned, {"InstanceIds": [A]}),
    ("describe-instance-patch-states-for-patch-group", "DescribeInstancePatchStatesForPatchGroup", scanned, {"PatchGroup": "web"}),
    ("describe-instance-patches", "DescribeInstancePatches", scanned, {"InstanceId": A}),
    ("describe-patch-group-state", "DescribePatchGroupState", scanned, {"PatchGroup": "web"}),
    ("get-patch-baseline", "GetPatchBaseline", baseline, {}),
    ("update-patch-baseline", "UpdatePatchBaseline", baseline, {"Name": "keep-new"}),
    ("describe-patch-baselines", "DescribePatchBaselines", baseline, {"BaselineId": None}),
    ("describe-patch-groups", "DescribePatchGroups", baseline, {"BaselineId": None}),
    ("describe-patch-properties", "DescribePatchProperties", nothing, {"OperatingSystem": "WINDOWS", "Property": "PRODUCT"}),
    ("get-default-patch-baseline", "GetDefaultPatchBaseline", nothing, {}),
    ("get-patch-baseline-for-patch-group", "GetPatchBaselineForPatchGroup", nothing, {"PatchGroup": "web"}),
    ("get-service-setting", "GetServiceSetting", nothing, {"SettingId": "/ssm/managed-instance/activation-tier"}),
    ("list-tags-for-resource", "ListTagsForResource", tagged, {}),
    ("create-document", "CreateDocument", nothing, {"Name": "keep-reboot", "Content": content(parameters=MARK), "DocumentType": "Command"}),
    ("describe-document", "DescribeDocument", document, {}),
    ("get-document", "GetDocument", document, {}),
    ("update-document", "UpdateDocument", document, {"Content": content(description="x", parameters=MARK)}),
    ("update-document-default-version", "UpdateDocumentDefaultVersion", document, {"DocumentVersion": "1"}),
    ("list-documents", "ListDocuments", document, {"Name": None}),
    ("list-document-versions", "ListDocumentVersions", document, {}),
    ("describe-document-permission", "DescribeDocumentPermission", document, {"PermissionType": "Share"}),
    ("send-command", "SendCommand", nothing, {"InstanceIds": [A], "DocumentName": "AWS-RunPatchBaseline", "Parameters": SCAN}),
    ("list-commands", "ListCommands", command, {}),
    ("list-command-invocations", "ListCommandInvocations", command, {"Details": True}),
    ("get-command-invocation", "GetCommandInvocation", command, {"InstanceId": A}),
    ("create-association", "CreateAssociation", nothing, {"Name": "AWS-RunPatchBaseline", "Parameters": SCAN, "Targets": WEB}),
    ("describe-association", "DescribeAssociation", association, {}),
    ("list-associations", "ListAssociations", association, {"AssociationId": None}),
    ("describe-association-executions", "DescribeAssociationExecutions", association, {}),
    ("describe-association-execution-targets", "DescribeAssociationExecutionTargets", execution, {}),
    ("describe-instance-associations-status", "DescribeInstanceAssociationsStatus", association, {"InstanceId": A, "AssociationId": None}),
    (
        "describe-effective-instance-associations",
        "DescribeEffectiveInstanceAssociations",
        association,
        {"InstanceId": A, "AssociationId": None},
    ),
    ("get-maintenance-window", "GetMaintenanceWindow", opened, {}),
    ("describe-maintenance-windows", "DescribeMaintenanceWindows", opened, {"WindowId": None}),
    ("describe-maintenance-window-targets", "DescribeMaintenanceWindowTargets", opened, {}),
    ("describe-maintenance-window-tasks", "DescribeMaintenanceWindowTasks", opened, {}),
    ("get-maintenance-window-task", "GetMaintenanceWindowTask", window_task, {}),
    ("describe-maintenance-window-executions", "DescribeMaintenanceWindowExecutions", opened, {}),
    ("get-maintenance-window-execution", "GetMaintenanceWindowExecution", opened_execution, {}),
    ("describe-maintenance-window-execution-tasks", "DescribeMaintenanceWindowExecutionTasks", opened_execution, {}),
    (
        "describe-maintenance-window-execution-task-invocations",
        "DescribeMaintenanceWindowExecutionTaskInvocations",
        opened_task,
        {},
    ),
    ("describe-maintenance-window-schedule", "DescribeMaintenanceWindowSchedule", opened, {}),
    ("get-inventory", "GetInventory", gathered, {}),
    ("list-inventory-entries", "ListInventoryEntries", gathered, {"InstanceId": A, "TypeName": "AWS:Application"}),
    ("list-compliance-items", "ListComplianceItems", scanned, {}),
    ("list-compliance-summaries", "ListComplianceSummaries", scanned, {}),
    ("list-resource-compliance-summaries", "ListResourceComplianceSummaries", scanned, {}),
    ("describe-activations", "DescribeActivations", nothing, {}),
)


@pytest.mark.parametrize(("page", "operation", "prepare", "asked"), CALLS, ids=[call[0] for call in CALLS])
def test_our_answer_has_the_keys_of_aws_s_examples(
    ssm: Ssm, page: str, operation: str, prepare: Callable[[Ssm], dict[str, Any]], asked: dict[str, Any]
) -> None:
    shown = examples("ssm", page)
    if not shown:
        pytest.skip(f"awscli has no parseable example of {page}")
    ssm.call("CreateActivation", IamRole="SsmHybrid", Description="edge", DefaultInstanceName="edge")
    ssm.site.nodes[HYBRID].ec2 |= {"ActivationId": next(iter(ssm.site.kept["ssm.activations"])), "IamRole": "SsmHybrid"}
    params = {name: value for name, value in {**prepare(ssm), **asked}.items() if value is not None}
    answer = ssm.call(operation, **params)
    left_out = LEFT_OUT.get(page, frozenset())
    expected = {key for example in shown for key in keys(example, left_out)}
    assert expected - set(keys(answer, left_out)) == set()
