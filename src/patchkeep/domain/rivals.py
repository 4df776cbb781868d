"""Who else scans or installs on an asset, and what of that stands in our way.

Read from the `acts` that associations and maintenance windows carry: {document, operation, targets}, whoever made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from patchkeep.domain.asset import Asset, Existing, Obstacle
from patchkeep.domain.call import Gap
from patchkeep.domain.patchgroups import OLD_GROUP_TAG, Borne
from patchkeep.domain.setting import GROUP_TAG

PATCH_POLICY = "AWS-QuickSetup-PatchPolicy-"  # how Quick Setup names the associations of a patch policy
_QUICK_SETUP_TAG = "QSConfigId-"
NO_BASELINE_FOR_GROUP = "patch group without a baseline"  # a cause
_TELLING = frozenset({"associations", "windows"})  # the services whose objects tell who else patches
_KINDS: Mapping[str, Literal["scan", "install"]] = {"Scan": "scan", "Install": "install"}


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """Somebody scans or installs on an asset. `sure`: False where its targets cannot be told from outside (a resource group)."""

    kind: Literal["scan", "install"]
    by: str  # "association", "maintenance window"
    name: str
    ours: bool
    sure: bool = True


def reaches(targets: Iterable[Mapping[str, Any]], asset: Asset) -> bool | None:
    """Whether all of AWS's targets ({Key, Values}) mean the asset; None: it cannot be told. No targets reach nothing."""
    targets = tuple(targets)
    answers = [_meets(str(one["Key"]), tuple(one["Values"]), asset) for one in targets]
    if not targets or False in answers:
        return False
    return None if None in answers else True


def _meets(key: str, values: tuple[str, ...], asset: Asset) -> bool | None:
    """Tag keys and values count with their case, the words before the colon without."""
    word, _, name = key.partition(":")
    match word.lower():
        case "instanceids":
            return "*" in values or asset.resource in values
        case "tag":
            return asset.tags.get(name) in values
        case "tag-key":
            return any(value in asset.tags for value in values)
        case _:
            return None  # resource-groups:Name and whatever comes


def claims(asset: Asset, objects: Iterable[Existing], ownership: str) -> tuple[Claim, ...]:
    """Everybody who scans or installs on the asset, in a fixed order. `ownership`: our mark, by which ours are known."""
    found: set[Claim] = set()
    for existing in objects:
        if existing.target != asset.target or not existing.fields.get("Enabled", True):
            continue
        for act in existing.fields.get("acts", ()):
            kind, reached = _KINDS.get(act["operation"]), reaches(act["targets"], asset)
            if kind and reached is not False:
                found.add(Claim(kind, existing.kind, existing.name, existing.owner == ownership, bool(reached)))
    return tuple(sorted(found))


def registered_groups(objects: Iterable[Existing]) -> frozenset[str]:
    """Every patch group that some baseline is registered with, of one target's objects."""
    return frozenset(group for existing in objects for group in existing.fields.get("PatchGroups", ()))


def obstacles_from(
    asset: Asset, objects: Iterable[Existing], ownership: str, groups: frozenset[str] | None, ours: frozenset[str] = frozenset()
) -> tuple[Obstacle, ...]:
    """What others do to the asset that keeps us away or spoils what we see, the weightiest first.

    `groups`: what `registered_groups` found at its target, None where that was not read. `ours`: the groups of our environments,
    which may be registered later in the same plan.
    """
    there = tuple(existing for existing in objects if existing.target == asset.target)
    claimed = [claim for claim in claims(asset, there, ownership) if not claim.ours]
    policy = next((claim for claim in claimed if claim.name.startswith(PATCH_POLICY) and claim.sure), None)
    if policy:
        return (_under_policy(f"is under a Quick Setup patch policy ({policy.name})"),)
    return (*_hidden_policy(asset, there), *_rivals(claimed), *_groups(asset, groups, ours))


def hidden_rivals(asset: Asset, gaps: Iterable[Gap]) -> Obstacle | None:
    """Where associations or windows were not read anybody may patch the node, a patch policy too: hands off until they are."""
    gap = next((gap for gap in gaps if gap.service in _TELLING and gap.covers(asset.target)), None)
    if gap is None or asset.kind != "node":
        return None
    why = f"may be patched by somebody else: {gap.service} of its account and region were not read ({gap.reason})"
    return Obstacle("rivals not read", why, gap.fix or "let the role that looks read them", stops_patching=True, leave_alone=True)


