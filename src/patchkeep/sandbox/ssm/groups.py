"""Patch groups: which baseline a node's tag value stands for. A group that nobody registered gets the default, silently.

State: `site.kept["ssm.patch-groups"]` (group, operating system) -> baseline id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.baselines import Baseline, default_baseline, find_baseline, groups_of, identity
from patchkeep.sandbox.ssm.listing import kept_by, listing
from patchkeep.sandbox.ssm.platforms import platform_of

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Node, Site

GROUP_TAGS = ("Patch Group", "PatchGroup")
MOST_GROUPS = 25  # per baseline: AWS General Reference, Systems Manager quotas


def _registered(site: Site) -> dict[tuple[str, str], str]:
    return cast(dict[tuple[str, str], str], site.kept["ssm.patch-groups"])


def group_of(node: Node) -> str:
    """Return the node's patch group by its tags, "" for none."""
    return next((node.tags[key] for key in GROUP_TAGS if node.tags.get(key)), "")


def baseline_for(site: Site, node: Node) -> Baseline:
    """Return the baseline that a scan of this node obeys now."""
    system = platform_of(node.os).operating_system
    registered = _registered(site).get((group_of(node), system))
    return find_baseline(site, registered) if registered else default_baseline(site, system)


@operation("ssm", "RegisterPatchBaselineForPatchGroup")
def register_patch_baseline_for_patch_group(request: Request) -> Answer:
    baseline, group = find_baseline(request.site, request.params["BaselineId"]), request.params["PatchGroup"].strip()
    kept = _registered(request.site)
    if not group:
        raise AwsError("ValidationException", "A patch group has a name.")
    if (group, baseline.system) in kept:
        message = f"Patch Group baseline already has a baseline registered for OperatingSystem {baseline.system}."
        raise AwsError("AlreadyExistsException", message)
    if len(groups_of(request.site, baseline.id)) >= MOST_GROUPS:
        raise AwsError("ResourceLimitExceededException", f"A patch baseline may have {MOST_GROUPS} patch groups.")
    kept[group, baseline.system] = baseline.id
    return {"BaselineId": baseline.shape["BaselineId"], "PatchGroup": group}


@operation("ssm", "DeregisterPatchBaselineForPatchGroup")
def deregister_patch_baseline_for_patch_group(request: Request) -> Answer:
    baseline_id, group = request.params["BaselineId"], request.params["PatchGroup"]
    short = baseline_id.rpartition("/")[2]
    kept = _registered(request.site)
    for key in [key for key, registered in kept.items() if key[0] == group and registered == short]:
        del kept[key]
    return {"BaselineId": baseline_id, "PatchGroup": group}


@operation("ssm", "GetPatchBaselineForPatchGroup")
def get_patch_baseline_for_patch_group(request: Request) -> Answer:
    group, system = request.params["PatchGroup"], request.params.get("OperatingSystem") or "WINDOWS"
    registered = _registered(request.site).get((group, system))
    baseline = find_baseline(request.site, registered) if registered else default_baseline(request.site, system)
    return {"BaselineId": baseline.shape["BaselineId"], "PatchGroup": group, "OperatingSystem": system}


@operation("ssm", "DescribePatchGroups")
def describe_patch_groups(request: Request) -> Answer:
    tests = {
        "NAME_PREFIX": lambda key, values: key[0].startswith(tuple(values)),
        "OPERATING_SYSTEM": lambda key, values: key[1] in values,
    }
    passes = kept_by(request.params.get("Filters") or (), tests, "ValidationException")
    rows = [
        {"PatchGroup": key[0], "BaselineIdentity": identity(request.site, find_baseline(request.site, registered))}
        for key, registered in sorted(_registered(request.site).items())
        if passes(key)
    ]
    return listing(request, "Mappings", rows, size=(1, 100, 50))
