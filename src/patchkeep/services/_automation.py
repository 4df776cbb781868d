"""AWS's own automation of managed resources (weekly windows, automatic minor upgrades, tracks) held against the policy: one comparison.

A resource isn't ours, so only what the policy's rule names is compared, and what a template elsewhere sets is left to it (RULES 13).

A freeze holds Patchkeep, not AWS. So where the window in which AWS acts next reaches into a freeze, automation that the rule wants on is
wanted off; the same comparison wants it on again when the freeze is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.calendar.shut import Met, Shut
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen, fingerprint
from patchkeep.domain.membership import managed_rule_of
from patchkeep.domain.policy import ManagedRule, Policy
from patchkeep.domain.setting import Action, Estate, Setting
from patchkeep.domain.window import MaintenanceWindow
from patchkeep.services._managers import template_of
from patchkeep.services._settings import setting_id
from patchkeep.services._weekly import Slots, never_clear, remark, weekly

KIND = "automation"
BACKUPS = "backups"  # among the fields of a resource: when AWS makes them each day, which its weekly window may not overlap
NO_AUTO_MINOR = "automatic minor version upgrades are off"  # a remark on an asset, the same wherever AWS has such a switch
Fields: TypeAlias = Mapping[str, Any]
_OFF = Frozen(auto_minor=False, auto_maintenance=False, managed_updates="off")  # keys of a rule, and what switches each off


def _window_of(asset: Asset, _: Existing) -> str:
    return asset.window


@dataclass(frozen=True, slots=True)
class Automation:
    """`wants`: the fields of one resource as its rule has them, and the window chosen for it ("": none); {} leaves it alone.

    `changes`: the calls that set the fields that differ. `slots`: which windows the service has. `holds`: keys of a rule's settings by
    which AWS acts by itself in that window, and that can be switched off for a while. `stands`: the window as it is set.
    `remark`: what AWS cannot do as the policy's window says it, "" where it can. `hurries`: a window that is moved to where it is open at
    that moment makes AWS put on at once what waits for it.
    """

    service: str
    wants: Callable[[Asset, ManagedRule, str], Fields]
    changes: Callable[[Existing, Fields], Sequence[Call]]
    slots: Slots | None = None
    holds: tuple[str, ...] = ()
    stands: Callable[[Asset, Existing], str] = _window_of
    remark: Callable[[MaintenanceWindow], str] = remark
    hurries: bool = False


def present(service: str, asset: Asset, fields: Fields) -> Existing:
    """How the automation of a resource is set now, as discovery brings it."""
    return Existing(service, KIND, asset.target, asset.id, asset.name, "", Frozen(fields))


def settings(automation: Automation, estate: Estate) -> tuple[Setting, ...]:
    """Every resource whose automation is not as the policy's rule for it says."""
    return tuple(_settings(automation, estate))


def _settings(automation: Automation, estate: Estate) -> Iterator[Setting]:
    shut = Shut(estate.policy.freezes, estate.now)
    for environment, target, members in estate.managed_places:
        there = {existing.id: existing for existing in estate.present(automation.service, target) if existing.kind == KIND}
        for asset in members:
            rule = managed_rule_of(estate.policy, environment, asset)
            if rule and asset.service == automation.service and asset.id in there:
                case = _Case(automation, asset, rule, there[asset.id], estate.policy)
                yield from case.differing(shut)


@dataclass(frozen=True, slots=True)
class _Case:
    """One resource, the rule that takes it, and how it is set."""

    automation: Automation
    asset: Asset
    rule: ManagedRule
    existing: Existing
    policy: Policy

    def differing(self, shut: Shut) -> Iterator[Setting]:
        """The setting that closes the difference, where there is one."""
        window = self.policy.window(str(self.rule.settings.get("window", "")))
        stands = self.automation.stands(self.asset, self.existing)
        backups = str(self.existing.fields.get(BACKUPS, ""))
        slot = weekly(window, self.automation.slots, shut, stands, backups) if window and self.automation.slots else ""
        early = self._early(slot, stands, shut)
        if early:
            slot = ""
        wanted, held = self._wanted(slot, shut.next(slot or stands))
        differs = {key: value for key, value in wanted.items() if self.existing.fields.get(key) != value}
        if not differs and not early:
            return
        moved = window is not None and slot.casefold() != stands.casefold()
        cut = window and moved and self.automation.slots and slot != weekly(window, self.automation.slots, shut, stands)
        notes = [self.automation.remark(window) if window else "", never_clear(window, slot, shut) if window and moved else "", held]
        notes.append(f"clear of its backups, daily {backups}: AWS refuses a window that overlaps them" if cut and slot else "")
        yield self._setting(differs, tuple(filter(None, (early, *notes))))

    def _early(self, slot: str, stands: str, shut: Shut) -> str:
        """Why the window stays where it is for now; "" where it may be moved."""
        waits = self.asset.updates is None or any(one.state.lacking for one in self.asset.updates) or self.asset.facts.get("waits")
        if not self.automation.hurries or slot.casefold() == stands.casefold() or not waits or not shut.is_open(slot):
            return ""
        return (
            f"{slot} is open now, and moved there AWS would put on at once what waits for its window: plan and apply when that has closed"
        )

    def _wanted(self, slot: str, met: Met | None) -> tuple[Fields, str]:
        """The fields as they should be now, and what of it a freeze holds off, "" for nothing."""
        wanted = self.automation.wants(self.asset, self.rule, slot)
        on = [key for key in self.automation.holds if self.rule.settings.get(key, _OFF[key]) != _OFF[key]]
        if not on or met is None or not self.rule.settings.get("hold_in_freezes", True):
            return wanted, ""
        settings = Frozen({**self.rule.settings, **{key: _OFF[key] for key in on}})
        off = self.automation.wants(self.asset, replace(self.rule, settings=settings), slot)
        held = [key for key, value in off.items() if wanted.get(key) != value]
        return (off, f"{', '.join(held)} held until {met.ends}: plan and apply again then") if held else (wanted, "")

    def _setting(self, differs: Fields, notes: tuple[str, ...]) -> Setting:
        asset, existing, rule = self.asset, self.existing, self.rule
        identity = setting_id(self.automation.service, asset.target, KIND, asset.id)
        place = (self.automation.service, KIND, asset.target, asset.name, asset.id, fingerprint(existing.fields))
        if differs and (owner := template_of(asset.tags, self.policy.template_tags, asset.name)) and not rule.in_place:
            why = f"{owner} owns it and would set this back: set {', '.join(differs)} there, or `in_place: true` in rule {rule.name}"
            return Setting(identity, Action.BLOCKED, *place, notes=(why, *notes))
        if not differs:
            return Setting(identity, Action.BLOCKED, *place, notes=notes)
        was = Frozen({key: existing.fields.get(key) for key in differs})
        return Setting(identity, Action.CHANGE, *place, was, Frozen(differs), tuple(self.automation.changes(existing, differs)), notes)
