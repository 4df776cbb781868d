"""What ElastiCache answers of a small estate: a group of two nodes, one with shards, a Memcached cluster, and a serverless cache."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE

UPDATE = "elasticache-20260801-001"
DUE = datetime(2026, 9, 9, 16, tzinfo=UTC)  # a Wednesday


def arn(sort: str, name: str) -> str:
    return HERE.arn("elasticache", f"{sort}:{name}")


def node(name: str, group: str = "", **more: Any) -> dict[str, Any]:
    return {
        "CacheClusterId": name,
        "ARN": arn("cluster", name),
        "CacheClusterStatus": "available",
        "Engine": "redis",
        "EngineVersion": "6.0.5",
        "NumCacheNodes": 1,
        "PreferredMaintenanceWindow": "sun:03:00-sun:04:00",
        "AutoMinorVersionUpgrade": False,
        "CacheParameterGroup": {"CacheParameterGroupName": "default.redis6.x"},
        "PendingModifiedValues": {},
        **({"ReplicationGroupId": group} if group else {}),
        **more,
    }


def group(name: str, nodes: list[str], **more: Any) -> dict[str, Any]:
    return {
        "ReplicationGroupId": name,
        "ARN": arn("replicationgroup", name),
        "Status": "available",
        "MemberClusters": nodes,
        "AutomaticFailover": "enabled",
        "MultiAZ": "enabled",
        "ClusterEnabled": False,
        "Engine": "redis",
        **more,
    }


SHARDED: dict[str, Any] = {"CacheParameterGroup": {"CacheParameterGroupName": "default.redis6.x.cluster.on"}}
MEMCACHED: dict[str, Any] = {
    "Engine": "memcached",
    "EngineVersion": "1.6.12",
    "CacheParameterGroup": {"CacheParameterGroupName": "default.memcached1.6"},
}
NODES = [
    node("orders-001", "orders"),
    node("orders-002", "orders"),
    node("feed-0001-001", "feed", **SHARDED),
    node("sessions", **MEMCACHED),
]
GROUPS = [group("orders", ["orders-001", "orders-002"]), group("feed", ["feed-0001-001"], ClusterEnabled=True)]
SERVERLESS = {
    "ServerlessCacheName": "carts",
    "ARN": arn("serverlesscache", "carts"),
    "Status": "available",
    "Engine": "valkey",
    "MajorEngineVersion": "8",
    "FullEngineVersion": "8.1",
}


def update(name: str, status: str = "not-applied", **more: Any) -> dict[str, Any]:
    return {
        "ServiceUpdateName": UPDATE,
        "ServiceUpdateReleaseDate": datetime(2026, 8, 1, tzinfo=UTC),
        "ServiceUpdateSeverity": "important",
        "ServiceUpdateStatus": "available",
        "ServiceUpdateRecommendedApplyByDate": DUE,
        "ServiceUpdateType": "security-update",
        "UpdateActionStatus": status,
        "NodesUpdated": "0/2",
        "SlaMet": "yes",
        "EstimatedUpdateTime": "30 minutes per node",
        "CacheClusterId" if name == "sessions" else "ReplicationGroupId": name,
        **more,
    }


ABOUT = {
    "ServiceUpdateName": UPDATE,
    "ServiceUpdateSeverity": "important",
    "ServiceUpdateStatus": "available",
    "ServiceUpdateDescription": "Security update for the nodes' operating system",
    "ServiceUpdateRecommendedApplyByDate": DUE,
    "AutoUpdateAfterRecommendedApplyByDate": True,
}
LISTED = [
    ("redis", "6.0", "redis6.x"),
    ("redis", "6.2", "redis6.x"),
    ("redis", "7.0", "redis7"),
    ("redis", "7.1", "redis7"),
    ("memcached", "1.6.12", "memcached1.6"),
    ("memcached", "1.6.22", "memcached1.6"),
]
KEYS = ("Engine", "EngineVersion", "CacheParameterGroupFamily")


def actions(*statuses: str) -> dict[str, Any]:
    """Of the first group, and of Memcached."""
    return {"UpdateActions": [update(name, status) for name, status in zip(("orders", "sessions"), statuses, strict=True)]}


READS: dict[str, Any] = {
    "describe_cache_clusters": {"CacheClusters": NODES},
    "describe_replication_groups": {"ReplicationGroups": GROUPS},
    "describe_serverless_caches": {"ServerlessCaches": [SERVERLESS]},
    "describe_update_actions": actions("not-applied", "not-applied"),
    "describe_service_updates": {"ServiceUpdates": [ABOUT]},
    "describe_cache_engine_versions": {"CacheEngineVersions": [dict(zip(KEYS, row, strict=True)) for row in LISTED]},
    "list_tags_for_resource": {"TagList": [{"Key": "Environment", "Value": "prod"}]},
    "describe_snapshots": {"Snapshots": []},
}
LATER = ({"describe_update_actions": actions("in-progress", "scheduled")},)
