"""Patch baselines: one per environment, operating system, account and region, and the patch groups registered with them.

A patch group has one baseline per operating system; a group that is registered with none falls back to the default one
silently: https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-patch-groups.html
"""

from __future__ import annotations

from patchkeep.domain.policy import Policy
from patchkeep.services._grants import Grant, marked_ours, marking_ours, own
from patchkeep.services._service import Service
from patchkeep.services.baselines.adoption import ADOPTION
from patchkeep.services.baselines.digest import KIND
from patchkeep.services.baselines.discover import discover
from patchkeep.services.baselines.expect import expect
from patchkeep.services.baselines.settings import settings


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Baselines that bear our tag from their first moment; no other is altered, given to a patch group, or removed."""
    ours = own("ssm", "patchbaseline/*")
    groups = ("register_patch_baseline_for_patch_group", "deregister_patch_baseline_for_patch_group")
    return (
        Grant("MakeBaselines", "ssm", ("create_patch_baseline",), conditions=marking_ours(policy)),
        Grant("MarkOurs", "ssm", ("add_tags_to_resource",), ours, marking_ours(policy)),
        Grant("OurBaselines", "ssm", ("update_patch_baseline", *groups, "delete_patch_baseline"), ours, marked_ours(policy)),
    )


SERVICE = Service(name="baselines", discover=discover, settings=settings, rank=1, expect=expect, adoption=ADOPTION)

__all__ = ["ADOPTION", "KIND", "SERVICE", "discover", "expect", "grants", "settings"]
