"""How a group is looked at while it changes: what it launches from, its template's versions, its refreshes and its machines' images.

API References: EC2 Auto Scaling (DescribeAutoScalingGroups, DescribeInstanceRefreshes), EC2 (DescribeLaunchTemplateVersions,
DescribeInstances).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.progress import Batch
from patchkeep.services._answers import granted
from patchkeep.services._steps import Order, orders

UNDER_WAY = frozenset({"Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress"})
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """One group as it is now. `made`: number of the template's version that we made for the image, "" while there is none."""

    row: Row
    made: str
    refreshes: tuple[Row, ...]  # newest first

    @property
    def asked(self) -> str:
        """The version that it launches from, as it names it."""
        return str(template_in(self.row).get("Version", ""))

    @property
    def versions(self) -> frozenset[str]:
        """Those that its machines were launched from."""
        return frozenset(str(one.get("LaunchTemplate", {}).get("Version", "")) for one in self.row.get("Instances", ()))

    @property
    def under_way(self) -> Row | None:
        return next((one for one in self.refreshes if one["Status"] in UNDER_WAY), None)


def template_in(row: Row) -> Row:
    mixed: Row = row.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification", {})
    return mixed or row.get("LaunchTemplate", {})


def note(asks: Frozen) -> str:
    """Description of the version that we make: by it we find it again, whoever asked first."""
    return f"patchkeep: {asks['image']}, from version {asks['source']}"


def _asked_for(order: Order) -> Call:
    return Call.of("autoscaling", "describe_auto_scaling_groups", AutoScalingGroupNames=[order.asks["group"]])


def see(batch: Batch) -> Dialogue[Mapping[str, Group | None]]:
    """The group of a batch, the versions of its template since the one it had, and its refreshes."""
    (order,) = orders(batch)
    found = (yield _asked_for(order))["AutoScalingGroups"]
    if not found:
        return {order.resource: None}
    asked = [Call.of("autoscaling", "describe_instance_refreshes", AutoScalingGroupName=order.asks["group"])]
    if order.asks["fresh"]:
        since = {"LaunchTemplateId": order.asks["template"], "MinVersion": order.asks["source"]}
        asked.append(Call.of("ec2", "describe_launch_template_versions", since))
    refreshes, *versions = granted((yield tuple(asked)))
    ours = [one for answer in versions for one in answer["LaunchTemplateVersions"] if one.get("VersionDescription") == note(order.asks)]
    made = str(ours[0]["VersionNumber"]) if ours else ""
    return {order.resource: Group(found[0], made, tuple(refreshes["InstanceRefreshes"]))}


def see_machines(batch: Batch) -> Dialogue[Mapping[str, tuple[str, ...] | None]]:
    """The images that the group's machines run, as EC2 tells."""
    (order,) = orders(batch)
    members = [
        {"Name": "tag:aws:autoscaling:groupName", "Values": [order.asks["group"]]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    groups, machines = granted((yield (_asked_for(order), Call.of("ec2", "describe_instances", Filters=members))))
    if not groups["AutoScalingGroups"]:
        return {order.resource: None}
    mine = {one["InstanceId"] for one in groups["AutoScalingGroups"][0].get("Instances", ())}
    rows = [one for reservation in machines["Reservations"] for one in reservation["Instances"]]
    return {order.resource: tuple(one.get("ImageId", "") for one in rows if one["InstanceId"] in mine)}
