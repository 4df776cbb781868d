"""Ask who has what, of a stored fleet of 20,000 nodes with 400 packages each.

    python benchmarks/who.py --nodes 20000

The fleet is discovered from the canned answers first (benchmarks/discover.py), unless --store names a database that it filled.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime

from discover import POLICY, Row, measured

from patchkeep.domain.policy import Freshness
from patchkeep.doors.store import open_store
from patchkeep.match.question import parse
from patchkeep.work.who import Has, who

QUESTIONS = ("amzn-libssl7<7.8", "*ssl*", "CVE-2026-1003", "nobody-has-it")
GOAL = 0.5


def rows(store: str, nodes: int) -> list[Row]:
    """Seconds of each question, in a process that runs already and as a command of its own; best of five."""
    what = f"who, {nodes} stored nodes x 400 packages"
    inside = {question: min(_asked(store, question) for _ in range(5)) for question in QUESTIONS}
    slowest, took = max(inside.items(), key=lambda pair: pair[1][:2])
    commands = {question: min(_command(store, question) for _ in range(5)) for question in QUESTIONS}
    longest, whole = max(commands.items(), key=lambda pair: pair[1])
    start = min(_command("sqlite:////nowhere/p.db", QUESTIONS[0]) for _ in range(5))
    each = "; ".join(f"`{question}` {wall * 1000:.0f} ms, {yes} yes" for question, (wall, _, yes) in inside.items())
    cause = "" if whole[0] < GOAL else f"the same command where nothing is stored takes {_told(start)}: interpreter, imports, policy file"
    return [
        (f"{what}: slowest question ({slowest}), process start excluded", "< 0.5 s", _told(took[:2]), ""),
        ("each of them", "", each, ""),
        (f"the same as a command, process start included ({longest})", "< 0.5 s", _told(whole), cause),
    ]


def _told(took: tuple[float, float]) -> str:
    return f"{took[0]:.2f} s ({took[1]:.2f} s CPU)"


def _asked(store: str, question: str) -> tuple[float, float, int]:
    """Seconds from opening the store to the answer, by the clock and of CPU, and how many have it."""
    wall, cpu = time.perf_counter(), time.process_time()
    with open_store(store, create=False) as opened, opened.census.latest() as census:
        if census is None:
            raise SystemExit("The last look in this store was not counted.")
        answer = who(parse(question), census, Freshness(), datetime.now(UTC))
    return time.perf_counter() - wall, time.process_time() - cpu, len(answer.those(Has.YES))


def _command(store: str, question: str) -> tuple[float, float]:
    """Seconds of the whole command, by the clock and of CPU."""
    asked = [sys.executable, "-m", "patchkeep", "who", question, "--policy", str(POLICY)]
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(asked, check=False, capture_output=True, env={**os.environ, "PATCHKEEP_DATABASE_URL": store})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--store", metavar="URL", help="a database filled by benchmarks/discover.py")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = said.store or f"sqlite:///{folder}/p.db"
        if not said.store:
            measured(said.nodes, store=store, bare_too=False)
        for row in rows(store, said.nodes):
            print(" | ".join(row))


if __name__ == "__main__":
    main()
