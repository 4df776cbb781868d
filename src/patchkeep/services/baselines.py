"""Patch baselines: one per environment, operating system, account and region, and the patch groups registered with them.

A patch group has one baseline per operating system; a group that is registered with none falls back to the default one
silently: https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-patch-groups.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from functools import lru_cache
from typing import Any

from patchkeep.domain.asset import Asset, Existing, Found
from patchkeep.domain.call import Call, Dialogue, Target, answered
from patchkeep.domain.compliance import Expected
from patchkeep.domain.frozen import Frozen, fingerprint
from patchkeep.domain.membership import baseline_rule_of
from patchkeep.domain.policy import BaselineRule, Environment, Policy
from patchkeep.domain.setting import MARK, Action, Estate, Setting, Wanted, group_of
from patchkeep.services._adoption import Adoption
from patchkeep.services._answers import granted
from patchkeep.services._approvals import changes, rule_in_words
from patchkeep.services._grants import Grant, marked_ours, marking_ours, own
from patchkeep.services._platforms import operating_system
from patchkeep.services._rules import approval_rules
from patchkeep.services._service import Service
from patchkeep.services._settings import Marks, Ways, differences, marks_of, own_name, owner_tags

KIND = "patch baseline"
REGISTRATION = "patch group of a predefined baseline"
_WRITTEN = ("OperatingSystem", "ApprovalRules", "ApprovedPatches", "RejectedPatches", "RejectedPatchesAction")
_NEVER = ("GlobalFilters", "Sources")  # hide patches, or install from elsewhere (RULES 11): added by hand, they are taken off
_COMPARED = (*_WRITTEN, *_NEVER)


def discover(target: Target) -> Dialogue[Found]:
    """The account's own baselines with their groups and owners. AWS's predefined ones are not the account's to change."""
    mine = [{"Key": "OWNER", "Values": ["Self"]}]
    own = (yield Call.of("ssm", "describe_patch_baselines", Filters=mine, MaxResults=100))["BaselineIdentities"]
    mappings = (yield Call.of("ssm", "describe_patch_groups", MaxResults=100))["Mappings"]
    ids = [row["BaselineId"] for row in own]
    described = yield tuple(Call.of("ssm", "get_patch_baseline", BaselineId=i) for i in ids)
    tagged = yield tuple(Call.of("ssm", "list_tags_for_resource", ResourceType="PatchBaseline", ResourceId=i) for i in ids)
    groups = _groups(mappings)
    defaults = {row["BaselineId"] for row in own if row.get("DefaultBaseline")}
    granted((*described, *tagged))
    rows = zip(described, tagged, strict=True)
    objects = [_existing(target, row, marks_of(tags["TagList"], row["Name"]), groups) for row, tags in rows]
    objects = [_as_default(existing) if existing.id in defaults else existing for existing in objects]
    objects += [_registration(target, mapping) for mapping in mappings if mapping["BaselineIdentity"]["BaselineId"] not in ids]
    return Found(objects=tuple(sorted(objects, key=lambda existing: existing.id)))


