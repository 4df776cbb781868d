"""What a rollout writes into the ledger: batches meant and answered, and the words of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from patchkeep.domain.call import Answer, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.ledger import Entry
from patchkeep.domain.progress import Batch, Rollout
from patchkeep.work.rollout.rolling import Rolling


def said_by(rolling: Rolling, rollout_id: str, kind: str, what: str) -> Entry:
    """A person's word on a whole rollout."""
    return Entry(rolling.clock.now(), kind, rollout_id, what, Target("", ""), caller=rolling.caller, outcome=what)


def of_batch(rolling: Rolling, rollout: Rollout, batch: Batch, kind: str, operation: str = "") -> Entry:
    """A line about one batch. `operation`: the call that it is about, "" for none."""
    params = Frozen(step=batch.step, ring=batch.ring, resources=batch.resources)
    return Entry(rolling.clock.now(), kind, rollout.id, batch.id, batch.target, operation, params, rolling.caller)


def left_out_of(rolling: Rolling, rollout: Rollout, batch: Batch, reasons: Mapping[str, str]) -> list[Entry]:
    """One for each member that is not sent the step though it was planned, with the reason."""
    alone = ((replace(batch, resources=(resource,)), why) for resource, why in reasons.items())
    return [replace(of_batch(rolling, rollout, one, "note"), outcome=f"left out: {why}") for one, why in alone]


def answered_by(entry: Entry, answer: Answer) -> Entry:
    """An intent's entry as AWS's answer to it."""
    kind = "answer" if answer.ok else "refusal"
    return replace(entry, kind=kind, request_id=answer.request_id, outcome="ok" if answer.ok else f"{answer.code} {answer.message}")


def but_for(entry: Entry, left: Mapping[str, str]) -> Entry:
    """An answer by which AWS took the call for some members and refused it for these."""
    refused = "; ".join(f"{resource}: {why}" for resource, why in left.items())
    return replace(entry, outcome=f"{entry.outcome}, but not for {refused}") if left else entry
