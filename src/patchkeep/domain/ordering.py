"""Which asset goes before which, and what that does to the rings they are in. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from patchkeep.domain.asset import Asset
from patchkeep.domain.membership import matches
from patchkeep.domain.overlap import compatible, contains
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


def closing_circles(orders: Sequence[Order]) -> dict[int, tuple[int, ...]]:
    """Of orders that contradict earlier ones whatever is there: by number the way from it back to itself, shortest first.

    One leads on to another where both count the same assets as belonging together, and some of those that follow the one are surely
    those that go first by the other. What only some estates would make a circle of, a plan finds (`in_circles`).
    """
    following = {one: [other for other in range(len(orders)) if _leads_on(orders[one], orders[other])] for one in range(len(orders))}
    found: dict[int, tuple[int, ...]] = {}
    for last in range(len(orders)):
        ways: list[tuple[int, ...]] = [(last,)]
        met = {last}
        for way in ways:  # grows while it is gone through: the shortest ways come first
            onward = [one for one in following[way[-1]] if one <= last]
            if last in onward:
                found[last] = way
                break
            ways += [(*way, one) for one in onward if one not in met]
            met.update(onward)
    return found


def _leads_on(one: Order, other: Order) -> bool:
    """Whether who follows by one order surely goes first by the other; who is on both sides of an order is not held up by it."""
    narrow = one.then if contains(other.first, one.then) else other.first if contains(one.then, other.first) else None
    return one.same_tag == other.same_tag and narrow is not None and not compatible(narrow, one.first)


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
