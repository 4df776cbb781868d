"""The steps of changing a database; what is there tells how far they are: an action by its opt-in, an upgrade by status and version.

Operations and statuses: the Amazon RDS API Reference (ApplyPendingMaintenanceAction, ModifyDBInstance, ModifyDBCluster,
FailoverDBCluster, CreateDBSnapshot, CreateBlueGreenDeployment) and the User Guide ("Viewing Amazon RDS DB instance status").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.progress import Batch
from patchkeep.services import _pending
from patchkeep.services._answers import granted
from patchkeep.services._pending import opted
from patchkeep.services._steps import DONE, At, Step, is_busy, orders, running
from patchkeep.services._upgrades import left_open, put_off, upgrading

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Database:
    """One database as it is now. `writer`: the member of its cluster that writes, "" for one without a cluster.

    `waits`: names of what else than its version somebody has put off to the window.
    """

    status: str
    version: str
    pending_version: str
    actions: Mapping[str, str]  # pending ones, with what was opted for
    writer: str = ""
    waits: tuple[str, ...] = ()


def see(batch: Batch) -> Dialogue[Mapping[str, Database | None]]:
    """The database of a batch: RDS takes one a call. Asked by filter, because an unknown identifier would be refused."""
    (order,) = orders(batch)
    clustered = order.resource.startswith("cluster:")
    filtered = {"Filters": [{"Name": f"db-{'cluster' if clustered else 'instance'}-id", "Values": [order.name]}]}
    described = Call.of("rds", "describe_db_clusters", filtered) if clustered else Call.of("rds", "describe_db_instances", filtered)
    asked = [described, Call.of("rds", "describe_pending_maintenance_actions", ResourceIdentifier=order.asks["arn"])]
    if mates := order.asks.get("cluster"):
        asked.append(Call.of("rds", "describe_db_clusters", Filters=[{"Name": "db-cluster-id", "Values": [mates]}]))
    answers = yield tuple(asked)
    (rows,) = granted(answers[:1])  # first: of one that is not there, RDS refuses to tell what is pending
    found = rows["DBClusters" if clustered else "DBInstances"]
    if not found:
        return {order.resource: None}
    _, pending, *clusters = granted(answers)
    members = [member for answer in clusters for row in answer["DBClusters"] for member in row.get("DBClusterMembers", ())]
    writer = next((member["DBInstanceIdentifier"] for member in members if member.get("IsClusterWriter")), "")
    return {order.resource: _database(found[0], pending["PendingMaintenanceActions"], writer)}


def _database(row: Row, pending: tuple[Row, ...], writer: str) -> Database:
    status = row.get("DBInstanceStatus") or row.get("Status", "")
    scheduled, others = put_off(row.get("PendingModifiedValues", {}))
    return Database(status, row.get("EngineVersion", ""), scheduled, opted(pending), writer, others)


VERIFY = Step(ends=left_open)


# --- maintenance ----------------------------------------------------------------------------------------------------


def _opt(arn: str, action: str, how: str) -> Call:
    return Call.of("rds", "apply_pending_maintenance_action", ResourceIdentifier=arn, ApplyAction=action, OptInType=how)


OPTING = _pending.opting(_opt)


# --- engine versions ------------------------------------------------------------------------------------------------


def _modify(at: At[Database], at_once: bool) -> Call:  # noqa: FBT001 - `Modify` calls it
    order = at.order
    asked = {"EngineVersion": order.asks["version"], "AllowMajorVersionUpgrade": order.asks["major"], "ApplyImmediately": at_once}
    if order.resource.startswith("cluster:"):
        return Call.of("rds", "modify_db_cluster", asked, DBClusterIdentifier=order.name)
    return Call.of("rds", "modify_db_instance", asked, DBInstanceIdentifier=order.name)


UPGRADING = upgrading(_modify, waits=lambda at: at.now.waits)


# --- who writes -----------------------------------------------------------------------------------------------------


def _writes(at: At[Database]) -> bool:
    return at.now.writer == at.order.name


FAIL_OVER: Step[Database] = Step(
    ends=lambda at: running("still writes") if _writes(at) else DONE,
    call=lambda ready: Call.of("rds", "failover_db_cluster", DBClusterIdentifier=ready[0].order.asks["cluster"]),
    done=lambda at: "" if _writes(at) else "another member writes already",
    busy=is_busy,
    begun=lambda at: not _writes(at),
)
