"""Ask who has what, of a stored fleet of 20,000 nodes with 400 packages each.

    python benchmarks/who.py --nodes 20000

The fleet is discovered from the canned answers first (benchmarks/discover.py), unless --store names a database that it filled.
"""

from __future__ import annotations

import argparse
import os
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
    """Seconds of each question, in a process that runs already and as a command of its own; best of three."""
    what = f"who, {nodes} stored nodes x 400 packages"
    inside = {question: min(_asked(store, question) for _ in range(3)) for question in QUESTIONS}
    slowest, seconds = max(inside.items(), key=lambda pair: pair[1][0])
    commands = {question: min(_command(store, question) for _ in range(3)) for question in QUESTIONS}
    start = min(_command("sqlite:////nowhere/p.db", QUESTIONS[0]) for _ in range(3))
    each = "; ".join(f"`{question}` {inside[question][0] * 1000:.0f} ms, {inside[question][1]} yes" for question in QUESTIONS)
    whole, longest = max((took, question) for question, took in commands.items())
    cause = "" if whole < GOAL else f"the same command where nothing is stored takes {start:.2f} s: interpreter, imports, policy file"
    return [
        (f"{what}: slowest question ({slowest}), process start excluded", "< 0.5 s", f"{seconds[0]:.2f} s", ""),
        ("each of them", "", each, ""),
        (f"the same as a command, process start included ({longest})", "< 0.5 s", f"{whole:.2f} s", cause),
    ]


def _asked(store: str, question: str) -> tuple[float, int]:
    """Seconds from opening the store to the answer, and how many have it."""
    began = time.perf_counter()
    with open_store(store, create=False) as opened, opened.census.latest() as census:
        if census is None:
            raise SystemExit("The last look in this store was not counted.")
        answer = who(parse(question), census, Freshness(), datetime.now(UTC))
    return time.perf_counter() - began, len(answer.those(Has.YES))


def _command(store: str, question: str) -> float:
    """Seconds of the whole command."""
    asked = ["who", question, "--policy", str(POLICY)]
    began = time.perf_counter()
    environment = {**os.environ, "PATCHKEEP_DATABASE_URL": store}
    subprocess.run([sys.executable, "-m", "patchkeep", *asked], check=False, capture_output=True, env=environment)
    return time.perf_counter() - began


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
