"""Machines that something else owns and replaces: patched in place only where the policy says so, by kind of owner (RULES 4, 13).

Never overruled: Bottlerocket and what AWS operates itself, where nothing could be installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from patchkeep.domain.asset import Asset
from patchkeep.domain.policy import Environment

# The policy's word for a kind of owner -> the cause of the obstacle with which a machine of theirs is found.
OWNERS: Mapping[str, str] = MappingProxyType(
    {
        "auto-scaling": "in Auto Scaling group",
        "beanstalk": "in Beanstalk",
        "ecs": "in ECS",
        "eks": "in EKS",
        "emr": "in EMR",
        "karpenter": "Karpenter node",
    }
)


def in_place(asset: Asset, environment: Environment | None) -> Asset:
    """The asset with owners that its environment overrules no longer in the way. They stay among its obstacles, for people to see."""
    overruled = {OWNERS[kind] for kind in environment.in_place} if environment else set()
    if environment is None or not any(obstacle.cause in overruled for obstacle in asset.obstacles):
        return asset
    said = f"; patched in place all the same, as environment {environment.name} says"
    return replace(
        asset,
        obstacles=tuple(
            replace(one, why=f"{one.why}{said}", stops_patching=False, leave_alone=False) if one.cause in overruled else one
            for one in asset.obstacles
        ),
    )


def owner_overruled(asset: Asset) -> str:
    """Whose machine is patched in place: the obstacle's cause; "" where it is nobody else's, or left to its owner."""
    owners = (one.cause for one in asset.obstacles if one.cause in OWNERS.values() and not one.leave_alone)
    return next(owners, "")
