#!/usr/bin/env python
"""The seeded matrix of crashes, whole: verbs killed with SIGKILL at moments that seeds draw, and gone on with.

The verbs: discover, apply and rollout of the small organization, and "managed", a rollout that changes a resource of every managed service.

Usage: .venv/bin/python scripts/crash.py [--verb VERB] [NUMBER | FIRST-LAST | SEED ...]; 100 seeds of each verb unless told. Seeds that
once failed (tests/crash/seeds.txt) always run. Prints a line per ten seeds (all where one fails) and a summary; exit status 1 when a seed
failed.
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

from tests.crash.matrix import KEPT, calm, kept_seeds, run
from tests.crash.stages import VERBS, stage
from tests.seeded import Tally, meant

WHOLE = 100


def main(asked: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verb", choices=VERBS, help="this verb alone")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="so many seeds side by side (one per processor)")
    parser.add_argument("seeds", nargs="*", help="a number of seeds of each verb (100), a range (7-9), or several single seeds")
    told = parser.parse_args(asked)
    verbs = (told.verb,) if told.verb else VERBS
    kept = {verb: [seed for of, seed in kept_seeds() if of == verb] for verb in verbs}
    seeds = [(verb, seed) for verb in verbs for seed in meant(parser, told.seeds, WHOLE, kept[verb])]
    began = time.monotonic()
    for verb in verbs:
        stage(verb)  # all before the first fork
        moments = calm(verb)
        print(f"{verb}: {sum(moments.asked.values())} calls, {moments.instants} instants of the store", flush=True)
    tally, said = Tally(len(seeds)), 0
    with ProcessPoolExecutor(told.processes, mp_context=get_context("fork")) as pool:
        for outcome in pool.map(run, *zip(*seeds, strict=True)):
            said += outcome.person
            tally.show(f"{outcome.verb} {outcome.seed}", f"killed {outcome.moment}", outcome.harm)
    print(f"{tally.done} kills in {time.monotonic() - began:.0f} s; {said} times a person had to say that a step was never sent.")
    verb, _, seed = next(iter(tally.failed), "").rpartition(" ")
    held = "Nothing was lost, nothing done twice, and all came out as it does undisturbed."
    return tally.sum_up(f".venv/bin/python scripts/crash.py --verb {verb} {seed}-{seed}.", KEPT, held)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
