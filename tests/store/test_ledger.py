"""The ledger: appended to, never changed, and a change that somebody made all the same is found."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from patchkeep.doors.store import Store
from tests.store.estates import entry


@pytest.fixture
def filled(store: Store) -> Store:
    for mark in ("b-1", "b-2", "b-3", "b-4"):
        store.ledger.append(entry(mark))
    store.ledger.append(entry("b-5", subject="another"))
    return store


def tamper(store: Store, statement: str) -> None:
    """As somebody would who owns the database."""
    with store.database.durable() as connection:
        if connection.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER ledger_refuses_{verb}")
        else:
            connection.exec_driver_sql("ALTER TABLE ledger DISABLE TRIGGER ALL")
        connection.exec_driver_sql(statement)


def test_entries_come_back_by_subject_oldest_first(filled: Store) -> None:
    assert filled.ledger.of("r-1") == tuple(entry(mark) for mark in ("b-1", "b-2", "b-3", "b-4"))
    assert filled.ledger.of("another") == (entry("b-5", subject="another"),)
    assert filled.ledger.of("nobody") == ()


def test_an_untouched_chain_holds(store: Store, filled: Store) -> None:
    assert filled.ledger.verify() is None


def test_an_empty_chain_holds(store: Store) -> None:
    assert store.ledger.verify() is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE ledger SET body = replace(body, 'SendCommand', 'GetCommand') WHERE seq = 3", 3),
        ("UPDATE ledger SET subject = 'elsewhere' WHERE seq = 2", 2),
        ("UPDATE ledger SET hash = previous WHERE seq = 1", 1),
        ("DELETE FROM ledger WHERE seq = 1", 2),
        ("DELETE FROM ledger WHERE seq = 3", 4),
        ("UPDATE ledger SET seq = 9 WHERE seq = 5", 9),
    ],
)
def test_a_change_shows_at_the_first_entry_it_breaks(filled: Store, statement: str, broken: int) -> None:
    tamper(filled, statement)
    assert filled.ledger.verify() == broken


@pytest.mark.parametrize("statement", ["UPDATE ledger SET subject = 'x' WHERE seq = 1", "DELETE FROM ledger WHERE seq = 5"])
def test_the_database_refuses_to_change_or_remove_an_entry(filled: Store, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="the ledger is append-only"), filled.database.writing() as connection:
        connection.exec_driver_sql(statement)
    assert filled.ledger.verify() is None
