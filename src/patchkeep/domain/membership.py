"""Where an asset belongs: its environment, baseline, window and ring. Each "nowhere" is a Skip with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from patchkeep.domain.asset import Asset
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.plan import Skip
from patchkeep.domain.policy import Apart, BaselineRule, Environment, Installer, ManagedRule, Match, Policy, RingRule
from patchkeep.domain.window import MaintenanceWindow

Membership: TypeAlias = Environment | Skip

_NEWER_AMAZON = frozenset({"amazon-linux-2", "amazon-linux-2022", "amazon-linux-2023"})


def matches(match: Match, asset: Asset) -> bool:
    """Whether every condition given holds; a match without conditions holds for everything."""
    return (
        (not match.ous or any(_below(asset.ou, ou) for ou in match.ous))
        and (not match.accounts or asset.target.account in match.accounts)
        and (not match.kinds or asset.kind in match.kinds)
        and all(asset.tags.get(key) in values for key, values in match.tags.items())
    )


def _below(ou: str, ancestor: str) -> bool:
    return ou == ancestor or ou.startswith(f"{ancestor}/")


def environments_of(policy: Policy, asset: Asset) -> tuple[Environment, ...]:
    """All environments whose rule the asset meets, in the policy's order."""
    return tuple(environment for environment in policy.environments if matches(environment.match, asset))


def membership(policy: Policy, asset: Asset) -> Membership:
    """The one environment that the asset is in, or why it is in none: no rule holds for it, or more than one does."""
    match environments_of(policy, asset):
        case (only,):
            return only
        case ():
            near = f"its unit is {asset.ou or 'the root'}, its account {asset.target.account}"
            return Skip(asset.id, asset.name, f"in no environment: {near}", "match it in the policy's environments, or exclude its account")
        case several:
            rules = " and ".join(f"{environment.name} ({environment.place})" for environment in several)
            better = "narrow one of the rules until only one holds, or correct the asset's tags"
            return Skip(asset.id, asset.name, f"in {len(several)} environments at once: {rules}", better)


def by_environment(policy: Policy, assets: Iterable[Asset]) -> tuple[dict[str, tuple[Asset, ...]], tuple[Skip, ...]]:
    """The members of every environment of the policy (those without any too), and the assets that belong to none or to several."""
    members: dict[str, list[Asset]] = {environment.name: [] for environment in policy.environments}
    skips = []
    for asset in assets:
        match membership(policy, asset):
            case Skip() as skip:
                skips.append(skip)
            case environment:
                members[environment.name].append(asset)
    return {name: tuple(found) for name, found in members.items()}, tuple(skips)


def covers(family: str, os: str) -> bool:
    """Whether a baseline for an operating system ("ubuntu") is the one for an asset's ("ubuntu-22.04")."""
    if family == "amazon-linux-1":  # SSM reports it by its year: "amazon-linux-2018"
        return os.startswith("amazon-linux-") and os not in _NEWER_AMAZON
    return os == family or os.startswith(f"{family}-")


def baseline_rule_of(policy: Policy, environment: Environment, os: str) -> BaselineRule | None:
    """The policy's baseline for an operating system in an environment; None where it has none."""
    return next(
        (
            rule
            for rule in policy.baselines
            if (not rule.environments or environment.name in rule.environments) and any(covers(family, os) for family in rule.os)
        ),
        None,
    )


def managed_rule_of(policy: Policy, environment: Environment, asset: Asset) -> ManagedRule | None:
    """The policy's rule for a managed resource; None where it has none: then nothing is done about it."""
    return next(
        (
            rule
            for rule in policy.managed
            if (not rule.environments or environment.name in rule.environments) and matches(rule.match, asset)
        ),
        None,
    )


