"""One small account as AWS would tell of it: answers to every read that the services make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.domain.setting import OWNER_TAG
from patchkeep.services._reboot import REBOOT_DOCUMENT

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
RUNNING, STOPPED, BARE = (f"i-{number:017x}" for number in (1, 2, 3))
HYBRID = "mi-0123456789abcdef0"
BASELINE = "pb-0123456789abcdef0"
PREDEFINED = "arn:aws:ssm:eu-central-1:280605243866:patchbaseline/pb-0d8c9dd1c9c5a2a57"
SCAN = "11111111-1111-1111-1111-111111111111"
INVENTORY = "22222222-2222-2222-2222-222222222222"
WINDOW = "mw-0123456789abcdef0"
WINDOW_TARGET = "33333333-3333-3333-3333-333333333333"
WINDOW_TASK = "44444444-4444-4444-4444-444444444444"
COMMAND = "55555555-5555-5555-5555-555555555555"
OWNERSHIP = "o-1234567890/main"
GROUP = "patchkeep-main-prod"

OLD_CONTENT = '{"schemaVersion":"2.2","description":"an older one"}'

Answer = dict[str, Any]


ALARM: Answer = {
    "AlarmName": "patchkeep-main-heartbeat",
    "AlarmArn": "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:patchkeep-main-heartbeat",
    "ActionsEnabled": True,
    "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:oncall"],
    "StateValue": "OK",
    "MetricName": "Heartbeat",
    "Namespace": "Patchkeep",
    "Statistic": "SampleCount",
    "Dimensions": [{"Name": "Policy", "Value": "main"}],
    "Period": 3600,
    "EvaluationPeriods": 2,
    "DatapointsToAlarm": 2,
    "Threshold": 1.0,
    "ComparisonOperator": "LessThanThreshold",
    "TreatMissingData": "breaching",
}


def instance(name: str, state: str = "running", **tags: str) -> Answer:
    return {
        "InstanceId": name,
        "State": {"Name": state, "Code": 16},
        "ImageId": "ami-0123456789abcdef0",
        "InstanceType": "t3.micro",
        "PlatformDetails": "Linux/UNIX",
        "IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/ssm", "Id": "AIPA0123456789ABCDEF0"},
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def reservations(*instances: Answer) -> Answer:
    return {"Reservations": [{"ReservationId": "r-0123456789abcdef0", "Instances": list(instances)}]}


def managed(name: str, ping: str = "Online", **more: Any) -> Answer:
    about = {"PlatformName": "Amazon Linux", "PlatformVersion": "2023", "PlatformType": "Linux", "AgentVersion": "3.3.987.0"}
    kind = "ManagedInstance" if name.startswith("mi-") else "EC2Instance"
    return {"InstanceId": name, "PingStatus": ping, "ResourceType": kind, "LastPingDateTime": NOW, **about, **more}


def patch_state(name: str, **counts: int) -> Answer:
    ended = NOW - timedelta(hours=3)
    return {
        "InstanceId": name,
        "PatchGroup": GROUP,
        "BaselineId": BASELINE,
        "SnapshotId": "521c3536-930c-4aa9-950e-01234567abcd",
        "OperationStartTime": ended - timedelta(minutes=1),
        "OperationEndTime": ended,
        "Operation": "Scan",
        "InstalledCount": 100,
        **dict.fromkeys(("MissingCount", "FailedCount", "InstalledPendingRebootCount", "InstalledRejectedCount"), 0),
        **counts,
    }


def patch(title: str = "openssl-3.0.8-2", state: str = "Missing") -> Answer:
    return {
        "Title": title,
        "KBId": "openssl.x86_64",
        "Classification": "Security",
        "Severity": "Important",
        "State": state,
        "InstalledTime": datetime(1970, 1, 1, tzinfo=UTC),
        "CVEIds": "CVE-2026-2,CVE-2026-1",
    }


def inventory(name: str) -> Answer:
    rows = [{"Name": "openssl", "Version": "3.0.8", "Release": "1.amzn2023", "Epoch": "1", "Architecture": "x86_64"}]
    item = {"TypeName": "AWS:Application", "SchemaVersion": "1.1", "CaptureTime": "2026-11-23T04:00:00Z", "Content": rows}
    return {"Id": name, "Data": {"AWS:Application": item}}


def rule() -> Answer:
    filters = [{"Key": "CLASSIFICATION", "Values": ["Security"]}]
    group = {"PatchFilters": filters}
    return {"PatchFilterGroup": group, "ComplianceLevel": "CRITICAL", "ApproveAfterDays": 3, "EnableNonSecurity": False}


def association(name: str = "theirs", document: str = "AWS-RunPatchBaseline", operation: str = "Scan", **more: Any) -> Answer:
    return {
        "AssociationId": SCAN,
        "AssociationName": name,
        "Name": document,
        "Parameters": {"Operation": [operation]},
        "Targets": [{"Key": "InstanceIds", "Values": ["*"]}],
        "ScheduleExpression": "cron(0 2 ? * * *)",
        "ApplyOnlyAtCronInterval": True,
        "MaxConcurrency": "10%",
        "MaxErrors": "10%",
        "ComplianceSeverity": "UNSPECIFIED",
        "SyncCompliance": "AUTO",
        **more,
    }


def _document(params: Answer) -> Answer:
    version = "2" if params["DocumentVersion"] == "$LATEST" else "1"
    about = {"DocumentVersion": version, "Status": "Active", "DocumentType": "Command", "DocumentFormat": "JSON"}
    return {"Name": params["Name"], "Content": OLD_CONTENT, **about}


def _tags(params: Answer) -> Answer:
    """CloudWatch names a resource by ARN, and calls the list otherwise than SSM."""
    owned = {"Key": OWNER_TAG, "Value": OWNERSHIP}
    return {"Tags": [owned]} if "ResourceARN" in params else {"TagList": [{"Key": "PatchGroup", "Value": GROUP}, owned]}


def _commands(name: str) -> Answer:
    plugins = [{"Name": "PatchLinux", "Status": "Success", "ResponseFinishDateTime": NOW, "Output": "done"}]
    return {
        "CommandId": COMMAND,
        "InstanceId": name,
        "Comment": "pk-0123456789abcdef",
        "DocumentName": "AWS-RunPatchBaseline",
        "RequestedDateTime": NOW,
        "Status": "Success",
        "StatusDetails": "Success",
        "CommandPlugins": plugins,
    }


READS: dict[str, Any] = {
    "get_metric_data": {"MetricDataResults": [{"Id": "q0", "Label": "CPUUtilization", "Values": [12.5], "StatusCode": "Complete"}]},
    "describe_instances": reservations(instance(RUNNING, Name="web-1", PatchGroup=GROUP), instance(STOPPED, "stopped"), instance(BARE)),
    "describe_instance_information": {"InstanceInformationList": [managed(RUNNING), managed(HYBRID, Name="rack-1")]},
    "describe_instance_patch_states": {"InstancePatchStates": [patch_state(RUNNING, MissingCount=1), patch_state(HYBRID)]},
    "describe_instance_patches": {"Patches": [patch()]},
    "get_inventory": {"Entities": [inventory(RUNNING), {"Id": HYBRID, "Data": {}}]},
    "list_tags_for_resource": _tags,
    "describe_alarms": {"MetricAlarms": [ALARM], "CompositeAlarms": []},
    "describe_patch_baselines": {"BaselineIdentities": [{"BaselineId": BASELINE, "BaselineName": "ours", "OperatingSystem": "DEBIAN"}]},
    "describe_patch_groups": {
        "Mappings": [
            {"PatchGroup": GROUP, "BaselineIdentity": {"BaselineId": BASELINE, "OperatingSystem": "DEBIAN"}},
            {"PatchGroup": "theirs", "BaselineIdentity": {"BaselineId": PREDEFINED, "OperatingSystem": "AMAZON_LINUX_2023"}},
        ]
    },
    "get_patch_baseline": {
        "BaselineId": BASELINE,
        "Name": "patchkeep-main-prod-debian",
        "OperatingSystem": "DEBIAN",
        "ApprovalRules": {"PatchRules": [rule()]},
        "ApprovedPatches": [],
        "RejectedPatches": [],
        "RejectedPatchesAction": "BLOCK",
        "PatchGroups": [GROUP],
    },
    "list_associations": {
        "Associations": [
            {"AssociationId": SCAN, "Name": "AWS-RunPatchBaseline"},
            {"AssociationId": INVENTORY, "Name": "AWS-GatherSoftwareInventory"},
            {"AssociationId": "66666666-6666-6666-6666-666666666666", "Name": "AWS-UpdateSSMAgent"},
        ]
    },
    "describe_association": lambda params: {"AssociationDescription": association(AssociationId=params["AssociationId"])},
    "describe_maintenance_windows": {
        "WindowIdentities": [
            {"WindowId": WINDOW, "Name": "sunday", "Enabled": True, "Duration": 3, "Cutoff": 1, "Schedule": "rate(7 days)"}
        ]
    },
    "describe_maintenance_window_targets": {
        "Targets": [
            {
                "WindowId": WINDOW,
                "WindowTargetId": WINDOW_TARGET,
                "ResourceType": "INSTANCE",
                "Targets": [{"Key": "tag:PatchGroup", "Values": [GROUP]}],
            }
        ]
    },
    "describe_maintenance_window_tasks": {
        "Tasks": [
            {"WindowId": WINDOW, "WindowTaskId": WINDOW_TASK, "TaskArn": "AWS-RunPatchBaseline", "Type": "RUN_COMMAND", "Priority": 1}
        ]
    },
    "get_maintenance_window_task": {
        "WindowId": WINDOW,
        "WindowTaskId": WINDOW_TASK,
        "TaskArn": "AWS-RunPatchBaseline",
        "TaskType": "RUN_COMMAND",
        "Targets": [{"Key": "WindowTargetIds", "Values": [WINDOW_TARGET]}],
        "TaskInvocationParameters": {"RunCommand": {"Parameters": {"Operation": ["Install"]}}},
        "MaxConcurrency": "2",
        "MaxErrors": "1",
    },
    "list_documents": {"DocumentIdentifiers": [{"Name": REBOOT_DOCUMENT.name, "DocumentType": "Command", "DocumentVersion": "1"}]},
    "get_document": _document,
    "describe_document": {"Document": {"Name": REBOOT_DOCUMENT.name, "DocumentVersion": "1", "Hash": REBOOT_DOCUMENT.sha256}},
    "get_service_setting": {
        "ServiceSetting": {
            "SettingId": "/ssm/managed-instance/default-ec2-instance-management-role",
            "SettingValue": "$None",
            "ARN": "arn:aws:ssm:eu-central-1:111122223333:servicesetting/ssm/managed-instance/default-ec2-instance-management-role",
            "Status": "Default",
        }
    },
    "list_commands": {"Commands": [{"CommandId": COMMAND, "Comment": "pk-0123456789abcdef", "Status": "InProgress"}]},
    "list_command_invocations": {"CommandInvocations": [_commands(RUNNING), _commands(HYBRID)]},
    "describe_organization": {"Organization": {"Id": "o-1234567890"}},
    "list_roots": {"Roots": [{"Id": "r-abcd", "Name": "Root"}]},
    "list_accounts_for_parent": {"Accounts": [{"Id": "111122223333", "Name": "web", "State": "ACTIVE", "Status": "ACTIVE"}]},
    "list_organizational_units_for_parent": lambda params: {
        "OrganizationalUnits": [{"Id": "ou-abcd-11111111", "Name": "Prod"}] if params["ParentId"] == "r-abcd" else []
    },
    "describe_regions": {"Regions": [{"RegionName": "eu-central-1", "OptInStatus": "opt-in-not-required"}]},
    "get_alternate_contact": {"AlternateContact": {"EmailAddress": "security@example.com", "AlternateContactType": "SECURITY"}},
}
