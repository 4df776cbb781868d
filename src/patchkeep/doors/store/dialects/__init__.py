"""All that differs between SQLite and PostgreSQL. The rest of the store is SQL that both read.

Which of the two it is, the address says. PostgreSQL's module is loaded only when asked for: it takes longer than most commands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from patchkeep.doors.store.dialects import sqlite
from patchkeep.doors.store.dialects.seam import DURABLE, MODE, READ, WRITE, Copied, Dialect, Statements, in_chunks
from patchkeep.doors.store.errors import WrongAddress

__all__ = [
    "DURABLE",
    "MODE",
    "READ",
    "WRITE",
    "Copied",
    "Dialect",
    "among",
    "append_only",
    "dialect_of",
    "in_chunks",
    "insert_new",
    "kept_as_it_is",
    "take_turns",
    "upsert",
]

EXAMPLES = "Write sqlite:////path/to/patchkeep.db, or postgresql://user@host/database."


def dialect_of(url: str) -> Dialect:
    """The database at an address. Raises `WrongAddress` where it is none, or of a kind that is not supported."""
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise WrongAddress(f"{shown(url)!r} is not the address of a database.", EXAMPLES) from error
    if "@" in (address.host or ""):  # the rest of a password, which no sentence may show
        raise WrongAddress(f"{shown(url)!r} has an @ too many.", "Write an @ of the password as %40, and a / as %2F.")
    match address.drivername.partition("+"):
        case ("sqlite", _, "" | "pysqlite"):
            return sqlite.Sqlite(address)
        case ("postgresql" | "postgres", _, "" | "psycopg"):
            from patchkeep.doors.store.dialects.postgresql import Postgresql  # noqa: PLC0415 - see above

            return Postgresql(address)
        case _:
            raise WrongAddress(f"{address.drivername} databases are not supported.", EXAMPLES)


def shown(url: str) -> str:
    """An address that may be a wrong one, without what looks like a password in it."""
    return re.sub(r"(?i)(password=)[^&]*", r"\1***", re.sub(r":(?!//).*@", ":***@", url))


def _statements(connection: sa.Connection) -> Statements:
    if connection.dialect.name == "sqlite":
        return sqlite
    from patchkeep.doors.store.dialects import postgresql  # noqa: PLC0415 - see above

    return postgresql


def insert_new(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows that aren't there yet."""
    if rows:
        connection.execute(_statements(connection).insert(table).on_conflict_do_nothing(), rows)


def upsert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows, or replace those with the same primary key."""
    if not rows:
        return
    statement = _statements(connection).insert(table)
    keys = [column.name for column in table.primary_key]
    values = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)


def among(connection: sa.Connection, column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """Whether the column is one of the values, as the database answers it quickest."""
    return _statements(connection).among(column, values)


def append_only(connection: sa.Connection, table: str) -> Iterable[str]:
    """Triggers by which the database refuses to change or remove what was written."""
    return _statements(connection).append_only(table)


def kept_as_it_is(connection: sa.Connection, table: str, column: str) -> Iterable[str]:
    """What keeps the database from compressing again what is compressed already."""
    return _statements(connection).kept_as_it_is(table, column)


def take_turns(connection: sa.Connection, name: str) -> None:
    """Wait until no other transaction that asked for the same name is under way; until the end of this one others wait."""
    _statements(connection).take_turns(connection, name)
