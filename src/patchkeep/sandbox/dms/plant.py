"""Replication instances that were there before anybody came, from the `resources:` of an organization file.

Settings: auto_minor_version_upgrade, multi_az, pending, a list of {action, description, auto_after: 7, forced: 21}, days from when the
world begins. Traits: "slow", "upgrade-fails".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from patchkeep.sandbox.dms.state import Replication, engine
from patchkeep.sandbox.dms.upgrade import ACTIONS, offer, upgrade
from patchkeep.sandbox.identity import unique_id
from patchkeep.sandbox.managed.engines import Version, ordered
from patchkeep.sandbox.managed.resource import AVAILABLE, found, keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import FAILS, SLOW, Offer, appoint
from patchkeep.sandbox.world import Site, World

TRAITS = frozenset({SLOW, FAILS})
SETTINGS = frozenset({"auto_minor_version_upgrade", "multi_az", "pending"})
AGE = timedelta(days=400)
DESCRIPTIONS = {"os-upgrade": "New Operating System update is available", "os-patch": "New Operating System patch is available"}
GRACE = timedelta(days=90)  # between deprecation and the forced upgrade; invented: AWS announces each


def plant(planting: Planting) -> None:
    wish, site, world = planting.declared, planting.site, planting.world
    known = [version.number for version in engine().known(world.clock.now())]
    if wish.version not in known:
        raise ValueError(f"DMS has no version {wish.version!r}; write one of {', '.join(known)}")
    identity = unique_id(world.seed, site.account, site.region, "dms", wish.name, length=26).upper()
    one = Replication(
        name=wish.name,
        arn=f"arn:aws:dms:{site.region}:{site.account}:rep:{identity}",
        made=world.clock.now() - AGE,
        tags=dict(wish.tags),
        traits=wish.traits,
        window=Weekly.read(wish.window) if wish.window else Weekly.assigned(site.account, site.region, wish.name),
        version=wish.version,
        auto_minor=wish.settings.get("auto_minor_version_upgrade", True),
        multi_az=wish.settings.get("multi_az", False),
    )
    keep(site, one)
    for each in wish.settings.get("pending", ()):
        offer(world, one, _offer(world, each))
    _expect_campaigns(world, site, one)


def _offer(world: World, wish: dict[str, Any]) -> Offer:
    action = wish.get("action", "")
    if action not in ACTIONS or action == "db-upgrade":
        raise ValueError(f"has no pending action {action!r}; write one of {', '.join(name for name in ACTIONS if name != 'db-upgrade')}")
    now = world.clock.now()
    auto, forced = (now + timedelta(days=wish[name]) if name in wish else None for name in ("auto_after", "forced"))
    return Offer(action, wish.get("description", DESCRIPTIONS.get(action, action)), "", auto, forced)


def forced_at(version: Version) -> datetime | None:
    """When AWS upgrades those that still run it."""
    return version.until + GRACE if version.until else None


def _expect_campaigns(world: World, site: Site, one: Replication) -> None:
    """AWS's own upgrades: automatic ones in the window, where they are let, and forced ones from deprecated versions at their date."""
    now = world.clock.now()
    for version in engine().versions:
        if version.automatic and version.automatic >= now:
            world.clock.at(version.automatic, partial(_automatic, world, site, one, version))
        if (date := forced_at(version)) and date >= now:
            world.clock.at(date, partial(_force, world, site, one, version))


def _automatic(world: World, site: Site, one: Replication, version: Version) -> None:
    here = one.at_version(world.clock.now())
    if found(site, one.arn) is one and one.auto_minor and here.major == version.major and ordered(one.version) < ordered(version.number):
        appoint(world, one, "automatic upgrade", one.window.opening_after, partial(upgrade, world, one, version.number))


def _force(world: World, site: Site, one: Replication, version: Version) -> None:
    """To the newest version that there is, whatever the window."""
    if found(site, one.arn) is one and one.version == version.number and one.status == AVAILABLE:
        upgrade(world, one, engine().known(world.clock.now())[-1].number)
