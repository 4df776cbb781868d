"""Lightsail: windows and major versions of its databases; instances, which it does not patch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from patchkeep.domain.asset import Asset, Disruption, Existing
from patchkeep.domain.call import Call
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ManagedRule, Policy
from patchkeep.domain.setting import Estate, Setting
from patchkeep.services import _automation
from patchkeep.services._automation import Automation, Fields
from patchkeep.services._copies import MADE_BY_TAG
from patchkeep.services._grants import Grant, own, when
from patchkeep.services._lines import chosen
from patchkeep.services._service import Service
from patchkeep.services._steps import SCHEDULE, SNAPSHOT, UPGRADE, VERIFY, Doing
from patchkeep.services._upgrades import held
from patchkeep.services._versions import ENGINE
from patchkeep.services._weekly import Slots
from patchkeep.services.lightsail import acts
from patchkeep.services.lightsail.digest import DATABASE, INSTANCE
from patchkeep.services.lightsail.discover import discover

DOING = Doing(acts.see, {SNAPSHOT: acts.SNAPSHOT, UPGRADE: acts.UPGRADE, SCHEDULE: acts.SCHEDULE, VERIFY: acts.VERIFY})
LEAST = timedelta(minutes=30)  # UpdateRelationalDatabase, preferredMaintenanceWindow


def course(asset: Asset, rule: ManagedRule, _there: Mapping[str, Asset]) -> Course | str:
    """A database's next major version; all else AWS puts on databases unasked, and on instances never."""
    if asset.kind == INSTANCE:
        node = asset.facts["node"]
        return f"what runs in it is patched as node {node}" if node else "Lightsail does not patch instances"
    unasked = {update.id for update in asset.updates or ()} - {ENGINE}
    open_ = chosen(asset, rule, unasked)
    if isinstance(open_, str):
        return open_
    (major,) = open_
    later = rule.apply is Apply.AWS_WINDOW
    if not later and (why := held(asset, major)):
        return why
    snapshot = rule.snapshot and not later
    return Course(
        updates=open_,
        steps=(SCHEDULE,) if later else (*([SNAPSHOT] if snapshot else []), UPGRADE, VERIFY),
        asks=Frozen(arn=asset.id, name=asset.name, blueprint=major.facts["blueprint"], version=major.version, key=major.key),
        disruption=Disruption.RESTART,
        undo="restore its snapshot beside it: loses what was written since" if snapshot else "",
        snapshot_gb=float(asset.facts["storage"]) if snapshot else 0.0,
        pins=f"relationalDatabaseBlueprintId {major.facts['blueprint']}",
    )


def _wants(_: Asset, __: ManagedRule, week: str) -> Fields:
    return {"preferredMaintenanceWindow": week} if week else {}


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    """A window takes effect at once, and no pending major version with it: those bear a blueprint."""
    return (Call.of("lightsail", "update_relational_database", fields, relationalDatabaseName=existing.name),)


AUTOMATION = Automation("lightsail", _wants, _changes, Slots(LEAST))


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Weekly windows of databases, where a rule of the policy says how they should be."""
    return _automation.settings(AUTOMATION, estate)


def undo(_: Change) -> Frozen | str:
    return "a database goes back to no earlier version; its snapshot can be restored beside it"


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Databases of the account, and snapshots of them."""
    made_by_us = when(StringLike={f"aws:RequestTag/{MADE_BY_TAG}": "*"})  # the action knows no resource
    databases, snapshots = own("lightsail", "RelationalDatabase/*"), own("lightsail", "RelationalDatabaseSnapshot/*")
    return (
        Grant("ChangeLightsailDatabases", "lightsail", ("update_relational_database",), databases),
        Grant("SnapshotLightsailDatabases", "lightsail", ("create_relational_database_snapshot",), conditions=made_by_us),
        Grant("TagLightsailSnapshots", "lightsail", ("tag_resource",), snapshots),
    )


SERVICE = DOING.carries(
    Service(
        name="lightsail",
        kinds=(DATABASE, INSTANCE),
        sources=Frozen(
            state="lightsail:GetRelationalDatabases",
            instances="lightsail:GetInstances",
            versions="lightsail:GetRelationalDatabaseBlueprints",
            blueprints="lightsail:GetBlueprints",
        ),
        discover=discover,
        settings=settings,
        course=course,
        undo=undo,
    )
)
