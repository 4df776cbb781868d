"""What a store is and in what condition: for people who look after it. Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from patchkeep.doors.store import tables
from patchkeep.doors.store.database import Database, connect, revision
from patchkeep.doors.store.dialects import Copied
from patchkeep.doors.store.errors import StoreError
from patchkeep.doors.store.ledger import verify


@dataclass(frozen=True, slots=True)
class Condition:
    """`revision` None: no tables yet; then the rest is empty. `broken`: the ledger's first entry that doesn't hold."""

    place: str
    kind: str  # "sqlite" | "postgresql"
    revision: str | None
    newest_revision: str
    size: int = 0  # bytes
    rows: tuple[tuple[str, int], ...] = ()  # by table
    oldest: datetime | None = None  # look
    newest: datetime | None = None
    broken: int | None = None
    damage: str = ""
    checked_by: str = ""

    @property
    def sound(self) -> bool:
        return self.revision == self.newest_revision and self.broken is None and not self.damage


def condition(url: str) -> Condition:
    """Read everything once: the database's own check, and the whole chain of the ledger. Raises `StoreError`."""
    database = connect(url, create=False)
    try:
        with database.reading() as connection:
            current = revision(connection, database.place)
            found = Condition(database.place, database.dialect.kind, current, tables.REVISION)
            return found if current != tables.REVISION else _looked_into(database, connection, found)
    finally:
        database.close()


def copied(url: str, path: str) -> Copied:
    """Back the store up into a new file, and check the copy. Raises `StoreError`, and then leaves no file behind."""
    from pathlib import Path  # noqa: PLC0415 - beside its only use

    database = connect(url, create=False)
    try:
        with database.reading() as connection:
            if revision(connection, database.place) is None:
                raise StoreError(f"The store {database.place} is empty: there is nothing to back up.", "Run `patchkeep discover` first.")
            _refuse_broken(database.place, verify(connection))
        made = database.dialect.copy(database.engine, Path(path).absolute())
    finally:
        database.close()
    if database.dialect.kind == "sqlite":
        _refuse_broken(str(made.path), condition(f"sqlite:///{made.path}").broken)
    return made


def _looked_into(database: Database, connection: sa.Connection, found: Condition) -> Condition:
    oldest, newest = connection.execute(sa.select(sa.func.min(tables.taking.c.taken_at), sa.func.max(tables.taking.c.taken_at))).one()
    return Condition(
        found.place,
        found.kind,
        found.revision,
        found.newest_revision,
        size=database.dialect.size(connection),
        rows=tuple((table.name, _count(connection, table)) for table in tables.metadata.sorted_tables),
        oldest=oldest,
        newest=newest,
        broken=verify(connection),
        damage=database.dialect.damage(connection),
        checked_by=database.dialect.check(),
    )


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def _refuse_broken(place: str, broken: int | None) -> None:
    if broken is not None:
        raise StoreError(f"The ledger of {place} does not hold from entry {broken} on: somebody altered it.", "See `patchkeep db status`.")