def _under_policy(why: str) -> Obstacle:
    fix = "change the patch policy in Quick Setup, or take the node out of its targets"
    return Obstacle("under a patch policy", why, fix, stops_patching=True, leave_alone=True)


def _hidden_policy(asset: Asset, there: tuple[Existing, ...]) -> Iterator[Obstacle]:
    """Quick Setup's tag without an association to be seen that uses it: it may be a patch policy, so hands off."""
    aimed = {target["Key"] for existing in there for act in existing.fields.get("acts", ()) for target in act["targets"]}
    unexplained = [key for key in asset.tags if key.startswith(_QUICK_SETUP_TAG) and f"tag:{key}" not in aimed]
    for key in unexplained[:1]:
        yield _under_policy(f"bears Quick Setup's tag {key}, and no association was seen that explains it: it may be under a patch policy")


def _rivals(claimed: Iterable[Claim]) -> Iterator[Obstacle]:
    for claim in claimed:
        who = f"{claim.by} {claim.name}"
        if claim.kind == "scan":
            verb = "is" if claim.sure else "may be"
            why = f"{verb} scanned by {who}, too: each scan overwrites the other's result"
            yield Obstacle("two scanners", why, f"remove {who}, or take the node out of its targets")
        elif claim.sure:
            why = f"gets its patches installed by {who}: two installers would act on it"
            yield Obstacle("foreign installer", why, f"remove {who}, or take the node out of its targets", stops_patching=True)
        else:
            why = f"may get patches installed by {who}, whose targets cannot be told from here"
            yield Obstacle("foreign installer, perhaps", why, f"see whether {who} reaches it")


def wrong_group(asset: Asset, environment: str, group: str, borne: Borne | None = None) -> Obstacle | None:
    """A member that bears another patch group than its environment's: Patch Manager would take another baseline than the policy's.

    `borne`: what the environment's machines bear, where that is known: the cure may be a line of the policy instead of a tag.
    """
    others = {key: asset.tags[key] for key in (GROUP_TAG, OLD_GROUP_TAG) if asset.tags.get(key, group) != group}
    if not others:
        return None
    named = " and ".join(f"{key}={value}" for key, value in others.items())
    why = f"is tagged {named}, where environment {environment} wants {GROUP_TAG}={group}: it takes another baseline than the policy's"
    meant = borne.to_name if borne else ""
    if borne and meant and set(others.values()) == {meant}:
        fix = borne.fix
    else:
        fix = f"tag it {GROUP_TAG}={meant or group}{f', as the others of environment {environment}' if meant else ''}"
    return Obstacle("another patch group", why, fix, stops_patching=True)


def _groups(asset: Asset, groups: frozenset[str] | None, ours: frozenset[str]) -> Iterator[Obstacle]:
    borne = {key: asset.tags[key] for key in (GROUP_TAG, OLD_GROUP_TAG) if asset.tags.get(key)}
    if len(set(borne.values())) == 2:
        why = f"bears two patch groups: {GROUP_TAG}={borne[GROUP_TAG]} and {OLD_GROUP_TAG}={borne[OLD_GROUP_TAG]}"
        yield Obstacle("two patch groups", why, f"remove the tag {OLD_GROUP_TAG}")
    if groups is None:
        return
    for key, value in borne.items():
        if value not in groups and value not in ours:
            why = f"is in patch group {value} ({key}), which no baseline is registered with: it silently takes the default baseline"
            yield Obstacle(NO_BASELINE_FOR_GROUP, why, _nearest(value, groups | ours))


def _nearest(value: str, groups: Iterable[str]) -> str:
    """A group that differs in case, blanks or dashes alone is what was meant."""
    meant = [group for group in sorted(groups) if _letters(group) == _letters(value)]
    return f"write {meant[0]}" if meant else "correct the tag's value, or register the group with a baseline"


def _letters(value: str) -> str:
    return "".join(letter for letter in value.casefold() if letter.isalnum())
