"""Look at the whole organization, and keep what was seen: an immutable snapshot. Only reads, and no refusal ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any

from patchkeep.domain.asset import Asset, Found, Obstacle
from patchkeep.domain.call import Call, Cause, Gap, Target, home_region
from patchkeep.domain.ledger import Entry
from patchkeep.domain.owners import owner_of
from patchkeep.domain.policy import Policy
from patchkeep.domain.snapshot import AccountSeen, Snapshot, carry_forward, named
from patchkeep.services import Reached, Service, organization, organization_id, reached, together
from patchkeep.work.asked_once import asked_once
from patchkeep.work.inside import Inside
from patchkeep.work.seams import Aws, Clock, Ledger

AT_ONCE = 8  # accounts and regions looked at side by side
WAITING = 32  # the same, by services that mostly wait until AWS allows the next call
ALONE = "AWSOrganizationsNotInUseException"

Ticks = Callable[[int, int, str], None]  # done, total, what


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look: the accounts, their regions, and where that is not possible."""

    organization_id: str
    accounts: tuple[AccountSeen, ...]
    targets: tuple[Target, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Looking:
    """What a look needs: the door, the services, the policy, the time, and what was seen before."""

    aws: Aws
    services: Mapping[str, Service]
    policy: Policy
    clock: Clock
    previous: Snapshot | None = None
    host: str = ""  # the instance that Patchkeep runs on: never to be patched by itself


def discover(looking: Looking, ticks: Ticks) -> Snapshot:
    """One look. Assets seen earlier in places that could not be looked at now stay known, as unread."""
    aws, policy, previous = looking.aws, looking.policy, looking.previous
    places = find_places(aws, policy, ticks)
    everywhere = {name: service for name, service in looking.services.items() if not service.at_home}
    found = [*_look_everywhere(aws, everywhere, places.targets, ticks), *_look_at_home(looking)]
    accounts = {account.id: account for account in places.accounts}
    gaps = (*places.gaps, *_switched_off(looking, places), *_offered_there(looking, found))
    seen = (_told_more(asset, accounts[asset.target.account], looking) for one in found for asset in one.assets)
    assets, closed = Inside(aws, policy, looking.clock, everywhere).all(seen)
    gaps += tuple(closed)
    objects = sorted((existing for one in found for existing in one.objects), key=lambda e: (e.target, e.service, e.id))
    return named(
        Snapshot(
            id="",
            taken_at=looking.clock.now(),
            organization_id=places.organization_id,
            accounts=places.accounts,
            targets=places.targets,
            assets=carry_forward(previous.assets if previous else (), assets, gaps),
            objects=tuple(objects),
            gaps=gaps,
            reads=aws.reads(),
        )
    )


def find_places(aws: Aws, policy: Policy, ticks: Ticks) -> Places:
    """Accounts and regions to look at: all that the organization has and the policy doesn't exclude."""
    organization_id, accounts, gaps = _list_accounts(aws)
    partition = aws.caller().arn.split(":")[1]
    closed = {account.id: gap for account in accounts if (gap := _closed(account, policy, partition))}
    first = next(iter(policy.organization.regions), home_region(partition))  # other regions may be denied by a service control policy
    asked = [Target(account.id, first, partition) for account in accounts if account.id not in closed]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda target: aws.read(target, "accounts", reached()), asked))
    ticks(len(asked), len(asked), "accounts")
    gaps += closed.values()
    targets: list[Target] = []
    contacts: dict[str, Reached] = {}
    for target, answer in zip(asked, answers, strict=True):
        if isinstance(answer, Gap):
            gaps.append(replace(answer, target=replace(target, region="")))
            continue
        contacts[target.account] = answer
        if answer.untold:
            gaps.append(replace(answer.untold, target=replace(target, region="")))
        wanted, off = _regions(answer, policy, target)
        targets += wanted
        gaps += off
    known = tuple(_told(account, contacts[account.id]) if account.id in contacts else account for account in accounts)
    return Places(organization_id, known, tuple(targets), tuple(gaps))


def _told(account: AccountSeen, answer: Reached) -> AccountSeen:
    """The account with the contact that it names itself, where it names one: its e-mail is only the last resort."""
    return replace(account, contact=answer.contact, contact_from=answer.contact_from) if answer.contact else account


def _list_accounts(aws: Aws) -> tuple[str, tuple[AccountSeen, ...], list[Gap]]:
    """The organization's accounts; the caller's own alone where there is no organization, or it refuses to tell (a gap)."""
    caller = aws.caller()
    partition = caller.arn.split(":")[1]
    listed = aws.read(Target("", home_region(partition), partition), "accounts", organization())
    if not isinstance(listed, Gap):
        return listed[0], listed[1], []
    alone = (AccountSeen(caller.account, "this account", ""),)
    if listed.code == ALONE:
        return caller.account, alone, []
    known = aws.read(listed.target, "accounts", organization_id())
    everywhere = replace(listed, target=replace(listed.target, region=""))
    if isinstance(known, Gap):  # without the id we cannot tell our own objects from others': a gap that keeps settings from being planned
        return caller.account, alone, [together([everywhere, known])]
    return known, alone, [replace(everywhere, service="organization")]


def _closed(account: AccountSeen, policy: Policy, partition: str) -> Gap | None:
    """Why an account isn't looked at at all."""
    target = Target(account.id, "", partition)
    excluded = next((e for e in policy.organization.exclude if e.account == account.id), None)
    if excluded:
        return Gap(target, "accounts", Cause.EXCLUDED, f"excluded by the policy: {excluded.why}")
    if account.status != "ACTIVE":
        return Gap(target, "accounts", Cause.SUSPENDED, f"account is {account.status}", fix="close it for good, or have AWS reinstate it")
    return None


