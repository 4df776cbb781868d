"""Who has it? Yes on evidence, no only where that is known, else UNKNOWN with the reason (RULES 7). Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import assert_never

from patchkeep.domain.call import Gap
from patchkeep.domain.census import EMPTY, NO_LIST, Census, Resident, census_of
from patchkeep.domain.compliance import SKEW
from patchkeep.domain.packages import Package
from patchkeep.domain.policy import Freshness
from patchkeep.domain.snapshot import Snapshot
from patchkeep.match.bounds import within
from patchkeep.match.question import CveQuestion, PackageQuestion, asks_about
from patchkeep.match.versions import Scheme, VersionError, scheme_of


@dataclass(frozen=True, slots=True)
class Sorted:
    """Packages of the name that is asked for: those that are meant, those of which that can't be told, and those of other versions."""

    found: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class Has(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Holder:
    """One asset's answer, with its evidence: the versions found, or why nothing is known."""

    asset: Resident
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


def who(question: PackageQuestion | CveQuestion, seen: Census | Snapshot, freshness: Freshness, now: datetime) -> Answer:
    """Ask every asset. A snapshot is counted first, which takes seconds of a large fleet."""
    census = census_of(seen) if isinstance(seen, Snapshot) else seen
    match question:
        case CveQuestion():
            lacking = dict(census.lacking(question.id))
            holders = [_has_cve(resident, lacking.get(place, ())) for place, resident in enumerate(census.assets)]
        case PackageQuestion():
            sort_out = _sorting(question, census)
            holders = [_has_package(resident, sort_out, freshness, now) for resident in census.assets]
        case _:
            assert_never(question)
    return Answer(str(question), tuple(holders), census.gaps)


def _has_cve(resident: Resident, named: tuple[str, ...]) -> Holder:
    """Patch data names the CVEs of missing and failed patches only, so it can say yes and never no."""
    if named and resident.scanned:
        return Holder(resident, Has.YES, named, resident.scanned)
    if not resident.listed:
        return Holder(resident, Has.UNKNOWN, (_why_unread(resident) or "never scanned",))
    return Holder(resident, Has.UNKNOWN, ("no open patch names it, and no advisory data was matched against its inventory",))


def _why_unread(resident: Resident) -> str:
    unknown = resident.manifests.open if resident.manifests and resident.packages == NO_LIST else ()
    return "; ".join((*resident.unread, *resident.unseen, *unknown))


def _has_package(resident: Resident, sort_out: Callable[[int, str], Sorted], freshness: Freshness, now: datetime) -> Holder:
    at = resident.collected
    if resident.packages == NO_LIST or at is None:
        return Holder(resident, Has.UNKNOWN, (_why_unread(resident) or "no inventory collected",))
    there = sort_out(resident.packages, resident.os)
    if there.found:
        return Holder(resident, Has.YES, there.found, at)
    if there.unclear:
        return Holder(resident, Has.UNKNOWN, there.unclear, at)
    if doubt := _doubt(resident, at, freshness, now) or _left_open(resident, there):
        return Holder(resident, Has.UNKNOWN, (doubt,), at)
    return Holder(resident, Has.NO, there.others if resident.manifests else ("not in its inventory, or in another version",), at)


def _doubt(resident: Resident, at: datetime, freshness: Freshness, now: datetime) -> str:
    """Why the inventory cannot say no; "" where it can."""
    age = now - at
    if age > freshness.inventory:
        return f"inventory is {age.total_seconds() / 3600:.0f} h old"
    if age < -SKEW:
        return "inventory lies in the future: a clock is wrong"
    return "inventory names no package at all" if resident.packages == EMPTY else ""


def _left_open(resident: Resident, there: Sorted) -> str:
    """Why the manifests of an application cannot say no; "" where they can: they settle all, and name the package in other versions.

    What they don't name may be there all the same: the platform under the application has packages of its own.
    """
    manifests = resident.manifests
    if manifests is None:
        return ""
    if not there.others:
        named = f"{' and '.join(manifests.files)} {'names' if len(manifests.files) == 1 else 'name'}"
        return f"not among the dependencies that {named}; more may be in what it runs on"
    return f"{', '.join(there.others)}, but {'; '.join(manifests.open)}" if manifests.open else ""


def _sorting(question: PackageQuestion, census: Census) -> Callable[[int, str], Sorted]:
    """Sorts out the packages of a list, of an operating system. Each package is judged once per system, however many bear it."""
    only = question.name if "*" not in question.name else ""
    borne: dict[int, list[Package]] = {}
    for package, lists in census.bearing(lambda name: asks_about(question, name), only):
        for number in lists:
            borne.setdefault(number, []).append(package)
    judge = cache(_judge(question))

    def sort_out(number: int, os: str) -> Sorted:
        packages = borne.get(number)
        if not packages:
            return Sorted()
        told = [judge(os, package) for package in sorted(packages)]
        found, unclear, others = (tuple(text for holds, text in told if holds is wanted) for wanted in (True, None, False))
        return Sorted(found, unclear, others)

    return sort_out


def _judge(question: PackageQuestion) -> Callable[[str, Package], tuple[bool | None, str]]:
    """Whether a package of a system is meant (None: that can't be told), and the words for it."""

    @cache
    def test(scheme: Scheme) -> Callable[[str], bool]:
        return within(question.bounds, scheme)

    def judge(os: str, package: Package) -> tuple[bool | None, str]:
        named = f"{package.name} {package.version}"
        if package.ecosystem:
            named += f" ({package.ecosystem}, {package.file})"
        elif not os and question.bounds:
            return None, f"{named}: its operating system is not known, so versions cannot be compared"
        try:
            return test(Scheme.APPLICATION if package.ecosystem else scheme_of(os))(package.version), named
        except VersionError as error:
            return None, f"{named}: {error.why}"

    return judge
