"""What DMS keeps of one account and region: replication instances."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from patchkeep.sandbox.managed.engines import Engine, Version, engines
from patchkeep.sandbox.managed.resource import AVAILABLE, Resource, found
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import Offer
from patchkeep.sandbox.operation import AwsError, Request


@dataclass(slots=True, kw_only=True)
class Replication(Resource):
    """One replication instance."""

    window: Weekly
    version: str
    auto_minor: bool = True
    multi_az: bool = False
    pending: dict[str, Any] = field(default_factory=dict)  # PendingModifiedValues
    offers: dict[str, Offer] = field(default_factory=dict)  # pending maintenance by action

    def at_version(self, now: datetime) -> Version:
        """Its version as the catalogue has it."""
        version = engine().version(self.version, now)
        if version is None:
            raise AwsError("InvalidParameterValueException", f"No such engine version: {self.version}")
        return version


def engine() -> Engine:
    return engines("dms")["dms"]


def instance(request: Request, arn: str) -> Replication:
    one = found(request.site, arn)
    if not isinstance(one, Replication):
        raise AwsError("ResourceNotFoundFault", f"Replication Instance not found: {arn}")
    return one


def must_be_available(one: Replication) -> None:
    if one.status != AVAILABLE:
        raise AwsError("InvalidResourceStateFault", f"Replication Instance {one.name} is not in available state: {one.status}")
