"""Caches that were there before anybody came, from the `resources:` of an organization file.

Settings of `cache-group`: replicas, shards (cluster mode), failover, global (its global datastore); of `cache-cluster`: nodes; of both:
class, parameters (parameter group), auto_minor_version_upgrade, updates. `updates` is a list of service updates {name, severity,
recommended: 30, expires: 120, auto, description}, days from when the world begins. Traits: "slow", "upgrade-fails", "update-refused",
"replica-lags", "busy", "evicting", "metrics-missing".
"""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.elasticache.measures import BUSY, EVICTS, LAGS, UNMEASURED
from patchkeep.sandbox.elasticache.state import NAME, Cache, Cluster, Group, Node, Serverless, arn
from patchkeep.sandbox.managed.resource import keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.serviced import REFUSED, campaign, offer, version_of, window_of
from patchkeep.sandbox.managed.work import FAILS, SLOW

TRAITS = frozenset({SLOW, FAILS, REFUSED, LAGS, BUSY, EVICTS, UNMEASURED})
_BOTH = frozenset({"class", "parameters", "auto_minor_version_upgrade", "updates"})
SETTINGS_OF_GROUPS = _BOTH | {"replicas", "shards", "failover", "global"}
SETTINGS_OF_CLUSTERS = _BOTH | {"nodes"}


def plant_group(planting: Planting) -> None:
    wish = planting.declared
    if wish.engine == "memcached":
        raise ValueError("Memcached has no replication groups; make it a cache-cluster")
    shards, each = wish.settings.get("shards", 0), 1 + wish.settings.get("replicas", 0)
    names = [f"{wish.name}-{number:03}" for number in range(1, 1 + each)]
    if shards:
        names = [f"{wish.name}-{shard:04}-{number:03}" for shard in range(1, 1 + shards) for number in range(1, 1 + each)]
    made = Group(**_common(planting, "replicationgroup", sharded=bool(shards)), nodes=names, shards=shards)
    made.across = wish.settings.get("global", "")
    _place(planting, made)
    for name in names:
        keep(planting.site, Node(name=name, arn=arn(planting.site, "cluster", name), made=made.made, tags=made.tags))


def plant_cluster(planting: Planting) -> None:
    wish = planting.declared
    many = wish.settings.get("nodes", 1)
    if many > 1 and wish.engine != "memcached":
        raise ValueError("a cluster of Redis OSS or Valkey has one node; make it a cache-group")
    names = [f"{number:04}" for number in range(1, 1 + many)]
    _place(planting, Cluster(**_common(planting, "cluster", sharded=False), nodes=names))


def plant_serverless(planting: Planting) -> None:
    wish, site = planting.declared, planting.site
    _, version = version_of(planting, NAME)
    name = wish.name.lower()
    made = planting.world.clock.now()
    keep(
        site,
        Serverless(
            name=name, arn=arn(site, "serverlesscache", name), made=made, tags=dict(wish.tags), engine=wish.engine, version=version.number
        ),
    )


def _common(planting: Planting, kind: str, *, sharded: bool) -> dict[str, Any]:
    wish, site = planting.declared, planting.site
    engine, version = version_of(planting, NAME)
    clustered = ".cluster.on" if sharded else ""
    return {
        "name": wish.name.lower(),
        "arn": arn(site, kind, wish.name.lower()),
        "made": planting.world.clock.now(),
        "tags": dict(wish.tags),
        "traits": wish.traits,
        "window": window_of(planting),
        "engine": engine.name,
        "version": version.number,
        "parameters": wish.settings.get("parameters", f"default.{engine.name}{version.major}{clustered}"),
        "catalogue": NAME,
        "auto_minor": wish.settings.get("auto_minor_version_upgrade", True),
        "size": wish.settings.get("class", "cache.r7g.large"),
        "zones": tuple(site.region + letter for letter in "abc"),
    }


def _place(planting: Planting, one: Cache) -> None:
    keep(planting.site, one)
    offer(planting, one, planting.declared.settings.get("updates", ()))
    if one.engine != "memcached":
        campaign(planting.world, planting.site, one)
