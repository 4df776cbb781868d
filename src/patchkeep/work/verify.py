"""Was it really patched? Versions seen now against versions planned; "done" by an API proves nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patchkeep.domain.asset import Asset, Update, UpdateState
from patchkeep.domain.plan import Change, Plan
from patchkeep.domain.undo import UNDO
from patchkeep.domain.wording import counted, stated
from patchkeep.work.assess import Assessment


class Proof(StrEnum):
    PATCHED = "patched"
    PARTLY = "partly patched"
    RESTART_PENDING = "patched, restart pending"
    TAKEN_BACK = "taken back"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Verified:
    """One planned change against what was seen since. `open` are planned updates that are not there yet."""

    change: Change
    proof: Proof
    open: tuple[str, ...]
    why: str
    unscanned: bool = False  # since the plan was made: the next scan, and a look after it, will tell


def verify(plan: Plan, assessment: Assessment) -> tuple[Verified, ...]:
    """Every change of a plan, judged by a look taken after it. A scan that proves nothing clean proves no patch either."""
    seen = {asset.id: asset for asset in assessment.snapshot.assets}
    taken_at = assessment.snapshot.taken_at
    judged = (_verified(change, seen, plan, taken_at) for ring in plan.rings for change in ring.changes)
    return tuple(_doubted(row, assessment) if row.proof is Proof.PATCHED and seen[row.change.asset].is_node else row for row in judged)


def _doubted(row: Verified, assessment: Assessment) -> Verified:
    """UNKNOWN where a machine's scan is stale, or of another baseline than the policy's. Of a managed resource AWS said it at the look."""
    verdict = assessment.verdicts.get(row.change.asset)
    return Verified(row.change, Proof.UNKNOWN, (), verdict.doubt.why) if verdict and verdict.doubt else row


def _verified(change: Change, seen: Mapping[str, Asset], plan: Plan, taken_at: datetime) -> Verified:
    asset = seen.get(change.asset)
    if asset is None:
        return Verified(change, Proof.UNKNOWN, (), "not seen any more")
    if not asset.is_node:
        return _managed(change, asset, plan, taken_at)
    if asset.updates is None or asset.scan is None or asset.unread:
        return Verified(change, Proof.UNKNOWN, (), "; ".join(asset.unread) or "no scan to read")
    if asset.scan.at <= plan.made_at:
        return Verified(change, Proof.UNKNOWN, (), f"not scanned since the plan was made ({asset.scan.at:%Y-%m-%d %H:%M})", unscanned=True)
    planned = {update.key for update in change.updates}
    if not planned:
        return _unplanned(change, asset.updates)
    left = [update for update in asset.updates if update.key in planned]
    waiting = [update for update in left if update.state is UpdateState.PENDING_REBOOT]
    names = tuple(update.title or update.id for update in left)
    if not left:
        return Verified(change, Proof.PATCHED, (), f"{len(planned)} of {len(planned)} planned updates seen")
    if len(waiting) == len(left):
        return Verified(change, Proof.RESTART_PENDING, names, f"{stated(len(left), 'update', 'waits', 'wait')} for a reboot")
    return Verified(change, Proof.PARTLY, names, f"{len(planned) - len(left)} of {len(planned)} planned updates seen")


def _managed(change: Change, asset: Asset, plan: Plan, taken_at: datetime) -> Verified:
    """A managed resource: what AWS offered then and offers no more."""
    if asset.updates is None or asset.unread:
        return Verified(change, Proof.UNKNOWN, (), "; ".join(asset.unread) or "its updates were not read")
    if taken_at <= plan.made_at:
        return Verified(change, Proof.UNKNOWN, (), f"not looked at since the plan was made ({taken_at:%Y-%m-%d %H:%M})")
    planned = {update.key for update in change.updates}
    left = [update for update in asset.updates if update.key in planned]
    names = tuple(update.title or update.id for update in left)
    if change.steps == (UNDO,):
        return _taken_back(change, left)
    now = f"now {asset.engine} {asset.version}".replace("  ", " ") if asset.version else "no longer on offer"
    if not left:
        return Verified(change, Proof.PATCHED, (), f"{len(planned)} of {len(planned)} planned updates seen; {now}")
    if all(update.state in {UpdateState.SCHEDULED, UpdateState.PENDING_REBOOT} for update in left):
        return Verified(
            change, Proof.RESTART_PENDING, names, f"{stated(len(left), 'update', 'waits', 'wait')} for AWS's window or a restart"
        )
    return Verified(change, Proof.PARTLY, names, f"{len(planned) - len(left)} of {len(planned)} planned updates seen")


def _taken_back(change: Change, left: Sequence[Update]) -> Verified:
    """What was to be undone is open again, and nobody puts it on."""
    going = [update for update in left if update.state in {UpdateState.SCHEDULED, UpdateState.RUNNING}]
    if not going and left:
        return Verified(change, Proof.TAKEN_BACK, (), f"{stated(len(left), 'update', 'is', 'are')} on offer again")
    names = tuple(update.title or update.id for update in going)
    return Verified(change, Proof.PARTLY, names, "AWS is still to put it on" if going else "what was put on is still there")


def _unplanned(change: Change, updates: tuple[Update, ...]) -> Verified:
    """Nothing was known to be missing when it was planned (it had never been scanned): judged by all that is open now."""
    names = tuple(update.title or update.id for update in updates)
    if not names:
        return Verified(change, Proof.PATCHED, (), "first scanned in the rollout; nothing open")
    return Verified(change, Proof.PARTLY, names, f"first scanned in the rollout; {counted(len(names), 'update')} open")
