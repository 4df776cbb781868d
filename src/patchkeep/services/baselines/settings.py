"""What the policy wants of baselines against what is there, and the calls that close the difference."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from patchkeep.domain.asset import Existing
from patchkeep.domain.call import Call, Target, answered
from patchkeep.domain.frozen import Frozen, fingerprint
from patchkeep.domain.membership import baseline_rule_of
from patchkeep.domain.policy import BaselineRule, Environment
from patchkeep.domain.setting import MARK, Action, Estate, Setting, Wanted, group_of
from patchkeep.services._platforms import operating_system
from patchkeep.services._rules import approval_rules
from patchkeep.services._settings import Ways, differences, own_name, owner_tags
from patchkeep.services.baselines.digest import KIND, WRITTEN, canonical

_NEVER = ("GlobalFilters", "Sources")  # hide patches, or install from elsewhere (RULES 11): added by hand, they are taken off
COMPARED = (*WRITTEN, *_NEVER)


def settings(estate: Estate) -> tuple[Setting, ...]:
    """A baseline for every environment and operating system that has members, in each of their accounts and regions."""
    ways = Ways("baselines", _create_calls(estate.ownership), _change_calls, _delete_calls)
    groups = {group_of(estate.policy, environment) for environment in estate.policy.environments}
    present = [
        _without_others(existing, groups) for existing in estate.objects if existing.service == "baselines" and existing.kind == KIND
    ]
    shared = {(e.target, e.id): e for e in present if e.fields["OtherGroups"]}
    closing = differences(ways, _wanted(estate), present, estate.ownership)
    return tuple(_kept(setting, shared.get((setting.target, setting.existing_id))) for setting in closing)


def _kept(setting: Setting, shared: Existing | None) -> Setting:
    """A baseline of ours that somebody registered a group of theirs with is not deleted under them."""
    if shared is None or setting.action is not Action.DELETE:
        return setting
    why = f"not deleted: other people's patch groups are registered with it ({', '.join(shared.fields['OtherGroups'])})"
    return replace(setting, action=Action.BLOCKED, calls=(), notes=(why, *setting.notes))


def _without_others(existing: Existing, groups: Collection[str]) -> Existing:
    """The baseline with the groups that are ours to register; somebody else's on it are never touched."""
    there = existing.fields.get("PatchGroups", ())
    ours = [group for group in there if group in groups or group.startswith(MARK)]
    return replace(existing, fields=Frozen(existing.fields, PatchGroups=ours, OtherGroups=[group for group in there if group not in ours]))


def _wanted(estate: Estate) -> Iterator[Wanted]:
    for environment, target, members in estate.places:
        group = group_of(estate.policy, environment)
        systems: dict[str, list[BaselineRule]] = {}
        for asset in members:
            rule = baseline_rule_of(estate.policy, environment, asset.os)
            if rule and rule not in systems.setdefault(operating_system(asset.os), []):
                systems[operating_system(asset.os)].append(rule)
        for system, rules in sorted(systems.items()):
            if system:
                taken = registered_elsewhere(estate, target, system, group)
                yield _one(Wanted(KIND, target, name_of(estate, environment, system), Frozen()), system, rules, (group, taken))


def name_of(estate: Estate, environment: Environment, system: str) -> str:
    """The baseline's name; 128 characters at most, of [a-zA-Z0-9_-.] (botocore CreatePatchBaseline.Name)."""
    return f"{MARK}{estate.policy.name}-{environment.name}-{system.lower().replace('_', '-')}"[:128]


def registered_elsewhere(estate: Estate, target: Target, system: str, group: str) -> str:
    """The baseline of somebody else with which the group is registered for this operating system; "" where there is none."""
    others = [e for e in estate.present("baselines", target) if e.owner != estate.ownership]
    found = (e.name for e in others if e.fields.get("OperatingSystem") == system and group in e.fields.get("PatchGroups", ()))
    return next(found, "")


