"""Measure and write benchmarks/figures.md: `make bench` for everything. Figures of one machine; compare runs, not machines."""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import again
import custodian
import discover
import plan
import reference
import start
import store
import who

FIGURES = Path(__file__).parent / "figures.md"
HEAD = ("what", "goal", "reached", "why not")
INTRODUCTION = "# Figures\n\nWritten by `make bench`; each part says when and where. What is measured, and how: [README.md](README.md)."
Rows = Iterable[Sequence[str]]


def fleet(nodes: int) -> list[discover.Row]:
    """Discovery, the questions to what it stored, and a rollout's look at its places."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/p.db"
        return [*discover.rows(nodes, database), *who.rows(database, nodes), *again.rows()]


PARTS: dict[str, tuple[str, Callable[[int], Rows]]] = {
    "start": ("Start", lambda _: start.rows()),
    "fleet": ("A large fleet, from canned answers", fleet),
    "reference": ("The reference estate, from the sandbox", lambda _: reference.rows()),
    "plan": ("A plan of the reference estate", lambda _: plan.rows()),
    "store": ("The store", lambda _: store.rows()),
    "custodian": ("Against Cloud Custodian, on the same sandbox", lambda _: custodian.rows()),
}


def main() -> None:
    """Run the parts named, or all, and write their tables; those not run stay in the file as they were. Exit status 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--nodes", type=int, default=20_000, help="size of the large fleet (default: 20000; four minutes)")
    said = parser.parse_args()
    if unknown := set(said.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is measured has been run before, and is compiled
    failed = [name for name in said.parts or PARTS if not measured(name, said.nodes)]
    if failed:
        raise SystemExit(f"Not measured: {', '.join(failed)}; what they said stands above.")


def measured(name: str, nodes: int) -> bool:
    """Measure one part and put it into the file; False where it could not be measured."""
    title, rows = PARTS[name]
    try:
        text = section(title, rows(nodes))
    except (subprocess.CalledProcessError, OSError, SystemExit) as error:
        print(f"## {title}\n\nnot measured: {error}", flush=True)
        return False
    print(text, flush=True)
    there = sections(FIGURES.read_text(encoding="utf-8") if FIGURES.exists() else "")
    kept = {**there, title: text}
    ordered = [kept[known] for known, _ in PARTS.values() if known in kept]
    FIGURES.write_text("\n\n".join([INTRODUCTION, *ordered]) + "\n", encoding="utf-8")
    return True


def section(title: str, rows: Rows) -> str:
    """A table. Rows have two cells (what, reached) or four; what a row says of its goal itself stays where it says it."""
    whole = [(row[0], "", row[1], "") if len(row) == 2 else tuple(row) for row in rows]
    lines = ["| " + " | ".join(cells) + " |" for cells in (HEAD, ("---",) * 4, *whole)]
    cores = f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.0f}"
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {cores}, Python {platform.python_version()}"
    return "\n".join([f"## {title}", "", f"Measured {made}.", "", *lines])


def sections(text: str) -> dict[str, str]:
    """The parts of a file of figures, by title."""
    found = re.findall(r"^## (.+?)$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return {title: f"## {title}{body}".rstrip() for title, body in found}


if __name__ == "__main__":
    main()