def _regions(answer: Reached, policy: Policy, target: Target) -> tuple[list[Target], list[Gap]]:
    """The account's regions that the policy wants, and a gap for each wanted one that is not enabled."""
    wanted = policy.organization.regions or answer.regions
    off = [region for region in wanted if region not in answer.regions]
    reason = "the policy names this region, but it is not enabled for the account"
    fix = "enable it for the account, or leave it out of organization.regions"
    gaps = [Gap(replace(target, region=region), "accounts", Cause.REGION_OFF, reason, fix=fix) for region in off]
    return [replace(target, region=region) for region in wanted if region in answer.regions], gaps


def _switched_off(looking: Looking, places: Places) -> Iterator[Gap]:
    """Regions with machines that were enabled at the last look and are not now: what runs there goes on running, unseen."""
    if looking.previous is None or looking.policy.organization.regions:
        return
    members = {account.id for account in places.accounts}
    seen = {asset.target for asset in looking.previous.assets if asset.target.account in members}
    reason = "the region was enabled when it was last looked at, and is not now"
    fix = "enable it and end what runs there; or name the regions to look at in organization.regions"
    for target in sorted(seen - set(places.targets)):
        if not any(gap.covers(target) for gap in places.gaps):
            yield Gap(target, "accounts", Cause.REGION_OFF, reason, fix=fix)


def _offered_there(looking: Looking, found: Iterable[Found]) -> Iterator[Gap]:
    """Gaps, without those of services that AWS does not have in the region; but where one was seen before, it is there."""
    before = {(asset.target, asset.service) for asset in (looking.previous.assets if looking.previous else ())}
    for gap in (gap for one in found for gap in one.gaps):
        if gap.cause is not Cause.NOT_OFFERED or (gap.target, gap.service) in before:
            yield gap


def _look_everywhere(aws: Aws, services: Mapping[str, Service], targets: Iterable[Target], ticks: Ticks) -> list[Found]:
    """What all services see in all places, place by place; those that have to wait between calls beside the others."""
    looking = [service for service in services.values() if service.discover]
    once = [service for service in looking if service.once]
    quick, slow = [s for s in looking if not s.slow and not s.once], [s for s in looking if s.slow]
    targets = tuple(targets)
    homes = {target.account: replace(target, region=home_region(target.partition)) for target in targets} if once else {}
    total = len(targets) * (len(quick) + len(slow)) + len(homes) * len(once)
    with ThreadPoolExecutor(AT_ONCE, "look") as pool, ThreadPoolExecutor(WAITING, "look-slowly") as waiting:
        looks: list[Future[list[Found]]] = []
        for target in targets:
            looks += [waiting.submit(_look_at, aws, target, (service,)) for service in slow]
            looks.append(pool.submit(_look_at, aws, target, quick))
        looks += [pool.submit(_look_at, aws, home, once) for home in homes.values()]
        done = 0
        try:
            for ended in as_completed(looks):
                done += len(ended.result())
                ticks(done, total, "accounts x regions x services")
        finally:
            for one in looks:
                one.cancel()  # what has not begun when somebody interrupts
    return [found for one in looks for found in one.result()]


def _look_at(aws: Aws, target: Target, services: Iterable[Service]) -> list[Found]:
    """What each service sees in one place. What they ask alike is asked once."""
    known: dict[Call, Any] = {}
    return [_seen(aws, target, service, known) for service in services]


def _look_at_home(looking: Looking) -> list[Found]:
    """What services see that are asked only in the account signed in to, where the policy has use for them."""
    asked = [service for service in looking.services.values() if service.at_home and service.at_home(looking.policy)]
    caller = looking.aws.caller()
    partition = caller.arn.split(":")[1]
    home = Target(caller.account, home_region(partition), partition)
    return [look(looking.aws, home, service) for service in asked]


def look(aws: Aws, target: Target, service: Service) -> Found:
    """What one service sees in one place; a refusal is its only gap."""
    return _seen(aws, target, service, {})


def _seen(aws: Aws, target: Target, service: Service, known: dict[Call, Any]) -> Found:
    if service.discover is None:
        return Found()
    found = aws.read(target, service.name, asked_once(service.discover(target), service.name, known))
    if isinstance(found, Gap):
        return Found(gaps=(replace(found, hides=bool(service.kinds)),))
    return replace(found, assets=tuple(replace(asset, service=service.name) for asset in found.assets))


def _told_more(asset: Asset, account: AccountSeen, looking: Looking) -> Asset:
    """The asset with its unit, and whom to tell: the owner tag's value, else the account's contact (RULES 25)."""
    asset = replace(asset, ou=account.ou, owner=owner_of(asset, account, looking.policy).name)
    if not looking.host or asset.resource != looking.host:
        return asset
    why = "is the machine that Patchkeep runs on: a reboot would end the rollout"
    own = Obstacle("Patchkeep's own host", why, "patch it from another machine", stops_patching=True)
    return replace(asset, obstacles=(*asset.obstacles, own))


def log_refusals(snapshot: Snapshot, ledger: Ledger, caller: str) -> None:
    """Put what AWS refused into the ledger, with request ids; reads that were answered are counters in the snapshot."""
    for gap in snapshot.gaps:
        if gap.operation:
            place = (snapshot.id, gap.service, gap.target, gap.operation)
            outcome = f"{gap.code} {gap.reason}".strip()
            ledger.append(Entry(snapshot.taken_at, "refusal", *place, caller=caller, request_id=gap.request_id, outcome=outcome))
