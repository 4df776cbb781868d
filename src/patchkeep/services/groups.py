"""The two tags that nodes bear for us: which environment they are members of, and their patch group.

`patchkeep:environment` is ours alone: by it our associations and windows find exactly the members. `PatchGroup` is how Patch
Manager finds a node's baseline; it may be shared with nodes that are none of our business. We write it where it is missing; a
value that is neither ours nor the one that the policy names is somebody's decision and is left as it is. AWS also reads the
older key "Patch Group". One object per value, with all its bearers: EC2 tags 1,000 machines in one call (ec2:CreateTags).
https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-tag-a-patch-group.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from patchkeep.domain.asset import Existing, Found
from patchkeep.domain.call import Call, Dialogue, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.patchgroups import OLD_GROUP_TAG
from patchkeep.domain.policy import Policy
from patchkeep.domain.setting import GROUP_TAG, MARK, MEMBER_TAG, Estate, Setting, Wanted, group_of, member_of
from patchkeep.services._answers import granted
from patchkeep.services._grants import Grant, every_key, own, when
from patchkeep.services._instances import INSTANCES, MANAGED, hybrid_tags
from patchkeep.services._service import Service
from patchkeep.services._settings import Ways, blocked, differences

KINDS = {MEMBER_TAG: "environment tag", GROUP_TAG: "patch group tag"}
GROUP_KEYS = (OLD_GROUP_TAG, GROUP_TAG)
KEYS = (*GROUP_KEYS, MEMBER_TAG)
CHUNK = 1000  # resources of one CreateTags or DeleteTags (EC2 API reference)
Placed: TypeAlias = frozenset[tuple[Target, str]]  # nodes to which some value of ours is given


def discover(target: Target) -> Dialogue[Found]:
    """Every value that a living machine bears under one of the keys. Tags of hybrid nodes take a call each.

    Asked as discovery of nodes asks, so that one look at a place asks once for both.
    """
    instances, managed = granted((yield (INSTANCES, MANAGED)))
    tags = {row["InstanceId"]: row.get("Tags", ()) for reservation in instances["Reservations"] for row in reservation["Instances"]}
    nodes = sorted(row["InstanceId"] for row in managed["InstanceInformationList"] if row["InstanceId"].startswith("mi-"))
    for node, answer in zip(nodes, granted((yield tuple(map(hybrid_tags, nodes)))), strict=True):
        tags[node] = answer["TagList"]
    bearers: dict[tuple[str, str], list[str]] = {}
    for node, rows in tags.items():
        for row in rows:
            if row["Key"] in KEYS:
                bearers.setdefault((row["Key"], row["Value"]), []).append(node)
    return Found(objects=tuple(_existing(target, key, value, nodes) for (key, value), nodes in sorted(bearers.items())))


def _existing(target: Target, key: str, value: str, nodes: Iterable[str]) -> Existing:
    kind = KINDS.get(key, KINDS[GROUP_TAG])
    return Existing("groups", kind, target, f"{key}={value}", value, "", Frozen(Key=key, Members=sorted(nodes)))


def settings(estate: Estate) -> tuple[Setting, ...]:
    """One setting per tag, environment, account and region: for all members that lack it, and for all that left."""
    present = [existing for existing in estate.objects if existing.service == "groups"]
    return (
        *_closing(estate, MEMBER_TAG, _memberships(estate), present),
        *_closing(estate, GROUP_TAG, _groups(estate, present), present),
        *_left_alone(estate, present),
    )


def _closing(estate: Estate, key: str, wanted: Iterable[Wanted], present: Iterable[Existing]) -> Iterator[Setting]:
    """The differences under one key. A group that people named is never taken off."""
    ours = [replace(e, owner=estate.ownership) for e in present if e.fields["Key"] == key and e.name in _our_values(estate, e.target)]
    wanted = tuple(wanted)
    placed = frozenset((one.target, node) for one in wanted for node in one.fields["Members"])
    ways = Ways("groups", _create_calls, _changing(placed), _deleting(placed))
    return (setting for setting in differences(ways, wanted, ours, estate.ownership) if setting.calls)


def _our_values(estate: Estate, target: Target) -> frozenset[str]:
    """Values that our environments give, and those that objects of ours still name: of environments that are gone.

    The name's beginning alone proves nothing: "patchkeep-main-eu-prod" may be the policy main-eu's.
    """
    named = {member_of(estate.policy, environment) for environment in estate.policy.environments}
    for existing in estate.at(target):
        if existing.owner == estate.ownership:
            named.update(existing.fields.get("PatchGroups", ()))
            named.update(value for act in existing.fields.get("acts", ()) for one in act["targets"] for value in one["Values"])
    return frozenset(value for value in named if value.startswith(f"{MARK}{estate.policy.name}-"))


def _memberships(estate: Estate) -> Iterator[Wanted]:
    for environment, target, members in estate.places:
        nodes = sorted(asset.resource for asset in members if asset.kind == "node")
        if nodes:
            yield Wanted(KINDS[MEMBER_TAG], target, member_of(estate.policy, environment), Frozen(Key=MEMBER_TAG, Members=nodes))


def _groups(estate: Estate, present: Iterable[Existing]) -> Iterator[Wanted]:
    """Of a group of ours all members that bear none but ours; of one that people named only those that don't bear it yet."""
    borne = _borne(present)
    for environment, target, members in estate.places:
        free = {(GROUP_TAG, value) for value in _our_values(estate, target)}
        nodes = sorted(a.resource for a in members if a.kind == "node" and borne.get((target, a.resource), set()) <= free)
        if nodes:
            yield Wanted(KINDS[GROUP_TAG], target, group_of(estate.policy, environment), Frozen(Key=GROUP_TAG, Members=nodes))


