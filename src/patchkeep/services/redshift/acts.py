"""How a cluster is brought to its track's release, and the steps of that. The way is pure, the steps are dialogues.

ModifyClusterDbRevision takes a cluster to a revision that DescribeClusterDbRevisions lists for it. AWS's reference doesn't say whether
that waits for the window, so what has not begun within an hour counts as not taken up: the rollout halts with that sentence, and if AWS
does it in the window after all, the next look sees it. Where no revision is listed there is nothing to ask for.
API Reference: ModifyClusterDbRevision, DescribeClusterDbRevisions, CreateClusterSnapshot, Cluster (ClusterStatus).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from patchkeep.domain.asset import Asset, Disruption
from patchkeep.domain.call import Call, Dialogue, Refused
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.domain.progress import Batch, Result
from patchkeep.services._copies import KEPT_FOR, MADE_BY_TAG, Copy, name_of, snapshot, snapshot_tags
from patchkeep.services._lines import chosen
from patchkeep.services._steps import (
    DONE,
    MAINTAIN,
    SNAPSHOT,
    VERIFY,
    At,
    Doing,
    Step,
    failed,
    is_busy,
    orders,
    reached,
    running,
    version_open,
)
from patchkeep.services._versions import ENGINE
from patchkeep.services.redshift.discover import RELEASE, version_of
from patchkeep.services.redshift.serverless import BY_ITSELF, WORKGROUP

BEGINS_WITHIN = timedelta(hours=1)  # longer than elsewhere: see above
NOT_THERE = frozenset({"ClusterNotFound", "ClusterNotFoundFault"})  # the fault's code, and botocore's name of it


def course(asset: Asset, rule: ManagedRule, _there: Mapping[str, Asset]) -> Course | str:
    """How a cluster gets its track's release; else why nothing is done. Another engine line AWS alone puts on."""
    if asset.kind == WORKGROUP:
        return BY_ITSELF
    updates = chosen(asset, rule, {ENGINE})
    if isinstance(updates, str):
        return updates
    (update,) = (one for one in updates if one.id == RELEASE)
    if rule.apply is Apply.AWS_WINDOW:
        return f"AWS puts {update.title} on by itself, in its own window {asset.window}".rstrip()
    if asset.facts["status"] == "paused":
        return "is paused: resume it first"
    return Course(
        updates=(update,),
        steps=(*((SNAPSHOT,) if rule.snapshot else ()), MAINTAIN, VERIFY),
        asks=Frozen(version=update.version, revision=update.facts["revision"], key=update.key),
        disruption=Disruption.RESTART,
        undo="restore its snapshot beside it: loses what was written since" if rule.snapshot else "",
        snapshot_gb=float(asset.facts.get("storage", 0)) if rule.snapshot else 0.0,
    )


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A cluster as it is now. `pending`: the version that AWS is about to put on, "" for none."""

    status: str
    version: str
    pending: str


def see(batch: Batch) -> Dialogue[Mapping[str, Warehouse | None]]:
    (order,) = orders(batch)
    (answer,) = yield (Call.of("redshift", "describe_clusters", ClusterIdentifier=order.name),)
    row = _row(answer)
    return {order.resource: _warehouse(row) if row else None}


def _row(answer: Any) -> Mapping[str, Any] | None:
    """The one cluster that was asked for; None where there is none such. Raises any other refusal."""
    if isinstance(answer, Refused):
        if answer.gap.code in NOT_THERE:
            return None
        raise answer
    return next(iter(answer["Clusters"]), None)


def _warehouse(row: Mapping[str, Any]) -> Warehouse:
    pending = (row.get("PendingModifiedValues") or {}).get("ClusterVersion", "")
    return Warehouse(row["ClusterStatus"], version_of(row), pending)


def see_snapshot(batch: Batch) -> Dialogue[Mapping[str, Copy | None]]:
    """The cluster, and the snapshot of it that bears the batch's name."""
    (order,) = orders(batch)
    told, listed = yield (
        Call.of("redshift", "describe_clusters", ClusterIdentifier=order.name),
        Call.of("redshift", "describe_cluster_snapshots", SnapshotType="manual", TagKeys=[MADE_BY_TAG]),
    )
    row = _row(told)
    if isinstance(listed, Refused):
        raise listed
    status = next((one["Status"] for one in listed["Snapshots"] if one["SnapshotIdentifier"] == name_of(order)), "")
    return {order.resource: Copy(status, row["ClusterStatus"]) if row else None}


def _maintained(at: At[Warehouse]) -> Result:
    if is_busy(at):
        return running(f"is {at.now.status}, on {at.now.version}")
    if reached(at):
        return DONE
    if at.taken_for > BEGINS_WITHIN:
        return failed(f"is available and still on {at.now.version} an hour after AWS took the order (see its events)")
    return running(f"waits for AWS to begin, on {at.now.version}")


def _update(ready: tuple[At[Warehouse], ...]) -> Call:
    order = ready[0].order
    return Call.of("redshift", "modify_cluster_db_revision", ClusterIdentifier=order.name, RevisionTarget=order.asks["revision"])


def _photograph(ready: tuple[At[Copy], ...]) -> Call:
    """AWS deletes it by itself when its time is over."""
    order = ready[0].order
    named = {"SnapshotIdentifier": name_of(order), "ClusterIdentifier": order.name, "ManualSnapshotRetentionPeriod": KEPT_FOR.days}
    return Call.of("redshift", "create_cluster_snapshot", named, Tags=snapshot_tags(order))


DOING = Doing(
    see,
    {
        SNAPSHOT: snapshot(_photograph, see_snapshot),
        MAINTAIN: Step(
            ends=_maintained,
            call=_update,
            done=reached,
            busy=is_busy,
            begun=lambda at: bool(reached(at) or at.now.pending or is_busy(at)),
        ),
        VERIFY: Step(ends=version_open),
    },
)
