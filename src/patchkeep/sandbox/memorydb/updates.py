"""Service updates of MemoryDB, which nobody can stop, and snapshots.

"Service updates in MemoryDB" in the developer guide; BatchUpdateCluster: what is not taken stands among UnprocessedClusters.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.managed.resource import AVAILABLE, keep, kept
from patchkeep.sandbox.managed.serviced import OPEN, REFUSED, UpdateAction, apply, updates
from patchkeep.sandbox.managed.work import Job, begin
from patchkeep.sandbox.memorydb.clusters import shown
from patchkeep.sandbox.memorydb.state import NAME, Cluster, Snapshot, arn, cluster, must_be_available
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

MOST = 20
LASTS = timedelta(minutes=5)
WORDS = {"not-applied": "available", "waiting-to-start": "in-progress"}  # as MemoryDB says it


@operation("memorydb", "DescribeServiceUpdates")
def describe_service_updates(request: Request) -> Answer:
    """One row for each cluster that an update is for."""
    params = request.params
    names, wanted, statuses = params.get("ClusterNames"), params.get("ServiceUpdateName"), params.get("Status")
    rows = [
        _shown(one, action)
        for one in kept(request.site, Cluster).values()
        for action in one.actions.values()
        if (not names or one.name in names) and wanted in {None, action.update.name}
    ]
    cut, more = page([row for row in rows if not statuses or row["Status"] in statuses], params, most=100)
    return {"ServiceUpdates": cut, **more}


def _shown(one: Cluster, action: UpdateAction) -> dict[str, Any]:
    update = action.update
    return {
        "ClusterName": one.name,
        "ServiceUpdateName": update.name,
        "ReleaseDate": update.released,
        "Description": update.description,
        "Status": WORDS.get(action.status, action.status),
        "Type": "security-update",
        "Engine": one.engine,
        "NodesUpdated": f"{len(action.done)}/{len(one.nodes)}",
        **({"AutoUpdateStartDate": update.due} if update.auto else {}),
    }


@operation("memorydb", "BatchUpdateCluster")
def batch_update_cluster(request: Request) -> Answer:
    """Each on its own: a refusal of one holds up nothing of the others."""
    params = request.params
    name = params.get("ServiceUpdate", {}).get("ServiceUpdateNameToApply", "")
    if name not in updates(request.site, NAME):
        raise AwsError("ServiceUpdateNotFoundFault", f"Service update {name} not found.")
    if not 0 < len(params["ClusterNames"]) <= MOST:
        raise AwsError("InvalidParameterValueException", f"From 1 to {MOST} clusters may be named.")
    taken, left = [], []
    for asked in params["ClusterNames"]:
        try:
            taken.append(shown(_begun(request, asked, name)))
        except AwsError as error:
            left.append({"ClusterName": asked, "ErrorType": error.code, "ErrorMessage": error.message})
    return {"ProcessedClusters": taken, "UnprocessedClusters": left}


def _begun(request: Request, asked: str, name: str) -> Cluster:
    one = cluster(request, asked)
    action = one.actions.get(name)
    if action is None or action.status not in OPEN:
        raise AwsError("InvalidParameterValueException", f"The service update {name} is not available for {asked}.")
    if one.status != AVAILABLE or REFUSED in one.traits:
        raise AwsError("InvalidClusterStateFault", f"{asked} is not in a valid state to be updated.")
    apply(request.world, one, action)
    return one


@operation("memorydb", "CreateSnapshot")
def create_snapshot(request: Request) -> Answer:
    params, site = request.params, request.site
    one, name = cluster(request, params["ClusterName"]), params["SnapshotName"].lower()
    must_be_available(one)
    if name in kept(site, Snapshot):
        raise AwsError("SnapshotAlreadyExistsFault", f"Snapshot {name} already exists.")
    tags = {tag["Key"]: tag.get("Value", "") for tag in params.get("Tags", ())}
    made = Snapshot(name=name, arn=arn(site, "snapshot", name), made=request.now, tags=tags, of=one)
    keep(site, made)
    begin(request.world, made, Job("creating", LASTS, lambda: None))
    begin(request.world, one, Job("snapshotting", LASTS, lambda: None))
    return {"Snapshot": _shown_snapshot(made)}


@operation("memorydb", "DescribeSnapshots")
def describe_snapshots(request: Request) -> Answer:
    params = request.params
    of, wanted = params.get("ClusterName"), params.get("SnapshotName")
    rows = [one for one in kept(request.site, Snapshot).values() if of in {None, one.of.name} and wanted in {None, one.name}]
    if wanted and not rows:
        raise AwsError("SnapshotNotFoundFault", f"Snapshot {wanted} not found.")
    cut, more = page([_shown_snapshot(one) for one in rows], params, most=50)
    return {"Snapshots": cut, **more}


def _shown_snapshot(one: Snapshot) -> dict[str, Any]:
    of = one.of
    configuration = {
        "Name": of.name,
        "Description": "",
        "NodeType": of.size,
        "Engine": of.engine,
        "EngineVersion": shown(of)["EngineVersion"],
        "MaintenanceWindow": str(of.window),
        "Port": 6379,
        "ParameterGroupName": of.parameters,
        "SubnetGroupName": "default",
        "VpcId": "vpc-6594f31c",
        "SnapshotRetentionLimit": 0,
        "SnapshotWindow": "04:30-05:30",
        "NumShards": of.shards,
    }
    return {"Name": one.name, "Status": one.status, "Source": "manual", "ARN": one.arn, "ClusterConfiguration": configuration}
