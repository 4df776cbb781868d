"""What Redshift answers of three clusters and a workgroup: behind its track, left to AWS, with a deferral of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE

FOLLOWING = datetime(2026, 11, 28, 3, tzinfo=UTC)
RELEASED = datetime(2026, 11, 12, tzinfo=UTC)


def cluster(name: str, **more: Any) -> dict[str, Any]:
    return {
        "ClusterIdentifier": name,
        "ClusterStatus": "available",
        "ClusterAvailabilityStatus": "Available",
        "ClusterVersion": "1.0",
        "ClusterRevisionNumber": "159024",
        "MaintenanceTrackName": "current",
        "AllowVersionUpgrade": False,
        "PreferredMaintenanceWindow": "sat:03:00-sat:03:30",
        "NextMaintenanceWindowStartTime": FOLLOWING,
        "PendingModifiedValues": {},
        "DeferredMaintenanceWindows": [],
        "Tags": [{"Key": "Environment", "Value": "prod"}],
        **more,
    }


def deferral(name: str, until: datetime) -> dict[str, Any]:
    return {"DeferMaintenanceIdentifier": name, "DeferMaintenanceStartTime": RELEASED, "DeferMaintenanceEndTime": until}


def track(name: str, release: str) -> dict[str, Any]:
    return {"MaintenanceTrackName": name, "DatabaseVersion": release, "UpdateTargets": []}


CLUSTERS = [
    cluster("sales"),
    cluster("stock"),
    cluster("ledger", DeferredMaintenanceWindows=[deferral("patchkeep-20260101", datetime(2026, 12, 28, tzinfo=UTC))]),
]
OFFERED = {"DatabaseRevision": "161730", "Description": "Release 1.0.161730", "DatabaseRevisionReleaseDate": RELEASED}
REVISIONS = [{"ClusterIdentifier": "sales", "CurrentDatabaseRevision": "159024", "RevisionTargets": [OFFERED]}]


def _clusters(params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("ClusterIdentifier")
    return {"Clusters": [row for row in CLUSTERS if wanted in {None, row["ClusterIdentifier"]}]}


def workgroup(name: str, **more: Any) -> dict[str, Any]:
    arn = HERE.arn("redshift-serverless", f"workgroup/{name}-f9d7-4d2c-a2e9-7b4cc2b2f8f1")
    return {
        "workgroupName": name,
        "workgroupArn": arn,
        "status": "AVAILABLE",
        "workgroupVersion": "1.0.159024",
        "trackName": "current",
        **more,
    }


VERSIONS = [{"trackName": "current", "workgroupVersion": "1.0.161730"}, {"trackName": "trailing", "workgroupVersion": "1.0.159024"}]

READS: dict[str, Any] = {
    "describe_clusters": _clusters,
    "describe_cluster_tracks": {"MaintenanceTracks": [track("current", "1.0.161730"), track("trailing", "1.0.159024")]},
    "describe_cluster_db_revisions": {"ClusterDbRevisions": REVISIONS},
    "describe_cluster_versions": {"ClusterVersions": [{"ClusterVersion": "1.0", "Description": "Initial release"}]},
    "describe_cluster_snapshots": {"Snapshots": []},
    "list_workgroups": {"workgroups": [workgroup("adhoc")]},
    "list_tracks": {"tracks": VERSIONS},
    "list_tags_for_resource": {"tags": [{"key": "Environment", "value": "prod"}]},
}
