"""The operations guide's nightly look, its back-up, and what it says happens when credentials expire, on an emulated organization."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, typed
from tests.e2e.desk import PLAN, Desk, settle, small

pytestmark = [pytest.mark.http, pytest.mark.slow]
PAGE = (ROOT / "docs" / "how-to" / "operate.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with small(tmp_path_factory.mktemp("operate")) as sat:
        settle(sat)
        yield sat


def below(heading: str) -> list[list[str]]:
    """The words of each `patchkeep` line in the first shell block below a heading."""
    block = next(block for block in blocks(PAGE.split(f"\n## {heading}\n", 1)[1]) if block.language == "sh")
    return [shlex.split(each.line)[1:] for each in typed(block) if each.line.startswith("patchkeep ")]


def units() -> dict[str, str]:
    """The systemd units of the page, by their names."""
    block = next(block.text for block in blocks(PAGE) if "/etc/systemd/system/" in block.text)
    parts = re.split(r"^# /etc/systemd/system/(\S+)\n", block, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_whoever_fails_starts_a_unit_that_the_page_gives() -> None:
    assert set(re.findall(r"^OnFailure=(\S+)$", units()["patchkeep.service"], re.MULTILINE)) == {"patchkeep-failed.service"}
    assert "patchkeep-failed.service" in units()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for name, text in units().items():
        (tmp_path / name).write_text(text.replace("/srv/patchkeep/nightly", "/bin/true"), encoding="utf-8")
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in units())], capture_output=True, text=True, check=False
    )
    assert [line for line in (said.stdout + said.stderr).splitlines() if "patchkeep" in line] == []


def test_every_night_ends_with_a_status_that_says_whether_all_is_well(desk: Desk) -> None:
    *others, last = below("Every night")
    assert [words[0] for words in others] == ["discover", "report", "report", "doctor"]
    for words in others:
        desk(*words)
    desk(*last, status=1)
    assert (desk.folder / "report.html").is_file()
    assert (desk.folder / "assets.csv").is_file()


def test_the_back_up_of_the_page_is_made_and_the_store_is_sound(desk: Desk) -> None:
    backup, status = below("Back-up, restore, retention")
    assert backup[:2] == ["db", "backup"]
    variables = {**desk.variables, "PATCHKEEP_DATABASE_URL": f"sqlite:///{desk.folder}/patchkeep.db"}
    here = Desk(desk.folder, desk.endpoint, variables)
    here("db", "backup", "copy.db")
    assert (desk.folder / "copy.db").stat().st_mode & 0o777 == 0o600
    here(*status)


def test_a_rollout_whose_credentials_expire_gives_up_with_status_1_and_goes_on_later(desk: Desk) -> None:
    begun = desk.sandbox.now()
    desk.sandbox.add_fault("expired-token", since=(begun + timedelta(minutes=10)).isoformat())
    said = desk("rollout", "start", PLAN, "--yes", "--wait", status=1)
    rollout = desk.json("rollout", "status")["rollouts"][0]
    assert rollout["status"] == "running"
    assert f"Next: patchkeep rollout resume {rollout['id']}" in said.sentence
    assert (desk.sandbox.now() - begun).total_seconds() < 3600
    desk.sandbox.clear_faults()
    desk("rollout", "resume", rollout["id"], "--wait")
    assert desk.json("rollout", "status", rollout["id"])["rollout"]["status"] == "waiting", "for the approval of prod"
    assert len(desk.sent()) == len({(params["Comment"], *params["InstanceIds"]) for params in desk.sent()})


def test_a_role_that_lets_nobody_in_is_a_gap_with_the_command_that_makes_it(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "patchkeep.yaml").write_text((desk.folder / "patchkeep.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    stranger = Desk(tmp_path, desk.endpoint, {**desk.variables, "PATCHKEEP_EXTERNAL_ID": "another-one"})
    assert "make the member role there (`patchkeep export cloudformation`)" in stranger("discover").sentence
    assert stranger("doctor").sentence.count("make the member role there") == 1
