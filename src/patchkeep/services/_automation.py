"""AWS's own automation of managed resources (weekly windows, automatic minor upgrades, tracks) held against the policy: one comparison.

A resource isn't ours, so only what the policy's rule names is compared, and what a template elsewhere sets is left to it (RULES 13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen, fingerprint
from patchkeep.domain.membership import managed_rule_of
from patchkeep.domain.policy import ManagedRule
from patchkeep.domain.setting import Action, Estate, Setting
from patchkeep.domain.window import MaintenanceWindow
from patchkeep.services._managers import template_of
from patchkeep.services._settings import setting_id
from patchkeep.services._weekly import remark

KIND = "automation"
NO_AUTO_MINOR = "automatic minor version upgrades are off"  # a remark on an asset, the same wherever AWS has such a switch
Fields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Automation:
    """`wants`: the fields of one resource as its rule and window (None: the rule names none) have them; {} leaves it alone.

    `changes`: the calls that set the fields that differ. `remark`: what AWS cannot do as the policy's window says it, "" where it can.
    """

    service: str
    wants: Callable[[Asset, ManagedRule, MaintenanceWindow | None], Fields]
    changes: Callable[[Existing, Fields], Sequence[Call]]
    remark: Callable[[MaintenanceWindow], str] = remark


def present(service: str, asset: Asset, fields: Fields) -> Existing:
    """How the automation of a resource is set now, as discovery brings it."""
    return Existing(service, KIND, asset.target, asset.id, asset.name, "", Frozen(fields))


def settings(automation: Automation, estate: Estate) -> tuple[Setting, ...]:
    """Every resource whose automation is not as the policy's rule for it says."""
    return tuple(_settings(automation, estate))


def _settings(automation: Automation, estate: Estate) -> Iterator[Setting]:
    for environment, target, members in estate.managed_places:
        there = {existing.id: existing for existing in estate.present(automation.service, target) if existing.kind == KIND}
        for asset in members:
            rule = managed_rule_of(estate.policy, environment, asset)
            if rule and asset.service == automation.service and asset.id in there:
                yield from _differing(automation, asset, rule, there[asset.id], estate)


def _differing(automation: Automation, asset: Asset, rule: ManagedRule, existing: Existing, estate: Estate) -> Iterator[Setting]:
    window = estate.policy.window(str(rule.settings.get("window", "")))
    wanted = automation.wants(asset, rule, window)
    differs = {key: value for key, value in wanted.items() if existing.fields.get(key) != value}
    if not differs:
        return
    notes = tuple(filter(None, [automation.remark(window) if window else ""]))
    identity = setting_id(automation.service, asset.target, KIND, asset.id)
    place = (automation.service, KIND, asset.target, asset.name, asset.id, fingerprint(existing.fields))
    if (owner := template_of(asset.tags, estate.policy.template_tags, asset.name)) and not rule.in_place:
        why = f"{owner} owns it and would set this back: set {', '.join(differs)} there, or `in_place: true` in rule {rule.name}"
        yield Setting(identity, Action.BLOCKED, *place, notes=(why, *notes))
        return
    was = Frozen({key: existing.fields.get(key) for key in differs})
    yield Setting(identity, Action.CHANGE, *place, was, Frozen(differs), tuple(automation.changes(existing, differs)), notes)
