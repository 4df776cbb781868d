"""All that differs between databases: how to open one, write upserts, say what went wrong, and lock. SQLite so far.

The rest of the store is SQL that PostgreSQL reads as well.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert  # PostgreSQL's has the same methods

from patchkeep.domain.ledger import Busy
from patchkeep.doors.store.errors import StoreError, WrongAddress

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no such call
    fcntl = None  # type: ignore[assignment]

T = TypeVar("T")
WAIT_SECONDS = 30  # for another process's transaction
MODE = "patchkeep_mode"  # execution option: how a transaction begins
READ, WRITE, DURABLE = "read", "write", "durable"

# A transaction that DURABLE begins is on the disk before the next line runs: an intent must outlive a power cut, or AWS would be
# asked twice. A snapshot may be lost with the power: it is taken again.
_BEGIN = {
    READ: ("PRAGMA synchronous=NORMAL", "BEGIN"),
    WRITE: ("PRAGMA synchronous=NORMAL", "BEGIN IMMEDIATE"),
    DURABLE: ("PRAGMA synchronous=FULL", "BEGIN IMMEDIATE"),
}


def open_engine(url: str, *, create: bool = True) -> sa.Engine:
    """An engine for the address, in memory where `create` is false and there is no file.

    Raises `StoreError` where it isn't an address, or is that of a database that is not supported.
    """
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise WrongAddress(f"{url!r} is not the address of a database.", "Write sqlite:////path/to/patchkeep.db") from error
    if address.get_backend_name() == "sqlite" and (address.database or "").startswith("file:"):
        raise WrongAddress("SQLite's file: addresses are not supported.", "Write sqlite:////path/to/patchkeep.db")
    if address.get_backend_name() != "sqlite":
        raise WrongAddress(f"{address.get_backend_name()} databases are not supported.", "Write sqlite:////path/to/patchkeep.db")
    path = file_of(address)
    if path and not create and not path.exists():
        address, path = sa.make_url("sqlite://"), None
    if path is None:
        engine = sa.create_engine(address, poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    else:
        _make_private(path)
        engine = sa.create_engine(address, connect_args={"timeout": WAIT_SECONDS})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def file_of(address: sa.URL) -> Path | None:
    """The database's file; None for one in memory."""
    name = address.database or ""
    return None if name in {"", ":memory:"} else Path(name).absolute()


def _make_private(path: Path) -> None:
    """The file, readable by nobody else: it tells every hole of the fleet.

    One that exists is not even opened: closing it again would drop the locks that SQLite holds on it in this process.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        elif not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    except FileExistsError as error:
        if not path.is_file():
            raise _unwritable(path, error) from error  # else another process made it just now
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> StoreError:
    what = f"The store {path} cannot be written ({error.filename}: {error.strerror})."
    return StoreError(what, "Choose another place, or set its permissions.")


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says, not where Python guesses
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys=ON")
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] not in {"wal", "memory"}:
        cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    for statement in _BEGIN[connection.get_execution_options().get(MODE, WRITE)]:
        connection.exec_driver_sql(statement)


def in_chunks(values: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """The values in lists short enough for one statement's parameters, and for memory."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def insert_new(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows that aren't there yet."""
    if rows:
        connection.execute(insert(table).on_conflict_do_nothing(), rows)


def upsert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows, or replace those with the same primary key."""
    if not rows:
        return
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    values = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)


def append_only(table: str) -> Iterable[str]:
    """Triggers by which SQLite refuses to change or remove what was written."""
    for verb in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the {table} is append-only'); END"
        )


_SAID: Mapping[str, tuple[str, str]] = {
    "SQLITE_BUSY": (
        f"is locked by another process, for more than {WAIT_SECONDS} seconds.",
        "See which: `fuser {path}`; wait for it or end it.",
    ),
    "SQLITE_LOCKED": ("is locked.", "Wait for the other process that uses it, or end it."),
    "SQLITE_READONLY": ("cannot be written.", "Set the permissions of the file and its folder, or choose another place."),
    "SQLITE_CANTOPEN": ("cannot be opened.", "Check that the folder exists and that you may write in it."),
    "SQLITE_PERM": ("cannot be opened.", "Check that you may read and write it."),
    "SQLITE_NOTADB": ("is not a database.", "Choose another file, or move this one away."),
    "SQLITE_CORRUPT": ("is damaged.", "Restore it from a backup; `sqlite3 {path} .recover` saves what can be saved."),
    "SQLITE_FULL": ("cannot be written: the disk is full.", "Make room; nothing stored so far is lost."),
    "SQLITE_IOERR": ("cannot be read or written: the disk reports an error.", "Look at the system's log; nothing committed is lost."),
}


def explain(error: sa.exc.DBAPIError, place: str) -> StoreError | None:
    """What a driver's error means to a person; None for one that is a bug of ours."""
    name = getattr(error.orig, "sqlite_errorname", "")
    for code, (what, fix) in _SAID.items():
        if name == code or name.startswith(f"{code}_"):
            return StoreError(f"The store {place} {what}", fix.format(path=place))
    return None


@contextmanager
def lock(engine: sa.Engine, name: str) -> Iterator[None]:
    """Held by one thread of one process; the kernel frees it when that process ends, however it ends."""
    path = file_of(engine.url)
    if path is None or fcntl is None:
        raise StoreError("This store cannot lock anything for one process alone.", "Use a SQLite file on Linux or macOS.")
    with _lock_file(path, name).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Busy(f"{name} is under way in another process (id {file.read().strip() or 'unknown'})") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield  # closing the file frees it


def _lock_file(path: Path, name: str) -> Path:
    readable = re.sub(r"[^A-Za-z0-9._-]", "-", name)[:60]
    return path.with_name(f"{path.name}.{readable}.{hashlib.sha256(name.encode()).hexdigest()[:8]}.lock")