def _groups(mappings: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for mapping in mappings:
        groups.setdefault(mapping["BaselineIdentity"]["BaselineId"], []).append(mapping["PatchGroup"])
    return groups


def _existing(target: Target, row: Mapping[str, Any], marks: Marks, groups: Mapping[str, list[str]]) -> Existing:
    fields = {key: row[key] for key in _WRITTEN if row.get(key) is not None}
    fields["GlobalFilters"] = _filters(row.get("GlobalFilters", {}).get("PatchFilters", ()))
    fields["Sources"] = row.get("Sources", ())
    fields["ApprovalRules"] = _canonical(row.get("ApprovalRules", {}).get("PatchRules", ()))
    fields["PatchGroups"] = sorted(groups.get(row["BaselineId"], ()))
    if row.get("ModifiedDate"):
        fields["ModifiedDate"] = row["ModifiedDate"].astimezone(UTC)
    return Existing("baselines", KIND, target, row["BaselineId"], marks.name, marks.owner, Frozen(fields, **marks.fields))


def _as_default(existing: Existing) -> Existing:
    """The one that nodes without a registered patch group take."""
    return replace(existing, fields=Frozen(existing.fields, Default=True))


def _registration(target: Target, mapping: Mapping[str, Any]) -> Existing:
    """A group registered with one of AWS's predefined baselines: not the account's object, but no typo either."""
    baseline, group = mapping["BaselineIdentity"], mapping["PatchGroup"]
    fields = Frozen(BaselineId=baseline["BaselineId"], OperatingSystem=baseline.get("OperatingSystem", ""), PatchGroups=[group])
    return Existing("baselines", REGISTRATION, target, f"{group} {baseline['BaselineId']}", baseline["BaselineId"], "", fields)


def _canonical(rules: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rules in one spelling: filters and values sorted, so that only real differences differ."""
    return [
        {
            "PatchFilterGroup": {"PatchFilters": _filters(rule["PatchFilterGroup"]["PatchFilters"])},
            **{key: rule[key] for key in ("ComplianceLevel", "ApproveAfterDays", "ApproveUntilDate", "EnableNonSecurity") if key in rule},
        }
        for rule in rules
    ]


def _filters(filters: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({"Key": one["Key"], "Values": sorted(one["Values"])} for one in filters), key=lambda one: str(one["Key"]))


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
                taken = _registered_elsewhere(estate, target, system, group)
                yield _one(Wanted(KIND, target, name_of(estate, environment, system), Frozen()), system, rules, (group, taken))


def name_of(estate: Estate, environment: Environment, system: str) -> str:
    """The baseline's name; 128 characters at most, of [a-zA-Z0-9_-.] (botocore CreatePatchBaseline.Name)."""
    return f"{MARK}{estate.policy.name}-{environment.name}-{system.lower().replace('_', '-')}"[:128]


def _registered_elsewhere(estate: Estate, target: Target, system: str, group: str) -> str:
    """The baseline of somebody else with which the group is registered for this operating system; "" where there is none."""
    others = [e for e in estate.present("baselines", target) if e.owner != estate.ownership]
    found = (e.name for e in others if e.fields.get("OperatingSystem") == system and group in e.fields.get("PatchGroups", ()))
    return next(found, "")


def _one(wanted: Wanted, system: str, rules: Sequence[BaselineRule], registered: tuple[str, str]) -> Wanted:
    """One baseline. `registered`: its patch group, and whose baseline has that group already."""
    group, taken = registered
    rule = rules[0]
    fields, notes = _fields(rule, system)
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
def _fields(rule: BaselineRule, system: str) -> tuple[Frozen, tuple[str, ...]]:
    """What a rule makes of the baseline for one operating system, and what had to be said differently there."""
    patch_rules, notes = approval_rules(rule, system)
    fields = Frozen(
        OperatingSystem=system,
        ApprovalRules=_canonical(patch_rules),
        ApprovedPatches=sorted(rule.approved),
        RejectedPatches=sorted(reject.name for reject in rule.reject),
        RejectedPatchesAction="ALLOW_AS_DEPENDENCY" if any(reject.as_dependency for reject in rule.reject) else "BLOCK",
        GlobalFilters=(),
        Sources=(),
    )
    return fields, notes


def _create_calls(ownership: str) -> Any:
    def create(wanted: Wanted) -> list[Call]:
        token = fingerprint([str(wanted.target), wanted.name, wanted.fields])  # 64 characters, as many as ClientToken takes
        made = Call.of("ssm", "create_patch_baseline", _writable(wanted), Name=wanted.name, ClientToken=token, Tags=owner_tags(ownership))
        return [made, *(_register(answered("BaselineId"), group) for group in wanted.fields["PatchGroups"])]

    return create


def _writable(wanted: Wanted) -> dict[str, Any]:
    """The fields as Create and UpdatePatchBaseline take them; the description carries nothing that could drift."""
    fields = {key: wanted.fields[key] for key in _WRITTEN}
    return {**fields, "ApprovalRules": {"PatchRules": fields["ApprovalRules"]}, "Description": "Made by Patchkeep from its policy file."}


def _register(baseline: str, group: str) -> Call:
    return Call.of("ssm", "register_patch_baseline_for_patch_group", BaselineId=baseline, PatchGroup=group)


def _deregister(baseline: str, group: str) -> Call:
    return Call.of("ssm", "deregister_patch_baseline_for_patch_group", BaselineId=baseline, PatchGroup=group)


def _change_calls(wanted: Wanted, existing: Existing) -> list[Call]:
    calls = []
    if any(existing.fields.get(key) != wanted.fields[key] for key in _COMPARED):
        params = {key: value for key, value in _writable(wanted).items() if key != "OperatingSystem"}
        calls.append(Call.of("ssm", "update_patch_baseline", params, BaselineId=existing.id, Name=own_name(wanted, existing), Replace=True))
    missing = [group for group in wanted.fields["PatchGroups"] if group not in existing.fields.get("PatchGroups", ())]
    surplus = [group for group in existing.fields.get("PatchGroups", ()) if group not in wanted.fields["PatchGroups"]]
    return [*calls, *(_deregister(existing.id, group) for group in surplus), *(_register(existing.id, group) for group in missing)]


def _delete_calls(existing: Existing) -> list[Call]:
    """A baseline with groups cannot be deleted: they are taken off first (ResourceInUseException)."""
    freed = [_deregister(existing.id, group) for group in existing.fields["PatchGroups"]]
    return [*freed, Call.of("ssm", "delete_patch_baseline", BaselineId=existing.id)]


def expect(estate: Estate, environment: Environment, asset: Asset) -> Expected | None:
    """The baseline that the policy gives a node, with its id where it exists already."""
    rule = baseline_rule_of(estate.policy, environment, asset.os) if asset.kind == "node" else None
    system = operating_system(asset.os)
    if rule is None or not system:
        return None
    name = name_of(estate, environment, system)
    present = estate.present("baselines", asset.target)
    found = next((e for e in present if e.name == name and e.owner == estate.ownership), None)
    fields, _ = _fields(rule, system)
    rules = fields["ApprovalRules"]
    delays = [timedelta(days=made.get("ApproveAfterDays", 0)) for made in rules]
    group = group_of(estate.policy, environment)
    return Expected(
        name,
        found.id if found else "",
        empty=not rules and not rule.approved,
        blind_for=max(delays, default=timedelta(0)),
        drifted=found is not None and any(found.fields.get(key) != fields[key] for key in _COMPARED),
        changed_at=found.fields.get("ModifiedDate") if found else None,
        unregistered=group if found and group not in found.fields.get("PatchGroups", ()) else "",
        rival=_registered_elsewhere(estate, asset.target, system, group),
    )


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Baselines that bear our tag from their first moment; no other is altered, given to a patch group, or removed."""
    ours = own("ssm", "patchbaseline/*")
    groups = ("register_patch_baseline_for_patch_group", "deregister_patch_baseline_for_patch_group")
    return (
        Grant("MakeBaselines", "ssm", ("create_patch_baseline",), conditions=marking_ours(policy)),
        Grant("MarkOurs", "ssm", ("add_tags_to_resource",), ours, marking_ours(policy)),
        Grant("OurBaselines", "ssm", ("update_patch_baseline", *groups, "delete_patch_baseline"), ours, marked_ours(policy)),
    )


def _in_words(existing: Existing) -> str:
    rules = [rule_in_words(rule) for rule in existing.fields.get("ApprovalRules", ())]
    approved = len(existing.fields.get("ApprovedPatches", ()))
    said = [*rules, *([f"{approved} patches by name"] if approved else [])]
    groups = existing.fields.get("PatchGroups", ())
    of_groups = f"; patch groups {', '.join(groups)}" if groups else "; no patch group"
    default = f"; the default for {existing.fields['OperatingSystem']}" if existing.fields.get("Default") else ""
    return f"{existing.fields['OperatingSystem']}: approves {'; '.join(said) or 'nothing'}{of_groups}{default}"


def _serves(existing: Existing, wanted: Setting) -> bool:
    """A baseline's operating system is the one thing that cannot be changed."""
    return bool(existing.fields.get("OperatingSystem") == wanted.becomes.get("OperatingSystem"))


def _takes(existing: Existing, asset: Asset) -> bool:
    """By its last scan, or by its patch group; without any, by the default."""
    if operating_system(asset.os) != existing.fields.get("OperatingSystem"):
        return False
    borne = {asset.tags[key] for key in ("PatchGroup", "Patch Group") if key in asset.tags}
    if borne & set(existing.fields.get("PatchGroups", ())):
        return True
    measured = asset.scan is not None and asset.scan.baseline_id == existing.id
    return measured or (not borne and bool(existing.fields.get("Default")))


ADOPTION = Adoption("PatchBaseline", frozenset({KIND}), _in_words, _serves, _takes, changes=changes)
SERVICE = Service(name="baselines", discover=discover, settings=settings, rank=1, expect=expect, adoption=ADOPTION)
