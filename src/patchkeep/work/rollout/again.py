"""Look again just before machines are changed: between a plan and its batch lie days, and a machine may be somebody else's by now.

What planning asked once is asked anew of a batch's members: whose they are, who else patches them, where their tags put them, and
which baseline they take. Whoever must be left alone now is left out, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias

from patchkeep.domain.asset import Asset, Existing, Found
from patchkeep.domain.calendar.shut import Shut
from patchkeep.domain.call import Gap, Target
from patchkeep.domain.inplace import in_place
from patchkeep.domain.membership import apart_groups, matches, window_of
from patchkeep.domain.patchgroups import OLD_GROUP_TAG
from patchkeep.domain.plan import Change, Skip
from patchkeep.domain.policy import Policy
from patchkeep.domain.progress import Batch
from patchkeep.domain.rivals import obstacles_from, wrong_group
from patchkeep.domain.setting import GROUP_TAG, Estate, group_of
from patchkeep.domain.turn import AGREED, HARMLESS
from patchkeep.services import Service
from patchkeep.work.discover import look
from patchkeep.work.rollout.rolling import Rolling
from patchkeep.work.units import strayed, units

TELLING = frozenset({"associations", "windows", "baselines"})  # what tells who else patches, and by which baseline we would
AT_ONCE = 32  # places read side by side, mostly waiting
UNIT = "unit"  # kind of what says where an account stands; its name is the unit's path
Place: TypeAlias = tuple[str, Target]  # the service whose batches go there
Told: TypeAlias = Mapping[Place, Found | Gap]


def tell(rolling: Rolling, places: Collection[Place]) -> Told:
    """What there is at each place, or the gap: read once for all batches of a tick, places side by side.

    Of machines, who else patches them; managed resources as their service sees them now. AWS allows these reads a few a second in
    each account and region, so one place after the other would take minutes. What is told here is minutes old at most: later than
    that a batch is decided anew. Where the accounts stand is asked once for all of them.
    """
    there = units(rolling.aws, rolling.policy) if places else None
    if isinstance(there, Gap):
        return dict.fromkeys(places, there)
    ordered = sorted(places)
    with ThreadPoolExecutor(max(1, min(AT_ONCE, len(ordered))), "look-again") as pool:
        found = pool.map(lambda place: _told(rolling, place, _standing(place[1], there)), ordered)
        return dict(zip(ordered, found, strict=True))


def _standing(target: Target, there: Mapping[str, str] | None) -> tuple[Existing, ...]:
    """What says where the account stands; nothing where it is not in the organization, or nothing rests on that."""
    if there is None or target.account not in there:
        return ()
    return (Existing("accounts", UNIT, target, target.account, there[target.account], ""),)


def _told(rolling: Rolling, place: Place, stands: tuple[Existing, ...]) -> Found | Gap:
    name, target = place
    asked = (name,) if rolling.services[name].kinds else TELLING
    objects, assets = list(stands), list[Asset]()
    for service in rolling.services.values():
        if service.name in asked:
            found = look(rolling.aws, target, service)
            if gaps := [gap for gap in found.gaps if not gap.assets]:
                return gaps[0]
            objects += found.objects
            assets += found.assets
    return Found(tuple(assets), objects=tuple(objects))


def kept_away(rolling: Rolling, batch: Batch, told: Told) -> dict[str, str] | Gap:
    """Members that must not be changed now, each with its reason; a Gap where that could not be read, so nothing may be sent."""
    service, found = rolling.service(batch), told[batch.service, batch.target]
    if isinstance(found, Gap):
        return found
    seen = rolling.aws.read(batch.target, service.name, service.again(batch)) if service.again else found.assets
    if isinstance(seen, Gap):
        return seen
    plan, services = rolling.plan, rolling.services
    estate = Estate(plan.organization_id, rolling.policy, {}, found.objects, rolling.clock.now())
    there = {asset.resource: asset for asset in seen}
    changes = (change for ring in plan.rings if ring.name == batch.ring for change in ring.changes)
    planned = {c.resource: c for c in changes if (c.service, c.target) == (batch.service, batch.target)}
    why = _reason if service.again else _managed_reason
    reasons = {resource: why(there.get(resource), planned[resource], estate, services, batch) for resource in batch.resources}
    return {resource: why for resource, why in reasons.items() if why}


def _managed_reason(asset: Asset | None, change: Change, estate: Estate, _services: Mapping[str, Service], batch: Batch) -> str:
    """Of managed resources: where its tags and its account put it now, and what stands in its way. Who is gone, its service will say."""
    if asset is None or batch.step in HARMLESS:
        return ""
    barred = (obstacle.why for obstacle in asset.obstacles if obstacle.stops_patching)
    frozen = _frozen(asset, estate) if batch.step in AGREED else iter(())
    ways = (barred, _places(asset, change, estate, batch.ring), _apart(asset, change, estate.policy), frozen)
    return next((f"left alone: {why}" for reasons in ways for why in reasons), "")


def _frozen(asset: Asset, estate: Estate) -> Iterator[str]:
    """What is asked for now AWS does in its next window: a freeze must not hold then, either."""
    if met := Shut(estate.policy.freezes, estate.now).next(asset.window):
        yield f"AWS's own next window reaches into freeze {met.freeze}"


def _reason(asset: Asset | None, change: Change, estate: Estate, services: Mapping[str, Service], batch: Batch) -> str:
    if asset is None:
        return "is not there any more"
    asset = replace(asset, name=change.name, os=change.os)
    ways: list[Iterator[str]] = []
    if batch.step != "verify":  # which changes nothing, and ends what was begun
        ways += [_obstacles(asset, change, estate), _places(asset, change, estate, batch.ring)]
    if batch.step != "reboot":  # which ends what was begun, whatever is told since
        ways += [_apart(asset, change, estate.policy)] if batch.step != "verify" else []
        ways.append(_baselines(asset, change, estate, services))
    return next((f"left alone: {why}" for reasons in ways for why in reasons), "")


def _obstacles(asset: Asset, change: Change, estate: Estate) -> Iterator[str]:
    """Owners, patch policies and installers of other people, and a patch group that isn't the environment's."""
    environment = estate.policy.environment(change.environment)
    asset = in_place(asset, environment)
    group = group_of(estate.policy, environment)
    wrong = wrong_group(asset, environment.name, group)
    rivals = obstacles_from(asset, estate.objects, estate.ownership, None)
    for obstacle in (*asset.obstacles, *rivals, *([wrong] if wrong else [])):
        if obstacle.stops_patching:
            yield obstacle.why
    if not {GROUP_TAG, OLD_GROUP_TAG} & asset.tags.keys():
        yield f"bears no patch group any more, so it takes the default baseline and not that of {group}"


def _places(asset: Asset, change: Change, estate: Estate, ring: str) -> Iterator[str]:
    """Environment and window as its tags, and the unit of its account, give them now."""
    policy = estate.policy
    environment = policy.environment(change.environment)
    if not matches(replace(environment.match, ous=()), asset):
        yield f"its tags put it into environment {environment.name} no longer"
    if any(one.match.ous for one in policy.environments):
        there = {existing.id: existing.name for existing in estate.objects if existing.kind == UNIT}
        if why := strayed(asset, environment.name, policy, there):
            yield why
    window = window_of(policy, next((rule for rule in policy.rings if rule.name == ring), None), asset)
    if isinstance(window, Skip):
        yield window.reason
    elif (window.name if window else "") != change.window:
        yield f"its window is {window.name if window else 'any time'} now, and was {change.window or 'any time'} when it was planned"


def _apart(asset: Asset, change: Change, policy: Policy) -> Iterator[str]:
    """A group of assets not changed together that it has joined: the plan counts it to none."""
    if joined := {name for _, name in apart_groups(policy, (asset,))} - set(change.apart):
        yield f"its tags put it into {min(joined)}, whose members are kept apart, since it was planned: plan again"


def _baselines(asset: Asset, change: Change, estate: Estate, services: Mapping[str, Service]) -> Iterator[str]:
    """An Install puts on what the baseline says that AWS finds for the machine, and a Scan measures by it: another's proves nothing."""
    environment = estate.policy.environment(change.environment)
    for service in services.values():
        expected = service.expect(estate, environment, asset) if service.expect else None
        if expected is None:
            continue
        if expected.rival:
            yield f"its patch group is registered with {expected.rival}, so it takes that baseline and not the policy's"
        if not expected.id:
            yield f"the policy's baseline {expected.name} is not there: it would take the default one"
        elif expected.unregistered and not expected.rival:
            group = expected.unregistered
            yield f"the baseline {expected.name} is registered with patch group {group} no more: it would take the default one"
        if expected.drifted:
            yield f"the baseline {expected.name} ({expected.id}) does not say what the policy says: plan and apply settings first"
