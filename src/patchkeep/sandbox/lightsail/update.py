"""UpdateRelationalDatabase and snapshots; and what AWS does by itself in a database's window: maintenance and minor versions.

"Schedule maintenance and backups for Lightsail databases" in the Lightsail user guide; UpdateRelationalDatabase in its API reference: a
window takes effect at once, a major version now (`applyImmediately`) or in the window. A major takes one line at a time, as in RDS.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from patchkeep.sandbox.lightsail.state import Database, Snapshot, blueprint_of, database, must_be_available, newest_of
from patchkeep.sandbox.managed.engines import Version, ordered
from patchkeep.sandbox.managed.resource import keep, kept
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import Job, appoint, begin, rearrange, tell
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import World

MINOR, MAJOR, MAINTENANCE, PHOTOGRAPH = timedelta(minutes=10), timedelta(minutes=25), timedelta(minutes=15), timedelta(minutes=8)
WEEKLY = "weekly maintenance"
FAILURE = ("maintenance", "failure")


@operation("lightsail", "UpdateRelationalDatabase")
def update_relational_database(request: Request) -> Answer:
    """Nothing changes when any of it is refused."""
    one, params = database(request), request.params
    must_be_available(one)
    window = _window(params.get("preferredMaintenanceWindow"))
    wanted = _line(request, one, params["relationalDatabaseBlueprintId"]) if params.get("relationalDatabaseBlueprintId") else None
    if window:
        one.window = window
        rearrange(request.world, one)
    if wanted and params.get("applyImmediately"):
        upgrade(request.world, one, wanted, MAJOR)
    elif wanted:
        one.pending = wanted.number
    return {"operations": [_operation(request, one.name, "RelationalDatabase", "UpdateRelationalDatabase")]}


def _window(text: str | None) -> Weekly | None:
    try:
        return Weekly.read(text) if text else None
    except ValueError as error:
        raise AwsError("InvalidInputException", str(error)) from error


def _line(request: Request, one: Database, blueprint: str) -> Version | None:
    """The version that a blueprint brings; None where the database is on that line already."""
    lines = [line.number for line in one.facts.majors]
    here = lines.index(one.at_version(request.now).major)
    reach = {blueprint_of(one.engine, line): line for line in lines[here : here + 2]}
    if blueprint not in reach:
        raise AwsError("InvalidInputException", f"The database {one.name} cannot be updated to blueprint {blueprint}.")
    return None if reach[blueprint] == lines[here] else newest_of(one.facts, reach[blueprint], request.now)


def upgrade(world: World, one: Database, target: Version, lasts: timedelta) -> None:
    """A failed one leaves the version as it was, with an event that says so."""
    before = one.version
    one.pending = target.number

    def done() -> None:
        one.version, one.pending = target.number, ""
        tell(world, one, f"Database engine version upgraded from {before} to {target.number}.", "maintenance")

    def failed() -> None:
        one.pending = ""
        tell(world, one, f"Database engine upgrade from {before} to {target.number} failed; the version remains {before}.", *FAILURE)

    begin(world, one, Job("upgrading", lasts, done, failed))


def watch(world: World, one: Database) -> None:
    """AWS looks what there is to do whenever the window opens."""
    appoint(world, one, WEEKLY, one.window.opening_after, partial(_opened, world, one))


def _opened(world: World, one: Database) -> None:
    """One thing a week: what its owner scheduled, else maintenance whose date has come, else a minor version."""
    now = world.clock.now()
    due = next((offer for offer in one.offers.values() if offer.auto_after is None or offer.auto_after <= now), None)
    newest = newest_of(one.facts, one.at_version(now).major, now)
    if one.pending and (wanted := one.facts.version(one.pending, now)):
        upgrade(world, one, wanted, MAJOR)
    elif due:
        _maintain(world, one, due.action)
    elif newest and ordered(newest.number) > ordered(one.version):
        upgrade(world, one, newest, MINOR)
    watch(world, one)


def _maintain(world: World, one: Database, action: str) -> None:
    def done() -> None:
        del one.offers[action]
        tell(world, one, f"Finished {action}.", "maintenance")

    begin(world, one, Job("maintaining", MAINTENANCE, done))


@operation("lightsail", "CreateRelationalDatabaseSnapshot")
def create_relational_database_snapshot(request: Request) -> Answer:
    one, name = database(request), request.params["relationalDatabaseSnapshotName"]
    must_be_available(one)
    if name in kept(request.site, Snapshot):
        raise AwsError("InvalidInputException", f"Some names are already in use: {name}")
    made = Snapshot(
        name=name,
        arn=f"arn:aws:lightsail:{request.region}:{request.account}:RelationalDatabaseSnapshot/{name}",
        made=request.now,
        tags={tag["key"]: tag.get("value", "") for tag in request.params.get("tags", ())},
        of=one,
        engine=one.engine,
        version=one.version,
        storage=one.storage,
    )
    keep(request.site, made)
    begin(request.world, made, Job("creating", PHOTOGRAPH, lambda: None))
    return {"operations": [_operation(request, name, "RelationalDatabaseSnapshot", "CreateRelationalDatabaseSnapshot")]}


def _operation(request: Request, name: str, kind: str, what: str) -> dict[str, Any]:
    return {
        "id": "12345678-1234-1234-1234-123456789012",
        "resourceName": name,
        "resourceType": kind,
        "createdAt": request.now,
        "location": {"availabilityZone": f"{request.region}a", "regionName": request.region},
        "isTerminal": False,
        "operationDetails": "",
        "operationType": what,
        "status": "Started",
        "statusChangedAt": request.now,
    }
