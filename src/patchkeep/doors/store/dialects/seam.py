"""What the store asks of a database, whichever it is. Each kind of database answers in one module of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from patchkeep.doors.store.errors import StoreError

T = TypeVar("T")
WAIT_SECONDS = 30  # for another process's transaction
MODE = "patchkeep_mode"  # execution option: how a transaction begins
READ, WRITE, DURABLE = "read", "write", "durable"


@dataclass(frozen=True, slots=True)
class Copied:
    """A backup that was made. `how` says what was checked on it."""

    path: Path
    size: int  # bytes
    how: str


class Dialect(Protocol):
    """One database as its kind knows it; bound to one address."""

    kind: str  # SQLAlchemy's name: "sqlite", "postgresql"
    place: str  # the address as it may be shown: without a password
    migrates_itself: bool  # whether opening may make and change tables

    def open(self, *, create: bool) -> sa.Engine: ...

    def explain(self, error: sa.exc.DBAPIError) -> StoreError | None:
        """What a driver's error means to a person; None for one that is a bug of ours."""

    def lock(self, engine: sa.Engine, name: str) -> AbstractContextManager[None]:
        """Held by one thread of one process, and free when that process ends; raises `Busy`."""

    def confirm(self, connection: sa.Connection) -> None:
        """Raise `StoreError` when a lock that this process believes to hold is lost."""

    def size(self, connection: sa.Connection) -> int:
        """Bytes on the disk."""

    def damage(self, connection: sa.Connection, *tables: str) -> str:
        """What the database itself finds wrong with these tables (none named: all); "" where it finds nothing."""

    def check(self) -> str:
        """How `damage` looks: "PRAGMA quick_check"."""

    def vacuum(self, engine: sa.Engine) -> None:
        """Give back, or make ready for use, the room of what was deleted."""

    def copy(self, engine: sa.Engine, path: Path) -> Copied:
        """A backup in a new file that only its owner can read. Raises `StoreError`; never overwrites."""


class Statements(Protocol):
    """SQL that each kind of database spells its own way."""

    def insert(self, table: sa.Table) -> Any:
        """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""

    def among(self, column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
        """Whether the column is one of the values."""

    def append_only(self, table: str) -> Iterable[str]:
        """Triggers by which the database refuses to change or remove what was written."""

    def kept_as_it_is(self, table: str, column: str) -> Iterable[str]:
        """What keeps the database from compressing again what is compressed already."""

    def take_turns(self, connection: sa.Connection, name: str) -> None:
        """Wait until no other transaction that asked for the same name is under way; until the end of this one others wait."""


def in_chunks(values: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """The values in lists short enough for one statement's parameters, and for memory."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk
