"""A store is backed up and brought back by the very commands of docs/how-to/back-up-and-restore.md, whole and fit to go on."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.exposure import Exposure
from patchkeep.doors.store import Store, open_store
from patchkeep.doors.store.database import connect, migrate
from tests.docs.pages import ROOT, blocks, typed
from tests.store.estates import NOON, entry, node, plan, rollout, snapshot
from tests.store.postgres import PASSWORD, QUOTED, Server, programs

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs" / "how-to" / "back-up-and-restore.md").read_text(encoding="utf-8")
KEEPER = "keeper"  # no superuser: it owns its database and nothing else
NIGHTLY, THERE = "/var/backups/patchkeep-2026-11-23.db", "patchkeep@db.example.com"


def block_with(word: str) -> list[str]:
    """Lines of the page's first shell block that has the word."""
    return next([each.line for each in typed(block)] for block in blocks(PAGE) if block.language == "sh" and word in block.text)


@dataclass(slots=True)
class Shell:
    """Types the page's lines, with this place's names for the page's."""

    folder: Path
    variables: dict[str, str]
    names: dict[str, str]

    def __call__(self, line: str) -> str:
        for theirs, ours in self.names.items():
            line = line.replace(theirs, ours)
        words = shlex.split(line)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.variables[name] = value
            return ""
        command = [sys.executable, "-m", *words] if words[0] == "patchkeep" else ["sh", "-c", line]
        done = subprocess.run(command, cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        return done.stdout


@pytest.fixture
def keepers(postgres: Server) -> Iterator[Callable[[str], str]]:
    """Gives the addresses of databases that a user without further rights owns, the store's tables in the first."""
    postgres.run(f"CREATE ROLE {KEEPER} LOGIN PASSWORD '{PASSWORD}'")
    postgres.run(f"CREATE DATABASE kept OWNER {KEEPER} TEMPLATE template0")
    yield lambda database: f"postgresql://{KEEPER}:{QUOTED}@127.0.0.1:{postgres.port}/{database}"
    for database in ("kept", "kept_restored"):
        postgres.drop(database)
    postgres.run(f"DROP ROLE {KEEPER}")


def filled(store: Store) -> None:
    """Looks, verdicts, a window open and one closed, a plan, a rollout under way, the ledger."""
    for day in range(3):
        seen = snapshot(replace(node(1, updates=day), name=f"day-{day}"), at=NOON + timedelta(days=day))
        store.snapshots.save(seen)
        verdict = Compliance(node(1).id, Status.UNKNOWN, (f"day {day}",), timedelta(hours=day))
        window = Exposure(node(1).id, f"p{day}|1", "high", ("CVE-2026-1",), NOON, seen.taken_at, None if day else seen.taken_at)
        store.snapshots.record(seen.taken_at, seen.id, (verdict,), (window,))
        store.ledger.append(entry(f"b-{day}"))
    store.plans.save(plan())
    store.rollouts.add(rollout())


def held(store: Store) -> tuple[object, ...]:
    looks = [(look.at, look.snapshot_id, dict(look.verdicts)) for look in store.snapshots.verdicts()]
    changes = list(store.snapshots.changes_of(node(1).id))
    return (
        store.snapshots.latest(),
        looks,
        changes,
        store.snapshots.exposures(),
        store.plans.get("plan-1"),
        store.rollouts.all(),
        [store.ledger.of(f"b-{day}") for day in range(3)],
    )


def goes_on(store: Store) -> None:
    """Numbers are given out where the old store stopped, the chain has a next link, and what was written stays written."""
    later = snapshot(node(2), at=NOON + timedelta(days=9))
    store.snapshots.save(later)
    store.snapshots.record(later.taken_at, later.id, (Compliance(node(2).id, Status.UNKNOWN, ("new",)),), ())
    store.ledger.append(entry("after"))
    assert store.snapshots.latest() == later
    assert [len(dict(look.verdicts)) for look in store.snapshots.verdicts()] == [1] * 4
    assert store.ledger.verify() is None
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE ledger SET subject = 'x'")


def test_postgresql_comes_back_whole_in_a_new_database(postgres: Server, keepers: Callable[[str], str], tmp_path: Path) -> None:
    database = connect(keepers("kept"), create=True)
    migrate(database)
    database.close()
    with open_store(keepers("kept")) as store:
        filled(store)
        before = held(store)
    names = {NIGHTLY: f"{tmp_path}/copy.db", THERE: keepers("").split("//")[1].rstrip("/"), "patchkeep_restored": "kept_restored"}
    shell = Shell(tmp_path, {**os.environ, "PATCHKEEP_DATABASE_URL": keepers("kept")}, names)
    (backup,) = block_with("patchkeep db backup")
    shell(backup)
    create, *lines = block_with("pg_restore")
    of_server = postgres.url("postgres")
    created = shlex.split(create.replace("--owner=patchkeep", f"--owner={KEEPER}").replace("patchkeep_restored", "kept_restored"))
    command = [f"{programs()}/{created[0]}", f"--maintenance-db={of_server}", *created[1:]]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    said = [shell(line) for line in lines]
    assert "3 entries, the chain holds" in said[-1]
    with open_store(shell.variables["PATCHKEEP_DATABASE_URL"]) as restored:
        assert shell.variables["PATCHKEEP_DATABASE_URL"] == keepers("kept_restored")
        assert held(restored) == before
        goes_on(restored)


def test_a_file_comes_back_whole_in_its_place(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/patchkeep.db") as store:
        filled(store)
        before = held(store)
    variables = {**os.environ, "PATCHKEEP_DATABASE_URL": f"sqlite:///{tmp_path}/patchkeep.db"}
    shell = Shell(tmp_path, variables, {NIGHTLY: f"{tmp_path}/copy.db"})
    (backup,) = block_with("patchkeep db backup")
    shell(backup)
    (tmp_path / "patchkeep.db").write_bytes(b"damaged")
    away, back = block_with("damaged/")
    shell(f"{away} || true")  # of the three files those move that are there
    shell(back)
    assert (tmp_path / "damaged" / "patchkeep.db").read_bytes() == b"damaged"
    with open_store(f"sqlite:///{tmp_path}/patchkeep.db") as restored:
        assert held(restored) == before
        goes_on(restored)
