#!/usr/bin/env python
"""The seeded matrix of crashes, whole: discover, apply and rollout killed with SIGKILL at moments that seeds draw, and gone on with.

Usage: .venv/bin/python scripts/crash.py [--verb VERB] [NUMBER | FIRST-LAST]; 100 seeds of each verb unless told. Seeds that once failed
(tests/crash/seeds.txt) always run. Prints a line per ten seeds (all where one fails) and a summary; exit status 1 when a seed failed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.crash.matrix import KEPT, Outcome, calm, kept_seeds, run
from tests.crash.stages import VERBS, stage

WHOLE = 100
LINE_EVERY = 10
SHOWN = 5  # sentences of a seed


def main(asked: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verb", choices=VERBS, help="this verb alone")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="so many seeds side by side (one per processor)")
    parser.add_argument("seeds", nargs="?", default=str(WHOLE), help="a number of seeds of each verb (100), or a range (7-9)")
    told = parser.parse_args(asked)
    verbs = (told.verb,) if told.verb else VERBS
    seeds = [(verb, seed) for verb in verbs for seed in _seeds(parser, told.seeds, verb)]
    began = time.monotonic()
    for verb in verbs:
        stage(verb)  # all before the first fork
        moments = calm(verb)
        print(f"{verb}: {sum(moments.asked.values())} calls, {moments.instants} instants of the store", flush=True)
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(told.processes, mp_context=get_context("fork")) as pool:
        for outcome in pool.map(run, *zip(*seeds, strict=True)):
            outcomes.append(outcome)
            _show(outcomes, len(seeds))
    return _sum_up(outcomes, time.monotonic() - began)


def _seeds(parser: argparse.ArgumentParser, word: str, verb: str) -> list[int]:
    first, _, last = word.rpartition("-")
    try:
        chosen = range(int(first or 1), int(last) + 1)
    except ValueError:
        parser.error(f"{word} names no seeds: write 100, or 7-9")
    return sorted({*chosen, *(seed for kept, seed in kept_seeds() if kept == verb)})


def _show(outcomes: Sequence[Outcome], number: int) -> None:
    last = outcomes[-1]
    if not last.held:
        print(f"{last.verb} {last.seed} FAILED, killed {last.moment}", flush=True)
        for sentence in last.harm[:SHOWN]:
            print(f"  {sentence}", flush=True)
        if len(last.harm) > SHOWN:
            print(f"  ... {len(last.harm) - SHOWN} more", flush=True)
    if len(outcomes) % LINE_EVERY == 0 or len(outcomes) == number:
        failed = sum(not outcome.held for outcome in outcomes)
        print(f"{len(outcomes)} of {number}: {failed} failed", flush=True)


def _sum_up(outcomes: Sequence[Outcome], seconds: float) -> int:
    failed = [outcome for outcome in outcomes if not outcome.held]
    asked = sum(outcome.person for outcome in outcomes)
    print(f"{len(outcomes)} kills in {seconds:.0f} s; {asked} times a person had to say what became of a step.")
    if failed:
        one = failed[0]
        print(f"{len(failed)} FAILED. Repeat: .venv/bin/python scripts/crash.py --verb {one.verb} {one.seed}-{one.seed}.")
        print(f"Keep them: a line each in {KEPT.relative_to(Path(__file__).parents[1])}, with the sentence that it found.")
        return 1
    print("Nothing was lost, nothing done twice, and all came out as it does undisturbed.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
