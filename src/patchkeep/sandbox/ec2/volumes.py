"""Volumes as instances have them, and snapshots of them: DescribeVolumes, CreateSnapshot(s), DescribeSnapshots, DeleteSnapshot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.ec2.instance import devices, first_launched, instances, resource_id, root_device, zone
from patchkeep.sandbox.ec2.query import Fields, cut, filtered, looked_up, tag_list
from patchkeep.sandbox.ec2.tags import given_tags, stored_tags
from patchkeep.sandbox.operation import Answer, Request, operation
from patchkeep.sandbox.world import Node, Site

TAKES = timedelta(seconds=90)
ROOT_SIZE, WINDOWS_SIZE, DATA_SIZE = 8, 30, 100  # GiB
SNAPSHOTS = "ec2-snapshots"


@operation("ec2", "DescribeVolumes")
def describe_volumes(request: Request) -> Answer:
    site, known = request.site, _volumes(request.site)
    ids = request.params.get("VolumeIds")
    rows = looked_up(ids, known, "volume", "InvalidVolume") if ids else list(known.values())
    fields: Fields[dict[str, Any]] = {
        "volume-id": lambda row: [row["VolumeId"]],
        "attachment.instance-id": lambda row: [each["InstanceId"] for each in row["Attachments"]],
        "attachment.device": lambda row: [each["Device"] for each in row["Attachments"]],
        "status": lambda row: [row["State"]],
    }
    chosen = filtered(rows, request.params, fields, lambda row: stored_tags(site, row["VolumeId"]))
    shown, more = cut(chosen, request.params, "VolumeIds")
    return {"Volumes": shown, **more}


@operation("ec2", "CreateSnapshot")
def create_snapshot(request: Request) -> Answer:
    volume = looked_up([request.params["VolumeId"]], _volumes(request.site), "volume", "InvalidVolume")[0]
    return _shown(request.site, _snapshot(request, volume, given_tags(request, "snapshot")))


@operation("ec2", "CreateSnapshots")
def create_snapshots(request: Request) -> Answer:
    """One snapshot of each volume of an instance, at the same moment."""
    site, wanted = request.site, request.params["InstanceSpecification"]
    node = looked_up([wanted["InstanceId"]], instances(site), "instance ID", "InvalidInstanceID")[0]
    left_out = set(wanted.get("ExcludeDataVolumeIds", ()))
    mine = [volume for volume in _volumes(site).values() if volume["Attachments"][0]["InstanceId"] == node.id]
    rows = []
    for volume in mine:
        boot = volume["Attachments"][0]["Device"] == root_device(node.os)
        if volume["VolumeId"] in left_out or (boot and wanted.get("ExcludeBootVolume")):
            continue
        copied = stored_tags(site, volume["VolumeId"]) if request.params.get("CopyTagsFromSource") else {}
        rows.append(_shown(site, _snapshot(request, volume, copied | given_tags(request, "snapshot"))))
    return {"Snapshots": [{key: value for key, value in row.items() if key != "StorageTier"} for row in rows]}


@operation("ec2", "DescribeSnapshots")
def describe_snapshots(request: Request) -> Answer:
    """The account's own snapshots; nobody shares any here."""
    site, known, ids = request.site, request.site.kept[SNAPSHOTS], request.params.get("SnapshotIds")
    rows = looked_up(ids, known, "snapshot", "InvalidSnapshot") if ids else list(known.values())
    owners = request.params.get("OwnerIds")
    own = [row for row in rows if not owners or {"self", site.account} & set(owners)]
    fields: Fields[dict[str, Any]] = {
        "snapshot-id": lambda row: [row["SnapshotId"]],
        "volume-id": lambda row: [row["VolumeId"]],
        "status": lambda row: [row["State"]],
        "owner-id": lambda row: [row["OwnerId"]],
        "description": lambda row: [row["Description"]],
    }
    chosen = filtered(own, request.params, fields, lambda row: stored_tags(site, row["SnapshotId"]))
    shown, more = cut(chosen, request.params, "SnapshotIds")
    return {"Snapshots": [_shown(site, row) for row in shown], **more}


@operation("ec2", "DeleteSnapshot")
def delete_snapshot(request: Request) -> Answer:
    known, snapshot = request.site.kept[SNAPSHOTS], request.params["SnapshotId"]
    looked_up([snapshot], known, "snapshot", "InvalidSnapshot")
    del known[snapshot]
    return {}


def _volumes(site: Site) -> dict[str, dict[str, Any]]:
    rows = [
        _volume(node, device, site)
        for node in instances(site).values()
        if node.state != "terminated"
        for device in devices(node)
        if "Ebs" in device
    ]
    return {row["VolumeId"]: row for row in rows}


def _volume(node: Node, device: dict[str, Any], site: Site) -> dict[str, Any]:
    ebs, launched = device["Ebs"], first_launched(node)
    root = WINDOWS_SIZE if node.os.startswith("windows") else ROOT_SIZE
    attachment = {
        "Device": device["DeviceName"],
        "InstanceId": node.id,
        "State": "attached",
        "VolumeId": ebs["VolumeId"],
        "DeleteOnTermination": ebs.get("DeleteOnTermination", True),
    }
    return {
        "VolumeId": ebs["VolumeId"],
        "Size": root if device["DeviceName"] == root_device(node.os) else DATA_SIZE,
        "State": "in-use",
        "VolumeType": "gp3",
        "Iops": 3000,
        "Throughput": 125,
        "AvailabilityZone": zone(node, site.region),
        "Encrypted": False,
        "MultiAttachEnabled": False,
        "Attachments": [attachment | ({"AttachTime": launched} if launched else {})],
        "Tags": tag_list(stored_tags(site, ebs["VolumeId"])),
    } | ({"CreateTime": launched} if launched else {})


def _snapshot(request: Request, volume: dict[str, Any], tags: dict[str, str]) -> dict[str, Any]:
    site, clock = request.site, request.world.clock
    kept = site.kept[SNAPSHOTS]
    number = site.kept["ec2-counts"]["snapshots"] = site.kept["ec2-counts"].get("snapshots", 0) + 1
    row: dict[str, Any] = {
        "SnapshotId": resource_id("snap", site.account, site.region, str(number)),
        "VolumeId": volume["VolumeId"],
        "VolumeSize": volume["Size"],
        "OwnerId": site.account,
        "Description": request.params.get("Description", ""),
        "Encrypted": False,
        "State": "pending",
        "Progress": "0%",
        "StartTime": clock.now(),
        "StorageTier": "standard",
    }
    kept[row["SnapshotId"]] = row
    stored_tags(site, row["SnapshotId"]).update(tags)
    clock.after(TAKES, lambda: row.update(State="completed", Progress="100%"))
    return row


def _shown(site: Site, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"Tags": tag_list(stored_tags(site, row["SnapshotId"]))}
