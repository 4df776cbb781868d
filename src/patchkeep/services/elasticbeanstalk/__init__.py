"""Elastic Beanstalk: platforms of its environments, and its managed updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import ManagedRule, Policy
from patchkeep.domain.setting import Action, Estate, Setting
from patchkeep.services import _automation
from patchkeep.services._automation import Automation, Fields
from patchkeep.services._grants import Grant, own
from patchkeep.services._service import Service
from patchkeep.services._steps import MAINTAIN, UNDO, UPGRADE, VERIFY, Doing
from patchkeep.services._weekly import Slots
from patchkeep.services.elasticbeanstalk import acts, bundle
from patchkeep.services.elasticbeanstalk import course as ways
from patchkeep.services.elasticbeanstalk.digest import AUTOMATION, ENVIRONMENT, WINDOW_HOURS, week_of
from patchkeep.services.elasticbeanstalk.discover import discover

NAME = "elasticbeanstalk"
DOING = Doing(acts.see, {MAINTAIN: acts.MAINTAIN, UPGRADE: acts.UPGRADE, VERIFY: acts.VERIFY, UNDO: acts.UNDO})
LEAST = timedelta(hours=WINDOW_HOURS)


def _wants(asset: Asset, rule: ManagedRule, week: str) -> Fields:
    """Managed updates need enhanced health, a start and a level (developer guide, "Managed platform updates")."""
    level = rule.settings.get("managed_updates")
    if level == "off":
        return {"ManagedActionsEnabled": "false"}
    begins = {"PreferredStartTime": week.partition("-")[0].capitalize()} if week else {}
    if level:
        return {"ManagedActionsEnabled": "true", "UpdateLevel": level, "SystemType": "enhanced", **begins}
    return begins if asset.facts["managed"] else {}


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    options = [{"Namespace": AUTOMATION[name], "OptionName": name, "Value": value} for name, value in fields.items()]
    return (Call.of("elasticbeanstalk", "update_environment", EnvironmentName=existing.name, OptionSettings=options),)


MANAGED = Automation(
    NAME,
    _wants,
    _changes,
    Slots(LEAST, lasts=LEAST),
    holds=("managed_updates",),
    stands=lambda _, existing: week_of(existing.fields["PreferredStartTime"]),
)


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Managed updates as a rule of the policy says; what AWS would refuse is said before anybody asks it."""
    roles = {
        asset.id: asset.facts["operations_role"] for _, _, members in estate.managed_places for asset in members if asset.service == NAME
    }
    starts = {one.id: one.fields.get("PreferredStartTime") for one in estate.objects if one.service == NAME}
    found = _automation.settings(MANAGED, estate)
    return tuple(_possible(one, operated=roles[one.existing_id], start=bool(starts.get(one.existing_id))) for one in found)


def _possible(setting: Setting, *, operated: bool, start: bool) -> Setting:
    if setting.action is not Action.CHANGE:
        return setting
    timed = start or "PreferredStartTime" in setting.becomes
    why = "" if timed else f"managed updates need a start: name a `window` of {WINDOW_HOURS} h or more beside `managed_updates`"
    why = why or ("" if operated else ways.NO_ROLE)
    return replace(setting, action=Action.BLOCKED, calls=(), notes=(why, *setting.notes)) if why else setting


def measured(resource: str, _: Frozen) -> tuple[str, tuple[dict[str, str]]]:
    """Enhanced health publishes EnvironmentHealth of each environment."""
    return "AWS/ElasticBeanstalk", ({"EnvironmentName": resource},)


def undo(change: Change) -> Frozen | str:
    """The former version of the branch is still there to be asked for."""
    return change.asks if change.undo else f"an environment that {ways.NO_ROLE}"


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Environments of the account."""
    changing = ("update_environment", "apply_environment_managed_action")
    return (Grant("UpdateEnvironments", NAME, changing, own(NAME, "environment/*")),)


SERVICE = DOING.carries(
    Service(
        name=NAME,
        kinds=(ENVIRONMENT,),
        sources=Frozen(
            state="elasticbeanstalk:DescribeEnvironments",
            updates="elasticbeanstalk:ListPlatformVersions",
            actions="elasticbeanstalk:DescribeEnvironmentManagedActions",
            dependencies="s3:GetObject",
        ),
        discover=discover,
        inside=bundle.inside,
        settings=settings,
        course=ways.course,
        measured=measured,
        undo=undo,
    )
)
