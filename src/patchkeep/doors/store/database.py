"""One database: opened, brought to this version's tables, and its transactions with errors that a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from patchkeep.doors.store import dialects, tables
from patchkeep.doors.store.errors import StoreError
from patchkeep.doors.store.new import make_tables

MIGRATE = "Run `patchkeep db migrate`."


class Database:
    """Transactions on an engine. Each is all or nothing; an exception inside one undoes it."""

    def __init__(self, dialect: dialects.Dialect, engine: sa.Engine) -> None:
        self.dialect = dialect
        self.engine = engine
        self.place = dialect.place

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view, whatever others write meanwhile."""
        with self._transaction(dialects.READ) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Survives the death of this process; the last moments before a power cut may be lost, whole transactions at a time."""
        with self._transaction(dialects.WRITE) as connection:
            yield connection

    @contextmanager
    def durable(self) -> Iterator[sa.Connection]:
        """As `writing`, and on the disk when it ends. Raises `StoreError` where a lock of this process was lost."""
        with self._transaction(dialects.DURABLE) as connection:
            self.dialect.confirm(connection)
            yield connection

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[sa.Connection]:
        try:
            with self.engine.execution_options(**{dialects.MODE: mode}).begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            explained = self.dialect.explain(error)
            if explained is None:
                raise
            raise explained from error

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, *, create: bool = True) -> Database:
    """The database, with this version's tables; raises `StoreError`. Without `create` an empty one in memory where there is no file.

    A SQLite file is brought to this version's tables on the way. A PostgreSQL database is not: other machines may work with it, and
    whoever works with it every day needs no right to change its tables.
    """
    database = connect(url, create=create)
    try:
        with database.reading() as connection:
            current = revision(connection, database.place)
        if current == tables.REVISION:
            return database
        if not database.dialect.migrates_itself:
            raise _to_migrate(database, current)
        migrate(database)
    except StoreError:
        database.close()
        raise
    return database


def connect(url: str, *, create: bool) -> Database:
    """The database as it is, its tables untouched. Raises `StoreError`."""
    dialect = dialects.dialect_of(url)
    return Database(dialect, dialect.open(create=create))


def revision(connection: sa.Connection, place: str) -> str | None:
    """The migration the database is at; None for a new one. Raises `StoreError` for another program's database."""
    names = sa.inspect(connection).get_table_names()
    if "alembic_version" in names:
        if "piece" not in names:
            raise StoreError(f"The store {place} is a database of another program.", "Choose another one.")
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found
    if names:
        raise StoreError(f"The store {place} is a database of another program.", "Choose another one.")
    return None


def migrate(database: Database) -> tuple[str | None, str]:
    """Bring the tables to this version, in one transaction: a crash leaves them as they were. Returns the revisions before and after."""
    with database.durable() as connection:
        dialects.take_turns(connection, "migrate")
        current = revision(connection, database.place)
        if current is None:
            make_tables(connection)
        elif current != tables.REVISION:
            _upgrade(database, connection, current)
    return current, tables.REVISION


def _upgrade(database: Database, connection: sa.Connection, current: str) -> None:
    from patchkeep.doors.store import migrations  # noqa: PLC0415 - takes longer to import than most commands run

    if not migrations.known(current):
        raise _too_new(database, current)
    migrations.upgrade(connection)


def _to_migrate(database: Database, current: str | None) -> StoreError:
    if current is None:
        return StoreError(f"The store {database.place} has no tables yet.", MIGRATE)
    if current > tables.REVISION:
        return _too_new(database, current)
    return StoreError(
        f"The tables of the store {database.place} are at {current}; this version of Patchkeep needs {tables.REVISION}.",
        f"End what works with it elsewhere, back it up (`patchkeep db backup`), then: {MIGRATE}",
    )


def _too_new(database: Database, current: str) -> StoreError:
    return StoreError(
        f"The store {database.place} was written by a newer version of Patchkeep (its tables are at {current}).",
        "Upgrade Patchkeep, or choose another store.",
    )
