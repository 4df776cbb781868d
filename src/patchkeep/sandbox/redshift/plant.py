"""Clusters that were there before anybody came, from the `resources:` of an organization file.

`version` is a release ("1.0.153886"). Settings: track ("current" where it is left out), allow_version_upgrade, status ("paused").
Traits: "slow", "upgrade-fails".
"""

from __future__ import annotations

from datetime import timedelta

from patchkeep.sandbox.managed.resource import keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import FAILS, SLOW
from patchkeep.sandbox.redshift.maintain import expect
from patchkeep.sandbox.redshift.state import TRACKS, Cluster, arn, releases

TRAITS = frozenset({SLOW, FAILS})
SETTINGS = frozenset({"track", "allow_version_upgrade", "status"})
AGE = timedelta(days=400)


def plant(planting: Planting) -> None:
    wish, site, world = planting.declared, planting.site, planting.world
    known = [version.number for version in releases(world.clock.now())]
    if wish.version not in known:
        raise ValueError(f"there is no release {wish.version!r}; write one of {', '.join(known)}")
    track = wish.settings.get("track", "current")
    if track not in TRACKS:
        raise ValueError(f"there is no track {track!r}; write one of {', '.join(TRACKS)}")
    one = Cluster(
        name=wish.name,
        arn=arn(site, "cluster", wish.name),
        made=world.clock.now() - AGE,
        status=wish.settings.get("status", ""),
        tags=dict(wish.tags),
        traits=wish.traits,
        window=Weekly.read(wish.window) if wish.window else Weekly.assigned(site.account, site.region, wish.name),
        release=wish.version,
        track=track,
        allows=wish.settings.get("allow_version_upgrade", True),
    )
    keep(site, one)
    expect(world, one)
