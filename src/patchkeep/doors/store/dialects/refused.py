"""What PostgreSQL's refusals mean to a person.

By SQLSTATE where there is one (https://www.postgresql.org/docs/current/errcodes-appendix.html). A connection that cannot be made
has none: there libpq's own words are looked at, which never hold a password.
"""

from __future__ import annotations

import sqlalchemy as sa

from patchkeep.doors.store.dialects.seam import WAIT_SECONDS
from patchkeep.doors.store.errors import StoreError

_STATES: tuple[tuple[str, str, str], ...] = (
    ("53100", "cannot be written: the server's disk is full.", "Make room there; nothing stored so far is lost."),
    ("53200", "cannot be used: the server is out of memory.", "See the server's log, and try again."),
    ("53300", "takes no more connections.", "Wait, end other clients, or raise max_connections."),
    ("25006", "cannot be written: it is read-only, perhaps a standby.", "Name the primary server in PATCHKEEP_DATABASE_URL."),
    ("42501", "refuses that to its user.", "Grant the user of PATCHKEEP_DATABASE_URL rights on all tables, or make it their owner."),
    ("55P03", f"is locked by another process, for more than {WAIT_SECONDS} seconds.", "See which: `SELECT * FROM pg_stat_activity`."),
    ("40P01", "found two transactions that waited for each other, and ended this one.", "Nothing of it was stored: run the command again."),
    ("57014", "broke the query off (statement_timeout, or somebody cancelled it).", "Raise the timeout of the user, and try again."),
    (
        "57P01",
        "was shut down, or somebody ended our connection.",
        "Nothing committed is lost. Start the server, and run the command again.",
    ),
    ("57P02", "crashed.", "Nothing committed is lost. See the server's log, and run the command again."),
    ("57P03", "is starting or stopping just now.", "Try again in a moment."),
    ("XX001", "is damaged.", "Restore it from a backup."),
    ("XX002", "is damaged: an index is corrupt.", "REINDEX it, or restore from a backup."),
    ("28", "refuses the user or its password.", "Correct them in PATCHKEEP_DATABASE_URL, or in the server's pg_hba.conf."),
    ("3D000", "does not exist.", "Make it: `createdb --encoding=UTF8 NAME`, then `patchkeep db migrate`."),
    ("3F000", "lacks the schema that search_path names.", "CREATE SCHEMA, or correct search_path."),
    ("08", "lost the connection.", "Nothing committed is lost. See that the server runs, and run the command again."),
    ("58", "cannot be read or written: the server's system reports an error.", "See the server's log; nothing committed is lost."),
)
_WORDS: tuple[tuple[str, str], ...] = (
    ("password authentication failed", "28"),
    ("no password supplied", "28"),
    ("no pg_hba.conf entry", "28"),
    ("too many clients", "53300"),
    ("too many connections", "53300"),
    ("connection slots are reserved", "53300"),
    ("remaining connection slots", "53300"),
    ('role "', "28"),
    ("does not exist", "3D000"),
    ("starting up", "57P03"),
    ("shutting down", "57P03"),
    ("recovery mode", "57P03"),
)
_CHECK = "See that it runs, and that host and port in PATCHKEEP_DATABASE_URL are right."


def explained(error: sa.exc.DBAPIError, place: str) -> StoreError | None:
    """A sentence and a remedy; None where the error is a bug of ours."""
    state = getattr(error.orig, "sqlstate", None) or ""
    said = " ".join(str(error.orig).split())
    if not state:
        state = next((state for words, state in _WORDS if words in said), "")
    for code, what, fix in _STATES:
        if state and state.startswith(code):
            return StoreError(f"The store {place} {what}", fix)
    if "invalid connection option" in said:
        return StoreError(f"The store {place} cannot be reached: {said}.", "Correct what stands behind `?` in PATCHKEEP_DATABASE_URL.")
    if isinstance(error, sa.exc.OperationalError) and not state:
        if error.connection_invalidated or "server closed the connection" in said:
            return StoreError(f"The store {place} lost the connection.", "Nothing committed is lost. Run the command again.")
        return StoreError(f"The store {place} cannot be reached: {_reason(said)}.", _CHECK)
    return None


def _reason(said: str) -> str:
    """Its last words, without where it tried: "Connection refused"."""
    return said.partition(" Is the server running")[0].rpartition("failed: ")[2].strip().rstrip(".") or "it does not answer"
