"""AWS's rows about one node, turned into our values. Shapes: botocore models of EC2 and SSM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from patchkeep.domain.asset import Asset, Counts, Inventory, Package, Scan, Update, UpdateState
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services._platforms import os_of, os_of_instance

Row = Mapping[str, Any]
_NEVER = datetime(1970, 1, 2, tzinfo=UTC)  # AWS writes 1970-01-01 where there is no installed time

# Compared without case and blanks: live answers also spell "NotApplicable" and "INSTALLED_PENDING_REBOOT".
_STATES = {
    "missing": UpdateState.MISSING,
    "failed": UpdateState.FAILED,
    "installedpendingreboot": UpdateState.PENDING_REBOOT,
    "installedrejected": UpdateState.REJECTED,
    "availablesecurityupdate": UpdateState.DELAYED,
}


def asset_of(target: Target, node: str, instance: Row | None, managed: Row | None, tags: Frozen) -> Asset:
    """The node's identity: from EC2 and from SSM, whichever knows it."""
    hybrid = instance is None and node.startswith("mi-")
    arn = target.arn("ssm", f"managed-instance/{node}") if hybrid else target.arn("ec2", f"instance/{node}")
    name = tags.get("Name") or (managed or {}).get("Name") or (managed or {}).get("ComputerName") or node
    return Asset(id=arn, kind="node", target=target, name=name, os=_os(instance, managed), tags=tags, facts=_facts(instance, managed))


def tags_of(rows: Iterable[Row]) -> Frozen:
    """Tags as EC2 and SSM list them; EC2 writes null for an empty value here and there."""
    return Frozen({tag["Key"]: tag.get("Value") or "" for tag in rows})


def _os(instance: Row | None, managed: Row | None) -> str:
    if managed:
        return os_of(managed.get("PlatformName", ""), managed.get("PlatformVersion", ""))
    return os_of_instance((instance or {}).get("PlatformDetails", ""))


def _facts(instance: Row | None, managed: Row | None) -> Frozen:
    """What reports show of a node beside its compliance; nothing volatile, so that an unchanged estate keeps its snapshot id."""
    facts: dict[str, str] = {}
    if instance:
        facts["state"] = instance["State"]["Name"]
        facts["image"] = instance.get("ImageId", "")
        facts["type"] = instance.get("InstanceType", "")
        facts["profile"] = instance.get("IamInstanceProfile", {}).get("Arn", "")
    if managed:
        facts["ping"] = managed.get("PingStatus", "")
        facts["agent"] = managed.get("AgentVersion", "")
        facts["platform"] = f"{managed.get('PlatformName', '')} {managed.get('PlatformVersion', '')}".strip()
    return Frozen(facts)


def scan_of(row: Row) -> Scan:
    """One row of DescribeInstancePatchStates."""
    counts = Counts(
        installed=row.get("InstalledCount", 0),
        other=row.get("InstalledOtherCount", 0),
        missing=row.get("MissingCount", 0),
        failed=row.get("FailedCount", 0),
        pending_reboot=row.get("InstalledPendingRebootCount", 0),
        rejected=row.get("InstalledRejectedCount", 0),
        not_applicable=row.get("NotApplicableCount", 0),
        delayed=row.get("AvailableSecurityUpdateCount", 0),
    )
    return Scan(
        at=_utc(row["OperationEndTime"]),
        operation=row["Operation"],
        baseline_id=row["BaselineId"],
        snapshot_id=row.get("SnapshotId", ""),
        counts=counts,
        patch_group=row.get("PatchGroup", ""),
        override_list=row.get("InstallOverrideList", ""),
    )


def update_of(row: Row) -> Update:
    """One row of DescribeInstancePatches in a state that isn't simply installed; KeyError on a state nobody documents."""
    installed = row.get("InstalledTime")
    return Update(
        id=row["KBId"],
        title=row.get("Title", ""),
        state=_STATES[row["State"].replace("_", "").lower()],
        severity=row.get("Severity", ""),
        classification=row.get("Classification", ""),
        cves=tuple(sorted(part.strip() for part in row.get("CVEIds", "").split(",") if part.strip())),
        installed_at=_utc(installed) if installed and _utc(installed) > _NEVER else None,
    )


def inventory_of(entity: Row) -> Inventory | None:
    """One entity of GetInventory; None where no AWS:Application was ever collected from it."""
    item = entity.get("Data", {}).get("AWS:Application")
    if not item or "CaptureTime" not in item:
        return None
    packages = {_package(row) for row in item.get("Content", ())}
    return Inventory(
        datetime.fromisoformat(item["CaptureTime"]), tuple(sorted(packages, key=lambda p: (p.name, p.version, p.architecture)))
    )


def _package(row: Row) -> Package:
    """SSM gives epoch, version and release apart; together they are what rpm and dpkg compare."""
    version = row.get("Version", "")
    if row.get("Release"):
        version = f"{version}-{row['Release']}"
    if row.get("Epoch") and row["Epoch"] != "0":
        version = f"{row['Epoch']}:{version}"
    return Package(row["Name"], version, row.get("Architecture", ""))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
