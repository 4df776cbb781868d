"""What people say of a rollout: go on, pause, halt, this member ran, this ring may start. Each word with who said it."""

from __future__ import annotations

from enum import StrEnum

from patchkeep.domain.approval import Blocked, approve
from patchkeep.domain.progress import Phase, Result, Rollout
from patchkeep.domain.rollout import answer_for, unsent
from patchkeep.work.apply import StalePlan
from patchkeep.work.rollout.hearing import hear
from patchkeep.work.rollout.noted import said_by
from patchkeep.work.rollout.rolling import Change, Rolling, loaded, save
from patchkeep.work.rollout.vouched import said_of

LOOKING = frozenset({"scan", "verify"})  # steps that may run twice
FIRST = "Go on without --lost: `patchkeep rollout resume`, then answer for those that are lost still."


def change(rolling: Rolling, rollout_id: str, move: Change, said: str) -> Rollout:
    """A person's word on a rollout (pause, resume, halt), recorded with who said it."""
    return save(rolling, rollout_id, move, [said_by(rolling, rollout_id, "note", said)])


class Fate(StrEnum):
    """What a person may say of a step that AWS can't tell of."""

    RAN = "ran"
    FAILED = "failed"
    NEVER_SENT = "never-sent"


def answer_lost(rolling: Rolling, rollout_id: str, fate: Fate) -> Rollout:
    """A person's word on every member that AWS can't tell of. Steps that only look are sent again also where they ran.

    Raises StalePlan, and takes nothing back, where NEVER_SENT is said of a command that AWS took, or does not tell of.
    """
    if fate is Fate.NEVER_SENT:
        return _take_back(rolling, rollout_id)
    failed = Result(Phase.FAILED, f"{rolling.caller} says that it failed")
    ran_so_far = Result(Phase.DONE, pending_reboot=1, open=("not looked at", "nor this"))  # so every later step is taken

    def answered(fresh: Rollout) -> Rollout:
        for member in [m for ring in fresh.rings for m in ring.members if m.phase is Phase.LOST]:
            if fate is Fate.RAN and member.step in LOOKING:
                fresh = unsent(fresh, member.batch)
            else:
                fresh = answer_for(fresh, rolling.plan, member.resource, ran_so_far if fate is Fate.RAN else failed)
        return fresh

    return save(rolling, rollout_id, answered, [said_by(rolling, rollout_id, "note", f"lost members {fate}")])


def _take_back(rolling: Rolling, rollout_id: str) -> Rollout:
    """Lost members wait for the same step, which is sent anew: so AWS is asked once more, and no other process may be sending."""
    with rolling.ledger.lock(f"rollout-{rollout_id}"):
        asked, results, _ = hear(rolling, loaded(rolling, rollout_id))
        lost = {member.batch for ring in asked.rings for member in ring.members if member.phase is Phase.LOST}
        for batch in (batch for batch in asked.batches if batch.id in lost):
            if batch.handle:
                raise StalePlan(
                    f"AWS took the command of {batch.resources[0]} ({batch.id}), so it was sent: nothing is taken back. {FIRST}"
                )
            if batch.id not in results:
                raise StalePlan(f"AWS does not tell whether it lists {batch.id}: nothing is taken back. {FIRST}")

        def back(fresh: Rollout) -> Rollout:
            for batch in lost:
                fresh = unsent(fresh, batch)
            return fresh

        return save(rolling, rollout_id, back, [said_by(rolling, rollout_id, "note", f"lost members {Fate.NEVER_SENT}")])


def agree(rolling: Rolling, rollout_id: str, ring: str) -> Rollout | Blocked:
    """Record the verified caller's approval of a ring, or say why it doesn't count."""
    now = rolling.clock.now()
    decided = approve(loaded(rolling, rollout_id), rolling.plan, ring, rolling.caller, now)
    if isinstance(decided, Blocked):
        return decided

    def add(fresh: Rollout) -> Rollout:
        again = approve(fresh, rolling.plan, ring, rolling.caller, now)
        return fresh if isinstance(again, Blocked) else again

    return save(rolling, rollout_id, add, [said_by(rolling, rollout_id, "approval", said_of(ring))])
