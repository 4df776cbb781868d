"""Caches as DescribeCacheClusters, DescribeReplicationGroups and DescribeServerlessCaches show them, and the versions there are.

A node of a group is a cluster of its own to DescribeCacheClusters; a group tells neither its version nor its window.
"""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.elasticache.state import BACKUPS, NAME, Cache, Cluster, Group, Serverless, cluster, group
from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.engines import Engine, Version, engines
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.managed.serviced import listed
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

PORTS = {"memcached": 11211}


@operation("elasticache", "DescribeCacheClusters")
def describe_cache_clusters(request: Request) -> Answer:
    params, site = request.params, request.site
    if wanted := params.get("CacheClusterId"):
        one = cluster(request, wanted)
        rows = [(one, wanted.lower())]
    else:
        rows = [(one, one.name) for one in kept(site, Cluster).values()]
        if not params.get("ShowCacheClustersNotInReplicationGroups"):
            rows += [(one, node) for one in kept(site, Group).values() for node in one.nodes]
    shown = [shown_cluster(request, one, name, nodes=bool(params.get("ShowCacheNodeInfo"))) for one, name in rows]
    return paged(params, "CacheClusters", shown)


@operation("elasticache", "DescribeReplicationGroups")
def describe_replication_groups(request: Request) -> Answer:
    wanted = request.params.get("ReplicationGroupId")
    rows = [group(request, wanted)] if wanted else [*kept(request.site, Group).values()]
    return paged(request.params, "ReplicationGroups", [shown_group(request, one) for one in rows])


@operation("elasticache", "DescribeServerlessCaches")
def describe_serverless_caches(request: Request) -> Answer:
    wanted = request.params.get("ServerlessCacheName")
    rows = [one for one in kept(request.site, Serverless).values() if wanted in {None, one.name}]
    if wanted and not rows:
        raise AwsError("ServerlessCacheNotFoundFault", f"Serverless cache {wanted} not found.", 404)
    cut, more = page([_shown_serverless(one) for one in rows], request.params, most=50)
    return {"ServerlessCaches": cut, **more}


def shown_cluster(request: Request, one: Cache, name: str, *, nodes: bool = False) -> dict[str, Any]:
    """A cluster, or a node of a group."""
    grouped = isinstance(one, Group)
    port = PORTS.get(one.engine, 6379)
    row = {
        "CacheClusterId": name,
        "ClientDownloadLandingPage": "https://console.aws.amazon.com/elasticache/home#client-download:",
        "CacheNodeType": one.size,
        "Engine": one.engine,
        "EngineVersion": one.version,
        "CacheClusterStatus": one.status,
        "NumCacheNodes": 1 if grouped else len(one.nodes),
        "PreferredAvailabilityZone": _zone(one, name),
        "CacheClusterCreateTime": one.made,
        "PreferredMaintenanceWindow": str(one.window),
        "PendingModifiedValues": {"EngineVersion": one.pending} if one.pending else {},
        "CacheSecurityGroups": [],
        "CacheParameterGroup": {"CacheParameterGroupName": one.parameters, "ParameterApplyStatus": "in-sync", "CacheNodeIdsToReboot": []},
        "CacheSubnetGroupName": "default",
        "AutoMinorVersionUpgrade": one.auto_minor,
        "SecurityGroups": [{"SecurityGroupId": "sg-0f99f2a9d2c7f6b3a", "Status": "active"}],
        **({"ReplicationGroupId": one.name} if grouped else {}),
        "SnapshotRetentionLimit": 0,
        "SnapshotWindow": BACKUPS,
        "AuthTokenEnabled": False,
        "TransitEncryptionEnabled": False,
        "AtRestEncryptionEnabled": False,
        "ARN": f"{one.arn.rsplit(':', 2)[0]}:cluster:{name}",
        "ReplicationGroupLogDeliveryEnabled": False,
        "LogDeliveryConfigurations": [],
    }
    inside = ["0001"] if grouped else one.nodes
    ends = [{"CacheNodeId": node, "CacheNodeStatus": one.status, "Endpoint": _endpoint(one, f"{name}.{node}", port)} for node in inside]
    return row | ({"CacheNodes": ends} if nodes else {})


def _zone(one: Cache, node: str) -> str:
    number = one.nodes.index(node) if node in one.nodes else 0
    return one.zones[number % len(one.zones)]


