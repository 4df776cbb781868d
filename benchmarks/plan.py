"""What it takes to make a plan of the reference estate once it is discovered: python benchmarks/plan.py.

In this process, against the emulated organization without HTTP, so that only assessing and planning is measured.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from patchkeep.policy import load
from patchkeep.services import kinds
from patchkeep.work.assess import assess
from patchkeep.work.plan import Only, plan
from tests.work.estate import SERVICES, Estate, world_of

GOAL = 5.0  # seconds of CPU
WEEKS = timedelta(days=21)  # of neglect, so that there is something to plan


def rows() -> list[tuple[str, str, str, str]]:
    orgs = files("patchkeep.sandbox").joinpath("orgs")
    estate = Estate(world_of(orgs.joinpath("snowy.yaml").read_text(encoding="utf-8")))
    estate.clock.sleep(WEEKS)
    text = orgs.joinpath("snowy-policy.yaml").read_text(encoding="utf-8")
    policy = load(text, "snowy-policy.yaml", estate.clock.now(), kinds=lambda: kinds(SERVICES))
    estate.text = "name: snowy\nenvironments: {all: {match: all}}\n"
    snapshot = estate.discover()
    began = time.process_time()
    assessment = assess(snapshot, policy, SERVICES, estate.clock.now())
    assessed = time.process_time() - began
    made = plan(assessment, SERVICES, "arn:aws:iam::111122223333:user/bench", Only())
    planned = time.process_time() - began
    changes = Counter(change.service for ring in made.rings for change in ring.changes)
    what = f"{len(snapshot.assets)} assets, {len(made.settings)} settings, {sum(changes.values())} changes of {len(changes)} services"
    return [
        (f"a plan of the reference estate after discovery, CPU ({what})", f"< {GOAL:g} s", f"{planned:.2f} s", ""),
        ("of that to assess it", "", f"{assessed:.2f} s", ""),
    ]


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
