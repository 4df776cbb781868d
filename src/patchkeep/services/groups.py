"""Patch group tags: which of our groups a node bears, by which its baseline and our Scan association find it.

One object per value there is, with all its bearers: EC2 tags 1,000 machines in one call (ec2:CreateTags). The tag bears no
owner; a value is ours when it is that of an environment of ours, or registered with a baseline of ours. Any other value is
somebody's decision and is left as it is. AWS reads two keys, "Patch Group" and "PatchGroup"; we write the second.
https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-tag-a-patch-group.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from patchkeep.domain.asset import Existing, Found
from patchkeep.domain.call import Call, Dialogue, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.setting import GROUP_TAG, Estate, Setting, Wanted, group_of
from patchkeep.services._answers import granted
from patchkeep.services._service import Service
from patchkeep.services._settings import Ways, blocked, differences

KIND = "patch group tag"
KEYS = ("Patch Group", GROUP_TAG)
CHUNK = 1000  # resources of one CreateTags or DeleteTags (EC2 API reference)
Placed: TypeAlias = frozenset[tuple[Target, str]]  # nodes that some group of ours wants
LIVING = ("pending", "running", "stopping", "stopped")

_INSTANCES = Call.of(
    "ec2",
    "describe_instances",
    Filters=[{"Name": "tag-key", "Values": KEYS}, {"Name": "instance-state-name", "Values": LIVING}],
)
_HYBRID = Call.of(
    "ssm",
    "describe_instance_information",
    Filters=[{"Key": "ResourceType", "Values": ["ManagedInstance"]}, {"Key": "tag-key", "Values": KEYS}],
    MaxResults=50,
)


def discover(target: Target) -> Dialogue[Found]:
    """Every value that a living machine bears under one of the two keys. Tags of hybrid nodes take a call each."""
    instances, hybrid = granted((yield (_INSTANCES, _HYBRID)))
    tags = {row["InstanceId"]: row.get("Tags", ()) for reservation in instances["Reservations"] for row in reservation["Instances"]}
    nodes = sorted(row["InstanceId"] for row in hybrid["InstanceInformationList"])
    asked = tuple(Call.of("ssm", "list_tags_for_resource", _node(node)) for node in nodes)
    for node, answer in zip(nodes, granted((yield asked)), strict=True):
        tags[node] = answer["TagList"]
    bearers: dict[tuple[str, str], list[str]] = {}
    for node, rows in tags.items():
        for row in rows:
            if row["Key"] in KEYS:
                bearers.setdefault((row["Key"], row["Value"]), []).append(node)
    return Found(objects=tuple(_existing(target, key, value, nodes) for (key, value), nodes in sorted(bearers.items())))


def _existing(target: Target, key: str, value: str, nodes: Iterable[str]) -> Existing:
    return Existing("groups", KIND, target, f"{key}={value}", value, "", Frozen(Key=key, Members=sorted(nodes)))


def settings(estate: Estate) -> tuple[Setting, ...]:
    """One setting per environment, account and region for all its members that lack the tag, and for all that left."""
    mine = {group_of(estate.policy, environment) for environment in estate.policy.environments}
    present = [_claimed(existing, estate, mine) for existing in estate.objects if existing.service == "groups"]
    ours = [existing for existing in present if existing.owner and existing.fields["Key"] == GROUP_TAG]
    foreign = [existing for existing in present if not existing.owner]
    wanted = tuple(_wanted(estate, foreign))
    placed = frozenset((one.target, node) for one in wanted for node in one.fields["Members"])
    ways = Ways("groups", _create_calls, _changing(placed), _deleting(placed))
    closing = differences(ways, wanted, ours, estate.ownership)
    return (*(setting for setting in closing if setting.calls), *_left_alone(estate, foreign))


def _claimed(existing: Existing, estate: Estate, mine: set[str]) -> Existing:
    registered = {
        group
        for baseline in estate.present("baselines", existing.target)
        if baseline.owner == estate.ownership
        for group in baseline.fields.get("PatchGroups", ())
    }
    return replace(existing, owner=estate.ownership) if existing.name in mine | registered else existing


def _wanted(estate: Estate, foreign: Iterable[Existing]) -> Iterator[Wanted]:
    taken = {(existing.target, node) for existing in foreign for node in existing.fields["Members"]}
    for environment, target, members in estate.places:
        nodes = sorted(asset.resource for asset in members if asset.kind == "node" and (target, asset.resource) not in taken)
        if nodes:
            yield Wanted(KIND, target, group_of(estate.policy, environment), Frozen(Key=GROUP_TAG, Members=nodes))


def _left_alone(estate: Estate, foreign: Iterable[Existing]) -> Iterator[Setting]:
    """Members that bear somebody else's group: said, and not touched."""
    foreign = tuple(foreign)
    for environment, target, members in estate.places:
        group, nodes = group_of(estate.policy, environment), {asset.resource for asset in members}
        for existing in foreign:
            borne = [node for node in existing.fields["Members"] if node in nodes] if existing.target == target else []
            if borne:
                wanted = Wanted(KIND, target, f"{group} over {existing.id}", Frozen())
                why = f"{existing.id} is borne by {', '.join(borne[:5])}{_more(borne[5:])} and not ours: left as it is, without {group}"
                yield blocked("groups", wanted, why, existing)


