"""A store of its own for each test: in a SQLite file, and in a database of a PostgreSQL server that the tests start."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from patchkeep.doors.store import Store, open_store
from patchkeep.doors.store.database import connect, migrate
from tests.store.postgres import Server, server, why_not


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for each process that runs tests; its template database `ready` has the store's tables."""
    if reason := why_not():
        pytest.skip(reason)
    with server() as running:
        running.run("CREATE DATABASE ready TEMPLATE template0")
        database = connect(running.url("ready"), create=True)
        migrate(database)
        database.close()
        yield running


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """Name of a database in PostgreSQL that has the store's tables and nothing in them."""
    name = postgres.database("ready")
    yield name
    postgres.drop(name)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the store's tables and nothing in them: copying it is quicker than making it."""
    made = tmp_path_factory.mktemp("empty") / "patchkeep.db"
    database = connect(f"sqlite:///{made}", create=True)
    migrate(database)
    database.close()
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty store, once of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty"), tmp_path / "patchkeep.db")
        return f"sqlite:///{tmp_path / 'patchkeep.db'}"
    running: Server = request.getfixturevalue("postgres")
    return running.url(request.getfixturevalue("database"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store in SQLite lies."""
    return tmp_path / "patchkeep.db"


@pytest.fixture
def file_url(path: Path) -> str:
    """Address of an empty store in SQLite."""
    return f"sqlite:///{path}"


@pytest.fixture
def file_store(file_url: str) -> Iterator[Store]:
    """What holds for files alone is tested on one."""
    with open_store(file_url) as opened:
        yield opened
