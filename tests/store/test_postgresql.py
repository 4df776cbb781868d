"""What only PostgreSQL can refuse or lose, and the sentences for it. No message ever holds the password."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from patchkeep.domain.ledger import Busy
from patchkeep.doors.store import Store, StoreError, migrations, open_store
from patchkeep.doors.store.database import connect, migrate
from patchkeep.doors.store.dialects import dialect_of, shown
from patchkeep.doors.store.errors import WrongAddress
from patchkeep.doors.store.ledger import append
from tests.house.modules import ROOT
from tests.store.estates import entry, node, rollout, snapshot
from tests.store.postgres import PASSWORD, QUOTED, Server, programs, server, why_not


@pytest.fixture
def url(postgres: Server, database: str) -> str:
    return postgres.url(database)


@pytest.fixture
def own() -> Iterator[Server]:
    """A server that a test may ill-treat."""
    if reason := why_not():
        pytest.skip(reason)
    with server() as running:
        yield running


def said(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert PASSWORD not in str(caught.value)
    assert QUOTED not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_each_way_to_write_the_address_leads_there(url: str, scheme: str) -> None:
    with open_store(url.replace("postgresql", scheme, 1)) as store:
        assert store.rollouts.all() == ()


def test_a_wrong_password_is_said_without_it(postgres: Server, database: str) -> None:
    assert "refuses the user or its password" in said(postgres.url(database, "wrong"))
    assert 'invalid connection option "bogus". Correct what stands behind' in said(f"{postgres.url(database)}?bogus=1")


def test_a_missing_database_is_said_with_the_way_to_make_it(postgres: Server) -> None:
    assert "does not exist. Make it: `createdb" in said(postgres.url("nowhere"))


def test_a_server_that_does_not_answer_is_said(postgres: Server) -> None:
    assert "cannot be reached: Connection refused" in said(f"postgresql://u:{QUOTED}@127.0.0.1:1/x")


def test_a_password_in_the_query_is_not_shown_either() -> None:
    assert "secret" not in dialect_of("postgresql://h/d?user=u&password=secret").place
    assert "secret" not in said_of_wrong("postgresql//u:secret:more/x@h/d")
    assert shown("x://u:se:cr@et@h/d?password=secret&a=b") == "x://u:***@h/d?password=***&a=b"


def said_of_wrong(url: str) -> str:
    with pytest.raises(WrongAddress) as caught:
        dialect_of(url)
    return str(caught.value)


def test_a_database_without_tables_is_not_given_any_unasked(postgres: Server) -> None:
    name = postgres.database()
    assert "has no tables yet. Run `patchkeep db migrate`" in said(postgres.url(name))
    database = connect(postgres.url(name), create=True)
    assert migrate(database)[0] is None
    assert migrate(database)[0] == migrate(database)[1]
    database.close()
    open_store(postgres.url(name)).close()
    postgres.drop(name)


def test_the_migrations_one_by_one_lead_to_what_a_new_database_has(postgres: Server, database: str) -> None:
    name = postgres.database()
    bare = connect(postgres.url(name), create=True)
    with bare.durable() as connection:
        migrations.upgrade(connection)
    bare.close()
    made = dumped(postgres, database)
    assert made == dumped(postgres, name)
    assert any("SET STORAGE EXTERNAL" in line for line in made)
    postgres.drop(name)


def dumped(postgres: Server, database: str) -> list[str]:
    """Everything in a database but its rows; pg_dump's own commands, which start with a backslash, bear random keys."""
    dump = subprocess.run([f"{programs()}/pg_dump", "--schema-only", postgres.url(database)], capture_output=True, text=True, check=True)
    return [line for line in dump.stdout.splitlines() if not line.startswith("\\")]


def test_tables_of_another_version_are_left_alone(postgres: Server, database: str) -> None:
    postgres.run("UPDATE alembic_version SET version_num = '9999'", database)
    assert "newer version of Patchkeep" in said(postgres.url(database))
    postgres.run("UPDATE alembic_version SET version_num = '0000'", database)
    assert "back it up (`patchkeep db backup`), then: Run `patchkeep db migrate`" in said(postgres.url(database))


def test_another_programs_database_is_left_alone(postgres: Server) -> None:
    name = postgres.database()
    postgres.run("CREATE TABLE recipe (name text)", name)
    assert "database of another program" in said(postgres.url(name))
    postgres.drop(name)


def test_a_user_without_rights_is_told_what_to_grant(postgres: Server, database: str) -> None:
    postgres.run("CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA public TO reader", database)
    postgres.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", database)
    with open_store(postgres.url(database, "r").replace("//patchkeep:", "//reader:")) as store:
        assert store.rollouts.all() == ()
        with pytest.raises(StoreError, match=r"refuses that to its user\. Grant"):
            store.ledger.append(entry())
    postgres.run("DROP OWNED BY reader; DROP ROLE reader", database)


def test_a_user_for_daily_work_needs_no_more_than_the_page_grants(postgres: Server, database: str) -> None:
    page = (ROOT / "docs/how-to/use-postgresql.md").read_text(encoding="utf-8")
    granted = next(line.strip("` ") for line in page.splitlines() if "GRANT SELECT, INSERT" in line)
    postgres.run(f"CREATE ROLE daily LOGIN PASSWORD 'd'; {granted}", database)
    with open_store(postgres.url(database, "d").replace("//patchkeep:", "//daily:")) as store:
        store.snapshots.save(seen := snapshot(node()))
        store.snapshots.record(seen.taken_at, seen.id, (), ())
        store.rollouts.add(rollout())
        store.rollouts.replace(rollout(), (entry(),))
        assert store.snapshots.latest() == seen
    postgres.run("DROP OWNED BY daily; DROP ROLE daily", database)


