"""Redshift, emulated: provisioned clusters on a maintenance track, which AWS updates in their window, whether anybody agrees or not.

Facts are those of the Redshift Management Guide ("Cluster maintenance", "Tracks") and of the API Reference, named where they are used.
Nobody can create a cluster here: organization files do.
"""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.operation import Request
from patchkeep.sandbox.redshift.plant import SETTINGS, TRAITS, plant


def arns(_: str, request: Request) -> Iterator[str]:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshift.html."""
    own = f"arn:aws:redshift:{request.region}:{request.account}"
    if name := request.params.get("ClusterIdentifier"):
        yield f"{own}:cluster:{name}"
        if snapshot := request.params.get("SnapshotIdentifier"):
            yield f"{own}:snapshot:{name}/{snapshot}"


SERVICE = Managed("redshift", kinds={"warehouse": Kind(plant, TRAITS, SETTINGS)}, arns=arns, tagging="CreateTags")
