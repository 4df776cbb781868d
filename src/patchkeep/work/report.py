"""Report: read what was kept over time, beside what holds now, and fold it into one value that every format shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from patchkeep.domain.frozen import Frozen
from patchkeep.domain.look import Look
from patchkeep.domain.plan import Skip
from patchkeep.domain.report import Evidence, Report, build
from patchkeep.work.assess import Assessment
from patchkeep.work.seams import Rollouts, Snapshots

LOOKED_BACK = timedelta(days=90)


def report(assessment: Assessment, snapshots: Snapshots, changed_at: datetime | None, skips: tuple[Skip, ...] = ()) -> Report:
    """What the assessment says now, and the history of the last 90 days says of before.

    `changed_at`: when we first wrote to AWS (None: not yet); "before" is the last look up to then, however long ago. `skips`: those of the
    plan, beside the assets that are in no environment or in more than one.
    """
    since = min(assessment.now - LOOKED_BACK, changed_at - timedelta(days=7)) if changed_at else assessment.now - LOOKED_BACK
    snapshot = replace(assessment.snapshot, assets=assessment.assets)
    past = tuple(look for look in snapshots.verdicts(since) if (look.at, look.snapshot_id) != (snapshot.taken_at, snapshot.id))
    passed = assessment.now - snapshot.taken_at
    present = {
        asset: replace(verdict, age=None if verdict.age is None else verdict.age - passed)  # as old as it was at the look
        for asset, verdict in assessment.verdicts.items()
    }
    evidence = Evidence(
        snapshot=snapshot,
        history=(*past, Look(snapshot.taken_at, snapshot.id, present)),
        exposures=snapshots.exposures(since=since),
        environments=Frozen({asset: environment.name for asset, environment in assessment.environments.items()}),
        changed_at=changed_at,
        skips=(*skips, *(stray for stray in assessment.strays if stray not in skips)),
        deferrals=tuple(assessment.deferrals.values()),
    )
    return build(evidence, assessment.policy, assessment.now)


def first_change(rollouts: Rollouts) -> datetime | None:
    """When the first rollout began; None where none ever did. Settings that were applied earlier patch nothing by themselves."""
    return min((rollout.started_at for rollout in rollouts.all()), default=None)
