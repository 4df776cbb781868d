"""How a platform version is put on an environment: by AWS's managed action where it brings that version, else by a plain update. Pure.

A managed action works with AWS's own permissions and as an immutable update, without loss of capacity. A plain update makes
Beanstalk change the stack, the group and the instances with the permissions of whoever asks, unless the environment has an
operations role (API Reference, AssociateEnvironmentOperationsRole): those are not ours, so without that role it is not begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from patchkeep.domain.asset import Asset, Disruption, Update
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.services._lines import chosen
from patchkeep.services._steps import MAINTAIN, UPGRADE, VERIFY
from patchkeep.services._versions import order
from patchkeep.services.elasticbeanstalk.digest import BRANCH, PLATFORM, named

NO_ROLE = (
    "has no operations role, so Beanstalk would need the caller's own permissions for its stack, group and instances: associate one "
    "(aws elasticbeanstalk associate-environment-operations-role), or turn managed updates on"
)


def course(asset: Asset, rule: ManagedRule, _there: Mapping[str, Asset]) -> Course | str:
    """How the versions that the rule asks for are put on; else why none is. Another branch never is."""
    inside = replace(asset, updates=tuple(update for update in asset.updates or () if update.id == PLATFORM))
    open_ = chosen(inside, rule)
    if isinstance(open_, str):
        return _beyond(asset, rule) or open_
    goal = max(open_, key=lambda update: order(update.version))
    if rule.apply is Apply.AWS_WINDOW:
        return _left_to_aws(asset, rule, goal)
    by_action = bool(goal.facts.get("brought"))
    if not by_action and not asset.facts["operations_role"]:
        return NO_ROLE
    former = named(asset.facts["platform"])[1]
    return Course(
        updates=open_,
        steps=(MAINTAIN if by_action else UPGRADE, VERIFY),
        asks=_asks(asset, goal, open_),
        apart=(f"environments of {asset.facts['application']} in {asset.target}",),
        disruption=Disruption.REPLACE,
        undo=f"update it back to platform version {former}: instances are replaced once more" if asset.facts["operations_role"] else "",
        irreversible=not asset.facts["operations_role"],
        pins=f"platform version {goal.version}",
    )


def _asks(asset: Asset, goal: Update, updates: tuple[Update, ...]) -> Frozen:
    keys = {update.version: update.key for update in updates}
    return Frozen(platform=goal.facts["platform"], version=goal.version, back=asset.facts["platform"], keys=keys)


def _beyond(asset: Asset, rule: ManagedRule) -> str:
    """What is left to say where the branch holds nothing newer."""
    other = next((update for update in asset.updates or () if update.id == BRANCH), None)
    if other is None or not (other.classification in rule.updates or other.state.lacking):
        return ""
    return f"on offer: {other.title}; an environment is never moved across branches in place"


def _left_to_aws(asset: Asset, rule: ManagedRule, goal: Update) -> str:
    if goal.forced_at:
        return f"AWS puts {goal.title} on in its own window, from {goal.forced_at:%Y-%m-%d %H:%M}"
    if not asset.facts["managed"]:
        return f"managed platform updates are off: set `managed_updates` and `window` in rule {rule.name}"
    return f"AWS has not scheduled {goal.title} for its window {asset.window} yet, or its level does not reach it"
