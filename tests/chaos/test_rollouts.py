"""A rollout among nodes that misbehave: the ring stops with a reason, and nothing that was not seen to be patched is called so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from patchkeep.domain.compliance import Status as Verdict
from patchkeep.domain.plan import Plan
from patchkeep.domain.progress import Member, Phase, Rollout, Status
from patchkeep.doors.store import Store, open_store
from patchkeep.sandbox.faults.fault import read_fault
from patchkeep.sandbox.faults.scanner import keep_scanning
from patchkeep.work.apply import StalePlan
from patchkeep.work.rollout import Rolling, run, start
from patchkeep.work.rollout.spoken import Fate, answer_lost
from patchkeep.work.verify import Proof, verify
from tests.chaos.estate import POLICY, settled
from tests.work.estate import SERVICES, Estate

MACHINES = POLICY.partition("managed:")[0] + "rings:" + POLICY.partition("rings:")[2]  # managed resources: tests/crash/test_resources.py
ONE_MAY_FAIL = MACHINES.replace("rest: true}", "rest: true, may_fail: 1}")


@dataclass(frozen=True, slots=True)
class Bench:
    """A settled estate, and a plan for the machines that lack something."""

    estate: Estate
    store: Store
    plan: Plan

    @property
    def nodes(self) -> list[str]:
        return sorted(change.resource for ring in self.plan.rings for change in ring.changes)

    def on(self, kind: str, *nodes: str, **chosen: Any) -> None:
        placed = self.estate.world.faults.add(read_fault({"kind": kind, "nodes": list(nodes), **chosen}))
        if kind == "foreign-scan":
            keep_scanning(self.estate.world, placed)

    def roll(self) -> Rollout:
        return run(self.rolling, start(self.rolling).id, lambda _: None, wait=True)

    @property
    def rolling(self) -> Rolling:
        estate, store = self.estate, self.store
        return Rolling(self.plan, estate.policy, estate.aws, SERVICES, store.rollouts, store.ledger, estate.clock, estate.aws.caller().arn)


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("rollouts")
    estate = settled(folder, policy=ONE_MAY_FAIL)
    with open_store(f"sqlite:///{folder}/patchkeep.db") as store:
        plan = estate.plan()
        assert plan.settings == ()
        made = Bench(estate, store, plan)
        assert len(made.nodes) >= 4
        yield made


def members(rollout: Rollout) -> dict[str, Member]:
    return {member.resource: member for ring in rollout.rings for member in ring.members}


def test_without_faults_the_ring_is_patched(bench: Bench) -> None:
    rollout = bench.roll()
    assert (rollout.status, rollout.why) == (Status.DONE, "all rings done")
    assert {member.phase for member in members(rollout).values()} == {Phase.DONE}


def test_agents_that_never_come_back_halt_the_ring(bench: Bench) -> None:
    lost = bench.nodes[:2]
    bench.on("never-back", *lost)
    rollout = bench.roll()
    assert rollout.status is Status.HALTED
    assert "2 of" in rollout.why
    assert "at most 1 may" in rollout.why
    assert {members(rollout)[node].why for node in lost} == {"reboot: did not come back after the reboot"}


def test_one_agent_that_never_comes_back_is_borne_where_one_may_fail(bench: Bench) -> None:
    bench.on("never-back", bench.nodes[0])
    rollout = bench.roll()
    assert rollout.status is Status.DONE
    assert [node for node, member in members(rollout).items() if member.phase is Phase.FAILED] == [bench.nodes[0]]
    (row,) = (row for row in verify(bench.plan, bench.estate.assess()) if row.change.resource == bench.nodes[0])
    assert row.proof is not Proof.PATCHED


def test_a_command_that_never_ends_stops_the_ring_for_a_person(bench: Bench) -> None:
    stuck = bench.nodes[0]
    bench.on("stuck-command", stuck, times=1)
    began = bench.estate.clock.now()
    rollout = bench.roll()
    assert rollout.status is Status.WAITING
    assert f"needs a person: AWS cannot tell what became of {stuck} (scan: InProgress for more than 4 h" in rollout.why
    assert bench.estate.clock.now() - began < timedelta(hours=6)
    bench.on("stuck-command", *bench.nodes[1:])
    with pytest.raises(StalePlan, match="so it was sent: nothing is taken back"):
        answer_lost(bench.rolling, rollout.id, Fate.NEVER_SENT)
    rollout = answer_lost(bench.rolling, rollout.id, Fate.FAILED)
    assert members(rollout)[stuck].phase is Phase.FAILED


def test_patches_that_fail_on_too_many_nodes_halt_the_ring_with_what_the_node_said(bench: Bench) -> None:
    bench.on("patch-fails", *bench.nodes[:3])
    rollout = bench.roll()
    assert rollout.status is Status.HALTED
    assert "3 of" in rollout.why
    failed = [member for member in members(rollout).values() if member.phase is Phase.FAILED]
    assert {member.resource for member in failed} == set(bench.nodes[:3])
    assert all("install: Failed: could not install" in member.why for member in failed)


def test_patch_states_that_come_late_are_waited_for_and_those_that_never_come_halt_the_ring(bench: Bench) -> None:
    bench.on("patch-state-lags", seconds=600)
    rollout = bench.roll()
    assert rollout.status is Status.DONE
    assert {member.why for member in members(rollout).values()} == {"versions seen as planned"}


def test_patch_states_that_never_come_halt_the_ring(bench: Bench) -> None:
    bench.on("patch-state-lags", seconds=0)
    rollout = bench.roll()
    assert rollout.status is Status.HALTED
    assert "no new, whole patch state appeared within 15 minutes" in rollout.why


def test_inventory_that_lags_proves_nothing_and_stops_nothing(bench: Bench) -> None:
    """Proof of a patch is its patch state; packages that inventory shows keep the time at which they were seen."""
    before = {asset.resource: asset.inventory for asset in bench.estate.discover().assets}
    bench.on("inventory-lags")
    assert bench.roll().status is Status.DONE
    bench.estate.days(1)
    after = {asset.resource: asset.inventory for asset in bench.estate.discover().assets}
    assert {node: after[node] for node in bench.nodes} == {node: before[node] for node in bench.nodes}


def test_a_foreign_scanner_makes_what_it_touches_unknown(bench: Bench) -> None:
    assert bench.roll().status is Status.DONE
    verdicts = bench.estate.assess().verdicts
    clean = [asset for asset, verdict in verdicts.items() if verdict.status is Verdict.COMPLIANT]
    touched = [asset for asset in clean if asset.rsplit("/", 1)[-1] in bench.nodes]
    assert touched
    bench.on("foreign-scan", *bench.nodes, seconds=3600)
    bench.estate.clock.sleep(timedelta(minutes=30))
    assessment = bench.estate.assess()
    for asset in touched:
        verdict = assessment.verdicts[asset]
        assert verdict.status is not Verdict.COMPLIANT
        assert any("scanned with another baseline" in reason for reason in verdict.reasons)
    assert {row.proof for row in verify(bench.plan, assessment)} <= {Proof.UNKNOWN, Proof.PARTLY}
