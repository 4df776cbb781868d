"""What is stored is read, and a rollout is stopped, without AWS, without the secret, and without leaving anything behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.shell import Ran, call

pytestmark = pytest.mark.http


@pytest.fixture
def cut_off(way: Mapping[str, Ran], world: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """In the folder of the way, with its virtual time; no secret, and a profile that is not there."""
    monkeypatch.delenv("PATCHKEEP_EXTERNAL_ID")
    monkeypatch.setenv("AWS_PROFILE", "nope")
    return world


@pytest.mark.parametrize(
    "line",
    [
        "assess --no-fail",
        "doctor",
        "who zzz-no-such-package",
        "report --no-fail",
        "verify plan.json",
        "rollout status",
        "policy explain small-dev-app-007",
    ],
)
def test_what_is_stored_is_read_without_aws_and_without_the_secret(line: str, cut_off: str) -> None:
    ran = call(*line.split(), endpoint=cut_off)
    assert ran.err == ""
    assert ran.out
    assert ran.status in {0, 1}


@pytest.mark.parametrize("verb", ["pause", "halt"])
def test_a_rollout_is_stopped_by_whoever_cannot_sign_in(verb: str, cut_off: str) -> None:
    rollout = call("rollout", "status", "--format", "json", endpoint=cut_off).json["rollouts"][0]["id"]
    ran = call("rollout", verb, rollout, endpoint=cut_off)
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize("line", ["discover", "plan", "apply plan.json --yes", "rollout approve ROLLOUT --ring prod"])
def test_who_asks_aws_is_told_of_the_profile(line: str, cut_off: str) -> None:
    rollout = call("rollout", "status", "--format", "json", endpoint=cut_off).json["rollouts"][0]["id"]
    ran = call(*line.replace("ROLLOUT", rollout).split(), endpoint=cut_off)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("There is no AWS profile 'nope' (AWS_PROFILE)") or "more than 24 h" in ran.err


@pytest.mark.parametrize("line", ["assess", "doctor", "who openssl", "report", "plan", "rollout status", "policy explain web-1"])
def test_who_only_reads_makes_no_database_and_no_folder(line: str, world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATCHKEEP_DATABASE_URL", f"sqlite:///{tmp_path}/deep/er/new.db")
    ran = call(*line.split(), endpoint=world)
    assert "Nothing has been discovered yet" in ran.err or "No rollout yet" in ran.out
    assert list(tmp_path.iterdir()) == []


def test_a_plan_is_for_its_owners_eyes(way: Mapping[str, Ran], world: str, tmp_path: Path) -> None:
    there = tmp_path / "there.json"
    there.write_text("of old", encoding="utf-8")
    there.chmod(0o644)
    for path in (there, tmp_path / "new.json"):
        call("plan", "-o", str(path), endpoint=world)
        assert path.stat().st_mode & 0o777 == 0o600
