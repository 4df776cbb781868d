"""Patchkeep's `discover` and `assess` against Cloud Custodian's four questions: same sandbox, same accounts and regions, same run.

Both are processes of their own, as their users start them; Custodian once for each account, with all its regions. Calls are those in
the sandbox's log; CPU and memory are what the system counts for each process (`spent`), start-up included. Patchkeep looks for machines
and their settings alone here, because the four questions are about machines: managed services (databases, caches ...) are left out.
It still reads accounts, baselines, associations, windows and open patches, which the four questions leave out. What is told is the
second run of one account: the first one compiles what was not compiled yet, on both sides.

`.venv/bin/python benchmarks/custodian.py` prints the table; `rows()` is for `make bench`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from spent import spent

from patchkeep.doors.store import open_store
from patchkeep.sandbox.client import SandboxClient
from patchkeep.wire import sandbox_process

HERE = Path(__file__).parent
ORG, EXTERNAL_ID = "snowy", "snowy-patchkeep"
ONE_ACCOUNT = "160000000006"  # its largest: 52 machines
LIVED = timedelta(days=2)
ORGS = HERE.parent / "src/patchkeep/sandbox/orgs"
POLICY = ORGS / f"{ORG}-policy.yaml"
QUESTIONS = HERE / "custodian.yaml"
CUSTODIAN = HERE.parent / ".venv-c7n/bin/custodian"
NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
ALIKE = frozenset(
    {"ec2:DescribeInstances", "ssm:DescribeInstanceInformation", "ssm:DescribeInstancePatchStates", "ssm:GetInventory", "sts:AssumeRole"}
)
LOADED = ("patchkeep.wire, patchkeep.work.discover, patchkeep.work.assess, patchkeep.doors.aws", "patchkeep.wire, patchkeep.work.assess")
ONLY_MACHINES = """
import sys
from dataclasses import replace
from patchkeep import services
every = services.load
def load(*asked):
    found = every(*asked).items()
    return {name: one if set(one.kinds) <= {"node"} and not one.once else replace(one, discover=None) for name, one in found}
services.load = load
from patchkeep.cli import run
run(sys.argv[1:])
"""  # Patchkeep as it is started, but for the services that look for something else
GOAL = 0.5  # of Custodian's CPU
Row = tuple[str, str, str, str]  # what was measured, its goal, what was reached, and the cause where that is not the goal


@dataclass(frozen=True, slots=True)
class Cost:
    """`cpu` and `wall` in seconds, `memory` in MB: the peak of the largest process."""

    calls: int = 0
    cpu: float = 0.0
    memory: float = 0.0
    wall: float = 0.0
    processes: int = 0

    def __add__(self, other: Cost) -> Cost:
        memory = max(self.memory, other.memory)
        return Cost(self.calls + other.calls, self.cpu + other.cpu, memory, self.wall + other.wall, self.processes + other.processes)


@dataclass(frozen=True, slots=True)
class Both:
    """What each cost, and of how many nodes each brought patch compliance and software. `alike`: our calls for these facts alone."""

    assets: int
    places: int
    discover: Cost
    assess: Cost
    loading: tuple[float, float]  # CPU seconds of both commands before they do anything: the interpreter and their modules
    custodian: Cost
    alike: int
    listed: int  # of ours, those that list one node's open patches
    by_patchkeep: tuple[int, int]
    by_custodian: tuple[int, int]

    @property
    def patchkeep(self) -> Cost:
        return self.discover + self.assess


def rows() -> list[Row]:
    """The figures; one row that says so where Cloud Custodian is not installed."""
    if not CUSTODIAN.exists():
        return [("against Cloud Custodian", "", "not measured: scripts/witness-install c7n", "")]
    with tempfile.TemporaryDirectory() as home, sandbox_process(str(_until_today(Path(home)))) as endpoint:
        client = SandboxClient(endpoint)
        client.advance(LIVED)
        measured(client, ONE_ACCOUNT)
        return [*_told(measured(client)), *_told(measured(client, ONE_ACCOUNT))]


def _until_today(folder: Path) -> Path:
    """The organization, begun so long ago that its time is ours once it has lived: both sides then run by the machine's own clock."""
    text = (ORGS / f"{ORG}.yaml").read_text(encoding="utf-8")
    path = folder / f"{ORG}.yaml"
    path.write_text(re.sub(r"starts: \S+", f"starts: {(datetime.now(UTC) - LIVED).isoformat()}", text, count=1), encoding="utf-8")
    return path


