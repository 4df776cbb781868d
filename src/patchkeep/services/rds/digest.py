"""AWS's rows about one database, turned into our values. Shapes: botocore's model of RDS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Support, Update, UpdateState
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services import _pending
from patchkeep.services._automation import NO_AUTO_MINOR
from patchkeep.services._owners import tags_of
from patchkeep.services._upgrades import facts_of, put_off
from patchkeep.services._versions import ENGINE, of_each_line
from patchkeep.services.rds.across import across

Row = Mapping[str, Any]

INSTANCE, CLUSTER = "db instance", "db cluster"
_PRODUCTS = {  # as endoflife.date names them, for those of which AWS's own API tells no dates
    "aurora-postgresql": "amazon-aurora-postgresql",
    "docdb": "amazon-documentdb",
    "mariadb": "amazon-rds-mariadb",
    "mysql": "amazon-rds-mysql",
    "neptune": "amazon-neptune",
    "postgres": "amazon-rds-postgresql",
}
_STANDARD, _EXTENDED = "-standard-support", "-extended-support"


@dataclass(frozen=True, slots=True)
class Engines:
    """What AWS tells of engine versions: upgrade targets by (engine, version), and how long major lines are supported."""

    targets: Mapping[tuple[str, str], tuple[Row, ...]] = field(default_factory=dict)
    support: Mapping[tuple[str, str], Support] = field(default_factory=dict)  # by (engine, line)

    def support_of(self, engine: str, version: str) -> Support | None:
        """Of the longest line that the version belongs to: "8.0" of "8.0.35"."""
        parts = version.split(".")
        lines = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((found for line in lines if (found := self.support.get((engine, line)))), None)


def support_of(row: Row) -> Support:
    """How long a major line is supported, from one row of DescribeDBMajorEngineVersions."""
    ends = {one["LifecycleSupportName"]: one["LifecycleSupportEndDate"].date() for one in row.get("SupportedEngineLifecycles", ())}
    standard = next((end for name, end in ends.items() if name.endswith(_STANDARD)), None)
    extended = next((end for name, end in ends.items() if name.endswith(_EXTENDED)), None)
    return Support(row["Engine"], row["MajorEngineVersion"], standard, extended, "rds:DescribeDBMajorEngineVersions")


def instance(target: Target, row: Row, pending: Iterable[Row], engines: Engines) -> Asset:
    """One database instance. The engine of a cluster's member is the cluster's business; its maintenance its own."""
    spare = bool(row.get("MultiAZ")) or bool(row.get("DBClusterIdentifier"))
    updates = [_waiting(one, spare=spare) for one in pending]
    if not row.get("DBClusterIdentifier"):
        updates += _versions(row, row.get("PendingModifiedValues", {}).get("EngineVersion", ""), row["DBInstanceStatus"], engines)
    facts = {
        "status": row["DBInstanceStatus"],
        "cluster": row.get("DBClusterIdentifier", ""),
        "replicas": row.get("ReadReplicaDBInstanceIdentifiers", ()),
        "source": row.get("ReadReplicaSourceDBInstanceIdentifier", ""),
        "zone": row.get("AvailabilityZone", ""),
        "spare": bool(row.get("MultiAZ")),
        "storage": row.get("AllocatedStorage", 0),
        **facts_of(*put_off(row.get("PendingModifiedValues", {}))),
    }
    asset = Asset(row["DBInstanceArn"], INSTANCE, target, row["DBInstanceIdentifier"], "", facts=Frozen(facts))
    return _filled(asset, row, updates, engines)


def cluster(target: Target, row: Row, pending: Iterable[Row], engines: Engines) -> Asset:
    """One cluster: Aurora, Multi-AZ, DocumentDB or Neptune."""
    updates = [_waiting(one, spare=True) for one in pending]
    updates += _versions(row, row.get("PendingModifiedValues", {}).get("EngineVersion", ""), row["Status"], engines)
    members = {one["DBInstanceIdentifier"]: bool(one.get("IsClusterWriter")) for one in row.get("DBClusterMembers", ())}
    waiting = facts_of(*put_off(row.get("PendingModifiedValues", {})))
    facts = {"status": row["Status"], "members": Frozen(members), "storage": row.get("AllocatedStorage", 0), **waiting}
    if whole := across(row):
        facts["global"] = whole
    asset = Asset(row["DBClusterArn"], CLUSTER, target, row["DBClusterIdentifier"], "", facts=Frozen(facts))
    return _filled(asset, row, updates, engines)


def _filled(asset: Asset, row: Row, updates: Iterable[Update], engines: Engines) -> Asset:
    """The asset with what instances and clusters tell alike."""
    automatic = bool(row.get("AutoMinorVersionUpgrade")) or bool(row.get("DBClusterIdentifier"))
    version = row.get("EngineVersion", "")
    return replace(
        asset,
        tags=tags_of(row.get("TagList", ())),
        updates=tuple(sorted(updates, key=lambda update: update.key)),
        engine=row["Engine"],
        version=version,
        product=_PRODUCTS.get(row["Engine"], ""),
        support=engines.support_of(row["Engine"], version),
        window=row.get("PreferredMaintenanceWindow", ""),
        upgrade_order=row.get("UpgradeRolloutOrder", "") if automatic else "",
        remarks=() if automatic else (NO_AUTO_MINOR,),
    )


NEVER_ASKED_FOR = frozenset({"serverless-platform-version-update"})  # pending, but no value that ApplyPendingMaintenanceAction takes


def _waiting(row: Row, *, spare: bool) -> Update:
    """One pending maintenance action. `spare`: another machine takes over while it goes on."""
    certificate = row["Action"] == "ca-certificate-rotation"
    disruption = Disruption.FAILOVER if spare and not certificate else Disruption.RESTART
    return _pending.update(row, disruption)


def _versions(row: Row, scheduled: str, status: str, engines: Engines) -> Iterator[Update]:
    """The newest version within the major line, and the newest beyond it."""
    targets = engines.targets.get((row["Engine"], row.get("EngineVersion", "")), ())
    majors = {one["EngineVersion"] for one in targets if one.get("IsMajorVersionUpgrade")}
    for line, version in of_each_line((one["EngineVersion"] for one in targets), majors.__contains__):
        state = UpdateState.OPTIONAL if line == "major" else UpdateState.MISSING
        if scheduled == version:
            state = UpdateState.RUNNING if status == "upgrading" else UpdateState.SCHEDULED
        title = f"{row['Engine']} {version}"
        yield Update(ENGINE, title, state, classification=line, version=version, disruption=Disruption.RESTART)
