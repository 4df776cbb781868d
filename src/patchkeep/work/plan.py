"""Make a plan: the settings that differ, the rings in order, and for everything left out the reason. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap, Target
from patchkeep.domain.compliance import Status
from patchkeep.domain.cost import costs
from patchkeep.domain.frozen import fingerprint
from patchkeep.domain.membership import apart_groups, matches, place_in_rings, window_of
from patchkeep.domain.plan import STALE_AFTER, Change, Plan, Ring, Skip, plan_id
from patchkeep.domain.policy import Installer, Match, Policy, RingRule
from patchkeep.domain.rivals import claims
from patchkeep.domain.setting import Action, Setting, by_target
from patchkeep.services import Service
from patchkeep.work.assess import Assessment
from patchkeep.work.spared import spared


class PlanRefused(Exception):  # noqa: N818 - it says what happened
    """No plan can be made of this policy; each reason says what to change."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Only:
    """A pilot: the plan covers no more than the accounts and assets that this matches. Empty: everything."""

    words: tuple[str, ...] = ()
    match: Match = field(default_factory=Match)

    def takes(self, asset: Asset) -> bool:
        return matches(self.match, asset)


def plan(assessment: Assessment, services: Mapping[str, Service], author: str, only: Only) -> Plan:
    """Raises PlanRefused when the policy gives one node two installers, or when the last look is too old to plan from."""
    policy = assessment.policy
    age = assessment.now - assessment.snapshot.taken_at
    if age > STALE_AFTER:
        raise PlanRefused((f"The last look is {age.total_seconds() / 3600:.0f} h old, more than 24 h: run `patchkeep discover` first.",))
    unread = _unread(assessment, services)
    settings, kept = spared(assessment, _settings(assessment, services, only, unread))
    if twice := tuple(_installed_twice(assessment, settings)):
        raise PlanRefused(twice)
    rings, skips, notes = _rings(assessment, only, unread)
    made = Plan(
        id="",
        made_at=assessment.now,
        author=author,
        organization_id=assessment.snapshot.organization_id,
        snapshot_id=assessment.snapshot.id,
        policy_hash=policy.hash,
        policy_name=policy.name,
        settings=settings,
        rings=rings,
        skips=skips,
        gaps=assessment.snapshot.gaps,
        notes=(
            *notes,
            *_caps(policy),
            *kept,
            *(f"no settings are planned in {place}: {gap.service} not read there: {gap.reason}" for place, gap in unread.items()),
            *(("settings are made for whole accounts: --only by tag narrows the rings alone",) if only.match.tags else ()),
        ),
        apart_limits=tuple((name, rule.at_once) for rule, name in apart_groups(policy, assessment.assets)),
        only=only.words,
        costs=costs(policy, settings, rings, assessment.assets),
    )
    return replace(made, id=plan_id(made))


def _caps(policy: Policy) -> Iterator[str]:
    """What holds back whatever the rings allow."""
    blast = policy.blast
    if blast.per_account is not None:
        share = blast.per_account.share
        most = f"{share * 100:g} % of an account's assets in a ring" if share is not None else f"{blast.per_account.count} of one account"
        yield f"at most {most} under way at once (blast.per_account)"
    if blast.per_hour is not None:
        yield f"at most {blast.per_hour} begin within any hour (blast.per_hour)"


def _unread(assessment: Assessment, services: Mapping[str, Service]) -> dict[Target, Gap]:
    """Accounts and regions of which something that settings rest on was not read, with the first gap.

    Members unseen would look like members gone, and their baselines and tags like leavings to be removed.
    """
    needed = {"accounts", "nodes", *(service.name for service in services.values() if service.settings and not service.at_home)}
    gaps = [gap for gap in assessment.snapshot.gaps if gap.service in needed and not gap.assets]
    places = sorted({*(a.target for a in assessment.assets), *(existing.target for existing in assessment.snapshot.objects)})
    found = {place: next((gap for gap in gaps if gap.covers(place)), None) for place in places}
    return {place: gap for place, gap in found.items() if gap is not None}


def _settings(assessment: Assessment, services: Mapping[str, Service], only: Only, unread: Collection[Target]) -> tuple[Setting, ...]:
    """Every difference in the places that were read, in the order in which it would be applied; a pilot's accounts only."""
    accounts = {asset.target.account for asset in assessment.assets if only.takes(asset)}
    every = [
        (service.rank, setting)
        for service in services.values()
        if service.settings
        for setting in service.settings(assessment.estate)
        if setting.target not in unread and (not only.words or setting.target.account in accounts)
    ]
    return tuple(setting for _, setting in sorted(every, key=lambda pair: (pair[1].target, pair[0], pair[1].kind, pair[1].name)))