def _endpoint(one: Cache, host: str, port: int) -> dict[str, Any]:
    return {"Address": f"{host}.abc123.{one.zones[0][:-1]}.cache.amazonaws.com", "Port": port}


def shown_group(request: Request, one: Group) -> dict[str, Any]:
    each = len(one.nodes) // max(one.shards, 1)
    parts = [one.nodes[start : start + each] for start in range(0, len(one.nodes), each)]
    across = {"GlobalReplicationGroupId": one.across, "GlobalReplicationGroupMemberRole": "PRIMARY"}
    failover = "enabled" if each > 1 else "disabled"
    return {
        "ReplicationGroupId": one.name,
        "Description": one.name,
        **({"GlobalReplicationGroupInfo": across} if one.across else {}),
        "Status": one.status,
        "PendingModifiedValues": {},
        "MemberClusters": one.nodes,
        "NodeGroups": [_shard(one, number, nodes) for number, nodes in enumerate(parts, 1)],
        "AutomaticFailover": failover,
        "MultiAZ": failover,
        **({"ConfigurationEndpoint": _endpoint(one, f"clustercfg.{one.name}", 6379)} if one.shards else {}),
        "SnapshotRetentionLimit": 0,
        "SnapshotWindow": BACKUPS,
        "ClusterEnabled": bool(one.shards),
        "CacheNodeType": one.size,
        "AuthTokenEnabled": False,
        "TransitEncryptionEnabled": False,
        "AtRestEncryptionEnabled": False,
        "ARN": one.arn,
        "LogDeliveryConfigurations": [],
        "ReplicationGroupCreateTime": one.made,
        "AutoMinorVersionUpgrade": one.auto_minor,
        "Engine": one.engine,
    }


def _shard(one: Group, number: int, nodes: list[str]) -> dict[str, Any]:
    members = [
        {
            "CacheClusterId": node,
            "CacheNodeId": "0001",
            "ReadEndpoint": _endpoint(one, node, 6379),
            "PreferredAvailabilityZone": _zone(one, node),
            **({} if one.shards else {"CurrentRole": "replica" if place else "primary"}),
        }
        for place, node in enumerate(nodes)
    ]
    ends = {"PrimaryEndpoint": _endpoint(one, one.name, 6379), "ReaderEndpoint": _endpoint(one, f"{one.name}-ro", 6379)}
    return {"NodeGroupId": f"{number:04}", "Status": one.status, **({} if one.shards else ends), "NodeGroupMembers": members}


def _shown_serverless(one: Serverless) -> dict[str, Any]:
    return {
        "ServerlessCacheName": one.name,
        "Description": "",
        "CreateTime": one.made,
        "Status": one.status,
        "Engine": one.engine,
        "MajorEngineVersion": one.version.split(".")[0],
        "FullEngineVersion": ".".join(one.version.split(".")[:2]),
        "ARN": one.arn,
        "SecurityGroupIds": ["sg-0f99f2a9d2c7f6b3a"],
        "SubnetIds": ["subnet-0d62f3a1c7e5b8f94"],
        "SnapshotRetentionLimit": 0,
        "DailySnapshotTime": "06:30",
    }


@operation("elasticache", "DescribeCacheEngineVersions")
def describe_cache_engine_versions(request: Request) -> Answer:
    params = request.params
    name = params.get("Engine", "").lower()
    if name and name not in engines(NAME):
        raise AwsError("InvalidParameterValue", f"Unrecognized engine name: {params['Engine']}")
    rows = [
        _shown_version(engine, one) for engine in engines(NAME).values() if name in {"", engine.name} for one in engine.known(request.now)
    ]
    if wanted := params.get("EngineVersion"):
        rows = [row for row in rows if row["EngineVersion"] == wanted]
    if family := params.get("CacheParameterGroupFamily"):
        rows = [row for row in rows if row["CacheParameterGroupFamily"] == family]
    return paged(params, "CacheEngineVersions", rows)


def _shown_version(engine: Engine, one: Version) -> dict[str, Any]:
    return {
        "Engine": engine.name,
        "EngineVersion": listed(engine, one),
        "CacheParameterGroupFamily": f"{engine.name}{one.major}",
        "CacheEngineDescription": engine.title,
        "CacheEngineVersionDescription": f"{engine.title} version {one.number}",
    }
