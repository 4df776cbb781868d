"""Measure what matters and write benchmarks/figures.md: `make bench`. Figures of one machine; compare runs, not machines."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from patchkeep.wire import SandboxClock, house, sandbox_environment, sandbox_process
from patchkeep.work.assess import assess
from patchkeep.work.discover import Looking, discover
from patchkeep.work.plan import Only, plan

HERE = Path(__file__).parent
POLICY = HERE.parent / "src/patchkeep/sandbox/orgs/snowy-policy.yaml"
Row = tuple[str, str]


def main() -> None:
    """Run every measurement and write the table."""
    rows = [*_help(), *_reference_estate(), *_demo()]
    made = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = ["# Figures", "", f"Written by `make bench` on {made}.", "", "| what | figure |", "|---|---|"]
    lines += [f"| {what} | {figure} |" for what, figure in rows]
    (HERE / "figures.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _help() -> list[Row]:
    """Best of seven, as DECISIONS asks."""
    seconds = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "patchkeep", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    return [("`patchkeep --help`, best of 7", f"{min(seconds) * 1000:.0f} ms")]


def _reference_estate() -> list[Row]:
    """One look at the reference estate over HTTP, and what follows from it."""
    with tempfile.TemporaryDirectory() as folder, sandbox_process("snowy") as endpoint:
        os.environ |= sandbox_environment(endpoint)
        os.environ |= {"PATCHKEEP_EXTERNAL_ID": "snowy-patchkeep", "PATCHKEEP_DATABASE_URL": f"sqlite:///{folder}/p.db"}
        clock = SandboxClock(endpoint)
        clock.sleep(timedelta(days=2))
        with house(str(POLICY), clock) as opened:
            wall, cpu = time.perf_counter(), time.process_time()
            seen = discover(Looking(opened.aws, opened.services, opened.policy, clock), lambda *_: None)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            calls = sum(read.calls for read in seen.reads)
            patches = sum(read.calls for read in seen.reads if read.operation == "ssm:DescribeInstancePatches")
            judged = time.process_time()
            assessment = assess(seen, opened.policy, opened.services, clock.now())
            judged, planned = time.process_time() - judged, time.process_time()
            plan(assessment, opened.services, opened.aws.caller().arn, Only())
            planned = time.process_time() - planned
    nodes = len(seen.assets)
    return [
        (f"discover {nodes} nodes in {len(seen.targets)} account-regions: calls", f"{calls}"),
        ("of these DescribeInstancePatches, asked of nodes that are not clean only", f"{patches}"),
        ("calls for facts given in bulk, per 10 nodes", f"{(calls - patches) / nodes * 10:.1f}"),
        ("client CPU", f"{cpu:.1f} s ({cpu / calls * 1000:.1f} ms a call)"),
        ("wall time", f"{wall:.1f} s"),
        ("assess", f"{judged * 1000:.0f} ms"),
        ("plan", f"{planned * 1000:.0f} ms"),
    ]


def _demo() -> list[Row]:
    """The whole demo, set-up excluded."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "patchkeep", "demo", "--dir", f"{folder}/demo"], check=True, capture_output=True, text=True
        )
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    said = next((line for line in done.stdout.splitlines() if "peak memory" in line), "")
    return [("`patchkeep demo`", f"{seconds:.0f} s"), ("largest process of all this", f"{peak} MB"), ("the demo's own words", said)]


if __name__ == "__main__":
    main()
