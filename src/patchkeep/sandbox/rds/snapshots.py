"""Snapshots of instances and clusters: they take time, and outlive what they were made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.managed.answers import chosen, paged
from patchkeep.sandbox.managed.resource import AVAILABLE, keep, kept, tag_list
from patchkeep.sandbox.managed.work import Job, begin
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.rds.state import (
    Cluster,
    ClusterSnapshot,
    Database,
    Instance,
    Snapshot,
    arn,
    cluster,
    instance,
    must_be_available,
    named,
)
from patchkeep.sandbox.world import Site, World

LASTS = timedelta(minutes=6)
PORTS = {"postgres": 5432, "aurora-postgresql": 5432, "docdb": 27017, "neptune": 8182}


def photograph(world: World, site: Site, one: Database, name: str, kind: str = "manual") -> Snapshot:
    """Begin a snapshot of the database as it is. `kind`: manual or automated."""
    sort, path = (ClusterSnapshot, "cluster-snapshot") if isinstance(one, Cluster) else (Snapshot, "snapshot")
    made = sort(
        name=name,
        arn=arn(site, path, name),
        made=world.clock.now(),
        of=one.name,
        engine=one.engine,
        version=one.version,
        type=kind,
        traits=one.traits,
    )
    keep(site, made)
    begin(world, made, Job("creating", LASTS, lambda: None))
    return made


@operation("rds", "CreateDBSnapshot")
def create_db_snapshot(request: Request) -> Answer:
    """Asks for an available instance that is no member of a cluster ("CreateDBSnapshot" in the API Reference)."""
    one = instance(request, request.params["DBInstanceIdentifier"])
    if one.cluster:
        raise AwsError("InvalidParameterValue", "The source instance is a member of a cluster. Use CreateDBClusterSnapshot.")
    made = _created(request, one, request.params["DBSnapshotIdentifier"])
    one.status = "backing-up"
    begin(request.world, one, Job("backing-up", LASTS, lambda: None))
    return {"DBSnapshot": of_instance(request, made)}


@operation("rds", "CreateDBClusterSnapshot")
def create_db_cluster_snapshot(request: Request) -> Answer:
    made = _created(request, cluster(request, request.params["DBClusterIdentifier"]), request.params["DBClusterSnapshotIdentifier"])
    return {"DBClusterSnapshot": of_cluster(request, made)}


def _created(request: Request, one: Database, name: str) -> Snapshot:
    must_be_available(one)
    clustered = isinstance(one, Cluster)
    if name.lower() in kept(request.site, ClusterSnapshot if clustered else Snapshot):
        code = "DBClusterSnapshotAlreadyExistsFault" if clustered else "DBSnapshotAlreadyExists"
        raise AwsError(code, f"Cannot create the snapshot because a snapshot with the identifier {name} already exists.")
    made = photograph(request.world, request.site, one, name.lower())
    made.tags = {tag["Key"]: tag.get("Value", "") for tag in request.params.get("Tags", ())}
    return made


@operation("rds", "DescribeDBSnapshots")
def describe_db_snapshots(request: Request) -> Answer:
    rows = [of_instance(request, one) for one in _asked(request, Snapshot, "DBSnapshotIdentifier", "DBInstanceIdentifier")]
    return paged(request.params, "DBSnapshots", rows)


@operation("rds", "DescribeDBClusterSnapshots")
def describe_db_cluster_snapshots(request: Request) -> Answer:
    rows = [of_cluster(request, one) for one in _asked(request, ClusterSnapshot, "DBClusterSnapshotIdentifier", "DBClusterIdentifier")]
    return paged(request.params, "DBClusterSnapshots", rows)


def _asked(request: Request, sort: type[Snapshot], own: str, source: str) -> list[Snapshot]:
    """`own` and `source`: the parameters that name a snapshot and what it is of."""
    params, of_cluster = request.params, sort is ClusterSnapshot
    rows: list[Snapshot] = [*kept(request.site, sort).values()]
    if name := params.get(own):
        rows = [one for one in rows if one.name == named(name)]
        if not rows:
            raise AwsError("DBClusterSnapshotNotFoundFault" if of_cluster else "DBSnapshotNotFound", f"{own} {name} not found.", 404)
    if of := params.get(source):
        rows = [one for one in rows if one.of == named(of)]
    if kind := params.get("SnapshotType"):
        rows = [one for one in rows if one.type == kind]
    prefix = "db-cluster" if of_cluster else "db"
    reads = {
        f"{prefix}-snapshot-id": lambda one: [one.name],
        f"{'db-cluster' if of_cluster else 'db-instance'}-id": lambda one: [one.of],
        "snapshot-type": lambda one: [one.type],
        "engine": lambda one: [one.engine],
    }
    return chosen(rows, params.get("Filters", ()), reads)


def _common(request: Request, one: Snapshot) -> dict[str, Any]:
    done = one.status == AVAILABLE
    return {
        "SnapshotCreateTime": one.made,
        "Engine": one.engine,
        "EngineVersion": one.version,
        "AllocatedStorage": 100,
        "Status": one.status,
        "Port": PORTS.get(one.engine, 3306),
        "VpcId": "vpc-6594f31c",
        "MasterUsername": "admin",
        "LicenseModel": "postgresql-license" if "postgres" in one.engine else "general-public-license",
        "SnapshotType": one.type,
        "PercentProgress": 100 if done else 0,
        "KmsKeyId": f"arn:aws:kms:{request.region}:{request.account}:key/AKIAIOSFODNN7EXAMPLE",
        "IAMDatabaseAuthenticationEnabled": False,
        "TagList": tag_list(one.tags),
    }


def of_instance(request: Request, one: Snapshot) -> dict[str, Any]:
    of = kept(request.site, Instance).get(one.of)
    return {
        **_common(request, one),
        "DBSnapshotIdentifier": one.name,
        "DBInstanceIdentifier": one.of,
        "DBSnapshotArn": one.arn,
        "InstanceCreateTime": of.made if of else one.made,
        "AvailabilityZone": of.zone if of else f"{request.region}a",
        "StorageType": "gp3",
        "Iops": 3000,
        "OptionGroupName": f"default:{one.engine}",
        "ProcessorFeatures": [],
        "DbiResourceId": of.resource_id if of else "",
        "Encrypted": True,
    }


def of_cluster(request: Request, one: Snapshot) -> dict[str, Any]:
    of = kept(request.site, Cluster).get(one.of)
    return {
        **_common(request, one),
        "AvailabilityZones": [request.region + letter for letter in "abc"],
        "DBClusterSnapshotIdentifier": one.name,
        "DBClusterIdentifier": one.of,
        "DBClusterSnapshotArn": one.arn,
        "StorageEncrypted": True,
        "ClusterCreateTime": of.made if of else one.made,
    }
