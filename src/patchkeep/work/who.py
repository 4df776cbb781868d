"""Who has it? Yes on evidence, no only where that is known, else UNKNOWN with the reason (RULES 7). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from patchkeep.domain.asset import Asset, Inventory
from patchkeep.domain.call import Gap
from patchkeep.domain.compliance import SKEW
from patchkeep.domain.owners import CONTACTS
from patchkeep.domain.packages import Package
from patchkeep.domain.policy import Freshness
from patchkeep.domain.snapshot import Snapshot
from patchkeep.match.question import CveQuestion, PackageQuestion, asks_about, satisfies
from patchkeep.match.versions import VersionError, scheme_of


class Has(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Holder:
    """One asset's answer, with its evidence: the versions found, or why nothing is known."""

    asset: Asset
    has: Has
    evidence: tuple[str, ...]
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """All assets' answers, and the places that could not be looked at."""

    question: str
    holders: tuple[Holder, ...]
    gaps: tuple[Gap, ...]

    def those(self, has: Has) -> tuple[Holder, ...]:
        return tuple(holder for holder in self.holders if holder.has is has)


def who(question: PackageQuestion | CveQuestion, snapshot: Snapshot, freshness: Freshness, now: datetime) -> Answer:
    """Ask every asset of a snapshot."""
    match question:
        case CveQuestion():
            holders = [_has_cve(question, asset) for asset in snapshot.assets]
        case PackageQuestion():
            holders = [_has_package(question, asset, freshness, now) for asset in snapshot.assets]
        case _:
            assert_never(question)
    return Answer(str(question), tuple(holders), tuple(gap for gap in snapshot.gaps if gap.service != CONTACTS))


def _has_cve(question: CveQuestion, asset: Asset) -> Holder:
    """Patch data names the CVEs of missing and failed patches only, so it can say yes and never no."""
    named = [update for update in asset.updates or () if question.id in update.cves]
    if named and asset.scan:
        return Holder(asset, Has.YES, tuple(f"{update.state}: {update.title or update.id}" for update in named), asset.scan.at)
    if asset.updates is None:
        return Holder(asset, Has.UNKNOWN, (_why_unread(asset),))
    return Holder(asset, Has.UNKNOWN, ("no open patch names it, and no advisory data was matched against its inventory",))


def _why_unread(asset: Asset) -> str:
    reasons = (*asset.unread, *(obstacle.why for obstacle in asset.obstacles if obstacle.stops_seeing))
    return "; ".join(reasons) or "never scanned"


def _has_package(question: PackageQuestion, asset: Asset, freshness: Freshness, now: datetime) -> Holder:
    inventory = asset.inventory
    if inventory is None:
        reasons = [obstacle.why for obstacle in asset.obstacles if obstacle.stops_seeing]
        return Holder(asset, Has.UNKNOWN, ("; ".join((*asset.unread, *reasons)) or "no inventory collected",))
    found, unclear = _sort_out(question, asset.os, (p for p in inventory.packages if asks_about(question, p.name)))
    if found:
        return Holder(asset, Has.YES, found, inventory.at)
    if unclear:
        return Holder(asset, Has.UNKNOWN, unclear, inventory.at)
    if doubt := _doubt(inventory, freshness, now):
        return Holder(asset, Has.UNKNOWN, (doubt,), inventory.at)
    return Holder(asset, Has.NO, ("not in its inventory, or in another version",), inventory.at)


def _doubt(inventory: Inventory, freshness: Freshness, now: datetime) -> str:
    """Why the inventory cannot say no; "" where it can."""
    age = now - inventory.at
    if age > freshness.inventory:
        return f"inventory is {age.total_seconds() / 3600:.0f} h old"
    if age < -SKEW:
        return "inventory lies in the future: a clock is wrong"
    return "" if inventory.packages else "inventory names no package at all"


def _sort_out(question: PackageQuestion, os: str, packages: Iterable[Package]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The packages that the question means, and those of which that can't be told."""
    scheme = scheme_of(os)
    found, unclear = [], []
    if not os and question.bounds:
        return (), tuple(
            f"{package.name} {package.version}: its operating system is not known, so versions cannot be compared" for package in packages
        )
    for package in packages:
        try:
            if satisfies(question, scheme, package.version):
                found.append(f"{package.name} {package.version}")
        except VersionError as error:
            unclear.append(f"{package.name} {package.version}: {error.why}")
    return tuple(found), tuple(unclear)
