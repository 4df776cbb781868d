"""The steps of a Lightsail database's major version; state, version and events tell how far it is.

API reference of Lightsail: UpdateRelationalDatabase, CreateRelationalDatabaseSnapshot, GetRelationalDatabaseEvents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services._copies import name_of, snapshot_tags
from patchkeep.services._steps import DONE, At, Order, Step, failed, orders, running
from patchkeep.services._versions import at_least

BEGINS_WITHIN = timedelta(minutes=30)  # what was asked for at once and has not begun by then was not taken up
_MINUTES = 24 * 60  # of events that are asked for; a step that runs for longer is a person's to look at


@dataclass(frozen=True, slots=True)
class Database:
    """One database as it is now. `scheduled`: the version that waits for its window; `failure`: AWS's word since the step began."""

    state: str
    version: str
    scheduled: str = ""
    failure: str = ""


def see(batch: Batch) -> Dialogue[Mapping[str, Database | None]]:
    """The database of a batch: Lightsail changes one a call. All are listed, because one that is not there would be refused."""
    (order,) = orders(batch)
    rows = (yield Call.of("lightsail", "get_relational_databases"))["relationalDatabases"]
    row = next((one for one in rows if one["arn"] == order.asks["arn"]), None)
    if row is None:
        return {order.resource: None}
    name = order.asks["name"]
    told = yield Call.of("lightsail", "get_relational_database_events", relationalDatabaseName=name, durationInMinutes=_MINUTES)
    bad = (
        one["message"]
        for one in told["relationalDatabaseEvents"]
        if "failure" in one.get("eventCategories", ()) and one["createdAt"] >= batch.intended_at
    )
    scheduled = (row.get("pendingModifiedValues") or {}).get("engineVersion", "")
    return {order.resource: Database(row.get("state", ""), row.get("engineVersion", ""), scheduled, next(bad, ""))}


def _reached(at: At[Database]) -> str:
    return f"is on {at.now.version} already" if at_least(at.now.version, at.order.asks["version"]) else ""


def _busy(at: At[Database]) -> str:
    return "" if at.now.state == "available" else f"is {at.now.state}"


def _under_way(at: At[Database]) -> bool:
    return bool(_reached(at)) or bool(at.now.scheduled) or at.now.state == "upgrading"


def _upgraded(at: At[Database]) -> Result:
    available = at.now.state == "available"
    if available and _reached(at):
        return DONE
    if available and at.now.failure:
        return failed(f"is available again and still on {at.now.version}: {at.now.failure}")
    if available and not at.now.scheduled and at.taken_for > BEGINS_WITHIN:
        return failed(f"is available and still on {at.now.version}: Lightsail did not begin within {BEGINS_WITHIN.seconds // 60} minutes")
    return running(f"is {at.now.state}, on {at.now.version}")


def _change(ready: tuple[At[Database], ...], *, at_once: bool) -> Call:
    (at,) = ready
    asks = at.order.asks
    wanted = {"relationalDatabaseBlueprintId": asks["blueprint"], "applyImmediately": at_once}
    return Call.of("lightsail", "update_relational_database", wanted, relationalDatabaseName=asks["name"])


def _left_open(at: At[Database]) -> Result:
    return Result(Phase.DONE, open=() if _reached(at) else (at.order.asks["key"],))


UPGRADE = Step(
    ends=_upgraded,
    call=lambda ready: _change(ready, at_once=True),
    done=_reached,
    busy=_busy,
    begun=_under_way,
)
SCHEDULE = Step(
    ends=lambda at: Result(Phase.DONE, "scheduled for AWS's next window") if _under_way(at) else running("AWS has not noted it yet"),
    call=lambda ready: _change(ready, at_once=False),
    done=lambda at: _reached(at) or ("is scheduled already" if at.now.scheduled else ""),
    busy=_busy,
    begun=_under_way,
)
VERIFY = Step(ends=_left_open)


# --- snapshots ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Copy:
    """The snapshot that a batch makes ("": there is none yet), and the state of its database."""

    state: str
    source: str


def see_snapshot(batch: Batch) -> Dialogue[Mapping[str, Copy | None]]:
    (order,) = orders(batch)
    rows = (yield Call.of("lightsail", "get_relational_databases"))["relationalDatabases"]
    row = next((one for one in rows if one["arn"] == order.asks["arn"]), None)
    if row is None:
        return {order.resource: None}
    made = (yield Call.of("lightsail", "get_relational_database_snapshots"))["relationalDatabaseSnapshots"]
    state = next((one.get("state", "") for one in made if one["name"] == name_of(order)), "")
    return {order.resource: Copy(state, row.get("state", ""))}


def _photograph(ready: tuple[At[Copy], ...]) -> Call:
    order = ready[0].order
    return Call.of(
        "lightsail",
        "create_relational_database_snapshot",
        relationalDatabaseName=order.asks["name"],
        relationalDatabaseSnapshotName=name_of(order),
        tags=_tags(order),
    )


def _tags(order: Order) -> list[dict[str, str]]:
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in snapshot_tags(order)]


def _photographed(at: At[Copy]) -> Result:
    match at.now.state:
        case "available":
            return Result(Phase.DONE, f"snapshot {name_of(at.order)}")
        case "failed":
            return failed(f"snapshot {name_of(at.order)} failed")
        case _:
            return running(f"snapshot {name_of(at.order)} is {at.now.state or 'not listed yet'}")


SNAPSHOT: Step[Copy] = Step(
    ends=_photographed,
    call=_photograph,
    done=lambda at: "the snapshot is there already" if at.now.state == "available" else "",
    busy=lambda at: "" if at.now.source == "available" else f"is {at.now.source}",
    begun=lambda at: bool(at.now.state),
    see=see_snapshot,
)
