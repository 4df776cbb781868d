"""What is kept of one account and region: elastic clusters with what is pending for them, and snapshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.resource import Resource, found
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import Offer
from patchkeep.sandbox.operation import AwsError, Request
from patchkeep.sandbox.world import Site

SERVICE, ACTIVE = "docdb-elastic", "ACTIVE"
CHOSEN = "apply-on"


@dataclass(slots=True)
class Action(Offer):
    """A pending action; `on`: when it is carried out, where its owner chose a time (APPLY_ON)."""

    on: datetime | None = None

    def applied_at(self, window: Weekly, now: datetime) -> datetime | None:
        """Regardless of the window, where a time was chosen."""
        return max(now, self.on) if self.opted == CHOSEN and self.on else Offer.applied_at(self, window, now)


@dataclass(slots=True, kw_only=True)
class Cluster(Resource):
    READY: ClassVar[str] = ACTIVE
    window: Weekly
    shards: int = 1
    instances: int = 1  # of each shard: the writer, and replicas
    offers: dict[str, Action] = field(default_factory=dict)  # by action


@dataclass(slots=True, kw_only=True)
class Snapshot(Resource):
    READY: ClassVar[str] = ACTIVE
    of: Cluster


def arn(site: Site, kind: str, name: str) -> str:
    """Its last part is an id that AWS gives."""
    place = f"arn:aws:{SERVICE}:{site.region}:{site.account}:{kind}"
    return f"{place}/{UUID(settled(place, name)[:32])}"


def cluster(request: Request, text: str) -> Cluster:
    one = at_arn(request, text)
    if not isinstance(one, Cluster):
        raise AwsError("ResourceNotFoundException", f"Cluster not found: {text}", 404)
    return one


def at_arn(request: Request, text: str) -> Resource:
    one = found(request.site, text)
    if not isinstance(one, Cluster | Snapshot):
        raise AwsError("ResourceNotFoundException", f"Resource not found: {text}", 404)
    return one


def must_be_active(one: Cluster) -> None:
    if one.status != ACTIVE:
        raise AwsError("ConflictException", f"Cluster {one.name} is {one.status}: it must be {ACTIVE}.", 409)


def spelt(moment: datetime) -> str:
    """A date as this API writes it: in a string."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
