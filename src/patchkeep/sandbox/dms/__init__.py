"""The Database Migration Service, emulated: replication instances with an engine version and pending maintenance, in virtual time.

Facts are those of its User Guide and API Reference, named where they are used. Nobody can create an instance here: organization files do.
"""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.sandbox.dms.plant import SETTINGS, TRAITS, plant
from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.operation import Request


def arns(_: str, request: Request) -> Iterator[str]:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdatabasemigrationservice.html."""
    for parameter in ("ReplicationInstanceArn", "ResourceArn"):
        if arn := request.params.get(parameter):
            yield arn
    yield from request.params.get("ResourceArnList", ())


SERVICE = Managed("dms", kinds={"replication-instance": Kind(plant, TRAITS, SETTINGS)}, arns=arns)
