"""The calendar as it is typed: by day in 80 columns, as one JSON document, and as a file that calendars read."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import icalendar
import pytest

from tests.cli.shell import call

POLICY = "orgs/snowy-policy.yaml"
LONG = ("calendar", "--from", "2026-12-01", "--until", "2027-01-10")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PATCHKEEP_DATABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    text = files("patchkeep.sandbox").joinpath(POLICY).read_text(encoding="utf-8")
    (tmp_path / "patchkeep.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_before_anything_was_discovered_the_policys_own_times_are_shown_and_that_is_said(folder: Path) -> None:
    ran = call("calendar")
    assert ran.status == 0
    assert "window" in ran.out
    assert "note: Nothing was discovered yet" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert not (folder / "patchkeep.db").exists()


def test_json_has_the_same_entries_as_ics(folder: Path) -> None:
    document = call(*LONG, "--format", "json").json
    text = call(*LONG, "--format", "ics").out
    assert document["format"] == "patchkeep.calendar"
    parsed = icalendar.Calendar.from_ical(text)
    assert [str(event["uid"]) for event in parsed.walk("VEVENT")] == [entry["uid"] for entry in document["entries"]]
    assert {entry["what"] for entry in document["entries"]} == {"window", "freeze"}


def test_a_file_is_written_as_calendars_want_it(folder: Path) -> None:
    ran = call(*LONG, "--format", "ics", "-o", "patchkeep.ics")
    assert "patchkeep.ics: " in ran.out
    written = (folder / "patchkeep.ics").read_bytes()
    assert written.count(b"\r\n") == written.count(b"\n")
    assert b"\r\r" not in written


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "2026-12-01", "--until", "2026-11-01"), "it lies before the first day"),
        (("--from", "2026-12-01", "--until", "2028-11-01"), "a calendar has at most 400 days"),
        (("--from", "soon"), "does not match the format"),
        (("-o", "nowhere/x.ics"), "there is no folder nowhere"),
    ],
)
def test_a_period_that_is_none_is_refused(words: tuple[str, ...], says: str) -> None:
    ran = call("calendar", *words)
    assert (ran.status, says in ran.err.replace("\n", " ")) == (2, True)
