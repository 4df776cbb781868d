"""AWS's rows about one cache, turned into our values. Shapes: botocore's model of ElastiCache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Update, UpdateState
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services._automation import NO_AUTO_MINOR
from patchkeep.services._service_steps import Action
from patchkeep.services._service_updates import Listed, doubts, versions
from patchkeep.services._upgrades import facts_of, put_off
from patchkeep.services._versions import order
from patchkeep.services._weekly import opening

Row = Mapping[str, Any]
GROUP, CLUSTER, SERVERLESS = "cache replication group", "cache cluster", "serverless cache"
BY_AWS = "AWS patches serverless caches by itself: not yours to patch"
# As lifecycle feeds know what ElastiCache runs; of Memcached AWS ends whole versions by announcements alone.
PRODUCTS = {"redis": "amazon-elasticache-redis", "valkey": "valkey"}
STATES = {
    "not-applied": UpdateState.MISSING,
    "stopped": UpdateState.MISSING,
    "scheduling": UpdateState.SCHEDULED,
    "scheduled": UpdateState.SCHEDULED,
    "waiting-to-start": UpdateState.RUNNING,
    "in-progress": UpdateState.RUNNING,
    "stopping": UpdateState.RUNNING,
    "complete": None,
    "not-applicable": None,
}
_IN_TIME = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Offers:
    """What AWS offers in a region: service updates by name, engine versions by engine, update actions by resource."""

    updates: Mapping[str, Row] = field(default_factory=dict)
    versions: Mapping[str, tuple[Listed, ...]] = field(default_factory=dict)
    actions: Mapping[str, Sequence[Row]] = field(default_factory=dict)


def resource_of(row: Row) -> str:
    """Which cache a row about an update action is of, as its ARN ends: "replicationgroup:orders", "cluster:sessions"."""
    return f"replicationgroup:{row['ReplicationGroupId']}" if row.get("ReplicationGroupId") else f"cluster:{row.get('CacheClusterId', '')}"


def action(row: Row) -> Action:
    """One update action. A service update that is no longer available can't be applied any more."""
    offered = row.get("ServiceUpdateStatus", "available")
    state = STATES.get(row["UpdateActionStatus"], UpdateState.MISSING)
    return Action(row["UpdateActionStatus"], state, row.get("NodesUpdated", ""), "" if offered == "available" else offered)


def group(target: Target, row: Row, members: Sequence[Row], offers: Offers) -> Asset:
    """One replication group. Version, window and parameters only its members tell; it is as old as the oldest of them."""
    name, clustered = row["ReplicationGroupId"], bool(row.get("ClusterEnabled"))
    first: Row = min(members, key=lambda one: order(one.get("EngineVersion", "")), default={})
    told = {**first, "Engine": row.get("Engine") or first.get("Engine", "")}
    told["AutoMinorVersionUpgrade"] = row.get("AutoMinorVersionUpgrade", first.get("AutoMinorVersionUpgrade"))
    names = sorted(one["CacheClusterId"] for one in members)
    facts = {
        "status": row.get("Status", ""),
        "nodes": tuple(names),
        "global": _across(row.get("GlobalReplicationGroupInfo", {})),
        # "Creating a manual backup" in the user guide: of a group in cluster mode itself, else of a node, the last being a replica
        "snapshot_of": f"replicationgroup:{name}" if clustered or not names else f"cluster:{names[-1]}",
        **facts_of(*put_off(row.get("PendingModifiedValues", {}), *(one.get("PendingModifiedValues", {}) for one in members))),
    }
    disruption = Disruption.FAILOVER if row.get("AutomaticFailover") == "enabled" else Disruption.RESTART
    return _filled(Asset(row["ARN"], GROUP, target, name, "", facts=Frozen(facts)), told, offers, disruption)


