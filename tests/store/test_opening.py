"""Opening a store: what it makes, and what it says when it can't."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from patchkeep.doors.store import Store, StoreError, migrations, open_store, tables
from patchkeep.doors.store.database import connect, open_database
from tests.house.modules import ROOT
from tests.store.estates import entry, node, rollout, snapshot


def test_a_new_database_has_the_tables_that_the_store_uses(url: str) -> None:
    database = open_database(url)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == tables.REVISION
    database.close()


def test_the_migrations_one_by_one_lead_to_what_a_new_file_has(tmp_path: Path) -> None:
    at_once, step_by_step = tmp_path / "at-once.db", tmp_path / "step-by-step.db"
    open_store(f"sqlite:///{at_once}").close()
    by_every_migration(f"sqlite:///{step_by_step}")
    assert schema(at_once) == schema(step_by_step)
    assert {"table piece", "trigger ledger_refuses_delete", "table alembic_version"} <= schema(at_once).keys()


def by_every_migration(url: str) -> None:
    database = connect(url, create=True)
    with database.durable() as connection:
        migrations.upgrade(connection)
    database.close()


def schema(path: Path) -> dict[str, str]:
    """Everything in a file but its rows; the statements that made it without blanks."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(tables.REVISION,)]
    return {f"{kind} {name}": "".join((sql or "").split()) for kind, name, sql in rows}


def test_sqlite_is_set_up_for_several_processes(file_url: str) -> None:
    database = open_database(file_url)
    with database.writing() as connection:
        assert [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys", "synchronous")] == [
            "wal",
            1,
            1,
        ]
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
    with database.durable() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    database.close()


def test_the_folder_is_made_and_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "patchkeep.db"
    with open_store(f"sqlite:///{path}") as store:
        store.snapshots.save(snapshot(node()))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes["patchkeep.db"] == 0o600
    assert set(modes.values()) == {0o600}


def test_opening_again_changes_nothing(file_url: str, path: Path) -> None:
    with open_store(file_url) as store:
        store.rollouts.add(rollout())
    before = path.read_bytes()
    with open_store(file_url) as store:
        assert store.rollouts.get("r-1") == rollout()
    assert path.read_bytes() == before


@pytest.mark.parametrize("there_already", [False, True])
def test_opening_a_store_does_not_import_the_migration_tool(file_url: str, there_already: bool) -> None:
    if there_already:
        open_store(file_url).close()
    code = "import sys; from patchkeep.doors.store import open_store; open_store(sys.argv[1]).close(); print('alembic' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code, file_url], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"


def test_making_a_store_that_breaks_off_leaves_nothing_behind(path: Path, file_url: str) -> None:
    def break_off(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "CREATE TABLE ledger" in statement:
            raise KeyboardInterrupt

    sa.event.listen(sa.Engine, "before_cursor_execute", break_off)
    try:
        with pytest.raises(KeyboardInterrupt):
            open_store(file_url)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", break_off)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    with open_store(file_url) as store:
        assert store.rollouts.all() == ()


def test_a_file_that_is_no_database_is_left_alone(path: Path, file_url: str) -> None:
    path.write_text("Dear diary, " * 100)
    with pytest.raises(StoreError, match=r"is not a database\. Choose another file"):
        open_store(file_url)
    assert path.read_text().startswith("Dear diary")


def test_another_programs_database_is_left_alone(path: Path, file_url: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    with pytest.raises(StoreError, match="database of another program"):
        open_store(file_url)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipe",)]


def test_a_store_of_a_newer_version_is_left_alone(file_store: Store, path: Path, file_url: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"newer version of Patchkeep \(its tables are at 9999\). Upgrade Patchkeep"):
        open_store(file_url)


def test_a_folder_where_nothing_can_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot be written \(.*/file: File exists\)\. Choose another place"):
        open_store(f"sqlite:///{tmp_path}/file/patchkeep.db")


def test_a_folder_in_the_place_of_the_file_is_said(path: Path, file_url: str) -> None:
    path.mkdir()
    with pytest.raises(StoreError, match=r"cannot be (opened|written)"):
        open_store(file_url)


@contextmanager
def without_root() -> Iterator[None]:
    """Root may write everywhere: be somebody else for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_without_permission_is_said(path: Path, file_url: str) -> None:
    open_store(file_url).close()
    path.chmod(0o400)
    with without_root(), pytest.raises(StoreError, match=r"cannot be written \(.*Permission denied\)\. Choose another place"):
        open_store(file_url)


def test_a_store_that_became_read_only_says_so_and_still_reads(file_store: Store) -> None:
    file_store.rollouts.add(rollout())
    engine = file_store.database.engine
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA query_only=ON"))
    assert file_store.rollouts.get("r-1") == rollout()
    with pytest.raises(StoreError, match=r"cannot be written\. Set the permissions"):
        file_store.ledger.append(entry())


def test_a_locked_store_says_who_to_look_for(file_store: Store, path: Path) -> None:
    engine = file_store.database.engine
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=50"))
    engine.dispose()
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=rf"is locked by another process.*fuser {path}"):
            file_store.ledger.append(entry())
        assert file_store.ledger.of("r-1") == ()  # readers don't wait for a writer
    file_store.ledger.append(entry())


def test_a_full_disk_is_said_and_loses_nothing(file_store: Store) -> None:
    file_store.rollouts.add(rollout())
    engine = file_store.database.engine
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=60"))
    engine.dispose()
    fleet = snapshot(*(node(n, packages=200, updates=20) for n in range(100)))
    with pytest.raises(StoreError, match=r"the disk is full\. Make room"):
        file_store.snapshots.save(fleet)
    assert file_store.snapshots.latest() is None
    assert file_store.rollouts.get("r-1") == rollout()


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("nonsense", "is not the address of a database"),
        ("", "is not the address of a database"),
        ("mysql://host/name", "mysql databases are not supported"),
        ("postgresql+asyncpg://host/name", r"postgresql\+asyncpg databases are not supported"),
        ("postgresql://host:many/name", "is not the address of a database"),
        ("postgresql://user:half@other@host/name", r"'postgresql://user:\*{3}@host/name' has an @ too many"),
        ("sqlite:///file:x?uri=true", "file: addresses are not supported"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(url: str, what: str) -> None:
    with pytest.raises(StoreError, match=what):
        open_store(url)


def test_a_store_in_memory_keeps_what_it_is_given_while_it_is_open() -> None:
    with open_store("sqlite://") as store:
        store.rollouts.add(rollout())
        store.ledger.append(entry())
        assert store.rollouts.get("r-1") == rollout()
        assert store.ledger.verify() is None
