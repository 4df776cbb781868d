"""Snapshots of Redis OSS and Valkey: of a group in cluster mode, or of one node. They take time, and Memcached has none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.elasticache.state import BACKUPS, Cache, Snapshot, arn, cluster, group, must_be_available
from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import keep, kept
from patchkeep.sandbox.managed.work import Job, begin
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation

LASTS = timedelta(minutes=5)


@operation("elasticache", "CreateSnapshot")
def create_snapshot(request: Request) -> Answer:
    params, site = request.params, request.site
    one, node = _source(request)
    if one.engine == "memcached":
        raise AwsError("SnapshotFeatureNotSupportedFault", "Snapshots are not supported for Memcached.")
    must_be_available(one)
    name = params["SnapshotName"].lower()
    if name in kept(site, Snapshot):
        raise AwsError("SnapshotAlreadyExistsFault", f"Snapshot {name} already exists.")
    tags = {tag["Key"]: tag.get("Value", "") for tag in params.get("Tags", ())}
    made = Snapshot(name=name, arn=arn(site, "snapshot", name), made=request.now, tags=tags, of=one, node=node)
    keep(site, made)
    begin(request.world, made, Job("creating", LASTS, lambda: None))
    begin(request.world, one, Job("snapshotting", LASTS, lambda: None))
    return {"Snapshot": _shown(made)}


def _source(request: Request) -> tuple[Cache, str]:
    params = request.params
    if params.get("ReplicationGroupId"):
        one = group(request, params["ReplicationGroupId"])
        if not one.shards:
            raise AwsError("InvalidParameterCombination", f"{one.name} is not in cluster mode: name one of its clusters.")
        return one, ""
    if not params.get("CacheClusterId"):
        raise AwsError("InvalidParameterCombination", "Either ReplicationGroupId or CacheClusterId must be specified.")
    return cluster(request, params["CacheClusterId"]), params["CacheClusterId"].lower()


@operation("elasticache", "DescribeSnapshots")
def describe_snapshots(request: Request) -> Answer:
    params = request.params
    rows = [*kept(request.site, Snapshot).values()]
    if name := params.get("SnapshotName"):
        rows = [one for one in rows if one.name == name.lower()]
        if not rows:
            raise AwsError("SnapshotNotFoundFault", f"Snapshot {name} not found.", 404)
    if params.get("ReplicationGroupId"):
        of = group(request, params["ReplicationGroupId"])
        rows = [one for one in rows if one.of is of and not one.node]
    if params.get("CacheClusterId"):
        cluster(request, params["CacheClusterId"])
        rows = [one for one in rows if one.node == params["CacheClusterId"].lower()]
    if params.get("SnapshotSource") == "system":
        rows = []
    return paged(params, "Snapshots", [_shown(one) for one in rows], bounds=(20, 50))


def _shown(one: Snapshot) -> dict[str, Any]:
    of = one.of
    named = {"CacheClusterId": one.node} if one.node else {"ReplicationGroupId": of.name}
    return {
        "SnapshotName": one.name,
        **named,
        "SnapshotStatus": one.status,
        "SnapshotSource": one.source,
        "CacheNodeType": of.size,
        "Engine": of.engine,
        "EngineVersion": of.version,
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": of.zones[0],
        "CacheClusterCreateTime": of.made,
        "PreferredMaintenanceWindow": str(of.window),
        "Port": 6379,
        "CacheParameterGroupName": of.parameters,
        "CacheSubnetGroupName": "default",
        "VpcId": "vpc-6594f31c",
        "AutoMinorVersionUpgrade": of.auto_minor,
        "SnapshotRetentionLimit": 0,
        "SnapshotWindow": BACKUPS,
        "NodeSnapshots": [{"CacheNodeId": "0001", "CacheSize": "", "CacheNodeCreateTime": of.made, "SnapshotCreateTime": one.made}],
        "ARN": one.arn,
    }
