"""What ElastiCache keeps of one account and region, and how each is looked up."""

from __future__ import annotations

from dataclasses import dataclass

from patchkeep.sandbox.managed.resource import AVAILABLE, Resource, found, kept
from patchkeep.sandbox.managed.serviced import Serviced
from patchkeep.sandbox.operation import AwsError, Request
from patchkeep.sandbox.world import Site

NAME = "elasticache"
BACKUPS = "06:30-07:30"  # every day


@dataclass(slots=True, kw_only=True)
class Cache(Serviced):
    """What groups and clusters have in common."""

    size: str = "cache.r7g.large"
    zones: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Group(Cache):
    """`nodes` are names of clusters, of each shard the primary first."""

    shards: int = 0  # 0: not in cluster mode
    across: str = ""  # its global datastore


@dataclass(slots=True, kw_only=True)
class Node(Resource):
    """A group's node, which has an ARN and the group's tags, and nothing else of its own."""


@dataclass(slots=True, kw_only=True)
class Cluster(Cache):
    """One without a group; its nodes are numbers ("0001")."""


@dataclass(slots=True, kw_only=True)
class Serverless(Resource):
    engine: str
    version: str


@dataclass(slots=True, kw_only=True)
class Snapshot(Resource):
    """`of`: the cache; `node`: of which of a group's nodes, "" for a whole group or a cluster."""

    of: Cache
    node: str = ""
    source: str = "manual"


def arn(site: Site, kind: str, name: str) -> str:
    return f"arn:aws:elasticache:{site.region}:{site.account}:{kind}:{name}"


def group(request: Request, name: str) -> Group:
    one = kept(request.site, Group).get(name.lower())
    if one is None:
        raise AwsError("ReplicationGroupNotFoundFault", f"ReplicationGroup {name} not found.", 404)
    return one


def cluster(request: Request, name: str) -> Cache:
    """A cluster without a group, or the group that a node belongs to."""
    site, name = request.site, name.lower()
    one = kept(site, Cluster).get(name) or next((other for other in kept(site, Group).values() if name in other.nodes), None)
    if one is None:
        raise AwsError("CacheClusterNotFound", f"CacheCluster not found: {name}", 404)
    return one


def at_arn(request: Request, text: str) -> Resource:
    """Raises the NotFound of its kind."""
    one = found(request.site, text)
    if one is not None:
        return one
    kind, _, name = text.split(":", 5)[-1].partition(":")
    match kind:
        case "replicationgroup":
            raise AwsError("ReplicationGroupNotFoundFault", f"ReplicationGroup {name} not found.", 404)
        case "cluster":
            return cluster(request, name)
        case "snapshot":
            raise AwsError("SnapshotNotFoundFault", f"Snapshot {name} not found.", 404)
        case "serverlesscache":
            raise AwsError("ServerlessCacheNotFoundFault", f"Serverless cache {name} not found.", 404)
        case _:
            raise AwsError("InvalidARN", f"The requested Amazon Resource Name (ARN) does not refer to an existing resource: {text}")


def must_be_available(one: Cache) -> None:
    if one.status != AVAILABLE:
        code, noun = ("InvalidReplicationGroupState", "Replication group") if isinstance(one, Group) else _OF_CLUSTERS
        raise AwsError(code, f"{noun} {one.name} is not in available state: {one.status}.")


_OF_CLUSTERS = ("InvalidCacheClusterState", "Cache cluster")
