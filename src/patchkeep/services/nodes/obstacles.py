"""Why a node cannot be seen or patched as it is, each with its cure (doctor's findings about single nodes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from patchkeep.domain.asset import Asset, Inventory, Obstacle

Row = Mapping[str, Any]

# Agents below this no longer receive commands: ec2messages was retired on 2026-09-30 (AWS notice, as copied in public threads).
AGENT_FLOOR = (3, 3, 40, 0)

# Tags by which AWS marks machines that something else owns and replaces. Sources: the user guides of EC2 Auto Scaling, EKS,
# Karpenter, ECS, Elastic Beanstalk and EMR. (cause, tag prefix, words, better way)
_NEW_IMAGE = "put a newer AMI into the launch template and refresh the group's instances"
_OWNED: tuple[tuple[str, str, str, str], ...] = (
    ("in EKS", "eks:", "is an EKS node", "update the node group to a newer AMI release"),
    ("in EKS", "kubernetes.io/cluster/", "is a Kubernetes node", "update the node group to a newer AMI release"),
    ("Karpenter node", "karpenter.sh/", "belongs to Karpenter", "let Karpenter's drift replace it with a newer AMI"),
    ("in ECS", "aws:ecs:", "is an ECS container instance", "replace it through its capacity provider with a newer AMI"),
    ("in ECS", "AmazonECSManaged", "is an ECS container instance", "replace it through its capacity provider with a newer AMI"),
    ("in Beanstalk", "elasticbeanstalk:", "belongs to a Beanstalk environment", "update the environment's platform version"),
    ("in EMR", "aws:elasticmapreduce:", "belongs to an EMR cluster", "start a new cluster with a newer release"),
    ("in Auto Scaling group", "aws:autoscaling:groupName", "is in an Auto Scaling group, which replaces what reboots", _NEW_IMAGE),
)


def obstacles_of(asset: Asset, instance: Row | None, managed: Row | None, *, managed_known: bool) -> tuple[Obstacle, ...]:
    """Everything that stands in the way, the weightiest first. `managed_known`: SSM answered, so absence means something."""
    return tuple(_all(asset, instance, managed, managed_known=managed_known))


def _all(asset: Asset, instance: Row | None, managed: Row | None, *, managed_known: bool) -> Iterator[Obstacle]:
    yield from _owned(asset, instance)
    state = instance["State"]["Name"] if instance else "running"
    if state != "running":
        yield Obstacle("stopped", f"is {state}", "start it, or terminate it if it is not needed", stops_seeing=True, stops_patching=True)
    elif managed is None:
        if managed_known:
            yield _unmanaged(instance)
    elif managed.get("PingStatus") != "Online":
        yield Obstacle(
            "offline",
            f"runs, but its agent has lost the connection ({managed.get('PingStatus')})",
            "see whether the agent runs and reaches the ssm and ssmmessages endpoints and S3",
            stops_seeing=True,
            stops_patching=True,
        )
    if managed and (version := _version(managed.get("AgentVersion", ""))) and version < AGENT_FLOOR:
        floor = ".".join(map(str, AGENT_FLOOR))
        why = f"has SSM Agent {managed['AgentVersion']}, below {floor}: commands no longer reach it"
        yield Obstacle("agent too old", why, "update SSM Agent (AWS-UpdateSSMAgent, or from its package repository)", stops_patching=True)


def _owned(asset: Asset, instance: Row | None) -> Iterator[Obstacle]:
    """At most one: the most telling owner (an EKS node is in an Auto Scaling group, too)."""
    if (instance or {}).get("Operator", {}).get("Managed"):
        why = "is managed by an AWS service (Operator.Managed)"
        yield Obstacle("managed by AWS", why, "update it through the service that owns it", stops_patching=True, leave_alone=True)
        return
    if asset.os.startswith("bottlerocket"):
        why = "runs Bottlerocket, which replaces its whole image"
        yield Obstacle("Bottlerocket", why, "use its update operator or a newer AMI", stops_patching=True, leave_alone=True)
        return
    for cause, prefix, words, better in _OWNED:
        tag = next((key for key in asset.tags if key.startswith(prefix)), None)
        if tag:
            yield Obstacle(cause, f"{words} ({tag})", better, stops_patching=True, leave_alone=True)
            return


def _unmanaged(instance: Row | None) -> Obstacle:
    if (instance or {}).get("IamInstanceProfile"):
        why = "has an instance profile, but Systems Manager has never heard of it"
        fix = "check agent, AmazonSSMManagedInstanceCore in the profile, and the way to the ssm and ssmmessages endpoints"
        return Obstacle("unmanaged", why, fix, stops_seeing=True, stops_patching=True)
    why = "has no instance profile, so Systems Manager cannot manage it"
    fix = "turn on Default Host Management Configuration for its account and region (one setting for all such instances)"
    return Obstacle("unmanaged, no profile", why, fix, stops_seeing=True, stops_patching=True)


def _version(text: str) -> tuple[int, ...]:
    """A dotted version as numbers; () where it isn't one."""
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


# Packages whose business is to install updates on their own schedule (Debian, Fedora and RHEL manuals).
_BY_THEMSELVES = frozenset({"unattended-upgrades", "dnf-automatic", "yum-cron"})


def installs_by_itself(inventory: Inventory | None) -> Obstacle | None:
    """A package on the machine that may install past every plan; whether it is switched on, inventory doesn't tell."""
    found = sorted({package.name for package in inventory.packages} & _BY_THEMSELVES) if inventory else []
    if not found:
        return None
    why = f"has {' and '.join(found)}, which may install updates past every plan, window and freeze"
    return Obstacle("installs by itself", why, f"switch {' and '.join(found)} off, or accept that patches come unplanned there")
