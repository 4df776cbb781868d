"""Elastic clusters of Amazon DocumentDB: pending maintenance of engine and operating system, weekly windows, snapshots before.

- docdb-elastic:ListClusters, GetCluster, ListTagsForResource: which there are, in what window AWS maintains them, whose they are
- docdb-elastic:ListPendingMaintenanceActions: what AWS wants to put on, and when it will do it unasked

AWS tells no engine version of them, and lets nobody choose one: what it puts on is an action without a number, and nothing takes it off.
Engine patches take a cluster offline for a short time. An opt-in for AWS's window can be taken back, an immediate one cannot. The guide has
it that AWS ignores an immediate one where there is a forced date; its own example of a cluster with instances shows one that it heeded. So
it is asked for, and what does not begin within half an hour has failed.
https://docs.aws.amazon.com/documentdb/latest/developerguide/elastic-cluster-maintenance.html,
https://docs.aws.amazon.com/documentdb/latest/developerguide/db-cluster-version-upgrade.html,
https://docs.aws.amazon.com/documentdb/latest/developerguide/API_elastic_ApplyPendingMaintenanceAction.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Existing, Found
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ManagedRule, Policy
from patchkeep.domain.progress import Batch
from patchkeep.domain.setting import Estate, Setting
from patchkeep.domain.undo import Way
from patchkeep.services import _automation, _pending, _told
from patchkeep.services._answers import granted
from patchkeep.services._automation import Automation, Fields, present
from patchkeep.services._copies import MADE_BY_TAG, Copy, copied, name_of, snapshot, snapshot_tags
from patchkeep.services._grants import Grant, own, when
from patchkeep.services._lines import chosen
from patchkeep.services._pending import one_of_each, opted
from patchkeep.services._service import Service
from patchkeep.services._steps import MAINTAIN, OPT_IN, SNAPSHOT, UNDO, VERIFY, At, Doing, Order, Step, orders
from patchkeep.services._upgrades import agreed, asks, left_open, taken_back, worst
from patchkeep.services._weekly import Slots

KIND, NAME = "elastic cluster", "docdb_elastic"
LEAST = timedelta(minutes=30)  # preferredMaintenanceWindow: "Minimum 30-minute window" (UpdateCluster)
NOT_THERE = "ResourceNotFoundException"
NO_PATCH = frozenset({"MASTER_USER_PASSWORD_UPDATE"})  # an action that the cluster's owner began, and no software
DATES = {"autoAppliedAfterDate": "AutoAppliedAfterDate", "forcedApplyDate": "ForcedApplyDate"}
CLUSTERS = Call.of("docdb-elastic", "list_clusters")
PENDING = Call.of("docdb-elastic", "list_pending_maintenance_actions")
Row = Mapping[str, Any]


# --- discovery ------------------------------------------------------------------------------------------------------


def discover(target: Target) -> Dialogue[Found]:
    """All elastic clusters of one account and region; one that is deleted between two reads is none. Refused updates or tags are unread."""
    listed = (yield CLUSTERS)["clusters"]
    if not listed:
        return Found()
    told = yield tuple(Call.of("docdb-elastic", "get_cluster", clusterArn=row["clusterArn"]) for row in listed)
    rows = [answer["cluster"] for answer in granted(tuple(answer for answer in told if not _is_gone(answer)))]
    tags_of = tuple(Call.of("docdb-elastic", "list_tags_for_resource", resourceArn=row["clusterArn"]) for row in rows)
    pending, *tagged = yield (PENDING, *tags_of)
    waiting = _waiting(_told.rows(pending, "resourcePendingMaintenanceActions"))
    assets = []
    for row, tags in zip(rows, tagged, strict=True):
        asset = cluster(target, row, waiting.get(row["clusterArn"], ()))
        doubts = (*_told.unread(pending_maintenance=pending, tags=tags), *asset.unread)
        updates = None if isinstance(pending, Refused) else asset.updates
        labels = NOTHING if isinstance(tags, Refused) else Frozen(tags.get("tags"))
        assets.append(replace(asset, tags=labels, updates=updates, unread=doubts))
    automation = (present(NAME, asset, {"preferredMaintenanceWindow": asset.window}) for asset in assets)
    return Found(tuple(assets), _told.gaps_about(assets, (pending, *tagged)), tuple(automation))


def _is_gone(answer: Any) -> bool:
    return isinstance(answer, Refused) and answer.gap.code == NOT_THERE


def cluster(target: Target, row: Row, actions: Iterable[Row]) -> Asset:
    """One elastic cluster, but for its tags. `actions`: those that are pending."""
    patches = [one for one in actions if one["action"] not in NO_PATCH]
    updates = (_pending.update(_spelt(one), Disruption.RESTART, minor="ENGINE_UPGRADE") for one in patches)
    return Asset(
        id=row["clusterArn"],
        kind=KIND,
        target=target,
        name=row["clusterName"],
        os="",
        updates=tuple(sorted(updates, key=lambda update: update.key)),
        unread=_undated(patches),
        facts=Frozen(status=_status(row)),
        window=row.get("preferredMaintenanceWindow", "").lower(),
    )


def _waiting(rows: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    """Pending actions by the cluster that they are for."""
    return {row.get("resourceArn", ""): tuple(row.get("pendingMaintenanceActionDetails") or ()) for row in rows}


def _spelt(row: Row) -> dict[str, Any]:
    """A pending action as RDS and DMS spell it: "NEXT_MAINTENANCE" is "next-maintenance" there."""
    named = {"Action": row["action"], "Description": row.get("description") or row["action"]}
    opt_in = (row.get("optInStatus") or "").lower().replace("_", "-")
    return {**named, "OptInStatus": opt_in, **{word: _moment(row.get(key)) for key, word in DATES.items()}}


def _moment(text: str | None) -> datetime | None:
    """A date, which this API writes as a string ("2026-12-01T00:00:00.000Z"); None for none, and for what is no date."""
    try:
        read = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None  # `_undated` says so
    return read if read is None or read.tzinfo else read.replace(tzinfo=UTC)


def _undated(rows: Iterable[Row]) -> tuple[str, ...]:
    told = ((row["action"], key, row.get(key)) for row in rows for key in DATES)
    return tuple(f"{key} of {action} not read: {text} is no date" for action, key, text in told if text and _moment(text) is None)


def _status(row: Row) -> str:
    """AWS's word; for a cluster or snapshot that takes orders the one that other databases have, "ACTIVE" here."""
    return "available" if row["status"] == "ACTIVE" else str(row["status"]).lower().replace("_", " ")


