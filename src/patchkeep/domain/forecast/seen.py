"""A policy against a snapshot: every asset in no ring, and every place that nobody looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap
from patchkeep.domain.forecast.lanes import Crowd
from patchkeep.domain.forecast.pace import Pace, pace
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.membership import Placement, by_environment, place_in_rings, window_of
from patchkeep.domain.plan import Skip
from patchkeep.domain.policy import Installer, Policy
from patchkeep.domain.snapshot import LEFT_OUT, Snapshot, hides_assets
from patchkeep.domain.window import MaintenanceWindow


@dataclass(frozen=True, slots=True)
class Looked:
    """What the newest snapshot adds. `outside`: assets in no ring though nobody decided so, each with its reason and cure.

    `unread`: accounts and regions that refused; `left_out`: those that somebody decided not to look at.
    """

    snapshot_id: str
    taken_at: datetime
    assets: int
    outside: tuple[Skip, ...]
    unread: tuple[Gap, ...]
    left_out: tuple[Gap, ...]
    empty_rings: tuple[str, ...]
    crowd: Crowd


def looked(policy: Policy, snapshot: Snapshot) -> Looked:
    """Every asset seen, also those that cannot be patched just now: they are to have a ring when they can be."""
    members, strays = by_environment(policy, snapshot.assets)
    placement = place_in_rings(policy, members)
    ours = {a.id for name, found in members.items() if policy.environment(name).installer is Installer.PATCHKEEP for a in found}
    hiding = [gap for gap in snapshot.gaps if hides_assets(gap)]
    return Looked(
        snapshot_id=snapshot.id,
        taken_at=snapshot.taken_at,
        assets=len(snapshot.assets),
        outside=(*strays, *(skip for skip in placement.outside if skip.asset in ours), *_lost(policy, snapshot, placement)),
        unread=tuple(gap for gap in hiding if gap.cause not in LEFT_OUT),
        left_out=tuple(gap for gap in hiding if gap.cause in LEFT_OUT),
        empty_rings=tuple(name for name, found in placement.rings.items() if not found),
        crowd=_crowd(policy, snapshot, placement),
    )


def _lost(policy: Policy, snapshot: Snapshot, placement: Placement) -> Iterator[Skip]:
    """Assets whose tag names a window that the policy does not have: their ring passes them by."""
    if policy.window_tag:
        for asset in snapshot.assets:
            window = _window(policy, placement, asset)
            if isinstance(window, Skip):
                yield window


def _window(policy: Policy, placement: Placement, asset: Asset) -> MaintenanceWindow | Skip | None:
    name = placement.ring_of(asset.id)
    ring = next((ring for ring in policy.rings if ring.name == name), None)
    return window_of(policy, ring, asset) if ring else None


def _crowd(policy: Policy, snapshot: Snapshot, placement: Placement) -> Crowd:
    """How many each ring has, and which windows their tags name beside the ring's own."""
    members = {name: len(found) for name, found in placement.rings.items()}
    windows: dict[str, tuple[str, ...]] = {}
    if policy.window_tag:
        tagged = {a.id: str(a.tags[policy.window_tag]) for a in snapshot.assets if a.tags.get(policy.window_tag)}
        for ring in policy.rings:
            named = {tagged.get(asset_id, ring.window) for asset_id in placement.rings[ring.name]}
            known = tuple(sorted(name for name in named if not name or policy.window(name)))
            windows[ring.name] = known or (ring.window,)
    return Crowd(Frozen(members), Frozen(windows), _paces(policy, snapshot, placement))


def _paces(policy: Policy, snapshot: Snapshot, placement: Placement) -> tuple[tuple[str, Pace], ...]:
    there = {asset.id: asset for asset in snapshot.assets}
    return tuple((name, pace(policy, [there[asset_id] for asset_id in found])) for name, found in placement.rings.items())
