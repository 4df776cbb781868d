"""Whether what a rollout rests on is as it was made: its plan by the hash in its id, its approvals by the ledger's chain.

Whoever owns the database can write all of it anew; a single altered row is found.
"""

from __future__ import annotations

from patchkeep.domain.plan import Plan, plan_id
from patchkeep.domain.progress import Rollout
from patchkeep.work.apply import StalePlan
from patchkeep.work.seams import Ledger


def said_of(ring: str) -> str:
    """What the ledger says of an approval beside its caller."""
    return f"approved ring {ring}"


def refuse_altered(plan: Plan, ledger: Ledger) -> None:
    """Raise StalePlan where the stored plan is not the one that its id names, or a row of the ledger was altered or removed."""
    if plan_id(plan) != plan.id:
        raise StalePlan(f"Plan {plan.id} was altered in the database after it was made: halt its rollout, and plan again.")
    if number := ledger.verify():
        raise StalePlan(f"Entry {number} of the ledger was altered or its forerunner removed: what was approved cannot be told any more.")


def refuse_forged(rollout: Rollout, ledger: Ledger) -> None:
    """Raise StalePlan where the rollout bears an approval that the ledger doesn't know of."""
    if not rollout.approvals:
        return
    known = {(entry.caller, entry.outcome) for entry in ledger.of(rollout.id) if entry.kind == "approval"}
    for approved in rollout.approvals:
        if (approved.who, said_of(approved.ring)) not in known:
            raise StalePlan(f"Ring {approved.ring} bears an approval by {approved.who} that the ledger doesn't know: halt {rollout.id}.")