def cluster(target: Target, row: Row, offers: Offers) -> Asset:
    """One cluster without a group. Memcached has no snapshots, and its nodes come back empty."""
    name, volatile = row["CacheClusterId"], row["Engine"] == "memcached"
    facts = {"status": row["CacheClusterStatus"], "nodes": (name,), "snapshot_of": "" if volatile else f"cluster:{name}"}
    facts |= facts_of(*put_off(row.get("PendingModifiedValues", {})))
    disruption = Disruption.REPLACE if volatile else Disruption.RESTART
    return _filled(Asset(row["ARN"], CLUSTER, target, name, "", facts=Frozen(facts)), row, offers, disruption)


def serverless(target: Target, row: Row) -> Asset:
    """One serverless cache: nothing of it is anybody's to patch but AWS's."""
    version = row.get("FullEngineVersion") or row.get("MajorEngineVersion", "")
    facts = Frozen(status=row["Status"], by_aws=BY_AWS)
    asset = Asset(row["ARN"], SERVERLESS, target, row["ServerlessCacheName"], "", updates=(), facts=facts, remarks=(BY_AWS,))
    return _known_as(asset, row["Engine"], version)


def _known_as(asset: Asset, engine: str, version: str) -> Asset:
    """`engine` stays empty where no lifecycle feed knows it: then nobody doubts its end of support."""
    product = PRODUCTS.get(engine, "")
    return replace(asset, engine=engine if product else "", version=version, product=product)


def _filled(asset: Asset, row: Row, offers: Offers, disruption: Disruption) -> Asset:
    """The asset with what groups and clusters tell alike."""
    engine, version, window = row["Engine"], row.get("EngineVersion", ""), row.get("PreferredMaintenanceWindow", "")
    updates = [_service_update(one, offers, window, disruption) for one in offers.actions.get(asset.resource, ()) if action(one).state]
    pending = row.get("PendingModifiedValues", {}).get("EngineVersion", "")
    updates += versions(engine, version, offers.versions.get(engine, ()), pending=pending, disruption=disruption)
    parameters = row.get("CacheParameterGroup", {}).get("CacheParameterGroupName", "")
    backups = {"backups": row["SnapshotWindow"]} if row.get("SnapshotWindow") else {}
    automatic = {"auto_minor": bool(row.get("AutoMinorVersionUpgrade"))} if _automates(engine, version) else {}
    return _known_as(
        replace(
            asset,
            updates=tuple(sorted(updates, key=lambda update: update.key)),
            facts=Frozen(asset.facts, engine=engine, parameters=parameters, **backups, **automatic),
            unread=doubts(engine, version),
            window=window,
            remarks=(NO_AUTO_MINOR,) if automatic.get("auto_minor") is False else (),
        ),
        engine,
        version,
    )


def _automates(engine: str, version: str) -> bool:
    """Whether AWS can put minor versions on by itself: Valkey, and Redis OSS from 6.0 on (ModifyReplicationGroup)."""
    return engine == "valkey" or (engine == "redis" and order(version) >= (6,))


def _across(about: Row) -> str:
    return f"the global datastore {about['GlobalReplicationGroupId']}" if about.get("GlobalReplicationGroupId") else ""


def _service_update(row: Row, offers: Offers, window: str, disruption: Disruption) -> Update:
    """One service update that a cache lacks. AWS applies some by itself, in the first window after the date that it recommends."""
    name, due = row["ServiceUpdateName"], row.get("ServiceUpdateRecommendedApplyByDate")
    about = offers.updates.get(name, {})
    forced = opening(window, due) if due and about.get("AutoUpdateAfterRecommendedApplyByDate") else None
    return Update(
        id=name,
        title=about.get("ServiceUpdateDescription") or row.get("ServiceUpdateType") or name,
        state=action(row).state or UpdateState.MISSING,
        severity=row.get("ServiceUpdateSeverity", ""),
        classification="maintenance",
        disruption=disruption,
        released_at=row.get("ServiceUpdateReleaseDate"),
        due_at=due,
        forced_at=forced,
        in_time=_IN_TIME.get(row.get("SlaMet", "")),
        facts=Frozen(takes=row.get("EstimatedUpdateTime", ""), ends=about.get("ServiceUpdateEndDate")),
    )
