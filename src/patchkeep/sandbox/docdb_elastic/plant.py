"""Elastic clusters that were there before anybody came, from the `resources:` of an organization file.

Settings: shards, instances (of each shard), pending, a list of {action, description, auto_after: 7, forced: 21}, days from when the
world begins. Traits: "slow", "upgrade-fails".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.docdb_elastic.maintenance import ACTIONS, put_off
from patchkeep.sandbox.docdb_elastic.state import Action, Cluster, arn
from patchkeep.sandbox.managed.resource import keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import FAILS, SLOW
from patchkeep.sandbox.world import World

TRAITS = frozenset({SLOW, FAILS})
SETTINGS = frozenset({"shards", "instances", "pending"})
AGE = timedelta(days=300)


def plant(planting: Planting) -> None:
    wish, site, world = planting.declared, planting.site, planting.world
    if wish.engine or wish.version:
        raise ValueError("an elastic cluster has no engine or version that AWS would tell: leave them out")
    one = Cluster(
        name=wish.name,
        arn=arn(site, "cluster", wish.name),
        made=world.clock.now() - AGE,
        tags=dict(wish.tags),
        traits=wish.traits,
        window=Weekly.read(wish.window) if wish.window else Weekly.assigned(site.account, site.region, wish.name),
        shards=wish.settings.get("shards", 2),
        instances=wish.settings.get("instances", 2),
    )
    keep(site, one)
    for each in wish.settings.get("pending", ()):
        offer = _offer(world, each)
        one.offers[offer.action] = offer
        put_off(world, one, offer)


def _offer(world: World, wish: dict[str, Any]) -> Action:
    action, now = wish.get("action", ""), world.clock.now()
    if action not in ACTIONS:
        raise ValueError(f"has no pending action {action!r}; write one of {', '.join(ACTIONS)}")
    auto, forced = (now + timedelta(days=wish[name]) if name in wish else None for name in ("auto_after", "forced"))
    return Action(action, wish.get("description", f"{action.replace('_', ' ').lower()} available"), "", auto, forced)
