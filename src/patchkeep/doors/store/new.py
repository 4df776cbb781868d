"""A new database's tables, made at once: what all migrations lead to, without the tool that runs them. A test holds the two equal."""

from __future__ import annotations

import sqlalchemy as sa

from patchkeep.doors.store import dialects, tables

# Alembic's own table, as it makes it: later versions go on from there.
_VERSION = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"


def make_tables(connection: sa.Connection) -> None:
    """In the connection's transaction; nothing may be there yet."""
    connection.exec_driver_sql(_VERSION)
    tables.metadata.create_all(connection, checkfirst=False)
    for statement in dialects.append_only(connection, "ledger"):
        connection.exec_driver_sql(statement)
    for table, column in tables.COMPRESSED:
        for statement in dialects.kept_as_it_is(connection, table, column):
            connection.exec_driver_sql(statement)
    connection.execute(sa.text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": tables.REVISION})