def _told(both: Both) -> list[Row]:
    ours, theirs = both.patchkeep, both.custodian
    where = f"{both.assets} assets, {theirs.processes} account{'s' * (theirs.processes > 1)}, {both.places} account-regions"
    what = f"discover + assess, {where}, managed services left out: client CPU, against Custodian's"
    share = f"{ours.cpu / theirs.cpu:.0%} ({ours.cpu:.2f} / {theirs.cpu:.2f} s)"
    apart = f"{both.discover.cpu:.2f} s and {both.assess.cpu:.2f} s; {both.loading[0]:.2f} s and {both.loading[1]:.2f} s"
    brought = f"{both.by_patchkeep[0]} and {both.by_patchkeep[1]} nodes; Custodian {both.by_custodian[0]} and {both.by_custodian[1]}"
    everything = "calls in all, with open patches node by node, settings and accounts, which it isn't asked for"
    wall = f"{ours.wall:.1f} s in {ours.processes} processes; Custodian {theirs.wall:.1f} s in {theirs.processes}"
    return [
        (what, f"<= {GOAL:.0%}", share, _cause(both)),
        ("of that discover and assess; of each to load the interpreter and modules", "", apart, ""),
        ("calls for the facts of Custodian's four questions", f"< {theirs.calls}", f"{both.alike}; Custodian {theirs.calls}", ""),
        (everything, "", f"{ours.calls} ({both.listed} of them patches)", ""),
        ("patch compliance and software came of", "", brought, ""),
        ("peak memory", "", f"{ours.memory:.0f} MB; Custodian {theirs.memory:.0f} MB", ""),
        ("wall time, start-up included", "", wall, ""),
    ]


def _cause(both: Both) -> str:
    """Why the goal of CPU is missed; "" where it is not."""
    ours, theirs = both.patchkeep, both.custodian
    if ours.cpu <= theirs.cpu * GOAL:
        return ""
    allowed = theirs.cpu * GOAL
    loading = f"of the {allowed:.2f} s that the goal allows two processes need {sum(both.loading):.2f} s to load"
    return f"{loading}, and what is left must do for {ours.calls} calls, where Custodian makes {theirs.calls}"


def measured(client: SandboxClient, account: str | None = None) -> Both:
    """Both sides on the whole organization, or on one account of it."""
    with tempfile.TemporaryDirectory() as home:
        folder, began = Path(home), client.log_length()
        looked = _patchkeep(client, account, ["discover"], folder)
        made = Counter(f"{call['service']}:{call['operation']}" for call in client.log(began))
        alike, listed = sum(made[name] for name in ALIKE), made["ssm:DescribeInstancePatches"]
        judged = _patchkeep(client, account, ["assess", "--no-fail"], folder)
        loading = min(_loading(LOADED[0]) for _ in range(3)), min(_loading(LOADED[1]) for _ in range(3))
        with open_store(f"sqlite:///{home}/patchkeep.db") as store:
            seen = store.snapshots.latest()
        if seen is None:
            raise SystemExit("discover stored nothing")
        regions: dict[str, list[str]] = {}
        for target in seen.targets:
            regions.setdefault(target.account, []).append(target.region)
        theirs = sum((_custodian(client, name, there, folder / name) for name, there in regions.items()), Cost())
        brought = sum(asset.scan is not None for asset in seen.assets), sum(asset.inventory is not None for asset in seen.assets)
        return Both(len(seen.assets), len(seen.targets), looked, judged, loading, theirs, alike, listed, brought, _found(folder))


def _loading(modules: str) -> float:
    return spent([sys.executable, "-c", f"import {modules}"], os.environ).cpu


def _patchkeep(client: SandboxClient, account: str | None, words: Iterable[str], folder: Path) -> Cost:
    policy = folder / "policy.yaml"
    policy.write_text(_policy(client, account), encoding="utf-8")
    command = [sys.executable, "-c", ONLY_MACHINES, *words, "--policy", str(policy)]
    return _cost(client, command, {**client.environment(), "PATCHKEEP_EXTERNAL_ID": EXTERNAL_ID}, folder)


def _policy(client: SandboxClient, account: str | None) -> str:
    """The organization's own policy, or one that leaves out every account but one."""
    text = POLICY.read_text(encoding="utf-8")
    if account is None:
        return text
    others = [f'{{account: "{other}", why: "not measured"}}' for other in client.credentials()["keys"] if other != account]
    return text.replace("  regions: all-enabled\n", f"  regions: all-enabled\n  exclude: [{', '.join(others)}]\n", 1)


def _custodian(client: SandboxClient, account: str, regions: Iterable[str], folder: Path) -> Cost:
    """As the account's own administrator; a home of its own keeps its cache within this run."""
    folder.mkdir()
    named = [word for region in regions for word in ("--region", region)]
    command = [str(CUSTODIAN), "run", *named, "-s", str(folder / "out"), str(QUESTIONS)]
    return _cost(client, command, client.environment(account), folder)


def _cost(client: SandboxClient, command: list[str], variables: Mapping[str, str], folder: Path) -> Cost:
    before, began = client.log_length(), time.perf_counter()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PATCHKEEP_", "PYTHON"))}
    environment = {**inherited, "HOME": str(folder), **NO_FILES, **variables}
    said = folder / "said.txt"
    with said.open("w", encoding="utf-8") as out:
        used = spent(command, environment, out, folder)
    if used.status:
        raise SystemExit(f"{' '.join(command)}: exit status {used.status}\n{said.read_text(encoding='utf-8')[-3000:]}")
    wall, calls = time.perf_counter() - began, client.log_length() - before
    return Cost(calls, used.cpu, used.memory, wall, 1)


def _found(folder: Path) -> tuple[int, int]:
    """Nodes of which Custodian brought patch compliance, and software."""
    patches, software = (
        [row["InstanceId"] for path in folder.glob(f"*/out/**/{policy}/resources.json") for row in json.loads(path.read_text())]
        for policy in ("patch-compliance", "inventory")
    )
    return len(set(patches)), len(set(software))


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
