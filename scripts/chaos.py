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

from tests.chaos.matrix import KEPT, kept_seeds, let_loose
from tests.seeded import Tally, meant

WHOLE = 200


def main(asked: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="*", help="a number of seeds (200), a range (1-50), or several single seeds")
    seeds = meant(parser, parser.parse_args(asked).seeds, WHOLE, kept_seeds())
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    began = time.monotonic()
    tally, reads, refused = Tally(len(seeds)), 0, 0
    with tempfile.TemporaryDirectory() as folder, let_loose(Path(folder)) as chaos:
        print(f"{len(seeds)} seeds; {len(chaos.clean.snapshot.assets)} assets in {len(chaos.clean.snapshot.accounts)} accounts", flush=True)
        for seed in seeds:
            outcome = chaos.run(seed)
            reads, refused = reads + outcome.reads, refused + outcome.refused
            tally.show(f"{seed}", f"{outcome.refused} of {outcome.reads} reads refused", outcome.lies)
    print(f"{tally.done} looks in {time.monotonic() - began:.0f} s: {reads} reads, {refused} refused ({refused / reads:.1%}).")
    first = next(iter(tally.failed), "")
    held = "No asset that was not read is compliant, none vanished, all that could be read is true, and every refusal shows as a gap."
    return tally.sum_up(f"make chaos SEEDS='{first}-{first}'.", KEPT, held)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
