"""Discover a large pretend organization, and make the same calls with bare botocore: python benchmarks/discover.py --nodes 20000

Three processes: the server of canned answers, our client, and a bare client that repeats our trace. CPU and memory are each
client's own; the server's count for neither.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
POLICY = HERE / "fleet.yaml"
ACCOUNTS, PACKAGES = 50, 400
PATCHES = "ssm:DescribeInstancePatches"
# What AWS tells of many nodes at once. The rest is told one object at a time, however many nodes there are.
BULK = frozenset({"ec2:DescribeInstances", "ssm:DescribeInstanceInformation", "ssm:DescribeInstancePatchStates", "ssm:GetInventory"})


@contextmanager
def canned(nodes: int, accounts: int, packages: int) -> Iterator[dict[str, str]]:
    """The environment of a client of a pretend organization, which is served until the block ends."""
    sizes = [f"--nodes={nodes}", f"--accounts={accounts}", f"--packages={packages}"]
    with subprocess.Popen([sys.executable, str(HERE / "canned/server.py"), *sizes], stdout=subprocess.PIPE, text=True) as process:
        endpoint = process.stdout.readline().strip() if process.stdout else ""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        nothing = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
        keys = {"AWS_ACCESS_KEY_ID": "AKIABENCH", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "us-east-1"}
        try:
            yield {**plain, **nothing, **keys, "AWS_ENDPOINT_URL": endpoint, "PATCHKEEP_EXTERNAL_ID": "bench"}
        finally:
            process.terminate()


def measured(nodes: int, accounts: int = ACCOUNTS, packages: int = PACKAGES, store: str = "") -> dict[str, Any]:
    """Figures of both clients: calls, CPU seconds, peak memory. `store`: the database that our client fills."""
    with tempfile.TemporaryDirectory() as folder, canned(nodes, accounts, packages) as environment:
        url = {"PATCHKEEP_DATABASE_URL": store or f"sqlite:///{folder}/p.db"}
        ours = _client(["--ours", f"{folder}/trace"], {**environment, **url})
        bare = _client(["--bare", f"{folder}/trace"], environment)
    return {"ours": ours, "bare": bare, "nodes": nodes, "accounts": accounts, "packages": packages}


def _client(arguments: list[str], environment: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True, env=dict(environment))
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def ours(trace: str) -> dict[str, Any]:
    """Discover, assess, store: as `patchkeep discover` does. CPU of looking alone, and of all."""
    from patchkeep.doors.clock import SystemClock
    from patchkeep.wire import house
    from patchkeep.work.assess import assess, remember
    from patchkeep.work.discover import Looking, discover

    marks = [time.process_time()]
    with house(str(POLICY), SystemClock(), trace) as opened:
        began = time.perf_counter()
        opened.aws.ready()
        seen = discover(Looking(opened.aws, opened.services, opened.policy, opened.clock), lambda *_: None)
        wall = time.perf_counter() - began
        marks.append(time.process_time())
        looked = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        opened.store.snapshots.save(seen)
        marks.append(time.process_time())
        assessment = assess(seen, opened.policy, opened.services, seen.taken_at)
        marks.append(time.process_time())
        remember(assessment, opened.store.snapshots)
        marks.append(time.process_time())
    calls: dict[str, int] = {}
    for read in seen.reads:
        calls[read.operation] = calls.get(read.operation, 0) + read.calls
    looking, saving, assessing, remembering = (round(after - before, 2) for before, after in zip(marks, marks[1:], strict=False))
    unclean = sum(bool(asset.scan and asset.scan.counts.open) for asset in seen.assets)
    return {
        "calls": calls,
        "assets": len(seen.assets),
        "packages": sum(len(asset.inventory.packages) for asset in seen.assets if asset.inventory),
        "gaps": len(seen.gaps),
        "places": len(seen.targets),
        "unclean": unclean,
        "cpu": looking,
        "save": saving,
        "assess": assessing,
        "remember": remembering,
        "wall": round(wall, 1),
        "looking_mb": looked,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def bare(trace: str) -> dict[str, Any]:
    """Each call of the trace again, in its order, by a client of botocore alone; clients are made before the clock starts."""
    lines = [json.loads(line) for line in Path(trace).read_text("utf-8").splitlines()]
    asked = [(line["target"], line["operation"], line["params"]) for line in lines if line["operation"].partition(":")[0] in {"ec2", "ssm"}]
    clients = _bare_clients({(target, operation.partition(":")[0]) for target, operation, _ in asked})
    began, pages = time.process_time(), 0
    for target, operation, params in asked:
        service, _, name = operation.partition(":")
        client, method = clients[target, service]
        pages += _made(client, method[name], {key: value for key, value in params.items() if key != "NextToken" or value})
    return {"calls": pages, "cpu": round(time.process_time() - began, 2), "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def _bare_clients(places: set[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    from botocore.session import Session

    session, clients = Session(), {}
    for target, service in sorted(places):
        account, region = target.split("/")
        client = session.create_client(service, region, aws_access_key_id=f"ASIA{account}", aws_secret_access_key="s", aws_session_token="t")
        clients[target, service] = client, {name: method for method, name in client.meta.method_to_api_mapping.items()}
    return clients


def _made(client: Any, method: str, params: dict[str, Any]) -> int:
    if "NextToken" in params or not client.can_paginate(method):
        getattr(client, method)(**params)
        return 1
    return sum(1 for _ in client.get_paginator(method).paginate(**params))


def rows(nodes: int = 20_000, store: str = "") -> list[tuple[str, str, str, str]]:
    """What was measured, its goal, what was reached, and the cause where that is not the goal."""
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
        ("client CPU of a call, against bare botocore's", "<= 1.5x", f"{a_call[0] / a_call[1]:.2f}x ({a_call[0]:.1f} / {a_call[1]:.1f} ms)", ""),
        ("wall time", "", f"{own['wall']:.0f} s", ""),
        ("peak memory, stored and assessed", "< 600 MB", f"{own['peak_mb']} MB", ""),
        ("CPU to store, assess, remember", "seconds", f"{own['save']:.1f} s, {own['assess']:.1f} s, {own['remember']:.1f} s", ""),
    ]


_SINGLE = "AWS tells of these objects one at a time, so their calls go by account-regions, not by nodes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--ours", metavar="TRACE", help=argparse.SUPPRESS)
    parser.add_argument("--bare", metavar="TRACE", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="all figures as JSON")
    said = parser.parse_args()
    if said.ours:
        print(json.dumps(ours(said.ours)))
    elif said.bare:
        print(json.dumps(bare(said.bare)))
    elif said.json:
        print(json.dumps(measured(said.nodes), indent=1))
    else:
        for row in rows(said.nodes):
            print(" | ".join(row))


if __name__ == "__main__":
    main()
