"""Snapshots of elastic clusters: they take some minutes, and outlive what they were made of.

https://docs.aws.amazon.com/documentdb/latest/developerguide/elastic-manage-snapshots.html; API reference: CreateClusterSnapshot,
ListClusterSnapshots.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.docdb_elastic.clusters import PAGES
from patchkeep.sandbox.docdb_elastic.state import SERVICE, Snapshot, arn, cluster, must_be_active, spelt
from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import keep, kept
from patchkeep.sandbox.managed.work import Job, begin
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation

LASTS = timedelta(minutes=6)


@operation(SERVICE, "CreateClusterSnapshot")
def create_cluster_snapshot(request: Request) -> Answer:
    """Of a cluster that is available; a name is taken once."""
    params = request.params
    one, name = cluster(request, params["clusterArn"]), params["snapshotName"].lower()
    must_be_active(one)
    if name in kept(request.site, Snapshot):
        raise AwsError("ConflictException", f"A snapshot named {name} exists already.", 409)
    tags = dict(params.get("tags") or {})
    made = Snapshot(name=name, arn=arn(request.site, "cluster-snapshot", name), made=request.now, tags=tags, traits=one.traits, of=one)
    keep(request.site, made)
    begin(request.world, made, Job("CREATING", LASTS, lambda: None))
    whole = {
        "adminUserName": "keeper",
        "clusterCreationTime": spelt(one.made),
        "kmsKeyId": "AWS_OWNED_KMS_KEY",
        "snapshotType": "MANUAL",
        "subnetIds": ["subnet-0123456a"],
        "vpcSecurityGroupIds": ["sg-123abc"],
    }
    return {"snapshot": {**_named(made), **whole}}


@operation(SERVICE, "ListClusterSnapshots")
def list_cluster_snapshots(request: Request) -> Answer:
    """Of one cluster, or of all."""
    wanted = request.params.get("clusterArn")
    rows = [_named(one) for one in kept(request.site, Snapshot).values() if wanted in {None, one.of.arn}]
    return paged(request.params, "snapshots", rows, names=PAGES)


def _named(one: Snapshot) -> dict[str, Any]:
    return {
        "clusterArn": one.of.arn,
        "snapshotArn": one.arn,
        "snapshotCreationTime": spelt(one.made),
        "snapshotName": one.name,
        "status": one.status,
    }
