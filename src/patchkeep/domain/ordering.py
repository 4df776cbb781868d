"""Which asset goes before which, and what that does to the rings they are in. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from patchkeep.domain.asset import Asset
from patchkeep.domain.membership import matches
from patchkeep.domain.policy import Order


def wanted_order(orders: Iterable[Order], assets: Iterable[Asset]) -> dict[str, set[str]]:
    """By asset id: those that the policy wants changed before it."""
    assets = tuple(assets)
    after: dict[str, set[str]] = defaultdict(set)
    for order in orders:
        groups: dict[object, list[Asset]] = defaultdict(list)
        for asset in assets:
            if not order.same_tag:
                groups[asset.target].append(asset)
            elif order.same_tag in asset.tags:
                groups[asset.tags[order.same_tag]].append(asset)
        for group in groups.values():
            first = {asset.id for asset in group if matches(order.first, asset)}
            for asset in group:
                if matches(order.then, asset) and asset.id not in first:
                    after[asset.id] |= first
    return {asset_id: before for asset_id, before in after.items() if before}


def in_circles(after: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Assets that would have to wait for themselves, directly or by way of others."""
    waiting = {asset_id: set(before) for asset_id, before in after.items()}
    while free := [asset_id for asset_id, before in waiting.items() if not before & waiting.keys()]:
        for asset_id in free:
            del waiting[asset_id]
    return frozenset(waiting)


def later_rings(rings: Sequence[str], ring_of: Mapping[str, str], after: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The ring of each asset when none may be in an earlier ring than those that go before it: such a one moves to theirs.

    `rings` in their order; `after` without circles.
    """
    place = {name: number for number, name in enumerate(rings)}
    found = {asset_id: place[ring] for asset_id, ring in ring_of.items()}
    moved = True
    while moved:
        moved = False
        for asset_id, before in after.items():
            latest = max((found[one] for one in before if one in found), default=0)
            if asset_id in found and found[asset_id] < latest:
                found[asset_id], moved = latest, True
    return {asset_id: rings[number] for asset_id, number in found.items()}
