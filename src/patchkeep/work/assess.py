"""What a snapshot means under a policy: each asset's environment, compliance, and what stands in its way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from patchkeep.domain import offered
from patchkeep.domain.asset import Asset, Existing, Obstacle
from patchkeep.domain.call import Gap
from patchkeep.domain.compliance import Compliance, Expected, Status, compliance
from patchkeep.domain.deferral import Deferral
from patchkeep.domain.exposure import Exposure, fold
from patchkeep.domain.inplace import in_place
from patchkeep.domain.lifecycle import NO_LIFECYCLES, Lifecycles, with_support
from patchkeep.domain.membership import managed_rule_of, membership
from patchkeep.domain.mismatch import Mismatch, mismatches
from patchkeep.domain.patchgroups import Borne, borne_groups
from patchkeep.domain.plan import Skip
from patchkeep.domain.policy import Environment, Policy
from patchkeep.domain.rivals import NO_BASELINE_FOR_GROUP, hidden_rivals, obstacles_from, registered_groups, wrong_group
from patchkeep.domain.setting import Estate, by_target, group_of
from patchkeep.domain.snapshot import LEFT_OUT, Snapshot, hides_assets
from patchkeep.domain.upgrade_order import out_of_order
from patchkeep.services import Service
from patchkeep.work.seams import Snapshots


@dataclass(frozen=True, slots=True)
class Assessment:
    """A snapshot read with a policy. `assets` bear the obstacles that other people's settings put in their way, too."""

    snapshot: Snapshot
    policy: Policy
    now: datetime
    assets: tuple[Asset, ...]
    environments: Mapping[str, Environment]  # by asset id, of those in exactly one
    strays: tuple[Skip, ...]  # assets in none, or in more than one
    verdicts: Mapping[str, Compliance]  # by asset id
    doubted: frozenset[str]  # assets of which what we know proves nothing clean
    estate: Estate
    deferrals: Mapping[str, Deferral] = field(default_factory=dict)  # those in force, by asset id

    @property
    def patchable(self) -> tuple[Asset, ...]:
        """Assets in exactly one environment, wholly read, that nothing keeps us from patching: what rings are filled from."""
        free = (asset for asset in self.assets if asset.id in self.environments and not asset.unread)
        return tuple(asset for asset in free if not any(obstacle.stops_patching for obstacle in asset.obstacles))

    @property
    def proven(self) -> bool:
        """Whether everything is compliant, and known to be: a place that was not looked at may hold anything."""
        unseen = (gap for gap in self.snapshot.gaps if hides_assets(gap) and gap.cause not in LEFT_OUT)
        return not any(unseen) and all(v.status in {Status.COMPLIANT, Status.WAIVED} for v in self.verdicts.values())

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """Environments without an asset of their own: more often a slip in the policy than an empty part of the estate."""
        return mismatches(self.policy, self.snapshot)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The same as sentences for people."""
        return tuple(f"{mismatch.why}{'' if mismatch.why.endswith('?') else '.'}" for mismatch in self.mismatches)


def assess(
    snapshot: Snapshot, policy: Policy, services: Mapping[str, Service], now: datetime, lifecycles: Lifecycles = NO_LIFECYCLES
) -> Assessment:
    """Judge every asset of a snapshot by the policy. `lifecycles`: until when versions are supported, where AWS itself doesn't tell."""
    ownership = f"{snapshot.organization_id}/{policy.name}"
    objects = by_target(snapshot.objects)
    ours = frozenset(group_of(policy, environment) for environment in policy.environments)
    gaps = tuple(gap for gap in snapshot.gaps if gap.service != "nodes")
    told = (with_support(asset, lifecycles) for asset in snapshot.assets)
    assets = tuple(_with_rivals(asset, objects.get(asset.target, ()), ownership, ours, gaps) for asset in told)
    placed = {asset.id: membership(policy, asset) for asset in assets}
    environments = {key: place for key, place in placed.items() if isinstance(place, Environment)}
    assets = tuple(in_place(asset, environments.get(asset.id)) for asset in assets)
    assets = tuple(_ruled(asset, environments.get(asset.id), policy, services, now) for asset in assets)
    borne = {found.environment: found for found in borne_groups(policy, environments, assets)}
    assets = tuple(_with_wrong_group(asset, environments.get(asset.id), policy, borne) for asset in assets)
    assets = tuple(_out_of_order(asset, environments.get(asset.id), policy) for asset in assets)
    strays = tuple(place for place in placed.values() if isinstance(place, Skip))
    estate = Estate(snapshot.organization_id, policy, _members(assets, environments), snapshot.objects, now)
    expected = {asset.id: _expected(asset, environments.get(asset.id), estate, services) for asset in assets}
    assets = tuple(_with_other_baseline(asset, environments.get(asset.id), expected[asset.id]) for asset in assets)
    verdicts = {asset.id: _verdict(asset, expected[asset.id], snapshot, policy, now) for asset in assets}
    doubted = frozenset(name for name, verdict in verdicts.items() if verdict.doubt)
    return Assessment(snapshot, policy, now, assets, environments, strays, verdicts, doubted, estate)


