"""Clusters that were there before anybody came, from the `resources:` of an organization file.

Settings of `memorydb-cluster`: shards, replicas, class, parameters (parameter group), auto_minor_version_upgrade, multi_region (its
multi-Region cluster), updates: a list of service updates {name, recommended: 30, auto, description}, days from when the world begins.
Traits: "slow", "upgrade-fails", "update-refused".
"""

from __future__ import annotations

from patchkeep.sandbox.managed.resource import keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.serviced import REFUSED, campaign, offer, version_of, window_of
from patchkeep.sandbox.managed.work import FAILS, SLOW
from patchkeep.sandbox.memorydb.state import NAME, Cluster, arn

TRAITS = frozenset({SLOW, FAILS, REFUSED})
SETTINGS = frozenset({"shards", "replicas", "class", "parameters", "auto_minor_version_upgrade", "multi_region", "updates"})


def plant(planting: Planting) -> None:
    wish, site, settings = planting.declared, planting.site, planting.declared.settings
    engine, version = version_of(planting, NAME)
    shards, each = settings.get("shards", 1), 1 + settings.get("replicas", 1)
    made = Cluster(
        name=wish.name.lower(),
        arn=arn(site, "cluster", wish.name.lower()),
        made=planting.world.clock.now(),
        tags=dict(wish.tags),
        traits=wish.traits,
        window=window_of(planting),
        engine=engine.name,
        version=version.number,
        parameters=settings.get("parameters", f"default.memorydb-{engine.name}{version.major}"),
        catalogue=NAME,
        modifying="updating",
        nodes=[f"{shard:04}-{number:03}" for shard in range(1, 1 + shards) for number in range(1, 1 + each)],
        auto_minor=settings.get("auto_minor_version_upgrade", True),
        shards=shards,
        size=settings.get("class", "db.r7g.large"),
        across=settings.get("multi_region", ""),
    )
    keep(site, made)
    offer(planting, made, settings.get("updates", ()))
    campaign(planting.world, site, made)
