"""Clusters of MemoryDB: shown, changed, tagged; and the engine versions that there are."""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.managed.engines import Engine, Version, engines, ordered
from patchkeep.sandbox.managed.resource import kept, put_tags, tag_list
from patchkeep.sandbox.managed.serviced import listed, meant, upgrade, window_read
from patchkeep.sandbox.managed.work import rearrange
from patchkeep.sandbox.memorydb.state import NAME, Cluster, at_arn, cluster, must_be_available
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page


@operation("memorydb", "DescribeClusters")
def describe_clusters(request: Request) -> Answer:
    params = request.params
    wanted = params.get("ClusterName")
    rows = [cluster(request, wanted)] if wanted else [*kept(request.site, Cluster).values()]
    cut, more = page([shown(one, shards=bool(params.get("ShowShardDetails"))) for one in rows], params, most=100)
    return {"Clusters": cut, **more}


def shown(one: Cluster, *, shards: bool = False) -> dict[str, Any]:
    each = len(one.nodes) // one.shards
    row = {
        "Name": one.name,
        "Description": "",
        "Status": one.status,
        **({"MultiRegionClusterName": one.across} if one.across else {}),
        "NumberOfShards": one.shards,
        "AvailabilityMode": "multiaz" if each > 1 else "singleaz",
        "ClusterEndpoint": {"Address": f"clustercfg.{one.name}.abc123.memorydb.amazonaws.com", "Port": 6379},
        "NodeType": one.size,
        "Engine": one.engine,
        "EngineVersion": listed(one.facts, Version(one.version, "", one.made)),
        "EnginePatchVersion": one.version,
        "ParameterGroupName": one.parameters,
        "ParameterGroupStatus": "in-sync",
        "SecurityGroups": [{"SecurityGroupId": "sg-0f99f2a9d2c7f6b3a", "Status": "active"}],
        "SubnetGroupName": "default",
        "TLSEnabled": True,
        "ARN": one.arn,
        "SnapshotRetentionLimit": 0,
        "MaintenanceWindow": str(one.window),
        "SnapshotWindow": "04:30-05:30",
        "ACLName": "open-access",
        "AutoMinorVersionUpgrade": one.auto_minor,
    }
    return row | ({"Shards": [_shard(one, number, each) for number in range(one.shards)]} if shards else {})


def _shard(one: Cluster, number: int, each: int) -> dict[str, Any]:
    nodes = [{"Name": node, "Status": one.status, "CreateTime": one.made} for node in one.nodes[number * each : (number + 1) * each]]
    return {"Name": f"{number + 1:04}", "Status": one.status, "Nodes": nodes, "NumberOfNodes": each}


@operation("memorydb", "UpdateCluster")
def update_cluster(request: Request) -> Answer:
    """Everything takes effect at once; nothing changes when any of it is refused."""
    params, one = request.params, cluster(request, request.params["ClusterName"])
    must_be_available(one)
    target = _target(request, one)
    if params.get("MaintenanceWindow"):
        try:
            one.window = window_read(params["MaintenanceWindow"])
        except ValueError as error:
            raise AwsError("InvalidParameterValueException", str(error)) from error
        rearrange(request.world, one)
    if target:
        upgrade(request.world, one, target, params.get("ParameterGroupName", ""))
    return {"Cluster": shown(one)}


def _target(request: Request, one: Cluster) -> Version | None:
    """The engine version asked for, where it is another than the present one."""
    wanted = request.params.get("EngineVersion")
    target = meant(one.facts, wanted, request.now) if wanted else None
    if wanted and target is None:
        raise AwsError("InvalidParameterValueException", f"Invalid engine version {wanted} for {one.engine}")
    if target is None or target.number == one.version:
        return None
    if one.across:
        raise AwsError("InvalidParameterCombinationException", f"{one.name} is part of the multi-Region cluster {one.across}.")
    if ordered(target.number) < ordered(one.version):
        raise AwsError("InvalidParameterCombinationException", f"Cannot downgrade {one.engine} from {one.version} to {wanted}")
    family, parameters = f"memorydb-{one.engine}{target.major}", request.params.get("ParameterGroupName") or one.parameters
    if parameters.startswith("default.") and parameters != f"default.{family}":
        raise AwsError("InvalidParameterCombinationException", f"Expected a parameter group of family {family} but found {parameters}")
    return target


@operation("memorydb", "DescribeEngineVersions")
def describe_engine_versions(request: Request) -> Answer:
    params = request.params
    name, wanted = params.get("Engine", "").lower(), params.get("EngineVersion")
    kinds = [engine for engine in engines(NAME).values() if name in {"", engine.name}]
    rows = [_shown_version(engine, one) for engine in kinds for one in engine.known(request.now)]
    cut, more = page([row for row in rows if wanted in {None, row["EngineVersion"]}], params, most=100)
    return {"EngineVersions": cut, **more}


def _shown_version(engine: Engine, one: Version) -> dict[str, Any]:
    return {
        "Engine": engine.name,
        "EngineVersion": listed(engine, one),
        "EnginePatchVersion": one.number,
        "ParameterGroupFamily": f"memorydb_{engine.name}{one.major}",
    }


@operation("memorydb", "ListTags")
def list_tags(request: Request) -> Answer:
    return {"TagList": tag_list(at_arn(request, request.params["ResourceArn"]).tags)}


@operation("memorydb", "TagResource")
def tag_resource(request: Request) -> Answer:
    one = at_arn(request, request.params["ResourceArn"])
    put_tags(one, {tag["Key"]: tag.get("Value", "") for tag in request.params["Tags"]})
    return {"TagList": tag_list(one.tags)}
