"""Redshift Serverless, emulated: workgroups that AWS updates by itself when they are idle, to the version of their track.

"Tracks for Amazon Redshift provisioned clusters and serverless workgroups" in the Redshift Management Guide. Versions are those of
provisioned clusters. Nobody can create a workgroup here: organization files do.
"""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.operation import Request
from patchkeep.sandbox.redshift_serverless.plant import SETTINGS, plant
from patchkeep.sandbox.redshift_serverless.workgroups import Workgroup


def arns(_: str, request: Request) -> Iterator[str]:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftserverless.html."""
    if one := kept(request.site, Workgroup).get(request.params.get("workgroupName", "")):
        yield one.arn
    if arn := request.params.get("resourceArn"):
        yield arn


SERVICE = Managed("redshift-serverless", kinds={"serverless-workgroup": Kind(plant, frozenset(), SETTINGS)}, arns=arns)
