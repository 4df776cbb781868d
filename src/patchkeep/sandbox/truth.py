"""Truth under faults: what a look at the organization may say when some of its reads were refused, and what it may not.

One checker for tests, `make chaos` and the demo. It holds a look taken under faults against one of the same world at the same time
without them, and against the sandbox's own log of what was refused; it asks nothing of the code that it checks.

1. No asset that was not read is compliant. 2. No asset vanishes. 3. Whatever could be read says the same as without faults.
4. Every refusal shows as a gap that names its operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap, Target
from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.frozen import NOTHING
from patchkeep.domain.snapshot import Snapshot

PROVEN = frozenset({Status.COMPLIANT, Status.WAIVED})
ASSUME, BROKEN_OFF = "sts:AssumeRole", "ConnectionCut"
INSTANCES, MANAGED, STATES, PATCHES = (
    "ec2:DescribeInstances",
    "ssm:DescribeInstanceInformation",
    "ssm:DescribeInstancePatchStates",
    "ssm:DescribeInstancePatches",
)
TAGS, INVENTORY = "ssm:ListTagsForResource", "ssm:GetInventory"
CONTACT, REGIONS = "account:GetAlternateContact", "ec2:DescribeRegions"
BASELINES = frozenset({"ssm:DescribePatchBaselines", "ssm:DescribePatchGroups"})
_BOTH = (INSTANCES, MANAGED)
FACTS: Mapping[str, tuple[str, ...]] = {  # of an asset: the operations without which it may be unlike the truth
    "kind": (),
    "target": (),
    "service": (),
    "name": (*_BOTH, TAGS),
    "os": _BOTH,
    "tags": (INSTANCES, TAGS),
    "ou": ("organizations:",),
    "owner": (INSTANCES, TAGS, CONTACT, "organizations:"),
    "scan": (MANAGED, STATES),
    "updates": (MANAGED, STATES, PATCHES),
    "inventory": (MANAGED, INVENTORY),
    "obstacles": (*_BOTH, INVENTORY, TAGS),
    "facts": _BOTH,
}
MANAGED_FACTS = ("kind", "target", "service", "name", "tags", "updates", "facts", "engine", "version", "support", "window", "remarks")
EMPTY_WHERE_UNREAD = ("scan", "updates", "inventory")  # None, never something else
JUDGED_BY = ("tags", "os", "scan", "updates", "version", "support")  # facts that compliance rests on


@dataclass(frozen=True, slots=True)
class Look:
    """A snapshot (as the store gives it back, where there is one) and the verdict on each of its assets."""

    snapshot: Snapshot
    verdicts: Mapping[str, Compliance]

    def proven(self, asset: str) -> bool:
        return asset in self.verdicts and self.verdicts[asset].status in PROVEN


@dataclass(frozen=True, slots=True)
class Refusal:
    """A read that AWS did not answer, by the sandbox's log."""

    account: str
    region: str
    action: str
    params: Mapping[str, Any]

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes whose facts it asked for by id."""
        return frozenset((*self.params.get("InstanceIds", ()), *filter(None, [self.params.get("InstanceId")])))

    def at(self, asset: Asset) -> bool:
        return (self.account, self.region) == (asset.target.account, asset.target.region)


@dataclass(frozen=True)
class Log:
    """The sandbox's log of one look (`SandboxClient.log`). `tries`: how often the client asks before it takes a no for a no."""

    calls: Sequence[Mapping[str, Any]]
    tries: int = 1

    @cached_property
    def walks(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """Calls that ask the same, page after page and try after try."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for call in self.calls:
            asked = sorted((name, str(value)) for name, value in call["params"].items() if name != "NextToken")
            found.setdefault(f"{_action(call)} {call['account']} {call['region']} {asked}", []).append(call)
        return found

    @cached_property
    def unanswered(self) -> tuple[Refusal, ...]:
        """Reads whose last page was refused."""
        return tuple(_refusal(walk[-1]) for walk in self.walks.values() if walk[-1]["error"])

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What the client took for a no: an answer that broke off is asked for again in any case."""
        if self.tries > 1:
            return self.unanswered
        said = [call for call in self.calls if call["error"] not in {None, "", BROKEN_OFF}]
        return tuple(map(_refusal, (*said, *(walk[-1] for walk in self.walks.values() if walk[-1]["error"] == BROKEN_OFF))))

    def dark(self, action: str) -> Iterator[tuple[str, str]]:
        """Places in which no read of this operation came to its end."""
        last = [walk[-1] for walk in self.walks.values() if _action(walk[-1]) == action]
        ended = {(call["account"], call["region"]) for call in last if not call["error"]}
        return iter({(r.account, r.region) for r in self.unanswered if r.action == action} - ended)

    def silent(self, asset: Asset, place: tuple[str, str]) -> str:
        """An operation of the API that a managed resource answers to, where none of that API came to its end in the place."""
        names = {asset.service, asset.id.split(":")[2]}
        walks = [walk[-1] for walk in self.walks.values() if walk[-1]["service"] in names]
        here = [call for call in walks if (call["account"], call["region"]) == place]
        return _action(here[0]) if here and all(call["error"] for call in here) else ""


def _action(call: Mapping[str, Any]) -> str:
    return f"{call['service']}:{call['operation']}"


def _refusal(call: Mapping[str, Any]) -> Refusal:
    account = call["account"]
    if _action(call) == ASSUME:
        account = str(call["params"].get("RoleArn", "")).split(":")[4:5][0]
    return Refusal(account, call["region"], _action(call), call["params"])


def lies(clean: Look, faulty: Look, log: Log, usual: Iterable[Refusal] = ()) -> tuple[str, ...]:
    """Everything in `faulty` that is not true, a sentence each; none when it holds. `usual`: what is refused without faults, too."""
    gone = set(map(_named, usual))
    refused = [refusal for refusal in log.refusals if _named(refusal) not in gone]
    return (
        *_compliant_though_unread(clean, faulty, log),
        *_vanished(clean, faulty),
        *_changed(clean, faulty),
        *_untold(faulty, refused),
    )


def _named(refusal: Refusal) -> tuple[str, str, str]:
    return refusal.account, refusal.region, refusal.action


# --- 1. no asset that was not read is compliant ----------------------------------------------------------------------


def _compliant_though_unread(clean: Look, faulty: Look, log: Log) -> Iterator[str]:
    true = {asset.id: asset for asset in clean.snapshot.assets}
    dark = {action: set(log.dark(action)) for action in (*_BOTH, *BASELINES, REGIONS)}
    for asset in faulty.snapshot.assets:
        if not faulty.proven(asset.id):
            continue
        if not clean.proven(asset.id):
            yield f"{asset.id} is compliant under faults alone"
        elif asset.unread:
            yield f"{asset.id} is compliant though {asset.unread[0]}"
        elif differing := [fact for fact in JUDGED_BY if getattr(asset, fact) != getattr(true[asset.id], fact)]:
            yield f"{asset.id} is compliant though its {differing[0]} is not the true one"
        elif refused := _refused_to(asset, log, dark):
            yield f"{asset.id} is compliant though {refused} was refused"


def _refused_to(asset: Asset, log: Log, dark: Mapping[str, set[tuple[str, str]]]) -> str:
    """The operation without which nothing could be known of the asset, if it was refused."""
    by_id = next((one.action for one in log.unanswered if asset.resource in one.nodes and one.at(asset)), "")
    if by_id:
        return by_id
    place = (asset.target.account, asset.target.region)
    if not asset.is_node:
        return log.silent(asset, place) or (REGIONS if place[0] in {account for account, _ in dark[REGIONS]} else "")
    listed = (MANAGED, *BASELINES) if asset.resource.startswith("mi-") else (*_BOTH, *BASELINES)
    here = next((action for action in listed if place in dark[action]), "")
    return here or (REGIONS if asset.target.account in {account for account, _ in dark[REGIONS]} else "")


# --- 2. no asset vanishes ---------------------------------------------------------------------------------------------


def _vanished(clean: Look, faulty: Look) -> Iterator[str]:
    known = {asset.id for asset in faulty.snapshot.assets}
    yield from (f"{asset.id} has vanished" for asset in clean.snapshot.assets if asset.id not in known)
    judged = faulty.verdicts.keys()
    yield from (f"{asset.id} has no verdict" for asset in faulty.snapshot.assets if asset.id not in judged)


# --- 3. whatever could be read says the same --------------------------------------------------------------------------


def _changed(clean: Look, faulty: Look) -> Iterator[str]:
    gaps = tuple(gap for gap in faulty.snapshot.gaps if gap not in clean.snapshot.gaps)
    now = {asset.id: asset for asset in faulty.snapshot.assets}
    for asset in clean.snapshot.assets:
        if asset.id in now:
            yield from _changed_facts(asset, now[asset.id], gaps)
    yield from _changed_objects(clean.snapshot, faulty.snapshot, gaps)
    yield from _changed_accounts(clean.snapshot, faulty.snapshot, gaps)
    if clean.snapshot.organization_id != faulty.snapshot.organization_id and not _explained(gaps, None, ("organizations:",)):
        yield "the organization's id is another one, and no gap says why"


def _changed_facts(true: Asset, seen: Asset, gaps: Sequence[Gap]) -> Iterator[str]:
    if not true.is_node:
        yield from _changed_facts_of_managed(true, seen, gaps)
        return
    for fact, sources in FACTS.items():
        value = getattr(seen, fact)
        if value == getattr(true, fact):
            continue
        if not _explained(gaps, seen, sources):
            yield f"{seen.id}: {fact} is not what it is without faults, and no gap says why"
        elif fact in EMPTY_WHERE_UNREAD and value is not None:
            yield f"{seen.id}: {fact} was not read, and is there nevertheless: {str(value)[:80]}"
        elif fact == "tags" and value != NOTHING:
            yield f"{seen.id}: some of its tags were made up"


def _changed_facts_of_managed(true: Asset, seen: Asset, gaps: Sequence[Gap]) -> Iterator[str]:
    """AWS tells all of a managed resource at each look, through the one service that asks for it."""
    why = any(gap.service in {seen.service, "accounts", "organization"} and _concerns(gap, seen) for gap in gaps)
    differing = [fact for fact in MANAGED_FACTS if getattr(seen, fact) != getattr(true, fact)]
    if differing and not (why and seen.unread):
        yield f"{seen.id}: {differing[0]} is not what it is without faults, and no gap says why"


def _explained(gaps: Iterable[Gap], asset: Asset | None, sources: Sequence[str]) -> bool:
    """Whether a gap names one of these operations (or how the account is reached) and concerns the asset."""
    wanted = (*sources, ASSUME) if sources else ()
    return any(gap.operation.startswith(wanted) and (asset is None or _concerns(gap, asset)) for gap in gaps) if wanted else False


def _concerns(gap: Gap, asset: Asset) -> bool:
    return asset.id in gap.assets if gap.assets else gap.covers(asset.target)


def _changed_objects(clean: Snapshot, faulty: Snapshot, gaps: Sequence[Gap]) -> Iterator[str]:
    true = {(one.service, one.target, one.id): one for one in clean.objects}
    seen = {(one.service, one.target, one.id): one for one in faulty.objects}
    for key, there in true.items():
        if key not in seen:
            if not any(gap.service in {key[0], "accounts", "organization"} and gap.covers(key[1]) for gap in gaps):
                yield f"{there.kind} {there.name} in {there.target} has vanished, and no gap says why"
        elif seen[key] != there:
            yield f"{there.kind} {there.name} in {there.target} is not what it is without faults"
    yield from (f"{seen[key].kind} {seen[key].name} in {key[1]} exists under faults alone" for key in seen.keys() - true.keys())


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


# --- 4. every refusal shows as a gap ----------------------------------------------------------------------------------


def _untold(faulty: Look, refused: Iterable[Refusal]) -> Iterator[str]:
    gaps = faulty.snapshot.gaps
    for refusal in dict.fromkeys(map(_named, refused)):
        account, region, action = refusal
        if action == ASSUME:
            shown = any(gap.operation and gap.target.account == account for gap in gaps)
        elif action.startswith(("organizations:", "account:")) or action == REGIONS:
            shown = any(_names(gap, action) and gap.target.account in {"", account} for gap in gaps)
        else:
            shown = any(_names(gap, action) and gap.covers(Target(account, region)) for gap in gaps)
        if not shown:
            yield f"{action} was refused in {account}/{region}, and no gap says so"


def _names(gap: Gap, action: str) -> bool:
    """By its operation, or in its reason where several reads that go together were refused."""
    return gap.operation == action or action in gap.reason


def sentence(clean: Look, faulty: Look, log: Log) -> str:
    """What was held against what, for people; say it when `lies` found none."""
    assets = faulty.snapshot.assets
    unread = sum(bool(asset.unread) for asset in assets)
    return (
        f"{len(log.refusals)} of {len(log.calls)} reads were made to fail: {unread} of {len(assets)} assets were not wholly read, none of "
        f"those is called compliant; none of {len(clean.snapshot.assets)} vanished; all that could be read is as it is without faults; "
        f"every refusal shows as a gap."
    )
