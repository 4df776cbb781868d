"""Manual snapshots of clusters: they take time, and AWS deletes them when their retention is over."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import AVAILABLE, drop, keep, kept, put_tags, tag_list
from patchkeep.sandbox.managed.work import Job, begin
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.redshift.state import ENGINE, Snapshot, arn, cluster, must_be_available

LASTS = timedelta(minutes=6)


@operation("redshift", "CreateClusterSnapshot")
def create_cluster_snapshot(request: Request) -> Answer:
    """Asks for an available cluster, which stays available meanwhile."""
    one, name = cluster(request), request.params["SnapshotIdentifier"].lower()
    must_be_available(one)
    if name in kept(request.site, Snapshot):
        raise AwsError(
            "ClusterSnapshotAlreadyExists", f"Cannot create the snapshot because a snapshot with the name {name} already exists."
        )
    days = request.params.get("ManualSnapshotRetentionPeriod", -1)
    if days != -1 and not 1 <= days <= 3653:
        raise AwsError("InvalidRetentionPeriodFault", f"{days} is no retention period: write -1, or 1 to 3653 days.")
    path = arn(request.site, "snapshot", f"{one.name}/{name}")
    made = Snapshot(name=name, arn=path, made=request.now, of=one.name, release=one.release, kept_for=days, traits=one.traits)
    put_tags(made, {tag["Key"]: tag.get("Value", "") for tag in request.params.get("Tags", ())})
    keep(request.site, made)
    begin(request.world, made, Job("creating", LASTS, lambda: None))
    if days > 0:
        request.world.clock.after(timedelta(days=days), partial(drop, request.site, made))
    return {"Snapshot": _shown(request, made)}


@operation("redshift", "DescribeClusterSnapshots")
def describe_cluster_snapshots(request: Request) -> Answer:
    params = request.params
    rows = [*kept(request.site, Snapshot).values()]
    if params.get("SnapshotType", "manual") != "manual":
        rows = []  # automated ones are not kept here
    if name := params.get("SnapshotIdentifier"):
        rows = [one for one in rows if one.name == name]
        if not rows:
            raise AwsError("ClusterSnapshotNotFound", f"Snapshot {name} not found.", 404)
    keys = set(params.get("TagKeys", ()))
    picked = [one for one in rows if params.get("ClusterIdentifier") in {None, one.of} and (not keys or keys & one.tags.keys())]
    return paged(params, "Snapshots", [_shown(request, one) for one in picked])


def _shown(request: Request, one: Snapshot) -> dict[str, Any]:
    return {
        "SnapshotIdentifier": one.name,
        "ClusterIdentifier": one.of,
        "SnapshotCreateTime": one.made,
        "Status": one.status,
        "Port": 5439,
        "AvailabilityZone": f"{request.region}a",
        "ClusterCreateTime": one.made,
        "MasterUsername": "adminuser",
        "ClusterVersion": ENGINE,
        "EngineFullVersion": one.release,
        "SnapshotType": "manual",
        "NodeType": "ra3.xlplus",
        "NumberOfNodes": 2,
        "DBName": "dev",
        "Encrypted": True,
        "OwnerAccount": request.account,
        "TotalBackupSizeInMegaBytes": 20.0,
        "ActualIncrementalBackupSizeInMegaBytes": 20.0 if one.status == AVAILABLE else 0.0,
        "Tags": tag_list(one.tags),
        "ManualSnapshotRetentionPeriod": one.kept_for,
        "SnapshotArn": one.arn,
    }