# --- settings -------------------------------------------------------------------------------------------------------


def _wants(_: Asset, __: ManagedRule, week: str) -> Fields:
    return {"preferredMaintenanceWindow": week} if week else {}


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    return (Call.of("docdb-elastic", "update_cluster", fields, clusterArn=existing.id),)


AUTOMATION = Automation(NAME, _wants, _changes, Slots(LEAST))


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Weekly windows, where a rule of the policy names one."""
    return _automation.settings(AUTOMATION, estate)


# --- changes --------------------------------------------------------------------------------------------------------


def course(asset: Asset, rule: ManagedRule, _there: Mapping[str, Asset]) -> Course | str:
    """How the most pressing action that the rule asks for is put on; else why none is."""
    open_ = chosen(asset, rule)
    if isinstance(open_, str):
        return open_
    updates = one_of_each(open_)
    asked = Frozen(asks(asset, updates))
    if rule.apply is Apply.AWS_WINDOW:
        return agreed(updates, asked)
    undo = "restore its snapshot beside it: loses what was written since" if rule.snapshot else ""
    steps = (*([SNAPSHOT] if rule.snapshot else []), MAINTAIN, VERIFY)
    return Course(updates=updates, steps=steps, asks=asked, disruption=worst(updates), undo=undo)


@dataclass(frozen=True, slots=True)
class Elastic:
    """One elastic cluster as it is now. `actions`: the pending ones, with what was opted for."""

    status: str
    actions: Mapping[str, str]


def see(batch: Batch) -> Dialogue[Mapping[str, Elastic | None]]:
    """The clusters of a batch. All of the place are listed, because one named that isn't there would be refused."""
    clusters, pending = granted((yield (CLUSTERS, PENDING)))
    waiting = _waiting(pending["resourcePendingMaintenanceActions"])
    there = {row["clusterArn"]: _status(row) for row in clusters["clusters"]}
    return {order.resource: _now(order, there, waiting) for order in orders(batch)}


def _now(order: Order, there: Mapping[str, str], waiting: Mapping[str, Sequence[Row]]) -> Elastic | None:
    arn = order.asks["arn"]
    details = [_spelt(one) for one in waiting.get(arn, ())]
    return Elastic(there[arn], opted([{"PendingMaintenanceActionDetails": details}])) if arn in there else None


def _state_of_snapshot(order: Order) -> Dialogue[str]:
    rows = (yield Call.of("docdb-elastic", "list_cluster_snapshots", clusterArn=order.asks["arn"]))["snapshots"]
    return next((_status(row) for row in rows if row["snapshotName"] == name_of(order)), "")


def _photograph(ready: tuple[At[Copy], ...]) -> Call:
    order = ready[0].order
    tags = {tag["Key"]: tag["Value"] for tag in snapshot_tags(order)}
    named = {"clusterArn": order.asks["arn"], "snapshotName": name_of(order)}
    return Call.of("docdb-elastic", "create_cluster_snapshot", named, tags=tags)


def _opt(arn: str, action: str, how: str) -> Call:
    opt_in = how.upper().replace("-", "_")
    return Call.of("docdb-elastic", "apply_pending_maintenance_action", resourceArn=arn, applyAction=action, optInType=opt_in)


_OPTING = _pending.opting(_opt)
DOING = Doing(
    see,
    {
        SNAPSHOT: snapshot(_photograph, copied(see, _state_of_snapshot)),
        MAINTAIN: _OPTING.maintain,
        OPT_IN: _OPTING.opt_in,
        VERIFY: Step(ends=left_open),
        UNDO: _OPTING.opt_out,
    },
)


def undo(change: Change) -> Way:
    """A word given for AWS's next window can be taken back until it opens."""
    return taken_back(change) or change.undo or "what was put on an elastic cluster cannot be taken off it"


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Clusters of the account, and snapshots that are made under our mark: their ARNs bear an id that AWS gives."""
    clusters, snapshots = own("docdb-elastic", "cluster/*"), own("docdb-elastic", "cluster-snapshot/*")
    ours = when(StringLike={f"aws:RequestTag/{MADE_BY_TAG}": "*"})
    changing = ("apply_pending_maintenance_action", "update_cluster")
    return (
        Grant("ChangeElasticClusters", "docdb-elastic", changing, clusters),
        Grant("SnapshotElasticClusters", "docdb-elastic", ("create_cluster_snapshot",), (*clusters, *snapshots), ours),
        Grant("TagElasticSnapshots", "docdb-elastic", ("tag_resource",), snapshots, ours),
    )


SERVICE = DOING.carries(
    Service(
        name=NAME,
        kinds=(KIND,),
        sources=Frozen(state="docdb-elastic:GetCluster", updates="docdb-elastic:ListPendingMaintenanceActions"),
        discover=discover,
        settings=settings,
        course=course,
        undo=undo,
    )
)
