"""Replication instances of the Database Migration Service: its engine's versions, and pending maintenance as RDS has it.

- dms:DescribeReplicationInstances, dms:ListTagsForResource: which there are
- dms:DescribePendingMaintenanceActions: what AWS wants to put on, and when it will do it unasked
- dms:DescribeEngineVersions: what a version can be upgraded to, when it is forced, and from when on it is deprecated. It is narrower than
  DescribeOrderableReplicationInstances, which names every version once for each size of machine.

The engine stops the tasks of an instance for an upgrade and takes them up again afterwards; there is nothing of its own that a snapshot
would keep ("Working with an AWS DMS replication instance" in its User Guide). A line of versions is its first two numbers, "3.5".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Existing, Found, Support, Update, UpdateState
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ManagedRule, Policy
from patchkeep.domain.progress import Batch
from patchkeep.domain.setting import Estate, Setting
from patchkeep.domain.undo import Way
from patchkeep.services import _automation, _pending, _told
from patchkeep.services._automation import NO_AUTO_MINOR, Automation, Fields, present
from patchkeep.services._grants import Grant, own
from patchkeep.services._lines import chosen
from patchkeep.services._owners import tags_of
from patchkeep.services._pending import one_of_each, opted
from patchkeep.services._service import Service
from patchkeep.services._steps import MAINTAIN, OPT_IN, SCHEDULE, UNDO, UPGRADE, VERIFY, At, Doing, Step, orders
from patchkeep.services._upgrades import agreed, asks, engine_of, facts_of, held, left_open, put_off, taken_back, upgrading, worst
from patchkeep.services._versions import ENGINE, of_each_line, order
from patchkeep.services._weekly import Slots

KIND = "replication instance"
DMS = "dms"  # the engine of all of them: it has no other name
LEAST = timedelta(minutes=30)  # PreferredMaintenanceWindow: "Must be at least 30 minutes" (ModifyReplicationInstance)
NOT_THERE = "ResourceNotFoundFault"
Row = Mapping[str, Any]


# --- discovery ------------------------------------------------------------------------------------------------------


def discover(target: Target) -> Dialogue[Found]:
    """All replication instances of one account and region; a refused read of tags, updates or versions leaves those facts unread."""
    rows = (yield Call.of("dms", "describe_replication_instances"))["ReplicationInstances"]
    if not rows:
        return Found()
    pending = yield from _whole("PendingMaintenanceActions", lambda more: Call.of("dms", "describe_pending_maintenance_actions", more))
    versions = yield from _whole("EngineVersions", lambda more: Call.of("dms", "describe_engine_versions", more))
    tags = yield tuple(Call.of("dms", "list_tags_for_resource", ResourceArn=row["ReplicationInstanceArn"]) for row in rows)
    waiting = {
        row["ResourceIdentifier"]: row["PendingMaintenanceActionDetails"] for row in _told.rows(pending, "PendingMaintenanceActions")
    }
    known = {row["Version"]: row for row in _told.rows(versions, "EngineVersions")}
    assets = []
    for row, labels in zip(rows, tags, strict=True):
        asset = instance(target, row, waiting.get(row["ReplicationInstanceArn"], ()), known)
        doubts = _told.unread(pending_maintenance=pending, engine_versions=versions, tags=labels)
        updates = None if isinstance(pending, Refused) else asset.updates
        assets.append(replace(asset, tags=tags_of(_told.rows(labels, "TagList")), updates=updates, unread=doubts))
    automation = tuple(_present(asset, row) for asset, row in zip(assets, rows, strict=True))
    return Found(tuple(assets), _told.gaps_about(assets, (pending, versions, *tags)), automation)


def _whole(key: str, ask: Callable[[Mapping[str, str]], Call]) -> Dialogue[Any]:
    """All pages of a read that botocore has no paginator for; the refusal, where one was refused."""
    found: list[Any] = []
    more: Mapping[str, str] = {}
    while True:
        (answer,) = yield (ask(more),)
        if isinstance(answer, Refused):
            return answer
        found += answer.get(key) or ()
        if not answer.get("Marker"):
            return {key: tuple(found)}
        more = {"Marker": answer["Marker"]}


def instance(target: Target, row: Row, pending: Sequence[Row], versions: Mapping[str, Row]) -> Asset:
    """One replication instance, but for its tags. One with a standby fails over to it while maintenance goes on."""
    spare = Disruption.FAILOVER if row.get("MultiAZ") else Disruption.RESTART
    updates = [*(_pending.update(one, spare) for one in pending), *_versions(row, versions)]
    version = row.get("EngineVersion", "")
    return Asset(
        id=row["ReplicationInstanceArn"],
        kind=KIND,
        target=target,
        name=row["ReplicationInstanceIdentifier"],
        os="",
        updates=tuple(sorted(updates, key=lambda update: update.key)),
        facts=Frozen(facts_of(*put_off(row.get("PendingModifiedValues") or {})), status=row.get("ReplicationInstanceStatus", "")),
        engine=DMS,
        version=version,
        support=_support(versions[version]) if version in versions else None,
        window=row.get("PreferredMaintenanceWindow", ""),
        remarks=() if row.get("AutoMinorVersionUpgrade") else (NO_AUTO_MINOR,),
    )


def _support(row: Row) -> Support:
    ends = row.get("DeprecationDate")
    return Support(DMS, row["Version"], ends.date() if ends else None, None, "dms:DescribeEngineVersions")


def _line(version: str) -> tuple[int, ...]:
    return order(version)[:2]


def _versions(row: Row, versions: Mapping[str, Row]) -> Iterator[Update]:
    """The newest version of its line, and the newest beyond it; the one that AWS's force would come to first is no option any more."""
    here = row.get("EngineVersion", "")
    told = versions.get(here, {})
    offered = [one for one in told.get("AvailableUpgrades") or () if _certified(versions.get(one, {})) and order(one) > order(here)]
    forced, scheduled = told.get("ForceUpgradeDate"), (row.get("PendingModifiedValues") or {}).get("EngineVersion", "")
    for line, version in of_each_line(offered, lambda one: _line(one) != _line(here)):
        state = UpdateState.OPTIONAL if line == "major" and not forced else UpdateState.MISSING
        if scheduled == version:
            state = UpdateState.RUNNING if row.get("ReplicationInstanceStatus") == "upgrading" else UpdateState.SCHEDULED
        due = told.get("AutoUpgradeDate") if row.get("AutoMinorVersionUpgrade") and line == "minor" else None
        yield Update(
            ENGINE,
            f"DMS engine {version}",
            state,
            classification=line,
            version=version,
            disruption=Disruption.RESTART,
            released_at=versions.get(version, {}).get("LaunchDate"),
            due_at=due,
            forced_at=forced,
        )


