"""One database: opened, brought to this version's tables, and its transactions with errors that a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from patchkeep.doors.store import dialects, tables
from patchkeep.doors.store.errors import StoreError


class Database:
    """Transactions on an engine. Each is all or nothing; an exception inside one undoes it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.place = str(dialects.file_of(engine.url) or engine.url.render_as_string())

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
        """As `writing`, and on the disk when it ends."""
        with self._transaction(dialects.DURABLE) as connection:
            yield connection

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[sa.Connection]:
        try:
            with self.engine.execution_options(**{dialects.MODE: mode}).begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            explained = dialects.explain(error, self.place)
            if explained is None:
                raise
            raise explained from error

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, *, create: bool = True) -> Database:
    """The database, with this version's tables; raises `StoreError`. Without `create` an empty one in memory where there is no file."""
    database = Database(dialects.open_engine(url, create=create))
    try:
        with database.reading() as connection:
            current = revision(connection, database.place)
        if current != tables.REVISION:
            _migrate(database)
    except StoreError:
        database.close()
        raise
    return database


def revision(connection: sa.Connection, place: str) -> str | None:
    """The migration the database is at; None for a new one. Raises `StoreError` for another program's database."""
    names = sa.inspect(connection).get_table_names()
    if "alembic_version" in names:
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found
    if names:
        raise StoreError(f"The store {place} is a database of another program.", "Choose another file.")
    return None


def _migrate(database: Database) -> None:
    """Bring the tables to this version, in one transaction: a crash leaves them as they were."""
    from alembic import command  # noqa: PLC0415 - takes longer to import than most commands run
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    with database.durable() as connection:
        current = revision(connection, database.place)
        if current is not None and current not in known:
            raise StoreError(
                f"The store {database.place} was written by a newer version of Patchkeep (its tables are at {current}).",
                "Upgrade Patchkeep, or choose another file.",
            )
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
