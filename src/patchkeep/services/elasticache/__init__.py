"""Caches: ElastiCache's replication groups and clusters of Redis OSS, Valkey and Memcached; serverless ones are AWS's own to patch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Call
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import ManagedRule, Policy
from patchkeep.domain.setting import Estate, Setting
from patchkeep.services import _automation, _service_updates
from patchkeep.services._automation import Automation, Fields
from patchkeep.services._grants import Grant, own
from patchkeep.services._service import Service
from patchkeep.services._service_updates import Ways
from patchkeep.services._steps import MAINTAIN
from patchkeep.services._weekly import Slots
from patchkeep.services.elasticache.acts import DOING, unprocessed
from patchkeep.services.elasticache.digest import CLUSTER, GROUP, SERVERLESS
from patchkeep.services.elasticache.discover import discover

LEAST = timedelta(minutes=60)  # PreferredMaintenanceWindow: "minimum maintenance window is a 60 minute period" (ModifyCacheCluster)
WAYS = Ways(windowed=True, stoppable=True)


def course(asset: Asset, rule: ManagedRule, _: Mapping[str, Asset]) -> Course | str:
    """How what the cache lacks is put on; else why nothing is."""
    return _service_updates.course(asset, rule, WAYS)


def _wants(asset: Asset, rule: ManagedRule, week: str) -> Fields:
    wanted: dict[str, object] = {}
    if week:
        wanted["PreferredMaintenanceWindow"] = week
    if "auto_minor" in rule.settings and "auto_minor" in asset.facts:
        wanted["AutoMinorVersionUpgrade"] = rule.settings["auto_minor"]
    return wanted


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    """Without ApplyImmediately: windows and automation take effect at once all the same, and nothing that waits is hurried."""
    if ":replicationgroup:" in existing.id:
        return (Call.of("elasticache", "modify_replication_group", fields, ReplicationGroupId=existing.name),)
    return (Call.of("elasticache", "modify_cache_cluster", fields, CacheClusterId=existing.name),)


AUTOMATION = Automation("elasticache", _wants, _changes, Slots(LEAST), holds=("auto_minor",))


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Weekly windows and automatic minor upgrades, where a rule of the policy says how they should be."""
    return _automation.settings(AUTOMATION, estate)


def measured(resource: str, asks: Frozen) -> tuple[str, tuple[dict[str, str], ...]]:
    """Metrics are published node by node: a group's are the clusters that it was made of when the plan was."""
    nodes = asks.get("nodes") or (resource.rpartition(":")[2],)
    return "AWS/ElastiCache", tuple({"CacheClusterId": node} for node in nodes)


def undo(change: Change) -> Frozen | str:
    """A service update can be stopped while it is under way; an engine version stays."""
    if MAINTAIN in change.steps:
        return change.asks
    return change.undo or "AWS has no way back to an older engine version"


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Caches of the account, and snapshots that bear the name of ours."""
    groups, clusters = own("elasticache", "replicationgroup:*"), own("elasticache", "cluster:*")
    snapshots, parameters = own("elasticache", "snapshot:patchkeep-*"), own("elasticache", "parametergroup:*")
    updating = ("batch_apply_update_action", "batch_stop_update_action")
    return (
        Grant("MaintainCaches", "elasticache", updating, (*groups, *clusters)),
        Grant("ChangeCacheGroups", "elasticache", ("modify_replication_group",), (*groups, *parameters)),
        Grant("ChangeCacheClusters", "elasticache", ("modify_cache_cluster",), (*clusters, *parameters)),
        Grant("SnapshotCaches", "elasticache", ("create_snapshot",), (*groups, *clusters, *snapshots)),
        Grant("TagCacheSnapshots", "elasticache", ("add_tags_to_resource",), snapshots),
    )


SERVICE = DOING.carries(
    Service(
        name="elasticache",
        kinds=(GROUP, CLUSTER, SERVERLESS),
        sources=Frozen(
            state="elasticache:DescribeCacheClusters",
            updates="elasticache:DescribeUpdateActions",
            versions="elasticache:DescribeCacheEngineVersions",
        ),
        discover=discover,
        settings=settings,
        course=course,
        unprocessed=unprocessed,
        measured=measured,
        busy=frozenset({"InvalidCacheClusterState", "InvalidReplicationGroupState"}),
        undo=undo,
    )
)
