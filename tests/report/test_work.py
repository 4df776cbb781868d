"""`work.report` on a real store: history and present in one report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from patchkeep.domain.frozen import NOTHING
from patchkeep.domain.plan import Skip
from patchkeep.domain.policy import Environment, Match, Policy
from patchkeep.domain.progress import Rollout
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.store import Store, open_store
from patchkeep.work.assess import Assessment, assess
from patchkeep.work.report import first_change, report
from tests.report import estate

SHORT = 6  # looks of the made-up estate that are enough here
OUS = {"dev": "Workloads/Dev", "staging": "Workloads/Staging", "prod": "Workloads/Prod"}
POLICY: Policy = replace(estate.POLICY, environments=tuple(Environment(name, Match(ous=(ou,))) for name, ou in OUS.items()))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'patchkeep.db'}") as opened:
        yield opened


@pytest.fixture
def assessment(store: Store) -> Assessment:
    """The last looks of the estate are kept, and the very last one is assessed half an hour later."""
    evidence = estate.evidence()
    looks = evidence.history[-SHORT:]
    for look in looks:
        store.snapshots.save(Snapshot(look.snapshot_id, look.at, "o-snowy"))
        store.snapshots.record(look.at, look.snapshot_id, look.verdicts.values(), evidence.exposures)
    snapshot = replace(evidence.snapshot, taken_at=looks[-1].at)
    return assess(snapshot, POLICY, {}, estate.NOW)


def test_history_and_present_meet_in_one_report(store: Store, assessment: Assessment) -> None:
    made = report(assessment, store.snapshots, estate.CHANGED)
    assert len(made.trend) == SHORT
    assert made.before is not None
    assert made.before.total == replace(estate.report().before or made.before).total
    assert [row.name for row in made.after.rows] == ["dev", "staging", "prod", "no environment"]
    assert made.exposures.open.count == estate.report().exposures.open.count


def test_the_present_is_judged_by_todays_policy_not_by_what_was_kept(store: Store, assessment: Assessment) -> None:
    """Here no service knows a baseline, so nothing can be COMPLIANT, whatever the history says."""
    made = report(assessment, store.snapshots, estate.CHANGED)
    assert made.before is not None
    assert made.before.total.compliant > 0
    assert made.after.total.compliant == 0
    assert {row.id: row.verdict for row in made.assets} == assessment.verdicts


def test_assets_in_no_environment_are_among_the_skips(store: Store, assessment: Assessment) -> None:
    planned = Skip("i-1", "web", "belongs to web-asg")
    made = report(assessment, store.snapshots, None, (planned,))
    assert made.skips[0] == planned
    assert len(made.skips) == 1 + len(assessment.strays)
    assert made.changed_at is None


def test_an_older_change_widens_the_history(store: Store, assessment: Assessment) -> None:
    later = replace(assessment, now=assessment.now + timedelta(days=200))
    assert report(later, store.snapshots, None).before is None
    assert report(later, store.snapshots, estate.CHANGED).before is not None


def test_the_first_change_is_the_start_of_the_first_rollout(store: Store) -> None:
    assert first_change(store.rollouts) is None
    for days in (2, 9, 5):
        store.rollouts.add(Rollout(f"ro-{days}", "pl-1", estate.NOW - timedelta(days=days), ()))
    assert first_change(store.rollouts) == estate.NOW - timedelta(days=9)


def test_an_assessment_without_history_reports_the_present_alone(store: Store, assessment: Assessment) -> None:
    bare = replace(assessment, environments=NOTHING)
    made = report(bare, store.snapshots, assessment.now - timedelta(days=400))
    assert made.before is None
    assert made.after.total.total == 230
