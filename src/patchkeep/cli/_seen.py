"""The latest snapshot, judged by the policy: what most commands begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchkeep.wire import House
    from patchkeep.work.assess import Assessment


def latest(house: House) -> Assessment:
    """Raises NotThere when nothing was ever discovered."""
    from patchkeep.work.assess import assess
    from patchkeep.work.seams import NotThere

    snapshot = house.store.snapshots.latest()
    if snapshot is None:
        raise NotThere("Nothing has been discovered yet: run `patchkeep discover` first.")
    return assess(snapshot, house.policy, house.services, house.clock.now())
