"""Make a plan: the settings that differ, the rings in order, and for everything left out the reason. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from patchkeep.domain.apart import groups_of, hold, notes_of
from patchkeep.domain.asset import Asset
from patchkeep.domain.calendar.shut import unheld
from patchkeep.domain.call import Gap, Target
from patchkeep.domain.compliance import Status
from patchkeep.domain.cost import costs
from patchkeep.domain.inplace import owner_overruled
from patchkeep.domain.membership import matches
from patchkeep.domain.plan import STALE_AFTER, Plan, Ring, plan_id
from patchkeep.domain.policy import Installer, Match, Policy
from patchkeep.domain.progress import Rollout
from patchkeep.domain.rivals import claims
from patchkeep.domain.setting import Action, Setting, by_target
from patchkeep.services import Service
from patchkeep.work.assess import Assessment
from patchkeep.work.rings import rings
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


def plan(assessment: Assessment, services: Mapping[str, Service], author: str, only: Only, rollouts: Iterable[Rollout] = ()) -> Plan:
    """Raises PlanRefused when the policy gives one node two installers, or when the last look is too old to plan from.

    `rollouts`: all so far, newest first. Who did not come through the last one counts as away where assets are kept apart.
    """
    policy = assessment.policy
    refuse_old(assessment)
    unread = unread_places(assessment, services)
    settings, kept = spared(assessment, _settings(assessment, services, only, unread))
    if twice := tuple(_installed_twice(assessment, settings)):
        raise PlanRefused(twice)
    drawn = rings(assessment, services, only.takes, unread)
    sound = frozenset(name for name, verdict in assessment.verdicts.items() if verdict.status is Status.COMPLIANT)
    groups = groups_of(policy, assessment.assets, rollouts, sound)
    held, staying = hold(drawn.rings, groups)
    made = Plan(
        id="",
        made_at=assessment.now,
        author=author,
        organization_id=assessment.snapshot.organization_id,
        snapshot_id=assessment.snapshot.id,
        policy_hash=policy.hash,
        policy_name=policy.name,
        settings=settings,
        rings=held,
        skips=tuple(sorted((*drawn.skips, *staying), key=lambda skip: skip.asset)),
        gaps=assessment.snapshot.gaps,
        notes=(
            *drawn.notes,
            *_in_place(held, assessment.assets),
            *_caps(policy),
            *notes_of(held, groups),
            *kept,
            *unheld(policy.freezes, (asset for asset in assessment.patchable if only.takes(asset)), assessment.now),
            *(f"no settings are planned in {place}: {gap.service} not read there: {gap.reason}" for place, gap in unread.items()),
            *(("settings are made for whole accounts: --only by tag narrows the rings alone",) if only.match.tags else ()),
        ),
        apart_limits=tuple((group.name, group.at_once) for group in groups),
        apart_away=tuple((group.name, tuple(sorted(group.away))) for group in groups if group.away),
        only=only.words,
        costs=costs(policy, settings, held, assessment.assets),
    )
    return replace(made, id=plan_id(made))


def refuse_old(assessment: Assessment) -> None:
    """Raise PlanRefused when the last look is too old to plan from."""
    age = assessment.now - assessment.snapshot.taken_at
    if age > STALE_AFTER:
        raise PlanRefused((f"The last look is {age.total_seconds() / 3600:.0f} h old, more than 24 h: run `patchkeep discover` first.",))


def _caps(policy: Policy) -> Iterator[str]:
    """What holds back whatever the rings allow."""
    blast = policy.blast
    if blast.per_account is not None:
        share = blast.per_account.share
        most = f"{share * 100:g} % of an account's assets in a ring" if share is not None else f"{blast.per_account.count} of one account"
        yield f"at most {most} under way at once (blast.per_account)"
    if blast.per_hour is not None:
        yield f"at most {blast.per_hour} begin within any hour (blast.per_hour)"


def _in_place(rings: Iterable[Ring], assets: Iterable[Asset]) -> Iterator[str]:
    """Machines of other owners that the policy takes all the same, by environment."""
    environments = {change.asset: change.environment for ring in rings for change in ring.changes}
    owned = ((environments[asset.id], owner_overruled(asset)) for asset in assets if asset.id in environments)
    counted = Counter((environment, owner) for environment, owner in owned if owner)
    for (environment, owner), number in sorted(counted.items()):
        lost = "the owner may replace what reboots, and what it starts anew lacks these updates"
        yield f"environment {environment}: {number} {owner}, patched in place as the policy says (in_place): {lost}"


def unread_places(assessment: Assessment, services: Mapping[str, Service]) -> dict[Target, Gap]:
    """Accounts and regions of which something that settings rest on was not read, with the first gap.

    Members unseen would look like members gone, and their baselines and tags like leavings to be removed.
    """
    telling = (service for service in services.values() if service.settings and not service.at_home)
    needed = {"accounts", "nodes", *(service.name for service in telling if not service.kinds)}
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
        if not _hidden(setting, service, assessment, unread) and (not only.words or setting.target.account in accounts)
    ]
    return tuple(setting for _, setting in sorted(every, key=lambda pair: (pair[1].target, pair[0], pair[1].kind, pair[1].name)))


def _hidden(setting: Setting, service: Service, assessment: Assessment, unread: Collection[Target]) -> bool:
    """Whether what it rests on was not read: of managed resources that is what their own service saw."""
    if not service.kinds:
        return setting.target in unread
    return any(
        gap.service in {"accounts", service.name} and not gap.assets and gap.covers(setting.target) for gap in assessment.snapshot.gaps
    )


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
