"""What Patch Manager records of a node, turned into our values: one record per node, and the patches in it.

Shapes: botocore ssm InstancePatchState and PatchComplianceData.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from patchkeep.domain.asset import Counts, Scan, Update, UpdateState

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


_OPEN_COUNTS = frozenset({"MissingCount", "FailedCount", "InstalledPendingRebootCount", "InstalledRejectedCount"})


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


def counts_all(row: Row) -> bool:
    """Whether a row of DescribeInstancePatchStates says how much is open: in the model no count is required, and none is not zero."""
    return row.keys() >= _OPEN_COUNTS


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


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
