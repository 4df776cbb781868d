"""What a request to ElastiCache is about: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticache.html."""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.sandbox.operation import Request

_KINDS = {
    "ReplicationGroupId": "replicationgroup",
    "CacheClusterId": "cluster",
    "SnapshotName": "snapshot",
    "ServerlessCacheName": "serverlesscache",
    "CacheParameterGroupName": "parametergroup",
}
_LISTS = {"ReplicationGroupIds": "replicationgroup", "CacheClusterIds": "cluster"}


def arns(_: str, request: Request) -> Iterator[str]:
    """One for each parameter that names something."""
    params = request.params
    named = [(kind, params[key]) for key, kind in _KINDS.items() if params.get(key)]
    named += [(kind, name) for key, kind in _LISTS.items() for name in params.get(key, ())]
    for kind, name in named:
        yield f"arn:aws:elasticache:{request.region}:{request.account}:{kind}:{name.lower()}"
    if params.get("ResourceName"):
        yield params["ResourceName"]