def test_a_read_only_server_is_said(postgres: Server, database: str) -> None:
    postgres.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    with open_store(postgres.url(database)) as store, pytest.raises(StoreError, match="read-only, perhaps a standby"):
        store.ledger.append(entry())


def test_too_many_connections_are_said(postgres: Server, database: str) -> None:
    postgres.run("CREATE ROLE crowd LOGIN PASSWORD 'c' CONNECTION LIMIT 1; GRANT SELECT ON alembic_version TO crowd", database)
    address = postgres.url(database, "c").replace("//patchkeep:", "//crowd:")
    with open_store(address):
        assert "takes no more connections" in said(address)
    postgres.run("DROP OWNED BY crowd; DROP ROLE crowd", database)


def test_a_server_that_is_shut_down_is_said_and_the_store_works_again_after_it(own: Server) -> None:
    own.run("CREATE DATABASE held")
    database = connect(own.url("held"), create=True)
    migrate(database)
    database.close()
    with open_store(own.url("held")) as store:
        store.rollouts.add(rollout())
        own.stop("fast")
        with pytest.raises(StoreError, match=r"cannot be reached|was shut down|lost the connection"):
            store.ledger.append(entry())
        own.start()
        store.ledger.append(entry())
        assert store.rollouts.get("r-1") == rollout()
        assert store.ledger.of("r-1") == (entry(),)


def test_a_connection_that_is_ended_in_the_middle_undoes_the_transaction(url: str) -> None:
    with open_store(url) as store:
        ends = "DELETE FROM alembic_version; SELECT pg_terminate_backend(pg_backend_pid())"
        with pytest.raises(StoreError, match="was shut down, or somebody ended our connection"), store.database.writing() as connection:
            connection.exec_driver_sql(ends)
        assert store.rollouts.all() == ()
    open_store(url).close()


def lock_pid(store: Store) -> int:
    with store.database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted").scalar() or 0)


def test_whoever_lost_a_lock_with_its_connection_stores_nothing_more(url: str) -> None:
    with open_store(url) as store, store.ledger.lock("rollout r-1"):
        store.rollouts.add(rollout())
        with store.database.writing() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend({lock_pid(store)}, 5000)")
        with pytest.raises(StoreError, match="kept rollout r-1 for this process alone broke, and the lock with it"):
            store.rollouts.replace(rollout(), (entry(),))
        assert store.ledger.of("r-1") == ()
        assert store.rollouts.get("r-1") == rollout()
        with open_store(url) as other, other.ledger.lock("rollout r-1"):
            pass


def test_a_durable_write_waits_for_the_disk_whatever_the_server_was_told(postgres: Server, database: str) -> None:
    for told, is_now in (("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")):
        postgres.run(f"ALTER DATABASE {database} SET synchronous_commit = {told}")
        with open_store(postgres.url(database)) as store:
            with store.database.durable() as connection:
                assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == is_now
            with store.database.writing() as connection:
                assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == told


def test_a_reader_sees_one_state_however_long_it_reads(url: str) -> None:
    with open_store(url) as store:
        with store.database.reading() as connection:
            count = sa.text("SELECT count(*) FROM rollout")
            assert connection.scalar(count) == 0
            store.rollouts.add(rollout())
            assert connection.scalar(count) == 0
        assert len(store.rollouts.all()) == 1


def test_a_table_that_somebody_locks_for_long_is_said(url: str) -> None:
    with open_store(url) as store, open_store(url) as other:
        sa.event.listen(store.database.engine, "begin", lambda connection: connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'"))
        with other.database.writing() as connection:
            connection.exec_driver_sql("LOCK TABLE ledger")
            with pytest.raises(StoreError, match="is locked by another process"):
                store.ledger.append(entry())
        store.ledger.append(entry())


def test_two_appenders_follow_one_another_even_while_one_is_slow(url: str) -> None:
    with open_store(url) as store, open_store(url) as other:
        with store.database.durable() as connection:
            append(connection, (entry("first"),))
            second = threading.Thread(target=other.ledger.append, args=(entry("second"),))
            second.start()
            time.sleep(0.1)
            append(connection, (entry("first again"),))
        second.join()
        assert [each.mark for each in store.ledger.of("r-1")] == ["first", "first again", "second"]
        assert store.ledger.verify() is None


def test_truncating_the_ledger_is_refused_too(url: str) -> None:
    with open_store(url) as store:
        store.ledger.append(entry())
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.database.writing() as connection:
            connection.exec_driver_sql("TRUNCATE ledger")


def test_the_holder_of_a_lock_is_named_by_process_and_machine(url: str) -> None:
    with open_store(url) as store, store.ledger.lock("apply"), pytest.raises(Busy, match=r"\(id \d+ on \S+\)"), store.ledger.lock("apply"):
        pass


def test_without_psycopg_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError(\"No module named 'psycopg'\", name='psycopg')\n", encoding="utf-8")
    code = "import sys; sys.path.insert(0, sys.argv[1]); from patchkeep.cli import main; main(['db', 'status'])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        env={"PATCHKEEP_DATABASE_URL": "postgresql://h/d", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'patchkeep[postgres]'" in done.stderr
