"""Discovery of caches: what runs Redis OSS, Valkey or Memcached, and what AWS offers for it.

- elasticache:DescribeCacheClusters, DescribeReplicationGroups, DescribeServerlessCaches: which there are; ListTagsForResource: whose
- elasticache:DescribeUpdateActions, DescribeServiceUpdates: which service updates each lacks, until when, and whether AWS is in time
- elasticache:DescribeCacheEngineVersions: which engine versions there are
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Asset, Existing, Found
from patchkeep.domain.call import Call, Cause, Dialogue, Gap, Refused, Target
from patchkeep.services import _told
from patchkeep.services._answers import granted
from patchkeep.services._automation import BACKUPS, present
from patchkeep.services._owners import tags_of
from patchkeep.services.elasticache.digest import SERVERLESS, Offers, Row, cluster, group, resource_of, serverless

CLUSTERS = Call.of("elasticache", "describe_cache_clusters")
GROUPS = Call.of("elasticache", "describe_replication_groups")
WITHOUT_SERVERS = Call.of("elasticache", "describe_serverless_caches")
ACTIONS = Call.of("elasticache", "describe_update_actions", ServiceUpdateStatus=["available"])
UPDATES = Call.of("elasticache", "describe_service_updates", ServiceUpdateStatus=["available"])
VERSIONS = Call.of("elasticache", "describe_cache_engine_versions")


def discover(target: Target) -> Dialogue[Found]:
    """All caches of one account and region; a refused read of updates, versions or tags leaves those facts unread."""
    clusters, without = yield (CLUSTERS, WITHOUT_SERVERS)
    if isinstance(clusters, Refused):
        granted((clusters, without))
    nodes, others = clusters["CacheClusters"], [serverless(target, row) for row in _told.rows(without, "ServerlessCaches")]
    groups: tuple[Row, ...] = ()
    if any(row.get("ReplicationGroupId") for row in nodes):
        (grouped,) = yield (GROUPS,)
        if isinstance(grouped, Refused):
            granted((grouped, without))
        groups = grouped["ReplicationGroups"]
    offered: tuple[Any, ...] = (yield (ACTIONS, UPDATES, VERSIONS)) if nodes else ()
    offers = _offers(*offered) if offered else Offers()
    members: dict[str, list[Row]] = {}
    for row in nodes:
        members.setdefault(row.get("ReplicationGroupId", ""), []).append(row)
    caches = [group(target, row, members.get(row["ReplicationGroupId"], ()), offers) for row in groups]
    caches += [cluster(target, row, offers) for row in members.get("", ())]
    found = yield from _whose(tuple(_doubted(asset, *offered) for asset in caches) + tuple(others), offered)
    return replace(found, gaps=(*found.gaps, *_unseen(without)))


def _unseen(without: Any) -> tuple[Gap, ...]:
    """Serverless caches that nobody was let see; where AWS has none, there are none to see."""
    if not isinstance(without, Refused) or without.gap.cause is Cause.NOT_OFFERED:
        return ()
    return (replace(without.gap, hides=True),)


def _offers(actions: Any, updates: Any, versions: Any) -> Offers:
    by_resource: dict[str, list[Row]] = {}
    for row in _told.rows(actions, "UpdateActions"):
        by_resource.setdefault(resource_of(row), []).append(row)
    by_engine: dict[str, list[tuple[str, str]]] = {}
    for row in _told.rows(versions, "CacheEngineVersions"):
        by_engine.setdefault(row["Engine"], []).append((row["EngineVersion"], row["CacheParameterGroupFamily"]))
    named = {row["ServiceUpdateName"]: row for row in _told.rows(updates, "ServiceUpdates")}
    return Offers(named, {engine: tuple(found) for engine, found in by_engine.items()}, by_resource)


def _doubted(asset: Asset, actions: Any, updates: Any, versions: Any) -> Asset:
    doubts = _told.unread(update_actions=actions, service_updates=updates, engine_versions=versions)
    return replace(asset, updates=None if isinstance(actions, Refused) else asset.updates, unread=(*asset.unread, *doubts))


def _whose(assets: tuple[Asset, ...], offered: Iterable[Any]) -> Dialogue[Found]:
    """The same with their tags, which AWS tells one by one."""
    if not assets:
        return Found()
    told = yield tuple(Call.of("elasticache", "list_tags_for_resource", ResourceName=asset.id) for asset in assets)
    tagged = tuple(_tagged(asset, answer) for asset, answer in zip(assets, told, strict=True))
    patched = tuple(asset for asset in tagged if asset.kind != SERVERLESS)
    return Found(tagged, _gaps(tagged, patched, offered, told), tuple(_automation(asset) for asset in patched))


def _tagged(asset: Asset, answer: Any) -> Asset:
    return replace(asset, tags=tags_of(_told.rows(answer, "TagList")), unread=(*asset.unread, *_told.unread(tags=answer)))


def _gaps(assets: Iterable[Asset], patched: Iterable[Asset], offered: Iterable[Any], told: Iterable[Any]) -> Any:
    untold = [(asset, answer) for asset, answer in zip(assets, told, strict=True) if isinstance(answer, Refused)]
    return (*_told.gaps_about(patched, offered), *_told.gaps_about((asset for asset, _ in untold), (answer for _, answer in untold)))


def _automation(asset: Asset) -> Existing:
    fields: dict[str, object] = {"PreferredMaintenanceWindow": asset.window, BACKUPS: asset.facts.get("backups", "")}
    if "auto_minor" in asset.facts:
        fields["AutoMinorVersionUpgrade"] = asset.facts["auto_minor"]
    return present("elasticache", asset, fields)
