"""Carrying out what was decided for a replication instance: an engine version now or in the window, and pending maintenance at its date.

Statuses: "ReplicationInstanceStatus" of the `ReplicationInstance` data type in the API Reference.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from patchkeep.sandbox.dms.state import Replication
from patchkeep.sandbox.managed.work import Job, Offer, appoint, begin, call_off, tell
from patchkeep.sandbox.world import World

UPGRADE, MAINTENANCE = timedelta(minutes=12), timedelta(minutes=10)
ACTIONS = ("os-upgrade", "system-update", "db-upgrade", "os-patch")  # ApplyAction of ApplyPendingMaintenanceAction
MODIFICATION = "modification"
AGAIN = timedelta(days=7)  # our assumption, as for RDS


def apply_pending(world: World, one: Replication) -> None:
    """The version that is pending, now."""
    call_off(one, MODIFICATION)
    if version := one.pending.pop("EngineVersion", None):
        upgrade(world, one, version)


def in_window(world: World, one: Replication) -> None:
    """Let what is pending happen in the next window."""
    if one.pending:
        appoint(world, one, MODIFICATION, one.window.opening_after, partial(apply_pending, world, one))
    else:
        call_off(one, MODIFICATION)


def upgrade(world: World, one: Replication, version: str) -> None:
    """One that fails leaves the version as it was."""
    before = one.version

    def done() -> None:
        one.version = version
        tell(world, one, f"Replication engine upgraded from {before} to {version}.", "maintenance")

    def failed() -> None:
        tell(world, one, f"Replication engine upgrade to {version} failed. The engine version remains {before}.", "maintenance", "failure")

    begin(world, one, Job("upgrading", UPGRADE, done, failed))


def offer(world: World, one: Replication, what: Offer) -> None:
    """Put an action among the pending ones, and on the agenda when it has a date."""
    one.offers[what.action] = what
    reappoint(world, one, what)


def reappoint(world: World, one: Replication, what: Offer) -> None:
    appoint(world, one, _name(what), lambda now: what.applied_at(one.window, now), partial(carry_out, world, one, what))


def _name(what: Offer) -> str:
    return f"offer {what.action}"


def carry_out(world: World, one: Replication, what: Offer) -> None:
    """A pending action, now. When it fails it stays pending, and has to be agreed to again; a forced one is tried a week later."""
    call_off(one, _name(what))

    def done() -> None:
        one.offers.pop(what.action, None)
        one.version = what.version or one.version
        tell(world, one, f"Finished applying {what.action}.", "maintenance")

    def failed() -> None:
        what.opted, what.auto_after = "", None
        what.forced = world.clock.now() + AGAIN if what.forced else None
        reappoint(world, one, what)
        tell(world, one, f"The maintenance action {what.action} failed and was taken back.", "maintenance", "failure")

    begin(world, one, Job("upgrading" if what.version else "maintenance", MAINTENANCE, done, failed))
