"""What RDS keeps of one account and region: instances, clusters, snapshots and blue/green deployments, and how each is looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from patchkeep.sandbox.managed.engines import Engine, Version, engines
from patchkeep.sandbox.managed.resource import AVAILABLE, Resource, found, kept
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import Offer
from patchkeep.sandbox.operation import AwsError, Request
from patchkeep.sandbox.world import Site

BACKUPS = "04:30-05:00"  # every day


@dataclass(slots=True, kw_only=True)
class Database(Resource):
    """What instances and clusters have in common."""

    window: Weekly
    engine: str
    version: str
    resource_id: str
    auto_minor: bool = True
    pending: dict[str, Any] = field(default_factory=dict)  # PendingModifiedValues
    offers: dict[str, Offer] = field(default_factory=dict)  # pending maintenance by action
    backup_days: int = 7

    @property
    def facts(self) -> Engine:
        return engines("rds")[self.engine]

    def at_version(self, now: datetime) -> Version:
        """Its version as the catalogue has it."""
        version = self.facts.version(self.version, now)
        if version is None:
            raise AwsError("InvalidParameterCombination", f"Cannot find version {self.version} for {self.engine}", 400)
        return version


@dataclass(slots=True, kw_only=True)
class Instance(Database):
    cluster: str = ""  # its cluster's name
    source: str = ""  # of what it is a read replica
    size: str = "db.r6g.large"
    multi_az: bool = False
    zone: str = ""
    storage: int = 100  # GiB
    certificate: str = "rds-ca-rsa2048-g1"
    tier: int = 1  # in which order Aurora promotes readers


@dataclass(slots=True, kw_only=True)
class Cluster(Database):
    members: list[str] = field(default_factory=list)  # names of its instances, the writer first
    across: str = ""  # its global database


@dataclass(slots=True, kw_only=True)
class Snapshot(Resource):
    """Of an instance."""

    of: str
    engine: str
    version: str
    type: str = "manual"


@dataclass(slots=True, kw_only=True)
class ClusterSnapshot(Snapshot):
    """Of a cluster: their names are their own."""


@dataclass(slots=True, kw_only=True)
class BlueGreen(Resource):
    """Blue is what is in use, green what is to replace it. `title`: the name that its maker gave."""

    READY: ClassVar[str] = "AVAILABLE"
    title: str
    blue: Database
    green: Database
    target_version: str
    tasks: list[dict[str, str]] = field(default_factory=list)
    why: str = ""  # StatusDetails


def arn(site: Site, kind: str, name: str) -> str:
    return f"arn:aws:rds:{site.region}:{site.account}:{kind}:{name}"


def named(text: str) -> str:
    """The name in an identifier, which may be an ARN. RDS stores names in small letters."""
    return text.rsplit(":", 1)[-1].lower()


def instance(request: Request, name: str) -> Instance:
    one = kept(request.site, Instance).get(named(name))
    if one is None:
        raise AwsError("DBInstanceNotFound", f"DBInstance {named(name)} not found.", 404)
    return one


def cluster(request: Request, name: str) -> Cluster:
    one = kept(request.site, Cluster).get(named(name))
    if one is None:
        raise AwsError("DBClusterNotFoundFault", f"DBCluster {named(name)} not found.", 404)
    return one


def at_arn(request: Request, text: str) -> Resource:
    """Raises the NotFound of its kind."""
    one = found(request.site, text)
    if one is not None:
        return one
    kind = text.split(":")[5] if text.count(":") > 5 else ""
    match kind:
        case "db":
            raise AwsError("DBInstanceNotFound", f"DBInstance {named(text)} not found.", 404)
        case "cluster":
            raise AwsError("DBClusterNotFoundFault", f"DBCluster {named(text)} not found.", 404)
        case "snapshot" | "cluster-snapshot":
            raise AwsError("DBSnapshotNotFound", f"DBSnapshot {named(text)} not found.", 404)
        case "deployment":
            raise AwsError("BlueGreenDeploymentNotFoundFault", f"Blue/Green Deployment {named(text)} not found.", 404)
        case _:
            raise AwsError("InvalidParameterValue", f"The specified resource name does not match an RDS resource in this region: {text}")


def must_be_available(one: Database) -> None:
    if one.status != AVAILABLE:
        code = "InvalidDBClusterStateFault" if isinstance(one, Cluster) else "InvalidDBInstanceState"
        noun = "DB cluster" if isinstance(one, Cluster) else "Database instance"
        raise AwsError(code, f"{noun} {one.name} is not in available state: {one.status}.")


def writer_and_readers(site: Site, one: Cluster) -> list[Instance]:
    """Members that are still there, the writer first."""
    instances = kept(site, Instance)
    return [instances[name] for name in one.members if name in instances]


def replicas(site: Site, one: Instance) -> list[Instance]:
    return [other for other in kept(site, Instance).values() if other.source == one.name]
