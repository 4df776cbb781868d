"""The steps of a Lightsail database's major version; state, version and events tell how far it is.

API reference of Lightsail: UpdateRelationalDatabase, CreateRelationalDatabaseSnapshot, GetRelationalDatabaseEvents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services._copies import Copy, name_of, snapshot, snapshot_tags
from patchkeep.services._steps import BEGINS_WITHIN, DONE, At, Order, Step, failed, is_busy, orders, reached, running, version_open
from patchkeep.services._upgrades import carried, put_off

_MINUTES = 24 * 60  # of events that are asked for; a step that runs for longer is a person's to look at


@dataclass(frozen=True, slots=True)
class Database:
    """One database as it is now. `scheduled`: the version that waits for its window; `waits`: names of what else does.

    `failure`: AWS's word since the step began.
    """

    status: str
    version: str
    scheduled: str = ""
    failure: str = ""
    waits: tuple[str, ...] = ()


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
    scheduled, others = put_off(row.get("pendingModifiedValues") or {}, version="engineVersion")
    return {order.resource: Database(row.get("state", ""), row.get("engineVersion", ""), scheduled, next(bad, ""), others)}


def _under_way(at: At[Database]) -> bool:
    """What waits for the window may be another person's word."""
    return bool(reached(at)) or at.now.status == "upgrading"


def _noted(at: At[Database]) -> bool:
    return _under_way(at) or bool(at.now.scheduled)


def _upgraded(at: At[Database]) -> Result:
    available = at.now.status == "available"
    if available and reached(at):
        return DONE
    if available and at.now.failure:
        return failed(f"is available again and still on {at.now.version}: {at.now.failure}")
    if available and not at.now.scheduled and at.taken_for > BEGINS_WITHIN:
        return failed(f"is available and still on {at.now.version}: Lightsail did not begin within {BEGINS_WITHIN.seconds // 60} minutes")
    return running(f"is {at.now.status}, on {at.now.version}")


def _change(ready: tuple[At[Database], ...], *, at_once: bool) -> Call:
    (at,) = ready
    asks = at.order.asks
    wanted = {"relationalDatabaseBlueprintId": asks["blueprint"], "applyImmediately": at_once}
    return Call.of("lightsail", "update_relational_database", wanted, relationalDatabaseName=asks["name"])


UPGRADE = Step(
    ends=_upgraded,
    call=lambda ready: _change(ready, at_once=True),
    done=reached,
    bars=lambda at: carried(at.now.waits),
    busy=is_busy,
    begun=_under_way,
)
SCHEDULE = Step(
    ends=lambda at: Result(Phase.DONE, "scheduled for AWS's next window") if _noted(at) else running("AWS has not noted it yet"),
    call=lambda ready: _change(ready, at_once=False),
    done=lambda at: reached(at) or ("is scheduled already" if at.now.scheduled else ""),
    busy=is_busy,
    begun=_noted,
)
VERIFY = Step(ends=version_open)


# --- snapshots ------------------------------------------------------------------------------------------------------


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


SNAPSHOT = snapshot(_photograph, see_snapshot)
