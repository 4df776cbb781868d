"""Databases and instances that were there before anybody came, from the `resources:` of an organization file.

Settings of `lightsail-database`: storage, pending (a list of {action, description, after: 7}, days from when the world begins); of
`lightsail-instance`: blueprint, title, active, address. Traits of databases: "slow", "upgrade-fails".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import botocore.session

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.lightsail.state import Database, Instance
from patchkeep.sandbox.lightsail.update import watch
from patchkeep.sandbox.managed.engines import engines
from patchkeep.sandbox.managed.resource import keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import FAILS, SLOW, Offer

DATABASE_TRAITS = frozenset({SLOW, FAILS})
DATABASE_SETTINGS = frozenset({"storage", "pending"})
INSTANCE_SETTINGS = frozenset({"blueprint", "title", "active", "address"})
AGE = timedelta(days=400)


def _common(planting: Planting, kind: str) -> dict[str, Any]:
    """Raises ValueError in a region without Lightsail, by botocore's endpoint data."""
    wish, site = planting.declared, planting.site
    regions = botocore.session.get_session().get_available_regions("lightsail")
    if site.region not in regions:
        raise ValueError(f"is in {site.region}, where AWS has no Lightsail; write one of {', '.join(regions)}")
    identity = settled(planting.world.seed, site.account, site.region, kind, wish.name)[:12]
    return {
        "name": wish.name,
        "arn": f"arn:aws:lightsail:{site.region}:{site.account}:{kind}/8529020c-{identity}",
        "made": planting.world.clock.now() - AGE,
        "tags": dict(wish.tags),
        "traits": wish.traits,
        "window": Weekly.read(wish.window) if wish.window else Weekly.assigned(site.account, site.region, wish.name),
    }


def plant_database(planting: Planting) -> None:
    wish, world = planting.declared, planting.world
    now = world.clock.now()
    if wish.engine not in engines("lightsail"):
        raise ValueError(f"has no engine {wish.engine!r}; write one of {', '.join(engines('lightsail'))}")
    versions = [one.number for one in engines("lightsail")[wish.engine].known(now)]
    if wish.version not in versions:
        raise ValueError(f"{wish.engine} has no version {wish.version!r}; write one of {', '.join(versions)}")
    pending = {
        one["action"]: Offer(one["action"], one.get("description", "New patch"), auto_after=now + timedelta(days=one.get("after", 0)))
        for one in wish.settings.get("pending", ())
    }
    facts = {"engine": wish.engine, "version": wish.version, "storage": wish.settings.get("storage", 40), "offers": pending}
    made = Database(**_common(planting, "RelationalDatabase"), **facts)
    keep(planting.site, made)
    watch(world, made)


def plant_instance(planting: Planting) -> None:
    given = planting.declared.settings
    keep(
        planting.site,
        Instance(
            **_common(planting, "Instance"),
            blueprint=given.get("blueprint", "ubuntu_22_04"),
            title=given.get("title", "Ubuntu 22.04 LTS"),
            active=given.get("active", True),
            address=given.get("address", "172.26.1.7"),
        ),
    )
