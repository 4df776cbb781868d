"""A tiny organization to work in, with its store in a SQLite file or in a PostgreSQL server that the tests start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import pytest

from patchkeep.doors.store.database import connect, migrate
from tests.crash.processes import Seat
from tests.crash.stages import stage
from tests.store.postgres import Server, server, why_not

Enter = Callable[[str], AbstractContextManager[Seat]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    if reason := why_not():
        pytest.skip(reason)
    with server() as running:
        yield running


@contextmanager
def in_postgresql(running: Server, name: str) -> Iterator[Seat]:
    """The stage, with a copy of its database."""
    original = f"stage_{name.replace(' ', '_')}"
    if not running.run(f"SELECT 1 FROM pg_database WHERE datname = '{original}'"):  # noqa: S608 - of our own tests
        running.run(f"CREATE DATABASE {original}")
        opened = connect(running.url(original), create=True)
        migrate(opened)
        opened.close()
    before = stage(name, running.url(original))
    copy = running.database(original)
    with before.entered(running.url(copy)) as seat:
        yield seat
    running.drop(copy)


@contextmanager
def in_a_file(name: str) -> Iterator[Seat]:
    with stage(name).entered() as seat:
        yield seat


@pytest.fixture(params=["sqlite", "postgresql"])
def enter(request: pytest.FixtureRequest) -> Enter:
    """Leads to a seat before a verb ("tiny rollout"), once with each kind of store."""
    return in_a_file if request.param == "sqlite" else partial(in_postgresql, request.getfixturevalue("postgres"))
