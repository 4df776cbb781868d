"""The store in a SQLite file: private to its owner, in WAL mode, one writer at a time, locks that the kernel frees."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from patchkeep.domain.ledger import Busy
from patchkeep.doors.store.dialects.seam import DURABLE, MODE, READ, WAIT_SECONDS, WRITE, Copied
from patchkeep.doors.store.errors import StoreError, WrongAddress

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no such call
    fcntl = None  # type: ignore[assignment]

CHECK = "PRAGMA quick_check"

# A transaction that DURABLE begins is on the disk before the next line runs: an intent must outlive a power cut, or AWS would be
# asked twice. A snapshot may be lost with the power: it is taken again.
_BEGIN = {
    READ: ("PRAGMA synchronous=NORMAL", "BEGIN"),
    WRITE: ("PRAGMA synchronous=NORMAL", "BEGIN IMMEDIATE"),
    DURABLE: ("PRAGMA synchronous=FULL", "BEGIN IMMEDIATE"),
}


class Sqlite:
    """Fulfils `seam.Dialect`."""

    kind = "sqlite"
    migrates_itself = True

    def __init__(self, address: sa.URL) -> None:
        if (address.database or "").startswith("file:"):
            raise WrongAddress("SQLite's file: addresses are not supported.", "Write sqlite:////path/to/patchkeep.db")
        self._address = address
        name = address.database or ""
        self._path = None if name in {"", ":memory:"} else Path(name).absolute()
        self.place = str(self._path or "sqlite:// (in memory)")

    def open(self, *, create: bool) -> sa.Engine:
        """In memory where `create` is false and there is no file."""
        if self._path is None or (not create and not self._path.exists()):
            memory = sa.make_url("sqlite://")
            engine = sa.create_engine(memory, poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
        else:
            _make_private(self._path)
            engine = sa.create_engine(self._address, connect_args={"timeout": WAIT_SECONDS})
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def explain(self, error: sa.exc.DBAPIError) -> StoreError | None:
        return _explained(getattr(error.orig, "sqlite_errorname", ""), self.place)

    @contextmanager
    def lock(self, engine: sa.Engine, name: str) -> Iterator[None]:  # noqa: ARG002 - PostgreSQL's needs the engine
        path = self._path
        if path is None or fcntl is None:
            raise StoreError("This store cannot lock anything for one process alone.", "Use a SQLite file, or PostgreSQL.")
        try:
            file = _lock_file(path, name).open("a+b", buffering=0)
        except OSError as error:
            raise _unwritable(path, error) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise Busy(f"{name} is under way in another process (id {file.read().decode().strip() or 'unknown'})") from error
            try:
                file.truncate(0)
                file.write(str(os.getpid()).encode())
            except OSError as error:
                raise _unwritable(path, error) from error
            yield  # closing the file frees it

    def confirm(self, connection: sa.Connection) -> None:
        """The kernel takes no lock away from a living process."""

    def size(self, connection: sa.Connection) -> int:  # noqa: ARG002 - PostgreSQL asks its server
        """The file with the log beside it that SQLite folds in from time to time."""
        if self._path is None:
            return 0
        beside = (self._path, Path(f"{self._path}-wal"))
        return sum(path.stat().st_size for path in beside if path.exists())

    def damage(self, connection: sa.Connection, *tables: str) -> str:
        asked = [f"{CHECK}({table})" for table in tables] or [CHECK]
        found = [str(row) for statement in asked for row in connection.exec_driver_sql(statement).scalars() if row != "ok"]
        return "; ".join(found[:3])

    def check(self) -> str:
        return CHECK

    def vacuum(self, engine: sa.Engine) -> None:
        """Writes the file anew, so for a moment it takes its own size again on the disk."""
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("VACUUM")
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise _explained(error.sqlite_errorname, self.place) or error from error
        finally:
            connection.close()

    def copy(self, engine: sa.Engine, path: Path) -> Copied:
        """By SQLite's online backup: others may read and write meanwhile. Checked before it gets its name."""
        _make_new(path)
        source = engine.raw_connection()
        try:
            with closing(sqlite3.connect(path)) as target:
                source.driver_connection.backup(target)  # type: ignore[union-attr] # it is connected
                target.execute("PRAGMA journal_mode=DELETE")  # one file, with no log beside it
                _sound(path, target.execute(CHECK).fetchone()[0])
            _sync(path)
        except (sqlite3.Error, OSError, StoreError) as error:
            path.unlink(missing_ok=True)
            raise _not_copied(error, path) from error
        finally:
            source.close()
        return Copied(path, path.stat().st_size, CHECK)


def insert(table: sa.Table) -> Any:
    return sqlite_insert(table)


def among(column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    return column.in_(values)


def append_only(table: str) -> Iterable[str]:
    for verb in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the {table} is append-only'); END"
        )


def kept_as_it_is(table: str, column: str) -> Iterable[str]:  # noqa: ARG001 - SQLite compresses nothing
    return ()


def take_turns(connection: sa.Connection, name: str) -> None:
    """BEGIN IMMEDIATE has seen to it: there is one writer at a time."""


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


def _make_new(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError as error:
        raise StoreError(f"{path} is there already, and a backup overwrites nothing.", "Name a new file.") from error
    except OSError as error:
        raise StoreError(f"The backup {path} cannot be written ({error.strerror}).", "Choose another place.") from error


def _sound(path: Path, found: str) -> None:
    if found != "ok":
        raise StoreError(f"The backup {path} is damaged ({found}), and so, it seems, is the store.", "See `patchkeep db status`.")


def _sync(path: Path) -> None:
    """On the disk, its name in the folder included."""
    for place in (path, path.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _not_copied(error: Exception, path: Path) -> Exception:
    match error:
        case sqlite3.Error():
            return _explained(error.sqlite_errorname, str(path)) or error
        case OSError():
            return StoreError(f"The backup {path} cannot be written ({error.strerror}).", "Choose another place.")
        case _:
            return error


def _unwritable(path: Path, error: OSError) -> StoreError:
    what = f"The store {path} cannot be written ({error.filename or path}: {error.strerror})."
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


def _explained(name: str, place: str) -> StoreError | None:
    for code, (what, fix) in _SAID.items():
        if name == code or name.startswith(f"{code}_"):
            return StoreError(f"The store {place} {what}", fix.format(path=place))
    return None


def _lock_file(path: Path, name: str) -> Path:
    readable = re.sub(r"[^A-Za-z0-9._-]", "-", name)[:60]
    return path.with_name(f"{path.name}.{readable}.{hashlib.sha256(name.encode()).hexdigest()[:8]}.lock")
