"""One move of a rollout: hear what became of what was sent, step, keep the row, send what may start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from patchkeep.domain.call import Gap, Target
from patchkeep.domain.ledger import Overtaken
from patchkeep.domain.progress import Rollout, Status, Unsure
from patchkeep.domain.rollout import Stepped, step, unsent
from patchkeep.work.rollout.again import tell
from patchkeep.work.rollout.hearing import hear
from patchkeep.work.rollout.rolling import Rolling, loaded
from patchkeep.work.rollout.sending import dispatch
from patchkeep.work.rollout.vouched import refuse_forged


def tick(rolling: Rolling, rollout_id: str, unread: Mapping[Target, Gap] | None = None) -> Rollout:
    """One move of a rollout. When another process moved it meanwhile, nothing more is begun and the next tick sees its move.

    `unread`: places of which it isn't known yet whether the store knows all that was sent there; nothing is sent there.
    """
    unread = unread or {}
    rollout = loaded(rolling, rollout_id)
    refuse_forged(rollout, rolling.ledger)
    rollout, results, refused = hear(rolling, rollout)
    stepped = step(rollout, rolling.plan, rolling.times, results, rolling.clock.now())
    if refused and stepped.rollout.status in {Status.RUNNING, Status.WAITING}:
        why = f"{stepped.rollout.why}; AWS does not tell what became of it: {refused}"
        stepped = replace(stepped, rollout=replace(stepped.rollout, why=why, unsure=Unsure.UNTOLD))
    if closed := [batch.target for batch in stepped.start if batch.target in unread]:
        gap = unread[closed[0]]
        unlisted = "nothing is sent where AWS does not tell what was sent before"
        why = f"{stepped.rollout.why}; {unlisted}: {gap.target} {gap.operation} {gap.code}".strip()
        stepped = replace(stepped, rollout=replace(stepped.rollout, why=why))
    held = _held_back(stepped)
    if held != rollout:
        try:
            rollout = rolling.rollouts.replace(held)
        except Overtaken:
            return loaded(rolling, rollout_id)
    start = [batch for batch in stepped.start if batch.target not in unread]
    told = tell(rolling, {(batch.service, batch.target) for batch in start})
    for batch in start:
        sent = dispatch(rolling, rollout, batch, told)
        rollout = sent.rollout
        if not sent.alone or rollout.status is not Status.RUNNING:
            break  # what was decided with this batch may not hold any more
    return rollout


def _held_back(stepped: Stepped) -> Rollout:
    """The rollout as it is before anything is sent: each batch is put under way right before its call."""
    rollout = stepped.rollout
    for batch in stepped.start:
        rollout = unsent(rollout, batch.id)
    return rollout
