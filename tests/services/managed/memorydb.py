"""What MemoryDB answers of a small estate: a cluster with a service update and newer engine versions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE

UPDATE = "memorydb-20260801-001"
FORCED = datetime(2026, 10, 1, tzinfo=UTC)


def cluster(name: str, **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "ARN": HERE.arn("memorydb", f"cluster/{name}"),
        "Status": "available",
        "Engine": "redis",
        "EngineVersion": "6.2",
        "EnginePatchVersion": "6.2.6",
        "ParameterGroupName": "default.memorydb-redis6",
        "AvailabilityMode": "multiaz",
        "MaintenanceWindow": "sun:03:00-sun:04:00",
        "AutoMinorVersionUpgrade": True,
        **more,
    }


def update(name: str, status: str = "available", **more: Any) -> dict[str, Any]:
    return {
        "ClusterName": name,
        "ServiceUpdateName": UPDATE,
        "ReleaseDate": datetime(2026, 8, 1, tzinfo=UTC),
        "Description": "Security update for the nodes' operating system",
        "Status": status,
        "Type": "security-update",
        "NodesUpdated": "0/2",
        "AutoUpdateStartDate": FORCED,
        **more,
    }


LISTED = [
    ("redis", "6.2", "memorydb_redis6"),
    ("redis", "7.0", "memorydb_redis7"),
    ("redis", "7.1", "memorydb_redis7"),
    ("valkey", "7.2", "memorydb_valkey7"),
    ("valkey", "7.3", "memorydb_valkey7"),
]
KEYS = ("Engine", "EngineVersion", "ParameterGroupFamily")
VALKEY = {"Engine": "valkey", "EngineVersion": "7.2", "EnginePatchVersion": "7.2.6", "ParameterGroupName": "default.memorydb-valkey7"}

READS: dict[str, Any] = {
    "describe_clusters": {"Clusters": [cluster("vault"), cluster("ranks"), cluster("queue", **VALKEY)]},
    "describe_service_updates": {"ServiceUpdates": [update("vault"), update("ranks", "complete")]},
    "describe_engine_versions": {"EngineVersions": [dict(zip(KEYS, row, strict=True)) for row in LISTED]},
    "list_tags": {"TagList": [{"Key": "Environment", "Value": "prod"}]},
    "describe_snapshots": {"Snapshots": []},
}
