"""The store in PostgreSQL: for teams, several machines at one store. Locks are advisory ones, each on a connection of its own.

Such a lock is free as soon as its session ends, however it ends. Where the connection breaks while this process lives, the server
frees the lock once it notices; before each durable write of this process it is asked whether it still holds them, so whoever lost
one stores no further intent and makes no further call. Source: https://www.postgresql.org/docs/current/explicit-locking.html
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from patchkeep.domain.ledger import Busy
from patchkeep.doors.store.dialects.refused import explained
from patchkeep.doors.store.dialects.seam import DURABLE, MODE, READ, WAIT_SECONDS, WRITE, Copied
from patchkeep.doors.store.errors import StoreError, WrongAddress

# One round trip. DURABLE raises what the server's administrator lowered, and lowers nothing (remote_apply stays).
_BEGIN = {
    READ: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    WRITE: f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'",
    DURABLE: f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'; "
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
}
_PATIENCE = {"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
_HOLDS = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = :pid AND objsubid = 1 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND (classid::bigint << 32) | objid::bigint = :key"
)
_HOLDER = sa.text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND (classid::bigint << 32) | objid::bigint = :key"
)


class Postgresql:
    """Fulfils `seam.Dialect`."""

    kind = "postgresql"
    migrates_itself = False

    def __init__(self, address: sa.URL) -> None:
        self._address = address.set(drivername="postgresql+psycopg")
        self.place = _place(address)
        self._held: dict[int, tuple[str, int]] = {}  # key -> the lock's name, and the process id of the server's side of its connection
        self._guard = threading.Lock()

    def open(self, *, create: bool) -> sa.Engine:  # noqa: ARG002 - a database is made by its administrator
        name = f"patchkeep {os.getpid()} {socket.gethostname()}"[:63]  # the server cuts longer ones
        settings = {"application_name": name, **_PATIENCE}
        given = {key: value for key, value in settings.items() if key not in self._address.query}
        try:
            engine = sa.create_engine(self._address, pool_pre_ping=True, connect_args=given, hide_parameters=True)
        except ModuleNotFoundError as error:
            raise WrongAddress(
                "A store in PostgreSQL needs psycopg, which is not installed.", "Install it: pip install 'patchkeep[postgres]'"
            ) from error
        sa.event.listen(engine, "begin", _begin)
        return engine

    def explain(self, error: sa.exc.DBAPIError) -> StoreError | None:
        return explained(error, self.place)

    @contextmanager
    def lock(self, engine: sa.Engine, name: str) -> Iterator[None]:
        """On a connection of its own, outside every transaction, so that nothing else ends it."""
        key = _key(name)
        try:
            connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except sa.exc.DBAPIError as error:
            raise self.explain(error) or error from error
        with connection:
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
                raise Busy(f"{name} is under way in another process {_holder(connection, key)}")
            pid = connection.scalar(sa.select(sa.func.pg_backend_pid()))
            with self._guard:
                self._held[key] = (name, int(pid or 0))
            try:
                yield
            finally:
                with self._guard:
                    del self._held[key]
                _unlock(connection, key)

    def confirm(self, connection: sa.Connection) -> None:
        """Asked of the server, which alone knows: a lock that it still counts as ours nobody else can have."""
        with self._guard:
            held = dict(self._held)
        for key, (name, pid) in held.items():
            if not connection.scalar(_HOLDS, {"pid": pid, "key": key}):
                raise StoreError(
                    f"The connection to {self.place} that kept {name} for this process alone broke, and the lock with it.",
                    "Nothing more was written, and nothing is lost. Run the command again: it goes on from what is stored.",
                )

    def size(self, connection: sa.Connection) -> int:
        return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)

    def damage(self, connection: sa.Connection, *tables: str) -> str:  # noqa: ARG002 - it checks its pages itself
        """Nothing to run here: the server checks pages as it reads them where its checksums are on."""
        return ""

    def check(self) -> str:
        return "the server's own page checks (`SHOW data_checksums`)"

    def vacuum(self, engine: sa.Engine) -> None:
        """Makes room for reuse; it goes back to the system only by VACUUM FULL, which would lock everybody out."""
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in sorted(sa.inspect(connection).get_table_names()):
                    connection.exec_driver_sql(f'VACUUM (ANALYZE) "{table}"')
        except sa.exc.DBAPIError as error:
            raise self.explain(error) or error from error

    def copy(self, engine: sa.Engine, path: Path) -> Copied:  # noqa: ARG002 - pg_dump connects by itself
        """By pg_dump, read back by pg_restore. Where they are not installed the sentence says what to type elsewhere."""
        password = self._address.password or str(self._address.query.get("password", ""))
        query = {key: value for key, value in self._address.query.items() if key != "password"}
        shown = self._address.set(drivername="postgresql", query=query)._replace(password=None).render_as_string(hide_password=False)
        command = ["pg_dump", "--format=custom", "--no-password", f"--file={path}", f"--dbname={shown}"]
        if path.exists():
            raise StoreError(f"{path} is there already, and a backup overwrites nothing.", "Name a new file.")
        if not shutil.which("pg_dump") or not shutil.which("pg_restore"):
            raise StoreError("pg_dump is not installed here.", f"Where it is, type: {' '.join(command)}")
        environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
        old = os.umask(0o077)
        try:
            _run(command, environment, path)
            listed = _run(["pg_restore", "--list", str(path)], environment, path)
        finally:
            os.umask(old)
        if not re.search(r"TABLE DATA \S+ ledger\b", listed):
            path.unlink(missing_ok=True)
            raise StoreError("What pg_dump wrote holds no ledger.", "See `patchkeep db status`.")
        return Copied(path, path.stat().st_size, "read back by pg_restore --list")


def insert(table: sa.Table) -> Any:
    return postgresql_insert(table)


def among(column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """As one parameter: hundreds of them take the driver longer than the question takes the server."""
    return column == sa.any_(sa.literal(list(values), ARRAY(column.type)))


def append_only(table: str) -> Iterable[str]:
    """By statement, so that TRUNCATE is refused, too."""
    yield (
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'the {table} is append-only'; END $$"
    )
    yield (
        f"CREATE TRIGGER {table}_refuses_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )


def kept_as_it_is(table: str, column: str) -> Iterable[str]:
    yield f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL"


def take_turns(connection: sa.Connection, name: str) -> None:
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_key(f"transaction: {name}"))))


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql(_BEGIN[options.get(MODE, WRITE)])


def _key(name: str) -> int:
    """A lock's name as the 64 bits that PostgreSQL takes."""
    return int.from_bytes(hashlib.sha256(f"patchkeep {name}".encode()).digest()[:8], signed=True)


def _place(address: sa.URL) -> str:
    """The address without its password, which may also stand in the query, and without the rest of the query."""
    user = f"{address.username}@" if address.username else ""
    port = f":{address.port}" if address.port else ""
    return f"postgresql://{user}{address.host or ''}{port}/{address.database or ''}"


def _holder(connection: sa.Connection, key: int) -> str:
    """Who has the lock: connections of Patchkeep are named by process id and machine."""
    named = str(connection.scalar(_HOLDER, {"key": key}) or "")
    match named.split():
        case ["patchkeep", pid, host]:
            return f"(id {pid} on {host})"
        case _:
            return f"({named or 'it just ended: try again'})"


def _unlock(connection: sa.Connection, key: int) -> None:
    """Where the connection broke, the lock went with it."""
    try:
        connection.scalar(sa.select(sa.func.pg_advisory_unlock(key)))
    except sa.exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise


def _run(command: list[str], environment: dict[str, str], path: Path) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        path.unlink(missing_ok=True)
        said = done.stderr.strip().splitlines() or ["without a word"]
        raise StoreError(f"{command[0]} failed: {said[0]}", "No backup was made.")
    return done.stdout
