"""A deferred member of a rollout is shown as left out, neither done nor failed, and only where there is one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from patchkeep.cli import _rollouts
from patchkeep.domain.call import Target
from patchkeep.domain.progress import Member, Phase, RingState, Rollout

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HERE = Target("111122223333", "eu-central-1")
WHY = "left out before its scan: deferred by ada until 2026-12-01 00:00 UTC (CHG-1): quarter end"


def rollout(*members: Member) -> Rollout:
    return Rollout("ro-1", "plan-1", NOW, (RingState("all", members),))


def test_a_member_left_out_is_listed_with_who_deferred_it(capsys: pytest.CaptureFixture[str]) -> None:
    done = Member("c-1", "i-1", HERE, "", Phase.DONE)
    _rollouts.one(rollout(done, Member("c-2", "i-2", HERE, "scan", Phase.LEFT_OUT, why=WHY)), None)
    said = " ".join(capsys.readouterr().out.split())
    assert "done running waiting failed lost left out all 2 1 0 0 0 0 1" in said
    assert "left out: 1" in said
    assert "deferred by ada until 2026-12-01 00:00 UTC (CHG-1): quarter end" in said


def test_without_one_there_is_no_column_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    _rollouts.one(rollout(Member("c-1", "i-1", HERE, "", Phase.DONE)), None)
    assert "left out" not in capsys.readouterr().out
