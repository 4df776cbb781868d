"""Estates to plan settings for: a policy with one environment of each installer, and members by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Approve, BaselineRule, Environment, Heartbeat, Installer, Match, Policy
from patchkeep.domain.setting import Action, Estate, Setting
from patchkeep.domain.window import MaintenanceWindow
from tests.services.samples import NOW, OWNERSHIP
from tests.services.talk import HERE

NIGHT = MaintenanceWindow("night", (), timedelta(hours=1), "cron(0 2 ? * SAT *)", "Europe/Berlin", timedelta(hours=4))
PROD = Environment("prod", Match())
LEGACY = Environment("legacy", Match(), Installer.AWS, "night")
DEBIAN = BaselineRule("apt", ("debian-12",), (Approve("security"),))
HEARTBEAT = Heartbeat(topic="arn:aws:sns:us-east-1:111122223333:oncall")
POLICY = Policy("main", "hash", environments=(PROD, LEGACY), baselines=(DEBIAN,), windows=(NIGHT,), heartbeat=HEARTBEAT)


def node(name: str, target: Target = HERE, **tags: str) -> Asset:
    arn = target.arn("ssm", f"managed-instance/{name}") if name.startswith("mi-") else target.arn("ec2", f"instance/{name}")
    return Asset(arn, "node", target, name, "debian-12", Frozen(tags))


def estate(*objects: Existing, policy: Policy = POLICY, **members: tuple[Asset, ...]) -> Estate:
    organization, _ = OWNERSHIP.split("/")
    return Estate(organization, policy, {"prod": (), "legacy": (), **members}, objects, NOW)


def applied(before: Estate, *objects: Existing) -> Estate:
    return replace(before, objects=objects)


def by_name(settings: tuple[Setting, ...]) -> dict[str, Setting]:
    assert len({setting.name for setting in settings}) == len(settings)
    return {setting.name: setting for setting in settings}


def operations(setting: Setting) -> list[str]:
    return [call.operation for call in setting.calls]


def actions(settings: tuple[Setting, ...]) -> dict[str, Action]:
    return {name: setting.action for name, setting in by_name(settings).items()}
