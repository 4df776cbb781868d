"""Carrying out what was decided for a database: modifications now or in the window, and pending maintenance at its date.

Status words: "Viewing Amazon RDS DB instance status" and "Viewing DB cluster status" in the Amazon RDS User Guide and the Aurora one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from patchkeep.sandbox.managed.resource import AVAILABLE
from patchkeep.sandbox.managed.work import Job, Offer, appoint, begin, call_off, tell
from patchkeep.sandbox.rds.snapshots import photograph
from patchkeep.sandbox.rds.state import Cluster, Database, Instance, replicas, writer_and_readers
from patchkeep.sandbox.world import Site, World

MODIFY, MINOR, MAJOR = timedelta(minutes=4), timedelta(minutes=12), timedelta(minutes=30)
MAINTENANCE = {
    "os-upgrade": ("maintenance", timedelta(minutes=15)),
    "system-update": ("maintenance", timedelta(minutes=15)),
    "hardware-maintenance": ("maintenance", timedelta(minutes=20)),
    "ca-certificate-rotation": ("rebooting", timedelta(minutes=3)),
    "db-upgrade": ("upgrading", MINOR),
}
MODIFICATION = "modification"
AGAIN = timedelta(days=7)  # our assumption: AWS says only that it tries again
NEW_CERTIFICATE = "rds-ca-rsa4096-g1"


@dataclass(frozen=True, slots=True)
class Ends:
    """What else happens when an upgrade has ended."""

    well: Callable[[], None]
    badly: Callable[[], None]


def apply_pending(world: World, site: Site, one: Database) -> None:
    """Everything that is pending is done at once, now (ApplyImmediately: "Using the schedule modifications setting")."""
    values, one.pending = dict(one.pending), {}
    call_off(one, MODIFICATION)
    if "EngineVersion" in values:
        upgrade(world, site, one, values)
        return
    begin(world, one, Job("modifying", MODIFY, partial(take, one, values)))


def in_window(world: World, site: Site, one: Database) -> None:
    """Let what is pending happen in the next window, or nothing when nothing is left."""
    if one.pending:
        appoint(world, one, MODIFICATION, one.window.opening_after, partial(apply_pending, world, site, one))
    else:
        call_off(one, MODIFICATION)


def take(one: Database, values: dict[str, Any]) -> None:
    """The values become the database's own."""
    one.version = values.get("EngineVersion", one.version)
    if isinstance(one, Instance):
        one.size = values.get("DBInstanceClass", one.size)
        one.multi_az = values.get("MultiAZ", one.multi_az)
        one.storage = values.get("AllocatedStorage", one.storage)
        one.certificate = values.get("CACertificateIdentifier", one.certificate)


def upgrade(world: World, site: Site, one: Database, values: dict[str, Any], ends: Ends | None = None) -> None:
    """Engine version of an instance, or of a cluster with all its members; PostgreSQL's replicas follow a major of their source.

    A major is preceded by a snapshot where backups are on. A failed upgrade leaves the version as it was, with an event that says so
    ("Upgrading a DB instance engine version" in the Amazon RDS User Guide).
    """
    wanted, before = values["EngineVersion"], one.version
    target = one.facts.version(wanted, world.clock.now())
    major = target is not None and target.major != one.at_version(world.clock.now()).major
    along = _along(site, one, major=major)
    if major and one.backup_days:
        photograph(world, site, one, f"preupgrade-{one.name}-{before.replace('.', '-')}-to-{wanted.replace('.', '-')}", "automated")

    def done() -> None:
        for each in (one, *along):
            each.status = AVAILABLE
            take(each, values if each is one else {"EngineVersion": wanted})
            settle(each, world)
            tell(world, each, f"Database engine version upgraded from {before} to {wanted}.", "maintenance")
        if ends:
            ends.well()

    def failed() -> None:
        for each in (one, *along):
            each.status = AVAILABLE
            sentence = f"Database engine upgrade from {before} to {wanted} failed. The engine version remains {before}."
            tell(world, each, sentence, "maintenance", "failure")
        if ends:
            ends.badly()

    for each in along:
        each.status = "upgrading"
    begin(world, one, Job("upgrading", MAJOR if major else MINOR, done, failed))


def settle(one: Database, world: World) -> None:
    """Offers that have become empty: an upgrade to what is already there."""
    now = world.clock.now()
    for action, offer in list(one.offers.items()):
        target = one.facts.version(offer.version, now) if offer.version else None
        if target and target not in one.facts.targets(one.at_version(now), now):
            withdraw(one, action)


def _along(site: Site, one: Database, *, major: bool) -> list[Database]:
    match one:
        case Cluster():
            return [*writer_and_readers(site, one)]
        case Instance() if major and one.engine == "postgres":
            return [*replicas(site, one)]
        case _:
            return []


def offer(world: World, site: Site, one: Database, what: Offer) -> None:
    """Put an action among the pending ones, and on the agenda when it has a date. An engine upgrade comes by itself only where it may."""
    one.offers[what.action] = what
    reappoint(world, site, one, what)


def reappoint(world: World, site: Site, one: Database, what: Offer) -> None:
    def when(now: Any) -> Any:
        return what.applied_at(one.window, now)

    appoint(world, one, _name(what.action), when, partial(carry_out, world, site, one, what))


def withdraw(one: Database, action: str) -> None:
    one.offers.pop(action, None)
    call_off(one, _name(action))


def _name(action: str) -> str:
    return f"offer {action}"


def carry_out(world: World, site: Site, one: Database, what: Offer) -> None:
    """A pending action, now. When it fails it stays pending, and its owner has to opt in again; a forced one is tried a week later."""
    call_off(one, _name(what.action))

    def badly() -> None:
        what.opted, what.auto_after = "", None
        what.forced = world.clock.now() + AGAIN if what.forced else None
        reappoint(world, site, one, what)

    if what.version:
        upgrade(world, site, one, {"EngineVersion": what.version}, Ends(partial(withdraw, one, what.action), badly))
        return
    status, lasts = MAINTENANCE[what.action]

    def done() -> None:
        if what.action == "ca-certificate-rotation" and isinstance(one, Instance):
            one.certificate = NEW_CERTIFICATE
        withdraw(one, what.action)
        tell(world, one, f"Finished applying {what.action}.", "maintenance")

    def failed() -> None:
        badly()
        tell(world, one, f"The maintenance action {what.action} failed and was taken back.", "maintenance", "failure")

    begin(world, one, Job(status, lasts, done, failed))
