"""Tags of instances, volumes and snapshots: CreateTags, DeleteTags, DescribeTags."""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.ec2.instance import devices, instances
from patchkeep.sandbox.ec2.query import Fields, cut, filtered
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import Site

MOST_TAGS = 50
RESERVED = "aws:"
KINDS = {"i": "instance", "vol": "volume", "snap": "snapshot"}
UNKNOWN = {"instance": "InvalidInstanceID.NotFound", "volume": "InvalidVolume.NotFound", "snapshot": "InvalidSnapshot.NotFound"}


def resource_tags(site: Site, resource: str) -> dict[str, str]:
    """The tags of an instance, volume or snapshot, to be read and changed in place. Raises AWS's NotFound of its kind."""
    kind = KINDS.get(resource.partition("-")[0])
    if kind is None:
        raise AwsError("InvalidID", f"The ID '{resource}' is not valid")
    if resource not in _resources(site)[kind]:
        raise AwsError(UNKNOWN[kind], f"The {kind} ID '{resource}' does not exist")
    return stored_tags(site, resource)


def stored_tags(site: Site, resource: str) -> dict[str, str]:
    if node := site.nodes.get(resource):
        return node.tags
    tags: dict[str, str] = site.kept["ec2-tags"].setdefault(resource, {})
    return tags


def _resources(site: Site) -> dict[str, list[str]]:
    nodes = instances(site)
    volumes = [device["Ebs"]["VolumeId"] for node in nodes.values() for device in devices(node) if "Ebs" in device]
    return {"instance": list(nodes), "volume": volumes, "snapshot": list(site.kept["ec2-snapshots"])}


def put_tags(tags: dict[str, str], wanted: dict[str, str]) -> None:
    """Raises InvalidParameterValue for a reserved key, TagLimitExceeded for the 51st."""
    if reserved := [key for key in wanted if key.lower().startswith(RESERVED)]:
        raise AwsError("InvalidParameterValue", f"Tag keys starting with 'aws:' are reserved for internal use: {reserved[0]}")
    counted = {key for key in tags.keys() | wanted.keys() if not key.startswith(RESERVED)}
    if len(counted) > MOST_TAGS:
        raise AwsError("TagLimitExceeded", f"The maximum number of Tags for a resource has been reached: {MOST_TAGS}.")
    tags.update(wanted)


def given_tags(request: Request, kind: str) -> dict[str, str]:
    """The tags that TagSpecifications put on something at its creation."""
    tags: dict[str, str] = {}
    for specification in request.params.get("TagSpecifications", ()):
        if specification.get("ResourceType") != kind:
            raise AwsError("InvalidParameterValue", f"'{specification.get('ResourceType')}' is not a valid taggable resource type here.")
        put_tags(tags, {tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags", ())})
    return tags


@operation("ec2", "CreateTags")
def create_tags(request: Request) -> Answer:
    targets = [resource_tags(request.site, resource) for resource in request.params["Resources"]]
    wanted = {tag["Key"]: tag.get("Value", "") for tag in request.params["Tags"]}
    for tags in targets:
        put_tags(tags, wanted)
    return {}


@operation("ec2", "DeleteTags")
def delete_tags(request: Request) -> Answer:
    """A tag given with a value goes only if it has that value; without Tags all but the reserved ones go."""
    for tags in [resource_tags(request.site, resource) for resource in request.params["Resources"]]:
        named = request.params.get("Tags") or [{"Key": key} for key in tags if not key.startswith(RESERVED)]
        for tag in named:
            if tag["Key"] in tags and tag.get("Value", tags[tag["Key"]]) == tags[tag["Key"]]:
                del tags[tag["Key"]]
    return {}


@operation("ec2", "DescribeTags")
def describe_tags(request: Request) -> Answer:
    rows = [
        {"Key": key, "ResourceId": resource, "ResourceType": kind, "Value": value}
        for kind, resources in _resources(request.site).items()
        for resource in resources
        for key, value in stored_tags(request.site, resource).items()
    ]
    fields: Fields[dict[str, Any]] = {
        "key": lambda row: [row["Key"]],
        "value": lambda row: [row["Value"]],
        "resource-id": lambda row: [row["ResourceId"]],
        "resource-type": lambda row: [row["ResourceType"]],
    }
    named = filtered(rows, request.params, fields, lambda row: {row["Key"]: row["Value"]})
    shown, more = cut(named, request.params, "")
    return {"Tags": shown, **more}
