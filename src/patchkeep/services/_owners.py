"""Whose a machine is, by the tags and fields with which AWS marks those that something else owns and replaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from patchkeep.domain.asset import Asset, Obstacle
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.inplace import OWNERS

Row = Mapping[str, Any]

# Tags by which AWS marks machines that something else owns and replaces. Sources: the user guides of EC2 Auto Scaling, EKS,
# Karpenter, ECS, Elastic Beanstalk and EMR. (kind of owner, tag prefix, words, better way)
_NEW_IMAGE = "let a rule under `managed` bring its group to a newer AMI, or put one into the launch template and refresh the group"
_OWNED: tuple[tuple[str, str, str, str], ...] = (
    ("eks", "eks:", "is an EKS node", "update the node group to a newer AMI release"),
    ("eks", "kubernetes.io/cluster/", "is a Kubernetes node", "update the node group to a newer AMI release"),
    ("karpenter", "karpenter.sh/", "belongs to Karpenter", "let Karpenter's drift replace it with a newer AMI"),
    ("ecs", "aws:ecs:", "is an ECS container instance", "replace it through its capacity provider with a newer AMI"),
    ("ecs", "AmazonECSManaged", "is an ECS container instance", "replace it through its capacity provider with a newer AMI"),
    ("beanstalk", "elasticbeanstalk:", "belongs to a Beanstalk environment", "update the environment's platform version"),
    ("emr", "aws:elasticmapreduce:", "belongs to an EMR cluster", "start a new cluster with a newer release"),
    ("auto-scaling", "aws:autoscaling:groupName", "is in an Auto Scaling group, which replaces what reboots", _NEW_IMAGE),
)


def tags_of(rows: Iterable[Row]) -> Frozen:
    """Tags as EC2 and SSM list them; EC2 writes null for an empty value here and there."""
    return Frozen({tag["Key"]: tag.get("Value") or "" for tag in rows})


def owned(asset: Asset, instance: Row | None) -> Obstacle | None:
    """The most telling owner alone (an EKS node is in an Auto Scaling group, too); None for a machine that is nobody else's."""
    if (instance or {}).get("Operator", {}).get("Managed"):
        why = "is managed by an AWS service (Operator.Managed)"
        return Obstacle("managed by AWS", why, "update it through the service that owns it", stops_patching=True, leave_alone=True)
    if asset.os.startswith("bottlerocket"):
        why = "runs Bottlerocket, which replaces its whole image"
        return Obstacle("Bottlerocket", why, "use its update operator or a newer AMI", stops_patching=True, leave_alone=True)
    for kind, prefix, words, better in _OWNED:
        tag = next((key for key in asset.tags if key.startswith(prefix)), None)
        if tag:
            return Obstacle(OWNERS[kind], f"{words} ({tag})", better, stops_patching=True, leave_alone=True)
    return None