def _certified(row: Row) -> bool:
    return row.get("ReleaseStatus") != "beta" and row.get("Lifecycle") != "DEPRECATED"


# --- settings -------------------------------------------------------------------------------------------------------


def _present(asset: Asset, row: Row) -> Existing:
    fields = {"PreferredMaintenanceWindow": asset.window, "AutoMinorVersionUpgrade": bool(row.get("AutoMinorVersionUpgrade"))}
    return present("dms", asset, fields)


def _wants(_: Asset, rule: ManagedRule, week: str) -> Fields:
    wanted: dict[str, object] = {}
    if week:
        wanted["PreferredMaintenanceWindow"] = week
    if "auto_minor" in rule.settings:
        wanted["AutoMinorVersionUpgrade"] = rule.settings["auto_minor"]
    return wanted


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    """Both are "asynchronously applied as soon as possible" (ModifyReplicationInstance)."""
    return (Call.of("dms", "modify_replication_instance", fields, ReplicationInstanceArn=existing.id),)


AUTOMATION = Automation("dms", _wants, _changes, Slots(LEAST), holds=("auto_minor",), hurries=True)


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Weekly windows and automatic minor upgrades, where a rule of the policy says how they should be."""
    return _automation.settings(AUTOMATION, estate)


# --- changes --------------------------------------------------------------------------------------------------------


def course(asset: Asset, rule: ManagedRule, _there: Mapping[str, Asset]) -> Course | str:
    """How the updates that the rule asks for are put on; else why none is."""
    open_ = chosen(asset, rule)
    if isinstance(open_, str):
        return open_
    updates = one_of_each(open_)
    asked, engine = Frozen(asks(asset, updates)), engine_of(updates)
    if rule.apply is Apply.AWS_WINDOW:
        return agreed(updates, asked)
    if why := held(asset, engine):
        return why
    steps = ([MAINTAIN] if any(update is not engine for update in updates) else []) + ([UPGRADE] if engine else [])
    pins = f"EngineVersion {engine.version}" if engine else ""
    return Course(updates=updates, steps=(*steps, VERIFY), asks=asked, disruption=worst(updates), pins=pins)


@dataclass(frozen=True, slots=True)
class Replication:
    """One replication instance as it is now."""

    status: str
    version: str
    pending_version: str
    actions: Mapping[str, str]
    waits: tuple[str, ...]  # names of what else than its version somebody has put off to the window


def see(batch: Batch) -> Dialogue[Mapping[str, Replication | None]]:
    """The instance of a batch: DMS takes one a call, and refuses to describe one that is not there."""
    (order_,) = orders(batch)
    arn = order_.asks["arn"]
    rows, pending = yield (
        Call.of("dms", "describe_replication_instances", Filters=[{"Name": "replication-instance-arn", "Values": [arn]}]),
        Call.of("dms", "describe_pending_maintenance_actions", ReplicationInstanceArn=arn),
    )
    for answer in (rows, pending):
        if isinstance(answer, Refused) and answer.gap.code != NOT_THERE:
            raise answer
    found = _told.rows(rows, "ReplicationInstances")
    if not found:
        return {order_.resource: None}
    scheduled, others = put_off(found[0].get("PendingModifiedValues") or {})
    actions = opted(_told.rows(pending, "PendingMaintenanceActions"))
    now = Replication(found[0]["ReplicationInstanceStatus"], found[0]["EngineVersion"], scheduled, actions, others)
    return {order_.resource: now}


def _opt(arn: str, action: str, how: str) -> Call:
    return Call.of("dms", "apply_pending_maintenance_action", ReplicationInstanceArn=arn, ApplyAction=action, OptInType=how)


def _modify(at: At[Replication], at_once: bool) -> Call:  # noqa: FBT001 - `Modify` calls it
    asked = at.order.asks
    version = {"EngineVersion": asked["version"], "AllowMajorVersionUpgrade": asked["major"], "ApplyImmediately": at_once}
    return Call.of("dms", "modify_replication_instance", version, ReplicationInstanceArn=asked["arn"])


_OPTING, _UPGRADING = _pending.opting(_opt), upgrading(_modify, waits=lambda at: at.now.waits)
DOING = Doing(
    see,
    {
        MAINTAIN: _OPTING.maintain,
        UPGRADE: _UPGRADING.upgrade,
        OPT_IN: _OPTING.opt_in,
        SCHEDULE: _UPGRADING.schedule,
        VERIFY: Step(ends=left_open),
        UNDO: _OPTING.opt_out,
    },
)


def undo(change: Change) -> Way:
    """A word given for AWS's next window can be taken back until it opens; DMS has no way to an older engine."""
    beside = "make one of the old version beside it, and move the tasks there"
    noted = f"AWS documents no call that takes back a version noted for a replication instance's window; {beside}"
    return taken_back(change, noted) or f"what was put on a replication instance cannot be taken off it; {beside}"


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Replication instances of the account."""
    changing = ("apply_pending_maintenance_action", "modify_replication_instance")
    return (Grant("ChangeReplications", "dms", changing, own("dms", "rep:*")),)


SERVICE = DOING.carries(
    Service(
        name="dms",
        kinds=(KIND,),
        sources=Frozen(
            state="dms:DescribeReplicationInstances",
            updates="dms:DescribePendingMaintenanceActions",
            versions="dms:DescribeEngineVersions",
            support="dms:DescribeEngineVersions",
        ),
        discover=discover,
        settings=settings,
        course=course,
        busy=frozenset({"InvalidResourceStateFault"}),
        undo=undo,
    )
)
