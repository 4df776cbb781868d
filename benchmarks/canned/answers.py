"""What the pretend organization answers: bodies as AWS writes them, rows made once and joined. Shapes: botocore's models."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from canned import instances
from canned.fleet import REGIONS, UNITS, Fleet, Node

Asked = Mapping[str, Any]
ORGANIZATION = "o-canned0001"
NOW = datetime.now(UTC).replace(microsecond=0)
SCANNED = NOW - timedelta(hours=5)
PAGE = 50  # rows of one page, as SSM allows at most
OWNER = {"Key": "patchkeep:managed-by", "Value": f"{ORGANIZATION}/fleet"}
PLATFORMS = {
    "amzn": ("Amazon Linux", "2023"),
    "ubuntu": ("Ubuntu", "22.04"),
    "windows": ("Microsoft Windows Server 2022 Datacenter", "10.0.20348"),
}
OPERATING = {"amzn": "AMAZON_LINUX_2023", "ubuntu": "UBUNTU", "windows": "WINDOWS"}


def baseline(account: str, region: str, system: str) -> str:
    return f"pb-{int(account):012x}{len(region):02x}{len(system):03x}"


def answer(fleet: Fleet, account: str, region: str, operation: str, asked: Asked) -> bytes:
    """The body of one answer; KeyError where the operation is not played."""
    return _ANSWERS[operation](fleet, account, region, asked)


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _paged(key: str, rows: list[bytes], start: int, total: int, size: int = PAGE) -> bytes:
    """One page of rows, and the token of the next."""
    token = b',"NextToken":"%d"' % (start + size) if start + size < total else b""
    return b'{"%s":[%s]%s}' % (key.encode(), b",".join(rows), token)


def _start(asked: Asked) -> int:
    return int(asked.get("NextToken") or 0)


def _managed(fleet: Fleet, account: str, region: str) -> list[Node]:
    return [node for node in fleet.here(account, region) if node.managed]


def _information(fleet: Fleet, account: str, region: str, asked: Asked) -> bytes:
    if any(one.get("Key") == "ResourceType" for one in asked.get("Filters", ())):
        return b'{"InstanceInformationList":[]}'  # there are no hybrid nodes
    nodes, start = _managed(fleet, account, region), _start(asked)
    return _paged("InstanceInformationList", [_information_row(node) for node in nodes[start : start + PAGE]], start, len(nodes))


@cache
def _information_row(node: Node) -> bytes:
    name, version = PLATFORMS[node.system]
    return _json(
        {
            "InstanceId": node.id,
            "PingStatus": "Online",
            "LastPingDateTime": NOW.timestamp(),
            "AgentVersion": "3.3.987.0",
            "IsLatestVersion": True,
            "PlatformType": "Windows" if node.system == "windows" else "Linux",
            "PlatformName": name,
            "PlatformVersion": version,
            "ResourceType": "EC2Instance",
            "IPAddress": f"10.{node.number >> 16 & 255}.{node.number >> 8 & 255}.{node.number & 255}",
            "ComputerName": f"ip-{node.number}.internal",
            "AssociationStatus": "Success",
            "LastAssociationExecutionDate": SCANNED.timestamp(),
            "LastSuccessfulAssociationExecutionDate": SCANNED.timestamp(),
            "AssociationOverview": {"DetailedStatus": "Success", "InstanceAssociationStatusAggregatedCount": {"Success": 2}},
            "SourceType": "AWS::EC2::Instance",
        }
    )


def _states(fleet: Fleet, account: str, region: str, asked: Asked) -> bytes:
    rows = [_state_row(fleet.by_id[node], baseline(account, region, fleet.by_id[node].system)) for node in asked["InstanceIds"]]
    return _paged("InstancePatchStates", rows, 0, 0)


def _state_row(node: Node, baseline_id: str) -> bytes:
    return _json(
        {
            "InstanceId": node.id,
            "PatchGroup": "",
            "BaselineId": baseline_id,
            "SnapshotId": f"00000000-0000-4000-8000-{node.number:012x}",
            "InstalledCount": 380,
            "InstalledOtherCount": 20,
            "InstalledPendingRebootCount": 0,
            "InstalledRejectedCount": 0,
            "MissingCount": node.missing,
            "FailedCount": 0,
            "UnreportedNotApplicableCount": -1,
            "NotApplicableCount": 900,
            "OperationStartTime": (SCANNED - timedelta(minutes=2)).timestamp(),
            "OperationEndTime": SCANNED.timestamp(),
            "Operation": "Scan",
            "RebootOption": "NoReboot",
            "CriticalNonCompliantCount": 0,
            "SecurityNonCompliantCount": node.missing,
            "OtherNonCompliantCount": 0,
        }
    )


def _patches(fleet: Fleet, _account: str, _region: str, asked: Asked) -> bytes:
    rows = [
        {
            "Title": f"lib{number}-{number}.4.{number}-1.amzn2023",
            "KBId": f"lib{number}.x86_64",
            "Classification": "Security",
            "Severity": "Important" if number % 3 else "Critical",
            "State": "Missing",
            "InstalledTime": 0.0,
            "CVEIds": f"CVE-2026-{1000 + number},CVE-2026-{2000 + number}",
        }
        for number in range(fleet.by_id[asked["InstanceId"]].missing or 0)
    ]
    return _json({"Patches": rows})


def _inventory(fleet: Fleet, account: str, region: str, asked: Asked) -> bytes:
    nodes, start = _managed(fleet, account, region), _start(asked)
    return _paged("Entities", [_entity(fleet, node) for node in nodes[start : start + PAGE]], start, len(nodes))


def _entity(fleet: Fleet, node: Node) -> bytes:
    content = b",".join([_package(node.system, number, version) for number, version in fleet.package_numbers(node)])
    return (
        b'{"Id":"%s","Data":{"AWS:Application":{"TypeName":"AWS:Application","SchemaVersion":"1.1","CaptureTime":"%s",'
        b'"ContentHash":"%032x","Content":[%s]}}}' % (node.id.encode(), f"{SCANNED:%Y-%m-%dT%H:%M:%SZ}".encode(), node.number, content)
    )


@cache
def _package(system: str, number: int, version: int) -> bytes:
    name = f"{system}-lib{'ssl' if number == 7 else 'part'}{number}"
    return _json(
        {
            "Name": name,
            "ApplicationType": "System Environment/Libraries",
            "Publisher": "Amazon Linux" if system == "amzn" else "Ubuntu Developers",
            "Version": f"{number % 9}.{number % 40}.{version}",
            "Release": "1.amzn2023.0.2" if system == "amzn" else "",
            "Epoch": "1" if number % 10 == 0 else "0",
            "InstalledTime": f"2026-{version % 12 + 1:02}-03T06:42:00Z",
            "Architecture": "x86_64",
            "URL": f"https://www.example.com/{name}/",
            "Summary": f"A library of shared parts, number {number}",
            "PackageId": f"{name}-{number % 9}.{number % 40}.{version}.src.rpm",
        }
    )


def _baselines(_fleet: Fleet, account: str, region: str, _asked: Asked) -> bytes:
    return _json({"BaselineIdentities": [_identity_of(account, region, system) for system in OPERATING]})


def _identity_of(account: str, region: str, system: str) -> dict[str, Any]:
    names = {"BaselineId": baseline(account, region, system), "BaselineName": f"patchkeep-fleet-{system}"}
    return {**names, "OperatingSystem": OPERATING[system], "DefaultBaseline": False}


def _groups(fleet: Fleet, account: str, region: str, _asked: Asked) -> bytes:
    group = fleet.unit(account).lower()
    return _json({"Mappings": [{"PatchGroup": group, "BaselineIdentity": _identity_of(account, region, s)} for s in OPERATING]})


def _baseline(_fleet: Fleet, account: str, region: str, asked: Asked) -> bytes:
    system = next(s for s in OPERATING if baseline(account, region, s) == asked["BaselineId"])
    severe = [{"Key": "SEVERITY", "Values": ["Critical", "Important"]}, {"Key": "CLASSIFICATION", "Values": ["Security"]}]
    rule = {"PatchFilterGroup": {"PatchFilters": severe}, "ComplianceLevel": "HIGH", "ApproveAfterDays": 3, "EnableNonSecurity": False}
    return _json(
        {
            "BaselineId": asked["BaselineId"],
            "Name": f"patchkeep-fleet-{system}",
            "OperatingSystem": OPERATING[system],
            "GlobalFilters": {"PatchFilters": []},
            "ApprovalRules": {"PatchRules": [rule]},
            "ApprovedPatches": [],
            "ApprovedPatchesComplianceLevel": "UNSPECIFIED",
            "ApprovedPatchesEnableNonSecurity": False,
            "RejectedPatches": [],
            "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY",
            "CreatedDate": (NOW - timedelta(days=90)).timestamp(),
            "ModifiedDate": (NOW - timedelta(days=90)).timestamp(),
            "Description": "",
            "Sources": [],
        }
    )


_ASSOCIATIONS = {"scan": "AWS-RunPatchBaseline", "inventory": "AWS-GatherSoftwareInventory", "agent": "AWS-UpdateSSMAgent"}


def _associations(_fleet: Fleet, _account: str, _region: str, _asked: Asked) -> bytes:
    rows = [_association_row(name) for name in _ASSOCIATIONS]
    return _json({"Associations": rows})


def _association_row(name: str) -> dict[str, Any]:
    return {
        "Name": _ASSOCIATIONS[name],
        "AssociationId": f"00000000-0000-4000-8000-{len(name):012}",
        "AssociationVersion": "1",
        "AssociationName": f"patchkeep-fleet-{name}",
        "Targets": [{"Key": "tag:patchkeep:environment", "Values": ["patchkeep-fleet-prod"]}],
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "LastExecutionDate": SCANNED.timestamp(),
        "Overview": {"Status": "Success"},
    }


def _association(_fleet: Fleet, _account: str, _region: str, asked: Asked) -> bytes:
    name = next(name for name in _ASSOCIATIONS if asked["AssociationId"].endswith(f"{len(name):012}"))
    parameters = {"Operation": ["Scan"]} if name == "scan" else {}
    return _json({"AssociationDescription": {**_association_row(name), "Parameters": parameters, "ApplyOnlyAtCronInterval": True}})


def _windows(_fleet: Fleet, _account: str, _region: str, _asked: Asked) -> bytes:
    one = {
        "WindowId": "mw-0123456789abcdef0",
        "Name": "backup",
        "Enabled": True,
        "Duration": 2,
        "Cutoff": 1,
        "Schedule": "cron(0 4 ? * SUN *)",
    }
    return _json({"WindowIdentities": [one]})


def _tasks(_fleet: Fleet, _account: str, _region: str, _asked: Asked) -> bytes:
    ids = {"WindowId": "mw-0123456789abcdef0", "WindowTaskId": "00000000-0000-4000-8000-000000000001"}
    return _json({"Tasks": [{**ids, "TaskArn": "AWS-CreateImage", "Type": "AUTOMATION", "Priority": 1, "Targets": []}]})


def _documents(_fleet: Fleet, _account: str, _region: str, _asked: Asked) -> bytes:
    return b'{"DocumentIdentifiers":[]}'


def _setting(_fleet: Fleet, account: str, region: str, asked: Asked) -> bytes:
    arn = f"arn:aws:ssm:{region}:{account}:servicesetting{asked['SettingId']}"
    return _json({"ServiceSetting": {"SettingId": asked["SettingId"], "SettingValue": "$None", "ARN": arn, "Status": "Default"}})


def _tags(_fleet: Fleet, _account: str, _region: str, asked: Asked) -> bytes:
    return _json({"TagList": [OWNER] if asked["ResourceType"] in {"PatchBaseline", "Association"} else []})


def _instances(fleet: Fleet, account: str, region: str, _asked: Asked) -> bytes:
    return instances.described(fleet.here(account, region), account, region, fleet.unit(account).lower())


def _identity(fleet: Fleet, account: str, _region: str, _asked: Asked) -> bytes:
    own = account or fleet.account_ids[0]
    return instances.sts("GetCallerIdentity", f"<Arn>arn:aws:iam::{own}:user/bench</Arn><UserId>AIDA</UserId><Account>{own}</Account>")


def _assumed(_fleet: Fleet, _account: str, _region: str, asked: Asked) -> bytes:
    account = asked["RoleArn"].split(":")[4]
    until = f"{NOW + timedelta(hours=12):%Y-%m-%dT%H:%M:%SZ}"
    keys = f"<AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    return instances.sts("AssumeRole", f"<Credentials>{keys}<Expiration>{until}</Expiration></Credentials>")


def _organization(fleet: Fleet, _account: str, _region: str, _asked: Asked) -> bytes:
    own = fleet.account_ids[0]
    arn = f"arn:aws:organizations::{own}:organization/{ORGANIZATION}"
    return _json({"Organization": {"Id": ORGANIZATION, "MasterAccountId": own, "Arn": arn}})


def _roots(_fleet: Fleet, _account: str, _region: str, _asked: Asked) -> bytes:
    return _json({"Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": []}]})


def _children(fleet: Fleet, _account: str, _region: str, asked: Asked) -> bytes:
    unit = asked["ParentId"].rpartition("-")[2]
    members = [account for account in fleet.account_ids if fleet.unit(account) == unit]
    rows = [{"Id": a, "Name": f"account-{a[-5:]}", "Email": f"{a}@example.com", "Status": "ACTIVE", "State": "ACTIVE"} for a in members]
    start = _start(asked)
    return _paged("Accounts", [_json(row) for row in rows[start : start + 20]], start, len(rows), 20)


def _units(_fleet: Fleet, _account: str, _region: str, asked: Asked) -> bytes:
    units: Iterable[str] = UNITS if asked["ParentId"] == "r-root" else ()
    return _json({"OrganizationalUnits": [{"Id": f"ou-{unit}", "Name": unit} for unit in units]})


def _regions(_fleet: Fleet, _account: str, _region: str, _asked: Asked) -> bytes:
    return instances.regions(REGIONS)


def _contact(_fleet: Fleet, account: str, _region: str, _asked: Asked) -> bytes:
    contact = {"Name": "Security", "EmailAddress": f"security-{account[-5:]}@example.com", "PhoneNumber": "+1", "Title": "-"}
    return _json({"AlternateContact": {**contact, "AlternateContactType": "SECURITY"}})


_ANSWERS = {
    "DescribeInstanceInformation": _information,
    "DescribeInstancePatchStates": _states,
    "DescribeInstancePatches": _patches,
    "GetInventory": _inventory,
    "DescribePatchBaselines": _baselines,
    "DescribePatchGroups": _groups,
    "GetPatchBaseline": _baseline,
    "ListAssociations": _associations,
    "DescribeAssociation": _association,
    "DescribeMaintenanceWindows": _windows,
    "DescribeMaintenanceWindowTargets": lambda *_: b'{"Targets":[]}',
    "DescribeMaintenanceWindowTasks": _tasks,
    "ListDocuments": _documents,
    "GetServiceSetting": _setting,
    "ListTagsForResource": _tags,
    "DescribeInstances": _instances,
    "DescribeRegions": _regions,
    "GetCallerIdentity": _identity,
    "AssumeRole": _assumed,
    "DescribeOrganization": _organization,
    "ListRoots": _roots,
    "ListAccountsForParent": _children,
    "ListOrganizationalUnitsForParent": _units,
    "GetAlternateContact": _contact,
}
