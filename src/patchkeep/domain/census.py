"""The fleet as the question "who has it?" needs it: who there is, and for each package and each CVE who bears it.

Made once of a snapshot: asked afterwards, it answers without looking at any machine's packages but those that are meant.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from patchkeep.domain.asset import Asset, Manifests
from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.packages import Package, Packages, package_of
from patchkeep.domain.snapshot import AccountSeen, Snapshot

NO_LIST = -1  # of an asset whose packages were never collected
EMPTY = 0  # the list that names no package


@dataclass(frozen=True, slots=True)
class Resident:
    """What there is to know of an asset beside its packages. `packages`: the number of its list, which others may share."""

    id: str
    name: str
    target: Target
    os: str
    packages: int
    collected: datetime | None  # when its inventory was
    scanned: datetime | None
    listed: bool  # whether its open updates were read
    tagged: str  # its tags, as JSON: looked into of a few only
    unread: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()  # why what is known of it is not to be trusted
    manifests: Manifests | None = None  # what its packages were read from, where they are an application's

    @property
    def resource(self) -> str:
        return self.id.rsplit("/", 1)[-1]

    @property
    def tags(self) -> Mapping[str, str]:
        tags: dict[str, str] = json.loads(self.tagged)
        return tags


Bearer = tuple[Package, Sequence[int]]  # a package, and the numbers of the lists that hold it
Lacking = tuple[int, tuple[str, ...]]  # a resident's place, and its open updates that name a CVE: "missing: KB5044277"


class Census(Protocol):
    """Who there is, and who bears what."""

    @property
    def accounts(self) -> tuple[AccountSeen, ...]: ...

    @property
    def assets(self) -> tuple[Resident, ...]: ...

    @property
    def gaps(self) -> tuple[Gap, ...]: ...

    def bearing(self, means: Callable[[str], bool], name: str) -> Iterable[Bearer]:
        """Packages whose name is meant. `name`: the only one that can be, but for its case; "" where there may be several."""

    def lacking(self, cve: str) -> Iterable[Lacking]:
        """Residents with an open update that names the CVE."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The census of a snapshot, made in memory. `bearers` by name without its case, `cves` by id."""

    accounts: tuple[AccountSeen, ...]
    assets: tuple[Resident, ...]
    gaps: tuple[Gap, ...]
    bearers: Mapping[str, Sequence[Bearer]]
    cves: Mapping[str, Sequence[Lacking]]

    def bearing(self, means: Callable[[str], bool], name: str) -> Iterator[Bearer]:
        words = (name.casefold(),) if name else self.bearers
        return (bearer for word in words for bearer in self.bearers.get(word, ()) if means(bearer[0].name))

    def lacking(self, cve: str) -> Sequence[Lacking]:
        return self.cves.get(cve, ())


def census_of(snapshot: Snapshot) -> Counted:
    """Seconds for a fleet of twenty thousand with hundreds of packages each; nothing is asked of anybody."""
    lists: dict[Packages, int] = {Packages(): EMPTY}
    residents = tuple(_resident(asset, lists) for asset in snapshot.assets)
    gaps = tuple(gap for gap in snapshot.gaps if gap.cause is not Cause.NO_PLAN)  # that one keeps no package from being seen
    return Counted(snapshot.accounts, residents, gaps, _bearers(lists), _cves(snapshot.assets))


def _resident(asset: Asset, lists: dict[Packages, int]) -> Resident:
    inventory = asset.inventory
    return Resident(
        asset.id,
        asset.name,
        asset.target,
        asset.os,
        lists.setdefault(inventory.packages, len(lists)) if inventory else NO_LIST,
        inventory.at if inventory else None,
        asset.scan.at if asset.scan else None,
        asset.updates is not None,
        json.dumps(dict(asset.tags)),
        asset.unread,
        tuple(obstacle.why for obstacle in asset.obstacles if obstacle.stops_seeing),
        asset.manifests,
    )


def _bearers(lists: Mapping[Packages, int]) -> dict[str, list[Bearer]]:
    """By name, without its case. A fleet has millions of packages, and a few thousand different ones."""
    held: dict[str, array[int]] = {}
    for packages, number in lists.items():
        for text in packages.texts():
            numbers = held.get(text)
            if numbers is None:
                numbers = held[text] = array("I")
            numbers.append(number)
    bearers: dict[str, list[Bearer]] = {}
    for text in sorted(held):
        package = package_of(text)
        bearers.setdefault(package.name.casefold(), []).append((package, held[text]))
    return bearers


def _cves(assets: Iterable[Asset]) -> dict[str, list[Lacking]]:
    lacking: dict[str, list[Lacking]] = {}
    for place, asset in enumerate(assets):
        named: dict[str, list[str]] = {}
        for update in asset.updates or ():
            for cve in update.cves:
                named.setdefault(cve, []).append(f"{update.state}: {update.title or update.id}")
        for cve, updates in named.items():
            lacking.setdefault(cve, []).append((place, tuple(updates)))
    return lacking
