"""EC2 Auto Scaling, emulated: groups, what they launch from, and instance refreshes in virtual time.

A group's machines are EC2 instances of the world, which Systems Manager has never heard of. Facts are those of the EC2 Auto Scaling User
Guide and API Reference, named where they are used. Nobody can make a group here, and none grows or shrinks: organization files say.
"""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.sandbox.autoscaling.plant import SETTINGS, TRAITS, plant
from patchkeep.sandbox.autoscaling.state import Group
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.operation import Request


def _arns(operation: str, request: Request) -> Iterator[str]:
    """The group that a change names. What only looks is about all of them (Service Authorization Reference, list_amazonec2autoscaling)."""
    name = request.params.get("AutoScalingGroupName", "")
    if name and not operation.startswith("Describe"):
        found = kept(request.site, Group).get(name)
        path = f"autoScalingGroup:*:autoScalingGroupName/{name}"
        yield found.arn if found else f"arn:aws:autoscaling:{request.region}:{request.account}:{path}"


SERVICE = Managed("autoscaling", kinds={"auto-scaling-group": Kind(plant, TRAITS, SETTINGS)}, arns=_arns)
