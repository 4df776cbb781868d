"""A group, its machines and its refreshes, and what each launches from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from patchkeep.sandbox.agent import Agent
from patchkeep.sandbox.ec2.templates import LaunchTemplate, image_of, templates
from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.resource import Resource, kept
from patchkeep.sandbox.operation import AwsError, Request
from patchkeep.sandbox.simulated import SimulatedAgent
from patchkeep.sandbox.world import Node, Site, World

SYSTEM = "amazon-linux-2023"
ENDED = frozenset({"Successful", "Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed"})


@dataclass(slots=True, kw_only=True)
class Machine:
    id: str
    zone: str
    version: str  # of the template that it was launched from; "" from a launch configuration
    state: str = "InService"
    health: str = "Healthy"
    protected: bool = False


@dataclass(slots=True, kw_only=True)
class Refresh:
    id: str
    preferences: dict[str, Any]
    desired: dict[str, Any]  # DesiredConfiguration, {} for none
    before: str  # the version that the group named when it began
    to: str  # number of the version that machines are launched from
    left: list[str] = field(default_factory=list)  # machines still to be replaced
    count: int = 0  # of all that are to be replaced
    status: str = "Pending"
    reason: str = ""
    start: datetime | None = None
    end: datetime | None = None
    waiting_since: datetime | None = None  # for machines that it may not touch
    rollback: dict[str, Any] = field(default_factory=dict)  # RollbackDetails

    @property
    def percent(self) -> int:
        return 100 * (self.count - len(self.left)) // self.count if self.count else 0


@dataclass(slots=True, kw_only=True)
class Group(Resource):
    """`asked`: version of the template as the group names it; `configuration`: of a group without template."""

    template: str = ""
    asked: str = ""
    mixed: dict[str, Any] = field(default_factory=dict)  # MixedInstancesPolicy without the template's specification
    configuration: str = ""
    machines: list[Machine] = field(default_factory=list)
    healthy: tuple[int, int] = (-1, -1)  # InstanceMaintenancePolicy, in percent
    suspended: list[str] = field(default_factory=list)
    refreshes: list[Refresh] = field(default_factory=list)  # newest first
    launched: int = 0  # how many machines it has ever had

    @property
    def under_way(self) -> Refresh | None:
        return next((one for one in self.refreshes if one.status not in ENDED), None)


def group(request: Request, name: str) -> Group:
    found = kept(request.site, Group).get(name)
    if found is None:
        raise AwsError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return found


def template_of(site: Site, one: Group) -> LaunchTemplate:
    """Raises ValidationError where the template is gone."""
    found = templates(site).get(one.template)
    if found is None:
        raise AwsError("ValidationError", f"The specified launch template, with template ID {one.template}, does not exist.")
    return found


def number_of(site: Site, one: Group, asked: str) -> str:
    """What "$Latest" or a number means now."""
    version = template_of(site, one).version(asked)
    if version is None:
        raise AwsError("ValidationError", f"You must use a valid fully-formed launch template. Could not find version {asked}.")
    return str(version.number)


def launch(world: World, site: Site, one: Group, number: str) -> Machine:
    """Another machine, from a version of the group's template."""
    version = template_of(site, one).version(number)
    if version is None:
        raise AwsError("ValidationError", f"Could not find version {number}.")
    return _started(world, site, one, image_of(version, site.region, world.clock.now()), number)


def launch_configured(world: World, site: Site, one: Group, image: str) -> Machine:
    return _started(world, site, one, image, "")


def _started(world: World, site: Site, one: Group, image: str, number: str) -> Machine:
    one.launched += 1
    name = f"i-0{settled(world.seed, one.arn, one.launched)[:16]}"
    zone, now = site.region + "abc"[one.launched % 3], world.clock.now()
    agent: Agent = SimulatedAgent(SYSTEM, now, name)
    tags = {"aws:autoscaling:groupName": one.name, **{key: value for key, value in one.tags.items() if not key.startswith("aws:")}}
    described = {"ImageId": image, "Placement": {"AvailabilityZone": zone, "GroupName": "", "Tenancy": "default"}}
    site.nodes[name] = Node(id=name, os=SYSTEM, agent=agent, tags=tags, launched=now, ec2=described)
    made = Machine(id=name, zone=zone, version=number)
    one.machines.append(made)
    return made


def terminate(site: Site, one: Group, machine: Machine) -> None:
    """Gone at once: an hour of "terminated" shows nobody anything here."""
    one.machines.remove(machine)
    site.nodes.pop(machine.id, None)
