#!/usr/bin/env python
"""The seeded matrix of faults, whole: looks at an emulated organization with faults in a tenth of the reads, each held against the truth.

Usage: .venv/bin/python scripts/chaos.py [NUMBER | FIRST-LAST | SEED ...]; 200 seeds unless told. Seeds that once failed
(tests/chaos/seeds.txt) always run.
Prints a line per ten seeds (all where one fails) and a summary; exit status 1 when a seed failed. Progress goes to standard output at
once, so it may run in the background: .venv/bin/python scripts/chaos.py > chaos.log 2>&1 &
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.chaos.matrix import KEPT, Outcome, kept_seeds, let_loose

WHOLE = 200
LINE_EVERY = 10
SHOWN = 5  # lies of a seed


def main(asked: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="*", help="a number of seeds (200), a range (1-50), or several single seeds")
    seeds = _seeds(parser, parser.parse_args(asked).seeds)
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    began = time.monotonic()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder, let_loose(Path(folder)) as chaos:
        print(f"{len(seeds)} seeds; {len(chaos.clean.snapshot.assets)} assets in {len(chaos.clean.snapshot.accounts)} accounts", flush=True)
        for seed in seeds:
            outcomes.append(chaos.run(seed))
            _show(outcomes, len(seeds))
    return _sum_up(outcomes, time.monotonic() - began)


def _seeds(parser: argparse.ArgumentParser, words: Sequence[str]) -> list[int]:
    try:
        match words:
            case []:
                chosen = range(1, WHOLE + 1)
            case [only] if "-" in only:
                first, last = map(int, only.split("-"))
                chosen = range(first, last + 1)
            case [only]:
                chosen = range(1, int(only) + 1)
            case _:
                return [int(word) for word in words]
    except ValueError:
        parser.error(f"{' '.join(words)} names no seeds: write 200, or 1-50, or 5 7 17")
    return sorted({*chosen, *kept_seeds()})


def _show(outcomes: Sequence[Outcome], number: int) -> None:
    last = outcomes[-1]
    if not last.held:
        print(f"seed {last.seed} FAILED, {last.refused} of {last.reads} reads refused:", flush=True)
        for lie in last.lies[:SHOWN]:
            print(f"  {lie}", flush=True)
        if len(last.lies) > SHOWN:
            print(f"  ... {len(last.lies) - SHOWN} more", flush=True)
    if len(outcomes) % LINE_EVERY == 0 or len(outcomes) == number:
        failed = sum(not outcome.held for outcome in outcomes)
        print(f"{len(outcomes)} of {number}: {failed} failed", flush=True)


def _sum_up(outcomes: Sequence[Outcome], seconds: float) -> int:
    failed = [outcome.seed for outcome in outcomes if not outcome.held]
    reads, refused = sum(outcome.reads for outcome in outcomes), sum(outcome.refused for outcome in outcomes)
    print(f"{len(outcomes)} looks in {seconds:.0f} s: {reads} reads, {refused} refused ({refused / reads:.1%}).")
    if failed:
        print(f"{len(failed)} FAILED: {', '.join(map(str, failed))}. Repeat: make chaos SEEDS='{failed[0]}-{failed[0]}'.")
        print(f"Keep them: a line each in {KEPT.relative_to(Path(__file__).parents[1])}, with the sentence that it found.")
        return 1
    print("No asset that was not read is compliant, none vanished, all that could be read is true, and every refusal shows as a gap.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
