"""The append-only log of writes and refusals. Each row's hash covers the row and the hash before it, so that a change shows.

Cutting off the newest rows does not show in the chain alone: for that its head must be kept elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import AbstractContextManager

import sqlalchemy as sa

from patchkeep.domain.ledger import Entry
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.database import Database
from patchkeep.doors.store.dialects import take_turns
from patchkeep.doors.store.tables import ledger

BEGINNING = "0" * 64


class StoredLedger:
    """Fulfils `work.seams.Ledger`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entry: Entry) -> None:
        """On the disk when it returns."""
        with self._database.durable() as connection:
            append(connection, (entry,))

    def of(self, subject: str) -> tuple[Entry, ...]:
        query = sa.select(ledger.c.body).where(ledger.c.subject == subject).order_by(ledger.c.seq)
        with self._database.reading() as connection:
            return tuple(from_json(Entry, body.encode()) for body in connection.scalars(query))

    def verify(self) -> int | None:
        with self._database.reading() as connection:
            return verify(connection)

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Held by one process at a time; entering raises `Busy` when another holds it, `StoreError` for a store in memory.

        With PostgreSQL it is lost when its connection breaks: then the next durable write raises `StoreError` and stores nothing.
        """
        return self._database.dialect.lock(self._database.engine, name)


def append(connection: sa.Connection, entries: Iterable[Entry]) -> None:
    """Add entries within the caller's transaction, so that a rollout moves together with its intents."""
    bodies = [(entry.subject, to_json(entry).decode()) for entry in entries]
    if not bodies:
        return
    take_turns(connection, "ledger")  # else two writers would both follow the same row
    last = connection.execute(sa.select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)).one_or_none()
    seq, previous = (last.seq, last.hash) if last else (0, BEGINNING)
    for subject, body in bodies:
        seq += 1
        row = {"seq": seq, "subject": subject, "body": body, "previous": previous, "hash": _hash(seq, previous, subject, body)}
        connection.execute(sa.insert(ledger).values(row))
        previous = row["hash"]


def verify(connection: sa.Connection) -> int | None:
    """Number of the first entry that was altered, or whose forerunner was removed; None when the chain holds."""
    previous, expected = BEGINNING, 1
    for row in connection.execute(sa.select(ledger).order_by(ledger.c.seq).execution_options(yield_per=1000)):
        if (row.seq, row.previous, row.hash) != (expected, previous, _hash(row.seq, previous, row.subject, row.body)):
            return int(row.seq)
        previous, expected = row.hash, expected + 1
    return None


def _hash(seq: int, previous: str, subject: str, body: str) -> str:
    return hashlib.sha256(to_json([previous, seq, subject, body], tuple[str, int, str, str])).hexdigest()
