"""Feeds are read when somebody asks, from a file here; what is kept is shown with its age, and errors keep what was there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from patchkeep.wire import sandbox_lifecycles
from tests.cli.shell import Ran, call

PRODUCTS = len(json.loads(sandbox_lifecycles())["result"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PATCHKEEP_DATABASE_URL", raising=False)
    (tmp_path / "feed.json").write_text(sandbox_lifecycles(), encoding="utf-8")
    return tmp_path


def test_without_a_feed_status_names_the_command_and_makes_no_database(folder: Path) -> None:
    ran = call(*["feeds", "status"])
    assert (ran.status, "Next: patchkeep feeds update" in ran.out) == (0, True)
    assert call(*["feeds", "status", "--format", "json"]).json["feeds"] == []
    assert not (folder / "patchkeep.db").exists()


def test_a_document_is_kept_and_shown_with_its_date(folder: Path) -> None:
    ran = call(*["feeds", "update", "--from", "feed.json"])
    assert ran.status == 0
    assert f"Read {PRODUCTS} products from feed.json." in ran.out
    (row,) = call(*["feeds", "status", "--format", "json"]).json["feeds"]
    assert (row["oldest"], row["newest"], row["products"]) == ("2026-08-22", "2026-08-22", PRODUCTS)
    assert row["age_days"] > 60
    assert "too old, more than 60 d" in call(*["feeds", "status"]).out.replace("\n", " ")


def test_a_folder_of_product_files_needs_their_date(folder: Path) -> None:
    (folder / "products").mkdir()
    text = '---\npermalink: /amazon-eks\nreleases:\n- releaseCycle: "9.9"\n  eol: 2040-01-01\n---\n'
    (folder / "products" / "amazon-eks.md").write_text(text, encoding="utf-8")
    assert refused("feeds update --from products", "--as-of 2026-08-22") == 1
    assert call(*["feeds", "update", "--from", "products", "--as-of", "2026-08-01"]).status == 0


def test_an_older_document_leaves_what_is_newer(folder: Path) -> None:
    call(*["feeds", "update", "--from", "feed.json"])
    document = json.loads(sandbox_lifecycles())
    document["generated_at"] = "2026-01-01T00:00:00+00:00"
    (folder / "old.json").write_text(json.dumps(document), encoding="utf-8")
    before = call(*["feeds", "status", "--format", "json"]).json["feeds"][0]["hash"]
    assert f"{PRODUCTS} products left as they were" in call(*["feeds", "update", "--from", "old.json"]).out
    assert call(*["feeds", "status", "--format", "json"]).json["feeds"][0]["hash"] == before


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("nowhere.json", "nowhere.json cannot be read: No such file or directory"),
        ("empty", "has no documents of a lifecycle feed in it"),
        ("future.json", "lies in the future: nothing was kept"),
        ("nothing.json", "No line of any product was found: nothing was kept"),
        ("http://feed.example/x", "only https addresses are"),
    ],
)
def test_what_cannot_be_read_keeps_what_was_there(folder: Path, source: str, says: str) -> None:
    (folder / "empty").mkdir()
    (folder / "nothing.json").write_text('{"generated_at": "2026-01-01", "result": []}', encoding="utf-8")
    (folder / "future.json").write_text(sandbox_lifecycles().replace("2026-08-22T", "2999-08-22T"), encoding="utf-8")
    call(*["feeds", "update", "--from", "feed.json"])
    before = call(*["feeds", "status"]).out
    assert refused(f"feeds update --from {source}", says) == 1
    assert call(*["feeds", "status"]).out == before


def refused(line: str, says: str) -> int:
    ran: Ran = call(*line.split())
    assert says in ran.text.replace("\n", " ")
    return ran.status
