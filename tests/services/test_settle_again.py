"""The same plan applied a second time: our unfinished work is finished, what somebody changed since is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from patchkeep.domain.call import Answer, Call, Cause, Target
from patchkeep.doors.store import Store, open_store
from patchkeep.work.apply import Outcome, StalePlan, refuse_stale
from tests.work.estate import MEMBER, Estate

HERE = Target(MEMBER, "eu-central-1")


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('again')}/patchkeep.db") as opened:
        yield opened


def change_by_hand(estate: Estate) -> str:
    baseline = next(e for e in estate.discover().objects if e.kind == "patch baseline")
    assert estate.aws.write(HERE, Call.of("ssm", "update_patch_baseline", BaselineId=baseline.id, RejectedPatches=["curl"])).ok
    return baseline.id


def rejected(estate: Estate, baseline: str) -> tuple[str, ...]:
    found = next(e for e in estate.discover().objects if e.id == baseline)
    return tuple(found.fields["RejectedPatches"])


def test_a_change_by_hand_after_the_plan_was_applied_is_not_overwritten_by_applying_it_again(store: Store) -> None:
    estate = Estate()
    made = estate.plan()
    assert {one.outcome for one in estate.apply(made, store)} == {Outcome.APPLIED}
    baseline = change_by_hand(estate)
    done = {one.outcome for one in estate.apply(made, store)}
    assert done == {Outcome.ALREADY, Outcome.STALE}
    assert rejected(estate, baseline) == ("curl",)


def test_a_refused_write_is_no_leave_to_overwrite_what_somebody_made_meanwhile(store: Store) -> None:
    estate = Estate()
    made = estate.plan()
    wanted = next(setting for setting in made.settings if setting.kind == "maintenance window")
    no = Answer({}, "r-9", "AccessDeniedException", "explicit deny")
    estate.aws.meddle = lambda call: no if call.operation == "create_maintenance_window" else None
    estate.apply(made, store)
    estate.aws.meddle = lambda _: None
    params = {"Schedule": "cron(0 3 ? * SUN *)", "Duration": 3, "Cutoff": 1, "AllowUnassociatedTargets": False}
    assert estate.aws.write(HERE, Call.of("ssm", "create_maintenance_window", params, Name=wanted.name)).ok
    left = {one.setting.id: one for one in estate.apply(made, store)}[wanted.id]
    assert left.outcome is Outcome.STALE, "nothing was written, so it must not say applied"
    assert "not made by Patchkeep" in left.why


def test_a_plan_of_the_future_is_refused() -> None:
    estate = Estate()
    made = replace(estate.plan(), made_at=estate.clock.now() + timedelta(minutes=6))
    with pytest.raises(StalePlan, match="made in the future"):
        refuse_stale(made, estate.policy, estate.clock.now())


def test_where_settings_were_not_read_nothing_is_patched_either() -> None:
    """Which baseline a node would take is not known there."""
    estate = Estate()
    patched = [change for ring in estate.plan().rings for change in ring.changes]
    assert patched
    estate.aws.meddle = lambda call: Cause.REFUSED if call.operation == "describe_patch_groups" else None
    made = estate.plan()
    assert (made.settings, [ring.changes for ring in made.rings if ring.changes]) == ((), [])
    assert {skip.asset for skip in made.skips} >= {change.asset for change in patched}
    assert "baselines of its account and region not read: refused by the test" in {skip.reason for skip in made.skips}
