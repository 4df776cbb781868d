"""A row altered in the database opens no gate: plans are known by their hash, approvals by the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from patchkeep.domain.plan import plan_id
from patchkeep.domain.policy import Approval
from patchkeep.domain.progress import Approved, Rollout, Status
from patchkeep.doors.store import open_store
from patchkeep.work.apply import StalePlan
from patchkeep.work.rollout import Rolling, run, start
from patchkeep.work.rollout.spoken import agree
from tests.work.fleet import A, Bench, plan_for, world_with

WHO = "arn:aws:iam::111111111111:user/bob"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A plan whose only ring asks for one person."""
    with open_store(f"sqlite:///{tmp_path}/patchkeep.db") as store:
        world = world_with(A)
        plan = plan_for(world, (A,))
        gated = replace(plan, id="", rings=(replace(plan.rings[0], approvals=(Approval("prod", 1, (), not_author=True),)),))
        yield Bench(store, world, replace(gated, id=plan_id(gated)))


def go(rolling: Rolling, rollout: Rollout) -> Rollout:
    return run(rolling, rollout.id, lambda _: None, wait=True)


def test_a_plan_whose_approvals_were_taken_out_of_its_row_is_refused(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout = start(rolling)
    without = replace(rolling.plan, rings=(replace(rolling.plan.rings[0], approvals=()),))
    with pytest.raises(StalePlan, match="was altered in the database"):
        go(replace(rolling, plan=without), rollout)
    assert bench.aws.sent("Install") == {}


def test_an_approval_written_into_the_rollout_s_row_is_refused(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout = go(rolling, start(rolling))
    assert rollout.status is Status.WAITING
    bench.store.rollouts.replace(replace(rollout, approvals=(Approved("all", WHO, rollout.started_at),)))
    with pytest.raises(StalePlan, match="that the ledger doesn't know"):
        go(rolling, rollout)
    assert bench.aws.sent("Install") == {}


def test_an_approval_said_here_counts_and_one_renamed_in_the_ledger_stops_everything(bench: Bench, tmp_path: Path) -> None:
    rolling = bench.rolling()
    rollout = go(rolling, start(rolling))
    agree(replace(rolling, caller=WHO), rollout.id, "all")
    with sqlite3.connect(tmp_path / "patchkeep.db") as connection:
        connection.execute("DROP TRIGGER ledger_refuses_update")
        kept = connection.execute("SELECT seq, body FROM ledger WHERE body LIKE '%user/bob%'").fetchone()
        connection.execute("UPDATE ledger SET body = replace(body, 'bob', 'eve') WHERE seq = ?", (kept[0],))
    with pytest.raises(StalePlan, match=f"Entry {kept[0]} of the ledger was altered"):
        go(rolling, rollout)
    with sqlite3.connect(tmp_path / "patchkeep.db") as connection:
        connection.execute("UPDATE ledger SET body = ? WHERE seq = ?", (kept[1], kept[0]))
    assert go(rolling, rollout).status is Status.DONE