def _installed_twice(assessment: Assessment, settings: Iterable[Setting]) -> Iterator[str]:
    """Nodes of ours to install on, on which an Install of ours in AWS would go on running (RULES 1)."""
    going = {setting.existing_id for setting in settings if setting.action is Action.DELETE}
    staying = by_target(existing for existing in assessment.snapshot.objects if existing.id not in going)
    for asset in assessment.assets:
        environment = assessment.environments.get(asset.id)
        if environment is None or environment.installer is not Installer.PATCHKEEP:
            continue
        claimed = claims(asset, staying.get(asset.target, ()), assessment.estate.ownership)
        for claim in (claim for claim in claimed if claim.kind == "install" and claim.ours):
            yield f"{asset.name}: environment {environment.name} has installer patchkeep, but {claim.name} installs on it in AWS, too"


def _rings(assessment: Assessment, only: Only, unread: Mapping[Target, Gap]) -> tuple[tuple[Ring, ...], tuple[Skip, ...], tuple[str, ...]]:
    """Patchable assets in their rings; everything else as a Skip."""
    skips = {skip.asset: skip for skip in assessment.strays}
    skips |= {asset.id: skip for asset in assessment.assets if (skip := _stopped_by(asset, unread.get(asset.target)))}
    members: dict[str, list[Asset]] = {}
    for asset in assessment.patchable:
        if asset.id not in skips:
            members.setdefault(assessment.environments[asset.id].name, []).append(asset)
    placement = place_in_rings(assessment.policy, members)
    skips |= {skip.asset: skip for skip in placement.outside}
    by_id = {asset.id: asset for asset in assessment.assets}
    rings, notes = [], []
    for rule in assessment.policy.rings:
        placed = [by_id[asset_id] for asset_id in placement.rings.get(rule.name, ())]
        wanted = [asset for asset in placed if only.takes(asset)]
        ring, more = _ring(rule, wanted, assessment)
        skips |= {skip.asset: skip for skip in more}
        rings.append(ring)
        if placed and not ring.changes:
            notes.append(_proves_nothing(rule, placed, assessment))
    chosen = tuple(skip for asset_id, skip in sorted(skips.items()) if only.takes(by_id[asset_id]))
    return tuple(rings), chosen, tuple(notes)


def _proves_nothing(rule: RingRule, placed: Sequence[Asset], assessment: Assessment) -> str:
    """Later rings should know that this one tried nothing out; after a success that is as it should be."""
    if all(assessment.verdicts[asset.id].status is Status.COMPLIANT for asset in placed):
        return f"ring {rule.name}: its {len(placed)} members are compliant: it has nothing to prove this plan on"
    return f"ring {rule.name}: nothing is planned on its {len(placed)} members, so it proves nothing"


def _stopped_by(asset: Asset, unread: Gap | None) -> Skip | None:
    """Why nothing may be started on the asset. `unread`: settings of its place were not read, so which baseline it takes is not known."""
    obstacle = next((o for o in asset.obstacles if o.stops_patching), None)
    if obstacle:
        return Skip(asset.id, asset.name, obstacle.why, obstacle.fix)
    reasons = [*asset.unread, *([f"{unread.service} of its account and region not read: {unread.reason}"] if unread else [])]
    return Skip(asset.id, asset.name, reasons[0], "see `patchkeep doctor`, then discover again") if reasons else None


def _ring(rule: RingRule, assets: Iterable[Asset], assessment: Assessment) -> tuple[Ring, list[Skip]]:
    changes, skips = [], []
    for asset in assets:
        window = window_of(assessment.policy, rule, asset)
        if isinstance(window, Skip):
            skips.append(window)
        elif assessment.verdicts[asset.id].status is Status.COMPLIANT:
            skips.append(Skip(asset.id, asset.name, "nothing to do: compliant"))
        elif deferral := assessment.deferrals.get(asset.id):
            skips.append(Skip(asset.id, asset.name, deferral.sentence, f"end it sooner: patchkeep defer end {asset.resource}"))
        else:
            changes.append(_change(asset, rule, window.name if window else "", assessment))
    names = {change.environment for change in changes}
    approvals = tuple(approval for approval in assessment.policy.approvals if approval.scope in names)
    ring = Ring(rule.name, tuple(changes), rule.at_once, rule.may_fail, int(rule.bake.total_seconds()), rule.window, approvals)
    return ring, skips


def _change(asset: Asset, rule: RingRule, window: str, assessment: Assessment) -> Change:
    groups = tuple(name for _, name in apart_groups(assessment.policy, (asset,)))
    updates = asset.updates or ()
    identity = f"c-{fingerprint([asset.id, rule.name, [update.key for update in updates]])[:16]}"
    environment = assessment.environments[asset.id].name
    return Change(identity, asset.id, asset.resource, asset.name, asset.os, asset.target, environment, updates, window=window, apart=groups)