def _more(rest: list[str]) -> str:
    return f" and {len(rest)} more" if rest else ""


def _create_calls(wanted: Wanted) -> list[Call]:
    return _tag(wanted.name, wanted.fields["Members"])


def _changing(placed: Placed) -> Callable[[Wanted, Existing], list[Call]]:
    """A node that goes into another group of ours is overwritten by that setting: here nothing is to be done about it."""

    def change(wanted: Wanted, existing: Existing) -> list[Call]:
        before, after = existing.fields["Members"], wanted.fields["Members"]
        joined = [node for node in after if node not in before]
        left = [node for node in before if (existing.target, node) not in placed]
        return [*_tag(wanted.name, joined), *_untag(existing.name, left)]

    return change


def _deleting(placed: Placed) -> Callable[[Existing], list[Call]]:
    def delete(existing: Existing) -> list[Call]:
        return _untag(existing.name, [node for node in existing.fields["Members"] if (existing.target, node) not in placed])

    return delete


def _tag(group: str, nodes: Iterable[str]) -> list[Call]:
    instances, hybrid = _apart(nodes)
    tags = [{"Key": GROUP_TAG, "Value": group}]
    calls = [Call.of("ec2", "create_tags", Resources=chunk, Tags=tags) for chunk in _chunks(instances)]
    return [*calls, *(Call.of("ssm", "add_tags_to_resource", _node(node), Tags=tags) for node in hybrid)]


def _untag(group: str, nodes: Iterable[str]) -> list[Call]:
    """EC2 takes the tag off only where it still has this value; SSM looks at the key alone."""
    instances, hybrid = _apart(nodes)
    tags = [{"Key": GROUP_TAG, "Value": group}]
    calls = [Call.of("ec2", "delete_tags", Resources=chunk, Tags=tags) for chunk in _chunks(instances)]
    return [*calls, *(Call.of("ssm", "remove_tags_from_resource", _node(node), TagKeys=[GROUP_TAG]) for node in hybrid)]


def _node(node: str) -> dict[str, str]:
    return {"ResourceType": "ManagedInstance", "ResourceId": node}


def _apart(nodes: Iterable[str]) -> tuple[list[str], list[str]]:
    nodes = sorted(nodes)
    return [node for node in nodes if not node.startswith("mi-")], [node for node in nodes if node.startswith("mi-")]


def _chunks(nodes: list[str]) -> Iterator[list[str]]:
    return (nodes[start : start + CHUNK] for start in range(0, len(nodes), CHUNK))


SERVICE = Service(name="groups", discover=discover, settings=settings, rank=2)
