"""The latest snapshot, judged by the policy: what most commands begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchkeep.domain.asset import Asset
    from patchkeep.domain.census import Census
    from patchkeep.domain.snapshot import Snapshot
    from patchkeep.wire import House
    from patchkeep.work.assess import Assessment


@contextmanager
def counted(house: House) -> Iterator[Census]:
    """Who has what, at the last look. Raises NotThere when nothing was ever discovered."""
    from patchkeep.domain.census import census_of

    with house.store.census.latest() as census:
        if census:
            yield census
            return
    yield census_of(_snapshot(house))  # after that transaction: a store in memory has one connection


def latest(house: House) -> Assessment:
    """With the deferrals in force. Raises NotThere when nothing was ever discovered."""
    from patchkeep.domain.deferral import standing
    from patchkeep.work.assess import assess

    snapshot = _snapshot(house)
    now = house.clock.now()
    assessment = assess(snapshot, house.policy, house.services, now, house.store.lifecycles.latest())
    return replace(assessment, deferrals=standing(house.store.deferrals.all(), now))


def _snapshot(house: House) -> Snapshot:
    from patchkeep.work.seams import NotThere

    snapshot = house.store.snapshots.latest()
    if snapshot is None:
        raise NotThere("Nothing has been discovered yet: run `patchkeep discover` first.")
    return snapshot


def asset_called(assessment: Assessment, asked: str) -> Asset:
    """The one asset with this name, id or ARN; raises NotThere where there is none, or several."""
    from difflib import get_close_matches

    from patchkeep.work.seams import NotThere

    found = [asset for asset in assessment.assets if asked in {asset.name, asset.resource, asset.id}]
    if not found:
        near = get_close_matches(asked, [asset.name for asset in assessment.assets], 1)
        hint = f"Did you mean {near[0]}?" if near else "`patchkeep assess --all` lists those that were seen."
        raise NotThere(f"No asset is called {asked}. {hint}")
    if len(found) > 1:
        raise NotThere(f"{len(found)} assets are called {asked}: name one by its id: {', '.join(asset.resource for asset in found)}")
    return found[0]