def _borne(present: Iterable[Existing]) -> dict[tuple[Target, str], set[tuple[str, str]]]:
    """The patch groups that each node bears, as (key, value)."""
    borne: dict[tuple[Target, str], set[tuple[str, str]]] = {}
    for existing in present:
        if existing.fields["Key"] in GROUP_KEYS:
            for node in existing.fields["Members"]:
                borne.setdefault((existing.target, node), set()).add((existing.fields["Key"], existing.name))
    return borne


def _left_alone(estate: Estate, present: Iterable[Existing]) -> Iterator[Setting]:
    """Members that bear another group than their environment's: said, and not touched."""
    groups = [existing for existing in present if existing.fields["Key"] in GROUP_KEYS]
    for environment, target, members in estate.places:
        group, nodes = group_of(estate.policy, environment), {asset.resource for asset in members}
        for existing in groups:
            if existing.target != target or existing.name == group or _is_ours(existing, estate):
                continue
            if borne := [node for node in existing.fields["Members"] if node in nodes]:
                wanted = Wanted(KINDS[GROUP_TAG], target, f"{group} over {existing.id}", Frozen())
                why = f"{existing.id} is borne by {', '.join(borne[:5])}{_more(borne[5:])} and not ours: left as it is, without {group}"
                yield blocked("groups", wanted, why, existing)


def _is_ours(existing: Existing, estate: Estate) -> bool:
    return existing.fields["Key"] == GROUP_TAG and existing.name in _our_values(estate, existing.target)


def _more(rest: list[str]) -> str:
    return f" and {len(rest)} more" if rest else ""


def _create_calls(wanted: Wanted) -> list[Call]:
    return _tag(wanted.fields["Key"], wanted.name, wanted.fields["Members"])


def _changing(placed: Placed) -> Callable[[Wanted, Existing], list[Call]]:
    """A node that goes into another group of ours is overwritten by that setting: here nothing is to be done about it."""

    def change(wanted: Wanted, existing: Existing) -> list[Call]:
        before, after = existing.fields["Members"], wanted.fields["Members"]
        joined = [node for node in after if node not in before]
        left = [node for node in before if (existing.target, node) not in placed]
        key = wanted.fields["Key"]
        return [*_tag(key, wanted.name, joined), *_untag(key, existing.name, left)]

    return change


def _deleting(placed: Placed) -> Callable[[Existing], list[Call]]:
    def delete(existing: Existing) -> list[Call]:
        left = [node for node in existing.fields["Members"] if (existing.target, node) not in placed]
        return _untag(existing.fields["Key"], existing.name, left)

    return delete


def _tag(key: str, value: str, nodes: Iterable[str]) -> list[Call]:
    instances, hybrid = _apart(nodes)
    tags = [{"Key": key, "Value": value}]
    calls = [Call.of("ec2", "create_tags", Resources=chunk, Tags=tags) for chunk in _chunks(instances)]
    return [*calls, *(Call.of("ssm", "add_tags_to_resource", _node(node), Tags=tags) for node in hybrid)]


def _untag(key: str, value: str, nodes: Iterable[str]) -> list[Call]:
    """EC2 takes the tag off only where it still has this value; SSM looks at the key alone."""
    instances, hybrid = _apart(nodes)
    tags = [{"Key": key, "Value": value}]
    calls = [Call.of("ec2", "delete_tags", Resources=chunk, Tags=tags) for chunk in _chunks(instances)]
    return [*calls, *(Call.of("ssm", "remove_tags_from_resource", _node(node), TagKeys=[key]) for node in hybrid)]


def _node(node: str) -> dict[str, str]:
    return {"ResourceType": "ManagedInstance", "ResourceId": node}


def _apart(nodes: Iterable[str]) -> tuple[list[str], list[str]]:
    nodes = sorted(nodes)
    return [node for node in nodes if not node.startswith("mi-")], [node for node in nodes if node.startswith("mi-")]


def _chunks(nodes: list[str]) -> Iterator[list[str]]:
    return (nodes[start : start + CHUNK] for start in range(0, len(nodes), CHUNK))


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Two tag keys on machines, with the policy's own values; of values only ours are taken off.

    Systems Manager is told the key alone when it removes a tag, so there the value cannot be a condition.
    """
    values = {
        MEMBER_TAG: sorted({member_of(policy, environment) for environment in policy.environments}),
        GROUP_TAG: sorted({group_of(policy, environment) for environment in policy.environments}),
    }
    written = (MEMBER_TAG, GROUP_TAG)
    hybrid = own("ssm", "managed-instance/*")
    return (
        *(grant for key in written for grant in _tagging(policy, key, values[key])),
        Grant("UntagHybridNodes", "ssm", ("remove_tags_from_resource",), hybrid, when(**every_key(written))),
    )


def _tagging(policy: Policy, key: str, values: Iterable[str]) -> tuple[Grant, ...]:
    """What is allowed about one key: its values on, and ours off again."""
    name = "Membership" if key == MEMBER_TAG else "PatchGroup"
    instances, hybrid = own("ec2", "instance/*"), own("ssm", "managed-instance/*")
    only = every_key((key,))
    given = when(StringEquals={f"aws:RequestTag/{key}": values}, **only)
    taken = when(StringLike={f"aws:RequestTag/{key}": f"{MARK}{policy.name}-*"}, **only)
    return (
        Grant(f"{name}OfInstances", "ec2", ("create_tags",), instances, given),
        Grant(f"{name}OffInstances", "ec2", ("delete_tags",), instances, taken),
        Grant(f"{name}OfHybridNodes", "ssm", ("add_tags_to_resource",), hybrid, given),
    )


SERVICE = Service(name="groups", discover=discover, settings=settings, rank=2)