def _one(wanted: Wanted, system: str, rules: Sequence[BaselineRule], registered: tuple[str, str]) -> Wanted:
    """One baseline. `registered`: its patch group, and whose baseline has that group already."""
    group, taken = registered
    rule = rules[0]
    fields, notes = fields_of(rule, system)
    if len(rules) > 1:
        others = ", ".join(other.name for other in rules[1:])
        notes = (*notes, f"one patch group has one baseline per operating system: {rule.name} holds here, {others} does not")
    if taken:
        notes = (
            *notes,
            f"patch group {group} is registered with {taken}, which is not ours: it is left there, so this baseline governs no node",
        )
    return replace(wanted, fields=Frozen(fields, PatchGroups=[] if taken else [group]), notes=notes)


@lru_cache(maxsize=256)  # asked for each asset, and few different
def fields_of(rule: BaselineRule, system: str) -> tuple[Frozen, tuple[str, ...]]:
    """What a rule makes of the baseline for one operating system, and what had to be said differently there."""
    patch_rules, notes = approval_rules(rule, system)
    fields = Frozen(
        OperatingSystem=system,
        ApprovalRules=canonical(patch_rules),
        ApprovedPatches=sorted(rule.approved),
        RejectedPatches=sorted(reject.name for reject in rule.reject),
        RejectedPatchesAction="ALLOW_AS_DEPENDENCY" if any(reject.as_dependency for reject in rule.reject) else "BLOCK",
        GlobalFilters=(),
        Sources=(),
    )
    return fields, notes


def _create_calls(ownership: str) -> Callable[[Wanted], list[Call]]:
    def create(wanted: Wanted) -> list[Call]:
        token = fingerprint([str(wanted.target), wanted.name, wanted.fields])  # 64 characters, as many as ClientToken takes
        made = Call.of("ssm", "create_patch_baseline", _writable(wanted), Name=wanted.name, ClientToken=token, Tags=owner_tags(ownership))
        return [made, *(_register(answered("BaselineId"), group) for group in wanted.fields["PatchGroups"])]

    return create


def _writable(wanted: Wanted) -> dict[str, Any]:
    """The fields as Create and UpdatePatchBaseline take them; the description carries nothing that could drift."""
    fields = {key: wanted.fields[key] for key in WRITTEN}
    return {**fields, "ApprovalRules": {"PatchRules": fields["ApprovalRules"]}, "Description": "Made by Patchkeep from its policy file."}


def _register(baseline: str, group: str) -> Call:
    return Call.of("ssm", "register_patch_baseline_for_patch_group", BaselineId=baseline, PatchGroup=group)


def _deregister(baseline: str, group: str) -> Call:
    return Call.of("ssm", "deregister_patch_baseline_for_patch_group", BaselineId=baseline, PatchGroup=group)


def _change_calls(wanted: Wanted, existing: Existing) -> list[Call]:
    calls = []
    if any(existing.fields.get(key) != wanted.fields[key] for key in COMPARED):
        params = {key: value for key, value in _writable(wanted).items() if key != "OperatingSystem"}
        calls.append(Call.of("ssm", "update_patch_baseline", params, BaselineId=existing.id, Name=own_name(wanted, existing), Replace=True))
    missing = [group for group in wanted.fields["PatchGroups"] if group not in existing.fields.get("PatchGroups", ())]
    surplus = [group for group in existing.fields.get("PatchGroups", ()) if group not in wanted.fields["PatchGroups"]]
    return [*calls, *(_deregister(existing.id, group) for group in surplus), *(_register(existing.id, group) for group in missing)]


def _delete_calls(existing: Existing) -> list[Call]:
    """A baseline with groups cannot be deleted: they are taken off first (ResourceInUseException)."""
    freed = [_deregister(existing.id, group) for group in existing.fields["PatchGroups"]]
    return [*freed, Call.of("ssm", "delete_patch_baseline", BaselineId=existing.id)]