def _ruled(asset: Asset, environment: Environment | None, policy: Policy, services: Mapping[str, Service], now: datetime) -> Asset:
    """A managed resource as the policy's rule for it sees it: what counts of all that could be put on it."""
    service = services.get(asset.service)
    if service is None or service.ruled is None:
        return asset
    return service.ruled(asset, managed_rule_of(policy, environment, asset) if environment else None, now)


def _verdict(asset: Asset, expected: Expected | None, snapshot: Snapshot, policy: Policy, now: datetime) -> Compliance:
    """Machines are measured by their scan, managed resources by what AWS told at this look."""
    if asset.is_node:
        return compliance(asset, expected, policy.freshness, now)
    return offered.offered(asset, policy.freshness, snapshot.taken_at, now)


def _with_rivals(asset: Asset, there: tuple[Existing, ...], ownership: str, ours: frozenset[str], gaps: tuple[Gap, ...]) -> Asset:
    """The asset with what others do to it, and with the doubt where that could not be read."""
    if not asset.is_node:
        return asset
    untold = any(gap.service == "baselines" and gap.covers(asset.target) for gap in gaps)
    rivals = obstacles_from(asset, there, ownership, None if untold else registered_groups(there), ours)
    hidden = hidden_rivals(asset, gaps)
    return replace(asset, obstacles=(*asset.obstacles, *rivals, *([hidden] if hidden else [])))


def _with_wrong_group(asset: Asset, environment: Environment | None, policy: Policy, borne: Mapping[str, Borne]) -> Asset:
    """That its group has no baseline either is cured by the same: one tag, or one line of the policy."""
    if environment is None or not asset.is_node:
        return asset
    wrong = wrong_group(asset, environment.name, group_of(policy, environment), borne.get(environment.name))
    if wrong is None:
        return asset
    others = (replace(one, fix=wrong.fix) if one.cause == NO_BASELINE_FOR_GROUP else one for one in asset.obstacles)
    return replace(asset, obstacles=(*others, wrong))


def _with_other_baseline(asset: Asset, environment: Environment | None, expected: Expected | None) -> Asset:
    """An Install would put on what somebody else's baseline approves, or AWS's default one where the policy has none for the system."""
    if environment is None or not asset.is_node or any(obstacle.stops_patching for obstacle in asset.obstacles):
        return asset
    if expected is None:
        why = f"runs {asset.os or 'an unknown system'}, for which the policy has no baseline: it would take AWS's default one"
        fix = f"write a baseline for it, or match it in no environment that rings draw from (now {environment.name})"
        other = Obstacle("no baseline", why, fix, stops_patching=True)
    elif expected.rival:
        why = f"its patch group is registered with {expected.rival}, so it takes that baseline and not the policy's"
        fix = "register the group with the policy's baseline, or give the environment another patch_group"
        other = Obstacle("another baseline", why, fix, stops_patching=True)
    else:
        return asset
    return replace(asset, obstacles=(*asset.obstacles, other))


def _out_of_order(asset: Asset, environment: Environment | None, policy: Policy) -> Asset:
    """With the doubt that AWS's own rings have it in another place than the policy's."""
    found = out_of_order(asset, environment, policy) if environment else None
    return replace(asset, obstacles=(*asset.obstacles, found)) if found else asset


def _members(assets: Iterable[Asset], environments: Mapping[str, Environment]) -> dict[str, tuple[Asset, ...]]:
    """Per environment, the assets that settings of ours may reach."""
    members: dict[str, list[Asset]] = {}
    for asset in assets:
        if asset.id in environments and not any(obstacle.leave_alone for obstacle in asset.obstacles):
            members.setdefault(environments[asset.id].name, []).append(asset)
    return {name: tuple(found) for name, found in members.items()}


def _expected(asset: Asset, environment: Environment | None, estate: Estate, services: Mapping[str, Service]) -> Expected | None:
    """The baseline that one of the services says the asset is to be measured by."""
    if environment is None:
        return None
    answers = (service.expect(estate, environment, asset) for service in services.values() if service.expect)
    return next((answer for answer in answers if answer is not None), None)


def remember(assessment: Assessment, snapshots: Snapshots) -> tuple[Exposure, ...]:
    """Store the verdicts, and move the exposure windows on by what was seen. Returns the windows that moved."""
    snapshot = assessment.snapshot
    moved = fold(snapshots.exposures(open_only=True), assessment.assets, snapshot.taken_at, assessment.doubted)
    snapshots.record(snapshot.taken_at, snapshot.id, assessment.verdicts.values(), moved)
    return moved
