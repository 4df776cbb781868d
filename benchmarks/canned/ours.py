"""Our client of the pretend organization: discover, store, count, assess, plan; prints its figures as JSON. A process of its own."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from memory import peak_mb

from patchkeep.cli import RARELY
from patchkeep.domain.asset import NODE
from patchkeep.domain.census import census_of
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.clock import SystemClock
from patchkeep.services import Service
from patchkeep.wire import House, house
from patchkeep.work.assess import assess, remember
from patchkeep.work.discover import Looking, discover
from patchkeep.work.plan import Only, plan

POLICY = Path(__file__).parents[1] / "fleet.yaml"


def ours(trace: str) -> dict[str, Any]:
    """Discover, store, assess and plan, as the commands do; the CPU of each."""
    gc.set_threshold(*RARELY)
    with house(str(POLICY), SystemClock(), trace) as opened:
        watch = Watch()
        seen = _looked(opened, watch)
        looked = peak_mb()
        _followed(opened, seen, watch)
    calls: dict[str, int] = {}
    for read in seen.reads:
        calls[read.operation] = calls.get(read.operation, 0) + read.calls
    return {
        "calls": calls,
        "assets": len(seen.assets),
        "packages": sum(len(asset.inventory.packages) for asset in seen.assets if asset.inventory),
        "gaps": len(seen.gaps),
        "places": len(seen.targets),
        "unclean": sum(bool(asset.scan and asset.scan.counts.open) for asset in seen.assets),
        **watch.seconds,
        "looking_mb": looked,
        "peak_mb": peak_mb(),
    }


class Watch:
    """CPU seconds of this process between one mark and the next, and the wall time of the first."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def mark(self, name: str) -> None:
        now = time.process_time()
        self.seconds.setdefault("wall", round(time.perf_counter() - self._wall, 1))
        self.seconds[name] = round(now - self._cpu, 2)
        self._cpu = now


def _of_machines(services: Mapping[str, Service]) -> dict[str, Service]:
    """Those that look at machines and their settings: the canned answers are about nothing else."""
    return {name: one for name, one in services.items() if set(one.kinds) <= {NODE} and not one.once}


def _looked(opened: House, watch: Watch) -> Snapshot:
    opened.aws.ready()
    seen = discover(Looking(opened.aws, _of_machines(opened.services), opened.policy, opened.clock), lambda *_: None)
    watch.mark("cpu")
    return seen


def _followed(opened: House, seen: Snapshot, watch: Watch) -> None:
    """What follows from a look."""
    opened.store.snapshots.save(seen)
    watch.mark("save")
    opened.store.census.keep(seen.id, census_of(seen))
    watch.mark("count")
    assessment = assess(seen, opened.policy, opened.services, seen.taken_at)
    watch.mark("assess")
    remember(assessment, opened.store.snapshots)
    watch.mark("remember")
    plan(assessment, opened.services, opened.aws.caller().arn, Only())
    watch.mark("plan")


if __name__ == "__main__":
    print(json.dumps(ours(sys.argv[1])))
