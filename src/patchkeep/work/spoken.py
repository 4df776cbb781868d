"""What people say of a rollout: go on, pause, halt, this member ran, this ring may start. Each word with who said it."""

from __future__ import annotations

from patchkeep.domain.approval import Blocked, approve
from patchkeep.domain.progress import Phase, Result, Rollout
from patchkeep.domain.rollout import answer_for, unsent
from patchkeep.work.noted import said_by
from patchkeep.work.rolling import Change, Rolling, loaded, save
from patchkeep.work.vouched import said_of

LOOKING = frozenset({"scan", "verify"})  # steps that may run twice


def change(rolling: Rolling, rollout_id: str, move: Change, said: str) -> Rollout:
    """A person's word on a rollout (pause, resume, halt), recorded with who said it."""
    return save(rolling, rollout_id, move, [said_by(rolling, rollout_id, "note", said)])


def answer_lost(rolling: Rolling, rollout_id: str, *, ran: bool) -> Rollout:
    """A person's word on every member that AWS can't tell of: its step ran, or it failed. Steps that only look are sent again."""
    said = "ran" if ran else "failed"
    failed = Result(Phase.FAILED, f"{rolling.caller} says that it failed")
    ran_so_far = Result(Phase.DONE, pending_reboot=1, open=("not looked at", "nor this"))  # so every later step is taken

    def answered(fresh: Rollout) -> Rollout:
        for member in [m for ring in fresh.rings for m in ring.members if m.phase is Phase.LOST]:
            if ran and member.step in LOOKING:
                fresh = unsent(fresh, member.batch)
            else:
                fresh = answer_for(fresh, rolling.plan, member.resource, ran_so_far if ran else failed)
        return fresh

    return save(rolling, rollout_id, answered, [said_by(rolling, rollout_id, "note", f"lost members {said}")])


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
