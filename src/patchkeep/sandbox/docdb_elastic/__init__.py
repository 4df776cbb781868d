"""Elastic clusters of Amazon DocumentDB, emulated: windows, pending maintenance, snapshots and tags, in virtual time.

Facts are those of the Developer Guide and its API reference, named where they are used. Nobody can create a cluster here: organization
files do.
"""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.sandbox.docdb_elastic.plant import SETTINGS, TRAITS, plant
from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.operation import Request


def arns(operation: str, request: Request) -> Iterator[str]:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondocumentdbelasticclusters.html."""
    yield from (arn for parameter in ("clusterArn", "resourceArn") if (arn := request.params.get(parameter)))
    if operation == "CreateClusterSnapshot":
        yield f"arn:aws:docdb-elastic:{request.region}:{request.account}:cluster-snapshot/*"


SERVICE = Managed("docdb-elastic", kinds={"elastic-cluster": Kind(plant, TRAITS, SETTINGS)}, arns=arns, tagging="TagResource")
