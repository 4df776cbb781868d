"""`--help` answers at once: nothing that a command needs is imported for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from patchkeep.cli import COMMANDS
from patchkeep.doors.store import open_store
from tests.store.estates import node, snapshot

HEAVY = ("boto3", "botocore", "sqlalchemy", "rich", "yaml", "pydantic", "moto", "patchkeep.wire")
SMALLEST = "environments: {all: {match: {kind: node}}}\n"


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


def test_a_command_that_asks_aws_nothing_loads_neither_botocore_nor_the_migration_tool(tmp_path: Path) -> None:
    (tmp_path / "patchkeep.yaml").write_text(SMALLEST, encoding="utf-8")
    with open_store(f"sqlite:///{tmp_path}/patchkeep.db") as store:
        store.snapshots.save(snapshot(node()))
    program = "import sys; from patchkeep.cli import run; run(['assess']); print(*{'botocore', 'alembic', 'icalendar'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True, env=without_patchkeep())
    assert ran.stdout.splitlines()[-1] == "", ran.stderr
    assert "UNKNOWN" in ran.stdout


def without_patchkeep() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PATCHKEEP_")}


def test_every_command_of_the_list_exists_and_shows_an_example() -> None:
    from patchkeep.cli import patchkeep

    with patchkeep.make_context("patchkeep", ["--help"], resilient_parsing=True) as context:
        for name in COMMANDS:
            command = patchkeep.get_command(context, name)
            assert command is not None
            assert "patchkeep" in (command.epilog or "")


def test_a_process_of_many_looks_keeps_the_clients_of_few() -> None:
    """botocore's clients point at themselves: only the search for garbage lets go of them."""
    program = """
import gc, weakref
from patchkeep.cli import RARELY
class Client:
    def __init__(self):
        self.methods = [[self] for _ in range(5000)]
gc.set_threshold(*RARELY)
alive, most = weakref.WeakSet(), 0
for look in range(16):
    clients = [Client() for _ in range(40)]
    for client in clients:
        alive.add(client)
    del client, clients
    most = max(most, len(alive))
print(most)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(ran.stdout) <= 4 * 40
