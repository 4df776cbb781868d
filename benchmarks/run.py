"""Measure everything and write benchmarks/figures.md: `make bench`. Figures of one machine; compare runs, not machines."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import again
import custodian
import discover
import reference
import start
import store
import who

FIGURES = Path(__file__).parent / "figures.md"
HEAD = ("what", "goal", "reached", "why not")


def main() -> None:
    """Run every measurement, or those named, and write the table; a part that was not run keeps no figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="of: start, fleet, reference, store, custodian (default: all)")
    parser.add_argument("--nodes", type=int, default=20_000, help="size of the large fleet (default: 20000; four minutes)")
    said = parser.parse_args()
    parts: dict[str, tuple[str, Callable[[], Iterable[Sequence[str]]]]] = {
        "start": ("Start", start.rows),
        "fleet": ("A large fleet, from canned answers", lambda: fleet(said.nodes)),
        "reference": ("The reference estate, from the sandbox", reference.rows),
        "store": ("The store", store.rows),
        "custodian": ("Against Cloud Custodian, on the same sandbox", custodian.rows),
    }
    wanted = said.parts or list(parts)
    sections = [section(parts[name][0], parts[name][1]()) for name in wanted]
    made = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores (load {os.getloadavg()[1]:.1f}), Python {platform.python_version()}"
    text = "\n\n".join(["# Figures", f"Written by `make bench` on {made}.", *sections]) + "\n"
    if not said.parts:
        FIGURES.write_text(text, encoding="utf-8")
    print(text)


def fleet(nodes: int) -> list[discover.Row]:
    """Discovery, the questions to what it stored, and a rollout's look at its places."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/p.db"
        return [*discover.rows(nodes, database), *who.rows(database, nodes), *again.rows()]


def section(title: str, rows: Iterable[Sequence[str]]) -> str:
    """A table. Rows have two cells (what, reached) or four; what a row says of its goal itself stays where it says it."""
    whole = [(row[0], "", row[1], "") if len(row) == 2 else tuple(row) for row in rows]
    lines = ["| " + " | ".join(cells) + " |" for cells in (HEAD, ("---",) * 4, *whole)]
    return "\n".join([f"## {title}", "", *lines])


if __name__ == "__main__":
    main()
