"""Completion as a shell does it: bash evaluates what `completion bash` prints, and asks it for what may follow."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from patchkeep.domain.frozen import Frozen
from patchkeep.domain.rollout import begin
from patchkeep.domain.snapshot import AccountSeen, Snapshot, snapshot_id
from patchkeep.doors.store import open_store
from tests.domain.make import HERE, NOW, asset, change, plan, ring

BIN = Path(sys.executable).parent
ROLLOUT = begin(plan(ring("prod", change("i-1"))), NOW)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a policy file, and a database in which one account with one machine was seen, and one rollout begun."""
    made = tmp_path_factory.mktemp("completion")
    (made / "patchkeep.yaml").touch()
    machine = replace(asset("i-1"), name="web-007", tags=Frozen(Team="shop"), service="nodes")
    seen = Snapshot("", NOW, "o-1", (AccountSeen(HERE.account, "shop", "Workloads/Prod"),), (HERE,), (machine,))
    with open_store(f"sqlite:///{made}/patchkeep.db") as store:
        store.snapshots.save(replace(seen, id=snapshot_id(seen)))
        store.plans.save(plan(ring("prod", change("i-1"))))
        store.rollouts.add(ROLLOUT)
    return made


def completed(folder: Path, *words: str, whole_words: bool = False) -> list[str]:
    """What bash offers for the last word. `whole_words`: as zsh and fish split them; bash itself splits at = and :, too."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PATCHKEEP_DATABASE_URL", None)
    typed = ("patchkeep", *words)
    if whole_words:
        environment |= {"_PATCHKEEP_COMPLETE": "bash_complete", "COMP_WORDS": shlex.join(typed), "COMP_CWORD": str(len(words))}
        ran = subprocess.run(["patchkeep"], cwd=folder, env=environment, capture_output=True, text=True, check=True)
        return [line.partition(",")[2] for line in ran.stdout.splitlines() if line]
    script = (
        'set -e; complete() { :; }; eval "$(patchkeep completion bash)"; compopt() { printf "compopt %s\\n" "$2"; }; '
        f"COMP_WORDS=({shlex.join(typed)}); COMP_CWORD={len(words)}; _patchkeep_completion patchkeep; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    ran = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()


needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")


@needs_bash
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("dis",), ["discover"]),
        (("rollout", "st"), ["start", "status"]),
        (("plan", "--on"), ["--only"]),
        (("assess", "--format", ""), ["human", "json"]),
        (("rollout", "resume", "ro-"), [ROLLOUT.id]),
        (("assess", "we"), ["web-007"]),
        (("plan", "--only", ""), ["ou=", "account=", "tag:"]),
    ],
)
def test_bash_offers_what_may_follow(folder: Path, words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(folder, *words) == offered


@needs_bash
def test_bash_completes_names_of_files_where_a_file_is_meant(folder: Path) -> None:
    assert completed(folder, "apply", "pl") == ["compopt default", ""]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ou=", ["ou=Workloads", "ou=Workloads/Prod"]),
        ("account=11", [f"account={HERE.account}"]),
        ("ou=Workloads,tag:Team=", ["ou=Workloads,tag:Team=shop"]),
        ("tag:No=", []),
    ],
)
def test_shells_that_pass_whole_words_are_offered_values_of_only(folder: Path, typed: str, offered: list[str]) -> None:
    assert completed(folder, "plan", "--only", typed, whole_words=True) == offered


def test_where_there_is_no_database_nothing_is_offered_and_none_is_made(tmp_path: Path) -> None:
    assert completed(tmp_path, "assess", "we", whole_words=True) == []
    assert completed(tmp_path, "rollout", "resume", "", whole_words=True) == []
    assert list(tmp_path.iterdir()) == []
