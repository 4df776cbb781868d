"""What was in the accounts before anyone came: the wishes of the organization file, made real by the same calls a person would make.

`site.kept["estate"]` is a list of {"kind": "baseline" | "association" | "window" | ..., the parameters of the Create call}; see
`orgfile` for the rest. Furnishing empties it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.operation import Request
from patchkeep.sandbox.ssm.activations import create_activation
from patchkeep.sandbox.ssm.associations import create_association
from patchkeep.sandbox.ssm.baselines import create_patch_baseline, register_default_patch_baseline
from patchkeep.sandbox.ssm.documents import create_document
from patchkeep.sandbox.ssm.groups import register_patch_baseline_for_patch_group
from patchkeep.sandbox.ssm.settings import update_service_setting
from patchkeep.sandbox.ssm.window_parts import register_target, register_task
from patchkeep.sandbox.ssm.windows import create_maintenance_window

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site, World

Wish = dict[str, Any]
_CALLER = "arn:aws:iam::{account}:role/Platform"


def furnish(world: World) -> int:
    """Make every wish of every site real, now. Returns how many there were; a wish that SSM refuses raises `AwsError`."""
    granted = 0
    for site in list(world.sites.values()):
        wishes = cast(list[Wish], site.kept.pop("estate", []))
        for wish in wishes:
            _grant(world, site, wish)
        granted += len(wishes)
    return granted


def _grant(world: World, site: Site, wish: Wish) -> None:
    asked = dict(wish)
    match asked.pop("kind"):
        case "baseline":
            _baseline(world, site, asked)
        case "association":
            create_association(_request(world, site, asked))
        case "window":
            _window(world, site, asked)
        case "document":
            create_document(_request(world, site, asked))
        case "activation":
            create_activation(_request(world, site, asked))
        case "setting":
            update_service_setting(_request(world, site, asked))
        case kind:
            raise ValueError(f"estate: '{kind}' is nothing that SSM keeps")


def _request(world: World, site: Site, params: Wish) -> Request:
    return Request(world, site.account, site.region, _CALLER.format(account=site.account), params)


def _baseline(world: World, site: Site, asked: Wish) -> None:
    groups, default = asked.pop("PatchGroups", ()), asked.pop("Default", False)
    made = create_patch_baseline(_request(world, site, asked))["BaselineId"]
    for group in groups:
        register_patch_baseline_for_patch_group(_request(world, site, {"BaselineId": made, "PatchGroup": group}))
    if default:
        register_default_patch_baseline(_request(world, site, {"BaselineId": made}))


def _window(world: World, site: Site, asked: Wish) -> None:
    """A task of the wish is for every target of the window, unless it names its own."""
    targets, tasks = asked.pop("Targets", ()), asked.pop("Tasks", ())
    window = create_maintenance_window(_request(world, site, asked))["WindowId"]
    registered = [register_target(_request(world, site, {**target, "WindowId": window}))["WindowTargetId"] for target in targets]
    for task in tasks:
        meant = {"Targets": [{"Key": "WindowTargetIds", "Values": registered}]}
        register_task(_request(world, site, {**meant, **task, "WindowId": window}))
