"""Domains that an organization file declares: kind `search-domain`, engine OpenSearch or Elasticsearch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.managed.resource import keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.work import FAILS, SLOW
from patchkeep.sandbox.opensearch.software import offer
from patchkeep.sandbox.opensearch.state import RED, Domain, Software, arn, known
from patchkeep.sandbox.opensearch.upgrade import CHECK_FAILS
from patchkeep.sandbox.world import World

TRAITS = frozenset({SLOW, FAILS, CHECK_FAILS, RED})
SETTINGS = frozenset({"software", "pending", "off_peak", "auto_software_update"})
AGE = timedelta(days=400)
OFF = "off"


def plant(planting: Planting) -> None:
    """`software`: what it runs; `pending`: {version, days, optional} on offer; `off_peak`: "22:00" or off."""
    wish, world, site = planting.declared, planting.world, planting.site
    version = f"{wish.engine}_{wish.version}"
    there = known(world.clock.now())
    if version not in there:
        raise ValueError(f"OpenSearch Service has no {wish.engine} {wish.version!r}; write one of {', '.join(there)}")
    one = Domain(
        name=wish.name,
        arn=arn(site, wish.name),
        made=world.clock.now() - AGE,
        tags=dict(wish.tags),
        traits=wish.traits,
        version=version,
        software=wish.settings.get("software", f"{version.replace('.', '_')}_R20260601"),
        off_peak=_minutes(wish.settings.get("off_peak", "22:00")),
        automatic=wish.settings.get("auto_software_update", False),
    )
    keep(site, one)
    if pending := wish.settings.get("pending"):
        offer(world, one, _offered(world, pending))


def _minutes(text: Any) -> int | None:
    if text in {OFF, False}:
        return None
    hours, _, minutes = str(text).partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise ValueError(f"an off-peak window begins at an hour such as '22:00', or is off; not at {text!r}")
    return int(hours) * 60 + int(minutes)


def _offered(world: World, wish: dict[str, Any]) -> Software:
    if not wish.get("version"):
        raise ValueError("pending service software needs its `version`")
    days = wish.get("days")
    date = world.clock.now() + timedelta(days=days) if days is not None else None
    return Software(wish["version"], date, bool(wish.get("optional")))
