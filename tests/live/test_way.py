"""The whole way over HTTP on two live nodes: found, planned, patched in a ring, verified; dpkg and the command log have the last word."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.live.agent import LiveAgent
from patchkeep.sandbox.live.chroot import Root
from patchkeep.sandbox.live.memory import recall
from patchkeep.sandbox.live.offers import offered
from patchkeep.sandbox.server import RunningSandbox, serve
from tests.live.witness import Versions, moved, pending_security_updates, versions

pytestmark = [pytest.mark.live, pytest.mark.http]
NOTHING_TO_DO, CHANGES = 0, 3
Say = Callable[[str], None]


@pytest.fixture
def sandbox(place: Path) -> Iterator[RunningSandbox]:
    with offered(), serve(orgfile.load("live")) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Shell:
    """`patchkeep sandbox run ...` as a person types it, in a directory of its own."""

    directory: Path
    endpoint: str

    @property
    def steering(self) -> SandboxClient:
        return SandboxClient(self.endpoint)

    def __call__(self, *words: str, status: int = 0) -> str:
        """The command's standard output; fails when it ends with another status."""
        own = {"PATCHKEEP_DATABASE_URL": f"sqlite:///{self.directory}/live.db", "PATCHKEEP_EXTERNAL_ID": "patchkeep-live"}
        ran = subprocess.run(
            [sys.executable, "-m", "patchkeep", "sandbox", "run", "--endpoint", self.endpoint, *words, "--policy", "policy.yaml"],
            cwd=self.directory,
            env={**os.environ, **own, "COLUMNS": "160"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == status, f"patchkeep {' '.join(words)}: status {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def json(self, *words: str, status: int = 0) -> Any:
        return json.loads(self(*words, "--format", "json", status=status))


@pytest.fixture
def patchkeep(tmp_path: Path, sandbox: RunningSandbox) -> Shell:
    with as_file(files("patchkeep.sandbox") / "orgs/live-policy.yaml") as policy:
        (tmp_path / "policy.yaml").write_text(policy.read_text(encoding="utf-8"), encoding="utf-8")
    return Shell(tmp_path, sandbox.endpoint)


def roots(sandbox: RunningSandbox) -> dict[str, Root]:
    nodes = (node for site in sandbox.world.sites.values() for node in site.nodes.values())
    return {node.id: node.agent.root for node in nodes if isinstance(node.agent, LiveAgent)}


def installs(sandbox: RunningSandbox) -> Counter[str]:
    """How many Installs the sandbox was sent for each node."""
    sent = SandboxClient(sandbox.endpoint).log(operation="SendCommand")
    parameters = [call["params"] for call in sent if call["error"] is None]
    return Counter(node for one in parameters if one.get("Parameters", {}).get("Operation") == ["Install"] for node in one["InstanceIds"])


def expect_pending(nodes: dict[str, Root]) -> dict[str, Versions]:
    """What apt itself says, node by node, once a scan has refreshed its lists."""
    expected = {node: pending_security_updates(root) for node, root in nodes.items()}
    if not all(expected.values()):
        pytest.skip("Debian has no security update pending: there was a point release just now")
    return expected


def missing(assessed: Any) -> dict[str, Versions]:
    """Node -> package -> version, of what `assess` calls missing."""
    found: dict[str, Versions] = {}
    for row in assessed["assets"]:
        updates = (update for update in row["asset"]["updates"] if update["state"] == "missing")
        named = (re.fullmatch(r"(\S+)\.\w+:(\S+)", update["title"]) for update in updates)
        found[row["asset"]["id"].rpartition("/")[2]] = {match[1]: match[2] for match in named if match}
    return found


def statuses(assessed: Any) -> list[str]:
    return [row["compliance"]["status"] for row in assessed["assets"]]


def test_two_live_nodes_are_patched_from_discovery_to_report_and_dpkg_confirms_it(
    sandbox: RunningSandbox, patchkeep: Shell, say: Say
) -> None:
    began = time.monotonic()
    nodes = roots(sandbox)
    before = {node: versions(root.path) for node, root in nodes.items()}
    assert len(nodes) == 2
    patchkeep.steering.advance(timedelta(minutes=15))  # the estate's own first scan and inventory
    expected = expect_pending(nodes)

    patchkeep("discover")
    assessed = patchkeep.json("assess", status=1)
    assert missing(assessed) == expected
    for node, found in expected.items():
        say(f"{node}: {len(before[node])} packages, {len(found)} security updates pending: {', '.join(sorted(found))}")

    patchkeep("plan", "-o", "plan.json", status=CHANGES)
    patchkeep("apply", "plan.json", "--yes")
    assert {node: versions(root.path) for node, root in nodes.items()} == before
    say(f"planned and applied; rolling out after {time.monotonic() - began:.0f} s")
    patchkeep("rollout", "start", "plan.json", "--yes", "--wait")
    after = {node: versions(root.path) for node, root in nodes.items()}
    assert {node: moved(before[node], after[node]) for node in nodes} == expected

    patchkeep("discover")
    patchkeep("verify", "plan.json")
    assert statuses(patchkeep.json("assess")) == ["COMPLIANT", "COMPLIANT"]
    total = {when: patchkeep.json("report")[when]["total"] for when in ("before", "after")}
    assert (total["before"]["compliant"], total["before"]["open_updates"]) == (0, sum(map(len, expected.values())))
    assert (total["after"]["compliant"], total["after"]["open_updates"]) == (2, 0)
    patchkeep("plan", status=NOTHING_TO_DO)
    assert installs(sandbox) == dict.fromkeys(nodes, 1)
    assert [len(recall(root).boots) for root in nodes.values()] == [1, 1]
    assert patchkeep.steering.unimplemented() == []
    say(f"dpkg confirms every planned version on both nodes, and that the other {untouched(before, expected)} packages are untouched")
    say(f"one Install and one reboot each; {time.monotonic() - began:.0f} s in all")


def untouched(before: dict[str, Versions], expected: dict[str, Versions]) -> int:
    return sum(len(all_of) - len(expected[node]) for node, all_of in before.items())
