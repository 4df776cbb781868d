"""Environments that hold no asset of their own: their rule meets none, or all that it meets are in another one, too. And why."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Cause
from patchkeep.domain.membership import environments_of
from patchkeep.domain.policy import Environment, Match, Policy
from patchkeep.domain.snapshot import Snapshot
from patchkeep.domain.wording import counted

CLOSE = 0.75  # of difflib's ratio: "Workloads/dev", "Workload/Dev" and "Dev" for "Workloads/Dev", but no "Workloads/Legacy"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One such environment. `why` is a clause that begins with its name; `fix` says what to write."""

    environment: str
    cause: str  # short and stable, to group by
    why: str
    fix: str


def mismatches(policy: Policy, snapshot: Snapshot) -> tuple[Mismatch, ...]:
    """In the policy's order; none where every environment has an asset that is in no other."""
    met: dict[str, list[tuple[Environment, ...]]] = {environment.name: [] for environment in policy.environments}
    for asset in snapshot.assets:
        found = environments_of(policy, asset)
        for environment in found:
            met[environment.name].append(found)
    return tuple(_mismatches(policy, snapshot, met))


def _mismatches(policy: Policy, snapshot: Snapshot, met: dict[str, list[tuple[Environment, ...]]]) -> Iterator[Mismatch]:
    for environment in policy.environments:
        groups = met[environment.name]
        if not groups:
            why = f"environment {environment.name} matches no asset: {_why_none(environment.match, snapshot)}"
            yield Mismatch(environment.name, "environment without assets", why, f"correct its rule ({environment.place}), or remove it")
        elif all(len(group) > 1 for group in groups):
            yield _overlap(environment, groups)


def _overlap(environment: Environment, groups: list[tuple[Environment, ...]]) -> Mismatch:
    others = dict.fromkeys(other for group in groups for other in group if other.name != environment.name)
    named = " or ".join(f"{other.name} ({other.place})" for other in others)
    every = f"all {counted(len(groups), 'asset')} of environment {environment.name} ({environment.place})"
    why = f"{every} are also in {named}, so they are in neither"
    return Mismatch(environment.name, "overlapping environments", why, "narrow one of the rules until only one holds")


def _why_none(match: Match, snapshot: Snapshot) -> str:
    """The first of the rule's conditions that nothing seen can meet; else that nothing meets them together."""
    units = units_of(snapshot)
    if match.ous and not any(unit in units for unit in match.ous):
        return "; ".join(_no_unit(unit, units) for unit in match.ous)
    accounts = {account.id for account in snapshot.accounts}
    if match.accounts and accounts.isdisjoint(match.accounts):
        return f"there is no account {' or '.join(match.accounts)}"
    for key, values in match.tags.items():
        if not any(asset.tags.get(key) in values for asset in snapshot.assets):
            return f"nothing that was seen is tagged {key}={' or '.join(values)}{_borne(key, values, snapshot.assets)}"
    hidden = sum(not gap.assets and gap.cause is not Cause.NO_PLAN for gap in snapshot.gaps)
    return f"nothing that was seen meets its rule{f', and {hidden} places were not looked at' if hidden else ''}"


def units_of(snapshot: Snapshot) -> frozenset[str]:
    """The units that accounts are in, with those above them: "Workloads/Dev" is in "Workloads", too."""
    paths = (account.ou.split("/") for account in snapshot.accounts if account.ou)
    return frozenset("/".join(path[:depth]) for path in paths for depth in range(1, len(path) + 1))


def _no_unit(unit: str, units: Iterable[str]) -> str:
    if meant := _nearest(unit, units):
        return f"there is no unit {unit}; did you mean {meant}?"
    return f"no account that was seen is in a unit {unit}"


def _borne(key: str, values: Iterable[str], assets: Iterable[Asset]) -> str:
    """The value that was probably meant: tags are told apart by case, too."""
    there = sorted({str(asset.tags[key]) for asset in assets if key in asset.tags})
    meant = next((near for value in values if (near := _nearest(value, there))), "")
    return f"; did you mean {meant}?" if meant else ""


def _nearest(word: str, known: Iterable[str]) -> str:
    """The most similar of them; "" where none is similar enough to have been meant."""
    best = max(sorted(known), key=lambda each: _likeness(word, each), default="")
    return best if best and _likeness(word, best) >= CLOSE else ""


def _likeness(one: str, other: str) -> float:
    """0 to 1: of the least similar parts of two paths; of their last ones where one path is longer, for then only those can be meant."""
    pairs = list(zip(reversed(one.lower().split("/")), reversed(other.lower().split("/")), strict=False))
    compared = pairs if one.count("/") == other.count("/") else pairs[:1]
    return min(difflib.SequenceMatcher(None, *pair).ratio() for pair in compared)
