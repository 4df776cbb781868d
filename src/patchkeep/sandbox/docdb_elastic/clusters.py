"""Elastic clusters: shown, given another window, tagged. API reference: ListClusters, GetCluster, UpdateCluster, TagResource."""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.docdb_elastic.state import SERVICE, Cluster, at_arn, cluster, must_be_active, spelt
from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import kept, put_tags
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import rearrange
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation

PAGES = ("maxResults", "nextToken")


@operation(SERVICE, "ListClusters")
def list_clusters(request: Request) -> Answer:
    rows = [_named(one) for one in kept(request.site, Cluster).values()]
    return paged(request.params, "clusters", rows, names=PAGES)


def _named(one: Cluster) -> dict[str, Any]:
    return {"clusterArn": one.arn, "clusterName": one.name, "status": one.status}


@operation(SERVICE, "GetCluster")
def get_cluster(request: Request) -> Answer:
    return {"cluster": _shown(request, cluster(request, request.params["clusterArn"]))}


def _shown(request: Request, one: Cluster) -> dict[str, Any]:
    shards = [{"createTime": spelt(one.made), "shardId": f"shard-{number}", "status": one.status} for number in range(one.shards)]
    return {
        **_named(one),
        "adminUserName": "keeper",
        "authType": "SECRET_ARN",
        "backupRetentionPeriod": 1,
        "clusterEndpoint": f"{one.name}-{request.account}.{request.region}.docdb-elastic.amazonaws.com",
        "createTime": spelt(one.made),
        "kmsKeyId": "AWS_OWNED_KMS_KEY",
        "preferredBackupWindow": "04:00-04:30",
        "preferredMaintenanceWindow": str(one.window),
        "shardCapacity": 2,
        "shardCount": one.shards,
        "shardInstanceCount": one.instances,
        "shards": shards,
        "subnetIds": ["subnet-0123456a", "subnet-0123456b", "subnet-0123456c"],
        "vpcSecurityGroupIds": ["sg-123abc"],
    }


@operation(SERVICE, "UpdateCluster")
def update_cluster(request: Request) -> Answer:
    """A window takes effect at once, and moves what waits for it."""
    one, text = cluster(request, request.params["clusterArn"]), request.params.get("preferredMaintenanceWindow")
    must_be_active(one)
    if text:
        try:
            one.window = Weekly.read(text)
        except ValueError as error:
            raise AwsError("ValidationException", str(error)) from error
        rearrange(request.world, one)
    return {"cluster": _shown(request, one)}


@operation(SERVICE, "ListTagsForResource")
def list_tags_for_resource(request: Request) -> Answer:
    return {"tags": dict(at_arn(request, request.params["resourceArn"]).tags)}


@operation(SERVICE, "TagResource")
def tag_resource(request: Request) -> Answer:
    put_tags(at_arn(request, request.params["resourceArn"]), request.params["tags"])
    return {}
