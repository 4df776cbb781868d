"""`patchkeep db` as a person types it, on a store in a file; the store's own tests know PostgreSQL."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patchkeep.domain.snapshot import Snapshot, named
from patchkeep.doors.store import open_store
from tests.cli.shell import call

POLICY = "environments: {prod: {match: {ou: Workloads}}}\n"
NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a policy, and a store of three looks, two of them older than a year."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PATCHKEEP_DATABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "patchkeep.yaml").write_text(f"retention: {{snapshots: 365d}}\n{POLICY}", encoding="utf-8")
    with open_store("sqlite:///patchkeep.db") as store:
        for days in (800, 400, 1):
            store.snapshots.save(named(replace(Snapshot("", NOW - timedelta(days=days), f"o-{days}"))))
    return tmp_path


def looks() -> int:
    return int(call("db", "status", "--format", "json").json["rows"]["taking"])


def test_status_tells_place_size_and_that_all_is_well(folder: Path) -> None:
    ran = call("db", "status")
    assert ran.status == 0
    assert ran.out.splitlines()[0] == f"{folder}/patchkeep.db"
    assert "3 of 3 different states" in ran.out
    assert "the chain holds" in ran.out
    assert max(map(len, ran.out.splitlines()[1:])) <= 80


def test_status_of_nothing_says_how_to_begin_and_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PATCHKEEP_DATABASE_URL", raising=False)
    ran = call("db", "status")
    said = "none yet: there is nothing in it, and the first `patchkeep discover` makes them"
    assert (ran.status, said in " ".join(ran.out.split())) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_migrate_makes_the_tables_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATCHKEEP_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    first, second = call("db", "migrate", "--format", "json").json, call("db", "migrate", "--format", "json").json
    assert (first["before"], second["before"]) == (None, first["after"])
    assert "nothing to do" in call("db", "migrate").out


def test_a_backup_is_named_with_its_size_and_is_never_overwritten(folder: Path) -> None:
    made = call("db", "backup", "copy.db")
    assert made.status == 0
    assert f"{folder}/copy.db" in made.out
    again = call("db", "backup", "copy.db", "--format", "json")
    assert (again.status, again.out) == (1, "")
    assert "a backup overwrites nothing" in again.err


@pytest.fixture
def answered_no() -> Iterator[None]:
    before = sys.stdin
    sys.stdin = io.StringIO("n\n")
    yield
    sys.stdin = before


def test_prune_shows_what_would_go_and_does_nothing_without_a_yes(folder: Path, answered_no: None) -> None:
    ran = call("db", "prune")
    assert (ran.status, ran.err.strip()) == (1, "Not confirmed: nothing was changed.")
    assert [line.split()[-2:] for line in ran.out.splitlines() if line.startswith("looks")] == [["2", "1"]]
    assert looks() == 3


def test_prune_with_yes_forgets_and_leaves_a_note(folder: Path) -> None:
    ran = call("db", "prune", "--yes")
    assert (ran.status, looks()) == (0, 1)
    assert "the ledger has a note of it" in ran.out
    assert "Nothing to forget." in call("db", "prune", "--yes").out


def test_prune_for_programs_tells_first_and_does_with_yes(folder: Path) -> None:
    told = call("db", "prune", "--format", "json")
    assert (told.status, told.json["pruned"], told.json["looks"], looks()) == (3, False, 2, 3)
    done = call("db", "prune", "--format", "json", "--yes")
    assert (done.status, done.json["pruned"], done.json["looks"], looks()) == (0, True, 2, 1)
    assert json.loads(done.out)["format"] == "patchkeep.db-prune"


def test_without_retention_prune_says_what_to_write(folder: Path) -> None:
    (folder / "patchkeep.yaml").write_text(POLICY, encoding="utf-8")
    ran = call("db", "prune", "--yes")
    assert "retention: {snapshots: 400d}" in " ".join(ran.out.split())
    assert looks() == 3


@pytest.mark.parametrize("written", ["12h", "0d", "never"])
def test_a_retention_that_makes_no_sense_is_refused_at_its_place(written: str, folder: Path) -> None:
    (folder / "patchkeep.yaml").write_text(f"{POLICY}retention: {{snapshots: {written}}}\n", encoding="utf-8")
    ran = call("db", "prune")
    assert ran.status == 2
    assert "patchkeep.yaml:2:24" in ran.err


def test_a_discover_that_cannot_sign_in_leaves_no_empty_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PATCHKEEP_DATABASE_URL", raising=False)
    (tmp_path / "patchkeep.yaml").write_text(POLICY, encoding="utf-8")
    assert call("discover").status == 1
    assert [file.name for file in tmp_path.iterdir()] == ["patchkeep.yaml"]
