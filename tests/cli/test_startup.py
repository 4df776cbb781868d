"""`--help` answers at once: nothing that a command needs is imported for it."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from patchkeep.cli import COMMANDS

HEAVY = ("boto3", "botocore", "sqlalchemy", "rich", "yaml", "pydantic", "moto", "patchkeep.wire")


def test_help_answers_in_under_300_milliseconds() -> None:
    def seconds() -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "patchkeep", "--help"], capture_output=True, check=True)
        return time.perf_counter() - began

    assert min(seconds() for _ in range(7)) < 0.3


@pytest.mark.parametrize("words", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS), ["plna"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    program = (
        f"import sys; from patchkeep.cli import run; run({words!r}); print(*[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stderr.splitlines()[-1] == ""


def test_every_command_of_the_list_exists_and_shows_an_example() -> None:
    from patchkeep.cli import patchkeep

    with patchkeep.make_context("patchkeep", ["--help"], resilient_parsing=True) as context:
        for name in COMMANDS:
            command = patchkeep.get_command(context, name)
            assert command is not None
            assert "patchkeep" in (command.epilog or "")
