"""Workgroups that were there before anybody came, from the `resources:` of an organization file. Settings: track ("current")."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.resource import keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.redshift_serverless.workgroups import TRACKS, Workgroup, look_after, version_of

SETTINGS = frozenset({"track"})
AGE = timedelta(days=200)


def plant(planting: Planting) -> None:
    wish, site, world = planting.declared, planting.site, planting.world
    track = wish.settings.get("track", "current")
    if track not in TRACKS:
        raise ValueError(f"there is no track {track!r}; write one of {', '.join(TRACKS)}")
    identity = str(UUID(settled(world.seed, site.account, site.region, "workgroup", wish.name)[:32]))
    one = Workgroup(
        name=wish.name,
        arn=f"arn:aws:redshift-serverless:{site.region}:{site.account}:workgroup/{identity}",
        made=world.clock.now() - AGE,
        tags=dict(wish.tags),
        version=wish.version or version_of(track, world.clock.now()),
        track=track,
        identity=identity,
    )
    keep(site, one)
    look_after(world, site, one)