def window_of(policy: Policy, ring: RingRule | None, asset: Asset) -> MaintenanceWindow | Skip | None:
    """When an asset may change: the window that its tag names, else its ring's. None: any time.

    A tag that names no window of the policy is a Skip: a typing error must not mean "any time".
    """
    tagged = str(asset.tags.get(policy.window_tag, "")) if policy.window_tag else ""
    name = tagged or (ring.window if ring else "")
    if not name:
        return None
    if window := policy.window(name):
        return window
    known = ", ".join(window.name for window in policy.windows)
    where = f"its tag {policy.window_tag}" if tagged else f"ring {ring.name if ring else ''}"
    return Skip(asset.id, asset.name, f"{where} names the window {name!r}, which the policy does not have", f"one of: {known}")


@dataclass(frozen=True, slots=True)
class Placement:
    """Ring name -> ids of its assets, in the policy's order of rings; and those that are in none, with the reason."""

    rings: Frozen = NOTHING
    outside: tuple[Skip, ...] = ()

    def ring_of(self, asset_id: str) -> str:
        """The asset's ring; "" where it is in none."""
        return next((name for name, members in self.rings.items() if asset_id in members), "")


def place_in_rings(policy: Policy, assets_by_environment: Mapping[str, Sequence[Asset]]) -> Placement:
    """Each asset in the first ring that takes it. The same assets always come out in the same rings, in whatever order they come in.

    A share or count takes those whose id has the lowest hash, so a growing fleet moves at most as many as join it. A share is of
    all that the ring draws from, rounded down, but at least one.
    """
    pool = [(name, asset) for name, assets in assets_by_environment.items() for asset in assets if _ringed(policy, name)]
    taken: dict[str, str] = {}
    rings: dict[str, tuple[str, ...]] = {}
    for ring in policy.rings:
        drawn = [asset for name, asset in pool if draws(ring, name, asset)]
        free = sorted((asset.id for asset in drawn if asset.id not in taken), key=_rank)
        chosen = free if ring.size is None else free[: ring.size.of(len(drawn), least=1)]
        rings[ring.name] = tuple(sorted(chosen))
        taken.update(dict.fromkeys(chosen, ring.name))
    return Placement(Frozen(rings), tuple(_outside(policy, assets_by_environment, taken)))


def draws(ring: RingRule, environment: str, asset: Asset) -> bool:
    """Whether a ring may take an asset of an environment."""
    return (not ring.environments or environment in ring.environments) and matches(ring.match, asset)


def _ringed(policy: Policy, environment: str) -> bool:
    return policy.environment(environment).installer is Installer.PATCHKEEP


def _rank(asset_id: str) -> tuple[bytes, str]:
    return hashlib.sha256(asset_id.encode()).digest(), asset_id


def _outside(policy: Policy, assets_by_environment: Mapping[str, Iterable[Asset]], taken: Mapping[str, str]) -> Iterator[Skip]:
    for name, assets in assets_by_environment.items():
        for asset in assets:
            if asset.id not in taken:
                yield _in_no_ring(policy, name, asset)


def _in_no_ring(policy: Policy, environment: str, asset: Asset) -> Skip:
    if not _ringed(policy, environment):
        window = policy.environment(environment).window
        return Skip(asset.id, asset.name, f"AWS installs in {environment} in window {window}: no gates, no freeze here")
    drawing = [ring.name for ring in policy.rings if draws(ring, environment, asset)]
    if drawing:
        reason = f"in no ring: those that draw from it ({', '.join(drawing)}) take only a part"
    else:
        reason = f"in no ring: none draws from it in environment {environment}"
    return Skip(asset.id, asset.name, reason, f"add a ring with `select: {{env: {environment}}}, rest: true`")


def apart_groups(policy: Policy, assets: Iterable[Asset]) -> list[tuple[Apart, str]]:
    """The groups of assets that must not be changed together, each under a name, once."""
    named: dict[str, Apart] = {}
    for number, rule in enumerate(policy.apart, start=1):
        for asset in assets:
            if rule.same_tag and rule.same_tag in asset.tags:
                named.setdefault(f"{rule.same_tag}={asset.tags[rule.same_tag]}", rule)
            elif rule.tags and matches(Match(tags=rule.tags), asset):
                named.setdefault(f"apart {number}", rule)
    return [(rule, name) for name, rule in sorted(named.items())]
