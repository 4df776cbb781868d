"""Steps that make a copy first: a snapshot, or a green database beside the blue one that is switched over to.

Sources: Amazon RDS User Guide, "Creating a DB snapshot" and "Using Amazon RDS Blue/Green Deployments"; API Reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.frozen import fingerprint
from patchkeep.domain.progress import Batch, Result
from patchkeep.services._answers import granted
from patchkeep.services._copies import Copy, made_by, name_of, snapshot, snapshot_tags
from patchkeep.services._steps import DONE, At, Order, Step, failed, orders, running

SWITCH_SECONDS = 300  # SwitchoverTimeout: after which AWS rolls a switch-over back by itself


def see_snapshot(batch: Batch) -> Dialogue[Mapping[str, Copy | None]]:
    (order,) = orders(batch)
    if order.resource.startswith("cluster:"):
        asked = Call.of("rds", "describe_db_cluster_snapshots", Filters=[{"Name": "db-cluster-snapshot-id", "Values": [name_of(order)]}])
        of = Call.of("rds", "describe_db_clusters", Filters=[{"Name": "db-cluster-id", "Values": [order.name]}])
    else:
        asked = Call.of("rds", "describe_db_snapshots", Filters=[{"Name": "db-snapshot-id", "Values": [name_of(order)]}])
        of = Call.of("rds", "describe_db_instances", Filters=[{"Name": "db-instance-id", "Values": [order.name]}])
    snapshots, databases = granted((yield (asked, of)))
    rows = snapshots.get("DBSnapshots", ()) or snapshots.get("DBClusterSnapshots", ())
    found = databases.get("DBInstances", ()) or databases.get("DBClusters", ())
    if not found:
        return {order.resource: None}
    source = found[0].get("DBInstanceStatus") or found[0].get("Status", "")
    return {order.resource: Copy(rows[0]["Status"] if rows else "", source)}


def _photograph(ready: tuple[At[Copy], ...]) -> Call:
    order = ready[0].order
    tags = snapshot_tags(order)
    if order.resource.startswith("cluster:"):
        named = {"DBClusterSnapshotIdentifier": name_of(order), "DBClusterIdentifier": order.name}
        return Call.of("rds", "create_db_cluster_snapshot", named, Tags=tags)
    return Call.of("rds", "create_db_snapshot", DBSnapshotIdentifier=name_of(order), DBInstanceIdentifier=order.name, Tags=tags)


SNAPSHOT = snapshot(_photograph, see_snapshot)


# --- blue and green -------------------------------------------------------------------------------------------------


def green_name(order: Order) -> str:
    """Of the deployment: the same for both of its steps, and for a step begun again. Its source bears another ARN after the switch."""
    return f"patchkeep-{fingerprint([order.asks['arn'], order.asks['version']])[:12]}"


@dataclass(frozen=True, slots=True)
class Green:
    """The deployment that makes the green copy, "" while there is none, and the status of what it is made of."""

    status: str
    source: str
    detail: str = ""
    id: str = ""


def see_green(batch: Batch) -> Dialogue[Mapping[str, Green | None]]:
    """The deployment by which the database is copied to that version."""
    (order,) = orders(batch)
    clustered = order.resource.startswith("cluster:")
    filtered = {"Filters": [{"Name": f"db-{'cluster' if clustered else 'instance'}-id", "Values": [order.name]}]}
    of = Call.of("rds", "describe_db_clusters", filtered) if clustered else Call.of("rds", "describe_db_instances", filtered)
    by_name = [{"Name": "blue-green-deployment-name", "Values": [green_name(order)]}]
    deployments, databases = granted((yield (Call.of("rds", "describe_blue_green_deployments", Filters=by_name), of)))
    found = databases.get("DBInstances", ()) or databases.get("DBClusters", ())
    if not found:
        return {order.resource: None}
    rows = deployments["BlueGreenDeployments"]
    source = found[0].get("DBInstanceStatus") or found[0].get("Status", "")
    return {order.resource: _deployed(rows[0], source) if rows else Green("", source)}


def _deployed(row: Mapping[str, Any], source: str) -> Green:
    return Green(row["Status"], source, row.get("StatusDetails", ""), row["BlueGreenDeploymentIdentifier"])


def _green(ready: tuple[At[Green], ...]) -> Call:
    order = ready[0].order
    asked = {"BlueGreenDeploymentName": green_name(order), "Source": order.asks["arn"], "TargetEngineVersion": order.asks["version"]}
    return Call.of("rds", "create_blue_green_deployment", asked, Tags=made_by(order))


def _ready(at: At[Green]) -> Result:
    match at.now.status:
        case "AVAILABLE":
            return DONE
        case "INVALID_CONFIGURATION" | "PROVISIONING_FAILED":
            return failed(f"the green copy is {at.now.status}: {at.now.detail}")
        case status:
            return running(f"the green copy is {status or 'not listed yet'}")


def _switched(at: At[Green]) -> Result:
    match at.now.status:
        case "SWITCHOVER_COMPLETED":
            return DONE
        case "SWITCHOVER_FAILED":
            return failed(f"the switch-over failed, and AWS has gone back to the old database: {at.now.detail}")
        case status:
            return running(f"the deployment is {status}")


PREPARE_GREEN = Step(
    ends=_ready,
    call=_green,
    done=lambda at: "a green copy is ready" if at.now.status == "AVAILABLE" else "",
    busy=lambda at: "" if at.now.source == "available" else f"is {at.now.source}",
    begun=lambda at: bool(at.now.status),
    see=see_green,
    lasts=True,
)
SWITCH = Step(
    ends=_switched,
    call=lambda ready: Call.of(
        "rds",
        "switchover_blue_green_deployment",
        BlueGreenDeploymentIdentifier=ready[0].now.id,
        SwitchoverTimeout=SWITCH_SECONDS,
    ),
    done=lambda at: "has been switched over already" if at.now.status == "SWITCHOVER_COMPLETED" else "",
    bars=lambda at: "" if at.now.id else "its green copy is gone",
    begun=lambda at: at.now.status.startswith("SWITCHOVER"),
    see=see_green,
    lasts=True,
)
