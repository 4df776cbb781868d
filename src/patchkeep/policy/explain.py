"""What a policy means for one asset: where it belongs, what it gets, when, after whose agreement and by which deadline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from patchkeep.domain.asset import Asset
from patchkeep.domain.membership import baseline_rule_of, by_environment, draws, membership, place_in_rings, window_of
from patchkeep.domain.plan import Skip
from patchkeep.domain.policy import Approval, BaselineRule, Environment, Installer, Match, Policy, RingRule, Sla
from patchkeep.domain.window import Freeze, MaintenanceWindow, after_freezes, frozen_by, next_opening


@dataclass(frozen=True, slots=True)
class Explanation:
    """`why` and `problems` are sentences. Where the asset is in no environment, all from `baseline` on is empty."""

    asset: str
    name: str
    environment: Environment | None
    why: str  # why that environment, or why none
    problems: tuple[str, ...] = ()  # what stands in the way, each with its cure
    baseline: BaselineRule | None = None
    blind_for: timedelta = timedelta(0)  # the longest approval delay: younger updates are not seen
    ring: str = ""  # "" where it is in none, or where only the whole fleet decides
    candidates: tuple[str, ...] = ()  # rings that draw from it, in order
    window: MaintenanceWindow | None = None  # None: any time
    opens: datetime | None = None  # when a change may next begin, freezes counted; None: not within 400 days, or nothing may
    frozen: Freeze | None = None  # the freeze that holds now
    approvals: tuple[Approval, ...] = ()
    slas: tuple[Sla, ...] = ()


def explain(policy: Policy, asset: Asset, now: datetime, fleet: Iterable[Asset] = ()) -> Explanation:
    """What holds for the asset. `fleet` is all that would be planned together, the asset among them: shares and counts need it."""
    problems = tuple(f"{each.why}: {each.fix}" for each in asset.obstacles)
    match membership(policy, asset):
        case Skip() as skip:
            return Explanation(asset.id, asset.name, None, skip.reason, (*problems, skip.better))
        case environment:
            return _member(policy, asset, environment, now, (problems, tuple(fleet)))


def _member(
    policy: Policy, asset: Asset, environment: Environment, now: datetime, context: tuple[tuple[str, ...], tuple[Asset, ...]]
) -> Explanation:
    problems, fleet = context
    by_aws = environment.installer is Installer.AWS
    baseline = baseline_rule_of(policy, environment, asset.os)
    drawing = () if by_aws else tuple(ring for ring in policy.rings if draws(ring, environment.name, asset))
    ring = _ring(policy, asset, drawing, fleet)
    window = policy.window(environment.window) if by_aws else window_of(policy, ring, asset)
    unclear = [window.reason] if isinstance(window, Skip) else []
    freezes = () if by_aws else policy.freezes  # AWS's own task knows none
    return Explanation(
        asset=asset.id,
        name=asset.name,
        environment=environment,
        why=_why(environment.match, asset),
        problems=(*problems, *unclear, *_lacks(environment, asset, baseline, drawing)),
        baseline=baseline,
        blind_for=max((rule.after for rule in baseline.approve), default=timedelta(0)) if baseline else timedelta(0),
        ring=ring.name if ring else "",
        candidates=tuple(each.name for each in drawing),
        window=None if isinstance(window, Skip) else window,
        opens=None if isinstance(window, Skip) else _opens(window, freezes, now),
        frozen=frozen_by(freezes, now),
        approvals=tuple(approval for approval in policy.approvals if approval.scope == environment.name),
        slas=policy.slas,
    )


def _opens(window: MaintenanceWindow | None, freezes: tuple[Freeze, ...], now: datetime) -> datetime | None:
    return next_opening(window, freezes, now) if window else after_freezes(freezes, now)


def _ring(policy: Policy, asset: Asset, drawing: tuple[RingRule, ...], fleet: tuple[Asset, ...]) -> RingRule | None:
    """The asset's ring; without a fleet only where the first ring that draws from it takes everything."""
    if not drawing:
        return None
    if asset.id not in {each.id for each in fleet}:
        return drawing[0] if drawing[0].size is None else None
    members, _ = by_environment(policy, fleet)
    name = place_in_rings(policy, members).ring_of(asset.id)
    return next((ring for ring in drawing if ring.name == name), None)


def _lacks(environment: Environment, asset: Asset, baseline: BaselineRule | None, drawing: tuple[RingRule, ...]) -> Iterator[str]:
    if baseline is None:
        system = asset.os or "its operating system, which is not known"
        yield f"no baseline of the policy covers {system} in {environment.name}: add one under `baselines`"
    if environment.installer is Installer.AWS:
        yield f"AWS installs in {environment.name}: no gates, no freeze here"
    elif not drawing:
        yield f"no ring draws from it: add one with `select: {{env: {environment.name}}}`"


def _why(match: Match, asset: Asset) -> str:
    """The conditions of the rule, as the asset meets them."""
    met = [f"its unit {asset.ou} is in {next(ou for ou in match.ous if f'{asset.ou}/'.startswith(f'{ou}/'))}"] if match.ous else []
    met += [f"its account is {asset.target.account}"] if match.accounts else []
    met += [f"its tag {key} is {asset.tags[key]}" for key in match.tags]
    met += [f"it is a {asset.kind}"] if match.kinds else []
    return " and ".join(met) or "the environment takes everything"
