"""One look at the reference estate over HTTP, and the whole demo: python benchmarks/reference.py."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from discover import BULK, PATCHES, Row
from spent import spent

from patchkeep.domain.snapshot import Snapshot
from patchkeep.wire import SandboxClock, house, sandbox_environment, sandbox_process, signed_in
from patchkeep.work.assess import assess
from patchkeep.work.discover import Looking, discover
from patchkeep.work.plan import Only, plan

POLICY = Path(__file__).parents[1] / "src/patchkeep/sandbox/orgs/snowy-policy.yaml"
SMALL = "its account-regions are small: each takes a page of each bulk fact, however few nodes it has"
SINGLE = "baselines, associations, windows and documents are told one at a time, with their tags apart"


def rows() -> list[Row]:
    return [*_look(), *_demo()]


def _look() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, sandbox_process("snowy") as endpoint:
        secrets = {"PATCHKEEP_EXTERNAL_ID": "snowy-patchkeep", "PATCHKEEP_DATABASE_URL": f"sqlite:///{folder}/p.db"}
        with signed_in({**sandbox_environment(endpoint), **secrets}):
            clock = SandboxClock(endpoint)
            clock.sleep(timedelta(days=2))
            with house(str(POLICY), clock) as opened:
                wall, cpu = time.perf_counter(), time.process_time()
                seen = discover(Looking(opened.aws, opened.services, opened.policy, clock), lambda *_: None)
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                judged = time.process_time()
                assessment = assess(seen, opened.policy, opened.services, clock.now())
                judged, planned = time.process_time() - judged, time.process_time()
                plan(assessment, opened.services, opened.aws.caller().arn, Only())
                planned = time.process_time() - planned
    took = [("wall time", "", f"{wall:.1f} s", ""), ("assess; plan", "", f"{judged * 1000:.0f} ms; {planned * 1000:.0f} ms", "")]
    return [*_calls(seen, cpu), *took]


def _calls(seen: Snapshot, cpu: float) -> list[Row]:
    calls = Counter[str]()
    for read in seen.reads:
        calls[read.operation] += read.calls
    nodes, places = len(seen.assets), len(seen.targets)
    bulk, patches = sum(calls[name] for name in BULK), calls[PATCHES]
    single = calls.total() - bulk - patches
    return [
        (f"discover {nodes} nodes in {places} account-regions: calls", "", f"{calls.total()}", ""),
        ("calls for what AWS tells in bulk of nodes, per 10 nodes", "<= 1", f"{bulk / nodes * 10:.1f}", SMALL),
        ("calls for single objects, accounts and regions, per account-region", "", f"{single / places:.1f}", SINGLE),
        ("both together, per 10 nodes", "<= 1", f"{(bulk + single) / nodes * 10:.1f}", "both of these"),
        ("DescribeInstancePatches, asked of nodes that are not clean only", "", f"{patches}", ""),
        ("client CPU", "", f"{cpu:.1f} s ({cpu / calls.total() * 1000:.1f} ms a call)", ""),
    ]


def _demo() -> list[Row]:
    """The whole demo, set-up excluded."""
    with tempfile.TemporaryDirectory() as folder, Path(folder, "said").open("w+", encoding="utf-8") as out:
        began = time.perf_counter()
        done = spent([sys.executable, "-m", "patchkeep", "demo", "--dir", f"{folder}/demo"], os.environ, out)
        seconds = time.perf_counter() - began
        out.seek(0)
        lines = out.read().splitlines()
    if done.status:
        raise SystemExit("\n".join(["the demo failed:", *lines[-20:]]))
    said = next((line for line in lines if "peak memory" in line), "")
    return [("`patchkeep demo`", "", f"{seconds:.0f} s", ""), ("the demo's own words", "", said, "")]


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
