"""What AWS does to a cluster by itself: in every window that no deferral holds, its new track, then that track's release.

"Cluster maintenance" in the Redshift Management Guide: a change from trailing to current brings the current release in that window; one
from current to trailing brings nothing until trailing passes what the cluster runs.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from patchkeep.sandbox.managed.work import Job, appoint, begin, tell
from patchkeep.sandbox.redshift.state import Cluster, ahead
from patchkeep.sandbox.world import World

MAINTENANCE = "maintenance"
LASTS = timedelta(minutes=25)


def expect(world: World, one: Cluster) -> None:
    """Put the next window on the agenda."""
    appoint(world, one, MAINTENANCE, one.next_window, partial(_maintain, world, one))


def _maintain(world: World, one: Cluster) -> None:
    if one.coming_track:
        one.track, one.coming_track = one.coming_track, ""
        tell(world, one, f"The maintenance track of your Amazon Redshift cluster is now {one.track}.", "management")
    if ahead(one, world.clock.now()):
        update(world, one)
    expect(world, one)


def update(world: World, one: Cluster) -> None:
    """To the release of its track, now. One that fails leaves the cluster as it was, and its next window tries again."""
    target = ahead(one, world.clock.now())
    if target is None:
        return

    def done() -> None:
        one.release = target.number
        tell(world, one, f"Your Amazon Redshift cluster has been updated to {target.number}.", "management")

    def failed() -> None:
        tell(world, one, f"The update of your Amazon Redshift cluster to {target.number} was taken back.", "management")

    begin(world, one, Job("modifying", LASTS, done, failed))
