"""What docs/how-to/use-from-a-shell.md says of colours and width, held in a terminal and in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from patchkeep.policy.starter import starter

CHECK = (sys.executable, "-m", "patchkeep", "policy", "check", "--no-assets")
ESCAPE = "\x1b["


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "patchkeep.yaml").write_text(starter(), encoding="utf-8")
    return tmp_path


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "TERM"}}
    return {**kept, "TERM": "xterm-256color", **variables}


def in_a_terminal(folder: Path, **variables: str) -> str:
    """All that a terminal would get to show."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(CHECK, cwd=folder, env=environment(**variables), stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b""
        try:
            while more := os.read(ours, 65536):
                shown += more
        except OSError:  # Linux's way of saying that the other end was closed
            pass
    os.close(ours)
    return shown.decode()


def test_a_terminal_gets_colours(folder: Path) -> None:
    assert ESCAPE in in_a_terminal(folder)


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_who_wants_no_colours_gets_none(folder: Path, variable: dict[str, str]) -> None:
    shown = in_a_terminal(folder, **variable)
    assert "is good" in shown
    assert ESCAPE not in shown


def test_a_pipe_gets_no_colours_and_80_columns_or_as_many_as_are_said(folder: Path) -> None:
    def widest(**variables: str) -> int:
        ran = subprocess.run(CHECK, cwd=folder, env=environment(**variables), capture_output=True, text=True, check=True)
        assert ESCAPE not in ran.stdout + ran.stderr
        return max(map(len, ran.stdout.splitlines()))

    assert widest() <= 80 < widest(COLUMNS="120") <= 120
