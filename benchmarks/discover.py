"""Discover a large pretend organization, and make the same calls with bare botocore.

    python benchmarks/discover.py --nodes 20000

Three processes: the server of canned answers, our client, and a bare client that repeats our trace. CPU and memory are each
client's own; the server's count for neither.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = tuple[str, str, str, str]  # what was measured, its goal, what was reached, and the cause where that is not the goal
HERE = Path(__file__).parent
POLICY = HERE / "fleet.yaml"
ACCOUNTS, PACKAGES = 50, 400
FOLLOWING = ("assess", "remember", "plan")
PATCHES = "ssm:DescribeInstancePatches"
# What AWS tells of many nodes at once. The rest is told one object at a time, however many nodes there are.
BULK = frozenset({"ec2:DescribeInstances", "ssm:DescribeInstanceInformation", "ssm:DescribeInstancePatchStates", "ssm:GetInventory"})


@contextmanager
def canned(nodes: int, accounts: int, packages: int) -> Iterator[dict[str, str]]:
    """The environment of a client of a pretend organization, which is served until the block ends."""
    sizes = [f"--nodes={nodes}", f"--accounts={accounts}", f"--packages={packages}"]
    with subprocess.Popen([sys.executable, str(HERE / "canned/server.py"), *sizes], stdout=subprocess.PIPE, text=True) as process:
        endpoint = process.stdout.readline().strip() if process.stdout else ""
        if not endpoint.startswith("http"):
            raise SystemExit("The server of canned answers did not start: what it said stands above.")  # never ask AWS instead
        plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        nothing = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
        keys = {"AWS_ACCESS_KEY_ID": "AKIABENCH", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "us-east-1"}
        try:
            yield {**plain, **nothing, **keys, "AWS_ENDPOINT_URL": endpoint, "PATCHKEEP_EXTERNAL_ID": "bench"}
        finally:
            process.terminate()


def measured(nodes: int, accounts: int = ACCOUNTS, packages: int = PACKAGES, store: str = "", *, bare_too: bool = True) -> dict[str, Any]:
    """Figures of both clients: calls, CPU seconds, peak memory. `store`: the database that our client fills."""
    with tempfile.TemporaryDirectory() as folder, canned(nodes, accounts, packages) as environment:
        url = {"PATCHKEEP_DATABASE_URL": store or f"sqlite:///{folder}/p.db"}
        ours = _client("ours", f"{folder}/trace", {**environment, **url})
        bare = _client("bare", f"{folder}/trace", environment) if bare_too else {}
    return {"ours": ours, "bare": bare, "nodes": nodes, "accounts": accounts, "packages": packages}


def _client(name: str, trace: str, environment: Mapping[str, str]) -> dict[str, Any]:
    command = [sys.executable, str(HERE / f"canned/{name}.py"), trace]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=dict(environment))
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def rows(nodes: int = 20_000, store: str = "") -> list[Row]:
    """What was measured of one look, and of what follows from it."""
    told = measured(nodes, store=store)
    own, bare_ = told["ours"], told["bare"]
    calls = sum(own["calls"].values())
    a_call = own["cpu"] / calls * 1000, bare_["cpu"] / bare_["calls"] * 1000
    bulk = sum(own["calls"].get(name, 0) for name in BULK)
    patches = own["calls"].get(PATCHES, 0)
    single = calls - bulk - patches
    place = f"{own['places']} account-regions"
    return [
        (f"discover {own['assets']} nodes in {told['accounts']} accounts, {told['packages']} packages each: calls", "", f"{calls}", ""),
        ("calls for what AWS tells in bulk of nodes, per 10 nodes", "<= 1", f"{bulk / nodes * 10:.2f}", ""),
        (f"calls for single objects (baselines, associations, windows ...), per each of {place}", "", f"{single / own['places']:.1f}", ""),
        ("both together, per 10 nodes", "<= 1", f"{(bulk + single) / nodes * 10:.2f}", _SINGLE if bulk + single > nodes / 10 else ""),
        ("DescribeInstancePatches, against nodes that are not clean", "equal", f"{patches} / {own['unclean']}", ""),
        (
            "client CPU of a call, against bare botocore's",
            "<= 1.5x",
            f"{a_call[0] / a_call[1]:.2f}x ({a_call[0]:.1f} / {a_call[1]:.1f} ms)",
            "",
        ),
        ("wall time", "", f"{own['wall']:.0f} s", ""),
        ("peak memory, stored and assessed", "< 600 MB", f"{own['peak_mb']} MB", ""),
        ("CPU to store the look, and to count who has what", "", f"{own['save']:.1f} s, {own['count']:.1f} s", ""),
        (
            "CPU to assess, to remember the verdicts, to plan",
            "seconds",
            f"{own['assess']:.1f} s, {own['remember']:.1f} s, {own['plan']:.1f} s",
            "",
        ),
    ]


_SINGLE = "AWS tells of these objects one at a time, so their calls go by account-regions, not by nodes"


def _times(ours: float, bare: float) -> str:
    return f"{ours / bare:.2f}x ({ours:.1f} / {bare:.1f} ms)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--json", action="store_true", help="all figures as JSON")
    said = parser.parse_args()
    if said.json:
        print(json.dumps(measured(said.nodes), indent=1))
    else:
        for row in rows(said.nodes):
            print(" | ".join(row))


if __name__ == "__main__":
    main()
