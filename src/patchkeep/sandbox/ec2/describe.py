"""DescribeInstances, DescribeInstanceStatus, DescribeImages, DescribeRegions."""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.account import ON_BY_DEFAULT, all_regions
from patchkeep.sandbox.ec2.images import AMAZON, is_deprecated, releases
from patchkeep.sandbox.ec2.instance import (
    architecture,
    described,
    image_id,
    instances,
    named_instances,
    platform_details,
    resource_id,
    root_device,
    state_of,
    tags_of,
    zone,
)
from patchkeep.sandbox.ec2.query import Fields, cut, filtered, looked_up
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.reach import NEVER_BACK
from patchkeep.sandbox.world import Node

IMAGE_CREATED = "2026-09-01T00:00:00.000Z"


def instance_filters(region: str) -> Fields[Node]:
    """The filters of DescribeInstances that the sandbox has, but for tags."""
    return {
        "instance-id": lambda node: [node.id],
        "instance-state-name": lambda node: [node.state],
        "instance-state-code": lambda node: [str(state_of(node.state)["Code"])],
        "instance-type": lambda node: [str(node.ec2.get("InstanceType", "t3.medium"))],
        "image-id": lambda node: [image_id(node, region)],
        "availability-zone": lambda node: [zone(node, region)],
        "architecture": lambda node: [architecture(node)],
        "platform": lambda node: ["windows"] if node.os.startswith("windows") else [],
        "platform-details": lambda node: [platform_details(node.os)],
    }


@operation("ec2", "DescribeInstances")
def describe_instances(request: Request) -> Answer:
    """One reservation per instance. Without MaxResults a page holds 1000."""
    site = request.site
    chosen = filtered(named_instances(request), request.params, instance_filters(site.region), tags_of)
    rows, more = cut(chosen, request.params, "InstanceIds")
    owner = {"OwnerId": site.account, "Groups": []}
    return {
        "Reservations": [{"ReservationId": resource_id("r", node.id), **owner, "Instances": [described(node, site)]} for node in rows],
        **more,
    }


@operation("ec2", "DescribeInstanceStatus")
def describe_instance_status(request: Request) -> Answer:
    """Running instances only, unless IncludeAllInstances."""
    everything = request.params.get("IncludeAllInstances", False)
    chosen = [node for node in named_instances(request) if everything or node.state == "running"]
    fields: Fields[Node] = {**instance_filters(request.region), "instance-status.status": lambda node: [_health(node)]}
    rows, more = cut(filtered(chosen, request.params, fields), request.params, "InstanceIds")
    return {"InstanceStatuses": [_status(node, request.region) for node in rows], **more}


def _health(node: Node) -> str:
    if node.state == "pending":
        return "initializing"
    if node.state != "running":
        return "not-applicable"
    return "impaired" if NEVER_BACK in node.traits and not node.online else "ok"


def _status(node: Node, region: str) -> dict[str, Any]:
    health = _health(node)
    reachability = {"ok": "passed", "impaired": "failed", "initializing": "initializing"}.get(health)
    details = [{"Name": "reachability", "Status": reachability}] if reachability else []
    machine = "ok" if health == "impaired" else health
    return {
        "AvailabilityZone": zone(node, region),
        "InstanceId": node.id,
        "InstanceState": state_of(node.state),
        "InstanceStatus": {"Status": health, "Details": details},
        "SystemStatus": {"Status": machine, "Details": [{"Name": "reachability", "Status": "passed"}] if machine == "ok" else details},
    }


@operation("ec2", "DescribeImages")
def describe_images(request: Request) -> Answer:
    """The images that instances here were launched from, and Amazon's own releases; deprecated ones where they are asked for."""
    released = {row["ImageId"]: row for row in releases(request.region, request.now)}
    known = {image_id(node, request.region): node for node in instances(request.site).values()}
    rows = [*(_image(image, known[image]) for image in known if image not in released), *released.values()]
    deprecated = request.params.get("IncludeDeprecated", False) or bool(request.params.get("ImageIds"))
    rows = [row for row in rows if deprecated or not is_deprecated(row, request.now)]
    if ids := request.params.get("ImageIds"):
        rows = looked_up(ids, {row["ImageId"]: row for row in rows}, "image id", "InvalidAMIID")
    fields: Fields[dict[str, Any]] = {
        "image-id": lambda row: [row["ImageId"]],
        "name": lambda row: [row["Name"]],
        "state": lambda row: [row["State"]],
        "owner-id": lambda row: [row["OwnerId"]],
        "architecture": lambda row: [row["Architecture"]],
    }
    owners = request.params.get("Owners")
    mine = [row for row in filtered(rows, request.params, fields) if not owners or {"amazon", AMAZON} & set(owners)]
    shown, more = cut(mine, request.params, "ImageIds")
    return {"Images": shown, **more}


def _image(image: str, node: Node) -> dict[str, Any]:
    name = f"{node.os}-{architecture(node)}-{IMAGE_CREATED[:10]}"
    row = {
        "ImageId": image,
        "Name": name,
        "Description": name,
        "ImageLocation": f"amazon/{name}",
        "ImageOwnerAlias": "amazon",
        "OwnerId": AMAZON,
        "Architecture": architecture(node),
        "CreationDate": IMAGE_CREATED,
        "ImageType": "machine",
        "PlatformDetails": platform_details(node.os),
        "Public": True,
        "RootDeviceName": root_device(node.os),
        "RootDeviceType": "ebs",
        "State": "available",
        "VirtualizationType": "hvm",
    }
    return row | ({"Platform": "windows"} if node.os.startswith("windows") else {})


@operation("ec2", "DescribeRegions")
def describe_regions(request: Request) -> Answer:
    """The enabled regions of the account; every region there is with AllRegions."""
    named = request.params.get("RegionNames")
    if unknown := set(named or ()) - set(all_regions()):
        raise AwsError("InvalidParameterValue", f"Invalid region provided: {', '.join(sorted(unknown))}")
    enabled = request.home.regions
    listed = all_regions() if request.params.get("AllRegions") or named else enabled
    rows = [
        {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": _opted(name, enabled)}
        for name in listed
        if not named or name in named
    ]
    fields: Fields[dict[str, str]] = {
        "region-name": lambda row: [row["RegionName"]],
        "endpoint": lambda row: [row["Endpoint"]],
        "opt-in-status": lambda row: [row["OptInStatus"]],
    }
    return {"Regions": filtered(rows, request.params, fields)}


def _opted(name: str, enabled: tuple[str, ...]) -> str:
    if name not in enabled:
        return "not-opted-in"
    return "opt-in-not-required" if name in ON_BY_DEFAULT else "opted-in"
