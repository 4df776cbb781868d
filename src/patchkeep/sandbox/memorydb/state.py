"""What MemoryDB keeps of one account and region, and how each is looked up."""

from __future__ import annotations

from dataclasses import dataclass

from patchkeep.sandbox.managed.resource import AVAILABLE, Resource, found, kept
from patchkeep.sandbox.managed.serviced import Serviced
from patchkeep.sandbox.operation import AwsError, Request
from patchkeep.sandbox.world import Site

NAME = "memorydb"


@dataclass(slots=True, kw_only=True)
class Cluster(Serviced):
    """`nodes` of all shards: "0001-002"."""

    shards: int = 1
    size: str = "db.r7g.large"
    across: str = ""  # its multi-Region cluster


@dataclass(slots=True, kw_only=True)
class Snapshot(Resource):
    of: Cluster


def arn(site: Site, kind: str, name: str) -> str:
    return f"arn:aws:memorydb:{site.region}:{site.account}:{kind}/{name}"


def cluster(request: Request, name: str) -> Cluster:
    one = kept(request.site, Cluster).get(name.lower())
    if one is None:
        raise AwsError("ClusterNotFoundFault", f"Cluster not found: {name}")
    return one


def at_arn(request: Request, text: str) -> Resource:
    one = found(request.site, text)
    if one is None:
        raise AwsError("InvalidARNFault", f"The ARN does not refer to an existing resource: {text}")
    return one


def must_be_available(one: Cluster) -> None:
    if one.status != AVAILABLE:
        raise AwsError("InvalidClusterStateFault", f"Cluster {one.name} is not in available state: {one.status}.")
