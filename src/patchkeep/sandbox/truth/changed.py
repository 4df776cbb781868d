"""Whatever could be read says the same as without faults: facts of assets, objects, accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Gap, Target
from patchkeep.domain.frozen import NOTHING
from patchkeep.domain.packages import Packages
from patchkeep.domain.snapshot import Snapshot
from patchkeep.sandbox.truth.log import ASSUME
from patchkeep.sandbox.truth.look import Look, concerns, explained

INSTANCES, MANAGED, STATES, PATCHES = (
    "ec2:DescribeInstances",
    "ssm:DescribeInstanceInformation",
    "ssm:DescribeInstancePatchStates",
    "ssm:DescribeInstancePatches",
)
TAGS, INVENTORY = "ssm:ListTagsForResource", "ssm:GetInventory"
CONTACT = "account:GetAlternateContact"
BOTH = (INSTANCES, MANAGED)
FACTS: Mapping[str, tuple[str, ...]] = {  # of an asset: the operations without which it may be unlike the truth
    "kind": (),
    "target": (),
    "service": (),
    "name": (*BOTH, TAGS),
    "os": BOTH,
    "tags": (INSTANCES, TAGS),
    "ou": ("organizations:",),
    "owner": (INSTANCES, TAGS, CONTACT, "organizations:"),
    "scan": (MANAGED, STATES),
    "updates": (MANAGED, STATES, PATCHES),
    "inventory": (MANAGED, INVENTORY),
    "obstacles": (*BOTH, INVENTORY, TAGS),
    "facts": BOTH,
}
MANAGED_FACTS = ("kind", "target", "service", "name", "tags", "updates", "facts", "engine", "version", "window", "remarks")
IN_PARTS = frozenset({"health"})  # services whose objects are told by several reads, of which one may be missing
EMPTY_WHERE_UNREAD = ("scan", "updates", "inventory")  # None, never something else


def changed(clean: Look, faulty: Look) -> Iterator[str]:
    gaps = tuple(gap for gap in faulty.snapshot.gaps if gap not in clean.snapshot.gaps)
    now = {asset.id: asset for asset in faulty.snapshot.assets}
    for asset in clean.snapshot.assets:
        if asset.id in now:
            yield from _changed_facts(asset, now[asset.id], gaps)
    yield from _changed_objects(clean.snapshot, faulty.snapshot, gaps)
    yield from _changed_accounts(clean.snapshot, faulty.snapshot, gaps)
    if clean.snapshot.organization_id != faulty.snapshot.organization_id and not explained(gaps, None, ("organizations:",), ASSUME):
        yield "the organization's id is another one, and no gap says why"


def _changed_facts(true: Asset, seen: Asset, gaps: Sequence[Gap]) -> Iterator[str]:
    if not true.is_node:
        yield from _changed_facts_of_managed(true, seen, gaps)
        return
    for fact, sources in FACTS.items():
        value = getattr(seen, fact)
        if value == getattr(true, fact):
            continue
        if not explained(gaps, seen, sources, ASSUME):
            yield f"{seen.id}: {fact} is not what it is without faults, and no gap says why"
        elif fact in EMPTY_WHERE_UNREAD and value is not None:
            yield f"{seen.id}: {fact} was not read, and is there nevertheless: {str(value)[:80]}"
        elif fact == "tags" and value != NOTHING:
            yield f"{seen.id}: some of its tags were made up"


def _changed_facts_of_managed(true: Asset, seen: Asset, gaps: Sequence[Gap]) -> Iterator[str]:
    """AWS tells all of a managed resource at each look, through the one service that asks for it.

    Until when it is supported a feed tells as well: where AWS refuses to, the asset is no less read for it.
    """
    why = any(gap.service in {seen.service, "accounts", "organization"} and concerns(gap, seen) for gap in gaps)
    differing = [fact for fact in MANAGED_FACTS if getattr(seen, fact) != getattr(true, fact)]
    if differing and not (why and seen.unread):
        yield f"{seen.id}: {differing[0]} is not what it is without faults, and no gap says why"
    if seen.support != true.support and not (why and (seen.support is None or seen.unread)):
        yield f"{seen.id}: support is not what it is without faults, and no gap says why"
    if _inside(seen) != _inside(true) and not (why and seen.inventory is None):
        yield f"{seen.id}: what is inside it is not what it is without faults, and no gap says why"


def _inside(asset: Asset) -> Packages | None:
    return asset.inventory.packages if asset.inventory else None


def _changed_objects(clean: Snapshot, faulty: Snapshot, gaps: Sequence[Gap]) -> Iterator[str]:
    true = {(one.service, one.target, one.id): one for one in clean.objects}
    seen = {(one.service, one.target, one.id): one for one in faulty.objects}
    for key, there in true.items():
        if key not in seen:
            if not _hidden(key, gaps):
                yield f"{there.kind} {there.name} in {there.target} has vanished, and no gap says why"
        elif seen[key] != there and not (key[0] in IN_PARTS and _hidden(key, gaps) and _left_empty(there, seen[key])):
            yield f"{there.kind} {there.name} in {there.target} is not what it is without faults"
    yield from (f"{seen[key].kind} {seen[key].name} in {key[1]} exists under faults alone" for key in seen.keys() - true.keys())


def _hidden(key: tuple[str, Target, str], gaps: Sequence[Gap]) -> bool:
    """Whether something that its service asks for was refused there."""
    return any(gap.service in {key[0], "accounts", "organization"} and gap.covers(key[1]) for gap in gaps)


def _left_empty(true: Existing, seen: Existing) -> bool:
    """Whether it is the same but for fields that are empty: those of a read of its own, as an event's entities."""
    told = {name: value for name, value in seen.fields.items() if value or value == true.fields.get(name)}
    return replace(seen, fields=true.fields) == true and all(true.fields.get(name) == value for name, value in told.items())


def _changed_accounts(clean: Snapshot, faulty: Snapshot, gaps: Sequence[Gap]) -> Iterator[str]:
    lost = any(gap.operation.startswith(("organizations:", ASSUME)) and not gap.target.region for gap in gaps)
    seen = {account.id: account for account in faulty.accounts}
    for account in clean.accounts:
        if account.id not in seen:
            if not lost:
                yield f"account {account.id} has vanished, and no gap says why"
        elif seen[account.id] != account and not lost:
            told = replace(seen[account.id], contact=account.contact, contact_from=account.contact_from) == account
            if not (told and any(gap.covers(Target(account.id, gap.target.region)) for gap in gaps)):
                yield f"account {account.id} is not what it is without faults, and no gap says why"
