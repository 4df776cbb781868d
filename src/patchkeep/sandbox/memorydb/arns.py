"""What a request to MemoryDB is about: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmemorydb.html."""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.sandbox.operation import Request

_KINDS = {"ClusterName": "cluster", "SnapshotName": "snapshot", "ParameterGroupName": "parametergroup"}


def arns(operation: str, request: Request) -> Iterator[str]:
    """One for each parameter that names something; making a snapshot is about its cluster."""
    params = request.params
    named = [(kind, params[key]) for key, kind in _KINDS.items() if params.get(key)]
    named += [("cluster", name) for name in params.get("ClusterNames", ())]
    for kind, name in named:
        if (operation, kind) != ("CreateSnapshot", "snapshot"):
            yield f"arn:aws:memorydb:{request.region}:{request.account}:{kind}/{name.lower()}"
    if params.get("ResourceArn"):
        yield params["ResourceArn"]
