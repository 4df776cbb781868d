"""Databases that were there before anybody came, from the `resources:` of an organization file.

Settings of `db-instance`: source (a replica's source), class, storage, multi_az, auto_minor_version_upgrade, backup_days, pending; of
`db-cluster`: readers, class, auto_minor_version_upgrade, backup_days, pending, member_pending, global (its global database). `pending` is a
list of {action, description, version, auto_after: 7, forced: 21}, days from when the world begins; `member_pending` the same of each
instance of the cluster, which AWS lists at its own ARN ("Maintaining an Amazon Aurora DB cluster").
Traits: "slow", "upgrade-fails", "replica-lags", "busy", "metrics-missing".
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.identity import unique_id
from patchkeep.sandbox.managed.engines import Version, engines, ordered
from patchkeep.sandbox.managed.resource import found, keep, kept
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import FAILS, SLOW, Offer
from patchkeep.sandbox.rds.measures import BUSY, LAGS, UNMEASURED
from patchkeep.sandbox.rds.state import Cluster, Database, Instance, arn, writer_and_readers
from patchkeep.sandbox.rds.upgrade import MAINTENANCE, offer
from patchkeep.sandbox.world import Site, World

TRAITS = frozenset({SLOW, FAILS, LAGS, BUSY, UNMEASURED})
_BOTH = frozenset({"class", "auto_minor_version_upgrade", "backup_days", "pending"})
SETTINGS_OF_INSTANCES = _BOTH | {"source", "storage", "multi_az"}
SETTINGS_OF_CLUSTERS = _BOTH | {"readers", "member_pending", "global"}
CLUSTERED = frozenset({"aurora-postgresql", "aurora-mysql", "docdb", "neptune"})
DESCRIPTIONS = {
    "os-upgrade": "New Operating System update is available",
    "system-update": "New Operating System patch is available",
    "hardware-maintenance": "Host maintenance is required",
    "ca-certificate-rotation": "Rotation of CA certificate",
    "db-upgrade": "Minor engine version upgrade",
}
AGE = timedelta(days=400)


def plant_instance(planting: Planting) -> None:
    wish, site = planting.declared, planting.site
    _must_run(planting, clustered=False)
    source = wish.settings.get("source", "")
    if source and source not in kept(site, Instance):
        raise ValueError(f"its source {source!r} is not there; write it before its replicas, in the same region")
    facts = {"storage": wish.settings.get("storage", 100), "multi_az": wish.settings.get("multi_az", False), "source": source}
    _place(planting, Instance(**_common(planting, "db", wish.name), **_placed(planting, wish.name), **facts))


def plant_cluster(planting: Planting) -> None:
    """A cluster with its writer and as many readers as its settings say."""
    wish, site = planting.declared, planting.site
    _must_run(planting, clustered=True)
    made = Cluster(**_common(planting, "cluster", wish.name), across=wish.settings.get("global", ""))
    made.members = [f"{wish.name}-{number}" for number in range(1, 2 + wish.settings.get("readers", 0))]
    _place(planting, made)
    for number, name in enumerate(made.members):
        member = Instance(**_common(planting, "db", name), **_placed(planting, name), cluster=made.name, tier=number)
        member.zone = site.region + "abc"[number % 3]
        member.tags["Name"] = name
        keep(site, member)
        for one in wish.settings.get("member_pending", ()):
            offer(planting.world, site, member, _offer(planting.world, one))


def _must_run(planting: Planting, *, clustered: bool) -> None:
    wish = planting.declared
    known = [name for name in engines("rds") if (name in CLUSTERED) == clustered]
    if wish.engine not in known:
        raise ValueError(f"has no engine {wish.engine!r}; write one of {', '.join(known)}")
    offered = engines("rds")[wish.engine].known(planting.world.clock.now())
    if wish.version not in {version.number for version in offered}:
        raise ValueError(f"{wish.engine} has no version {wish.version!r}; write one of {', '.join(one.number for one in offered)}")


def _common(planting: Planting, kind: str, name: str) -> dict[str, Any]:
    wish, site = planting.declared, planting.site
    return {
        "name": name,
        "arn": arn(site, kind, name),
        "made": planting.world.clock.now() - AGE,
        "tags": dict(wish.tags),
        "traits": wish.traits,
        "window": Weekly.read(wish.window) if wish.window else Weekly.assigned(site.account, site.region, wish.name),
        "engine": wish.engine,
        "version": wish.version,
        "resource_id": f"{kind}-{unique_id(planting.world.seed, site.account, site.region, name, length=26)}",
        "auto_minor": wish.settings.get("auto_minor_version_upgrade", True),
        "backup_days": wish.settings.get("backup_days", 7),
    }


def _placed(planting: Planting, name: str) -> dict[str, Any]:
    zone = planting.site.region + "abc"[int(settled(planting.site.account, name)[:4], 16) % 3]
    return {"size": planting.declared.settings.get("class", "db.r6g.large"), "zone": zone}


def _place(planting: Planting, one: Database) -> None:
    world, site = planting.world, planting.site
    keep(site, one)
    for wish in planting.declared.settings.get("pending", ()):
        offer(world, site, one, _offer(world, wish))
    for version in one.facts.versions:
        if version.automatic and version.automatic >= world.clock.now():
            world.clock.at(version.automatic, partial(_campaign, world, site, one, version))


def _offer(world: World, wish: dict[str, Any]) -> Offer:
    action = wish.get("action", "")
    if action not in MAINTENANCE:
        raise ValueError(f"has no pending action {action!r}; write one of {', '.join(MAINTENANCE)}")
    if (action == "db-upgrade") != bool(wish.get("version")):
        raise ValueError("a pending db-upgrade needs the version that it brings, and no other action has one")
    now = world.clock.now()
    auto, forced = (now + timedelta(days=wish[name]) if name in wish else None for name in ("auto_after", "forced"))
    return Offer(action, wish.get("description", DESCRIPTIONS[action]), wish.get("version", ""), auto, forced)


def _campaign(world: World, site: Site, one: Database, version: Version) -> None:
    """AWS begins to upgrade to a version those of its major who let it: in their next window."""
    now = world.clock.now()
    willing = all(member.auto_minor for member in writer_and_readers(site, one)) if isinstance(one, Cluster) else one.auto_minor
    if (
        found(site, one.arn) is one
        and willing
        and one.at_version(now).major == version.major
        and ordered(one.version) < ordered(version.number)
    ):
        what = Offer("db-upgrade", f"Automatic minor version upgrade to {one.engine} {version.number}", version.number, auto_after=now)
        offer(world, site, one, what)
