"""Pending maintenance actions: what AWS wants to put on, when it does so unasked, and how one agrees. One shape in all that have them.

`PendingMaintenanceAction` and ApplyPendingMaintenanceAction in the API References of RDS and DMS; botocore's models. An immediate opt-in
cannot be undone; one for the next maintenance window can, until that opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from patchkeep.domain.asset import Disruption, Update, UpdateState
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.progress import Phase, Result
from patchkeep.services._steps import BEGINS_WITHIN, DONE, At, Busy, Step, failed, is_busy, running
from patchkeep.services._versions import ENGINE

LATER = datetime.max.replace(tzinfo=UTC)  # than any date that AWS gives
_OPTED = {
    "next-maintenance": UpdateState.SCHEDULED,
    "apply-on": UpdateState.SCHEDULED,  # at a time that somebody chose: left as it is
    "immediate": UpdateState.RUNNING,
}


def update(row: Mapping[str, Any], disruption: Disruption, minor: str = "db-upgrade") -> Update:
    """One action of `PendingMaintenanceActionDetails`; that named `minor` brings a minor version, all others maintenance."""
    action = row["Action"]
    return Update(
        id=action,
        title=row.get("Description", action),
        state=_OPTED.get(row.get("OptInStatus", ""), UpdateState.MISSING),
        classification="minor" if action == minor else "maintenance",
        disruption=disruption,
        due_at=row.get("AutoAppliedAfterDate"),
        forced_at=row.get("ForcedApplyDate"),
        facts=Frozen(action=action),
    )


def one_of_each(updates: Iterable[Update]) -> tuple[Update, ...]:
    """The engine version, and of AWS's pending actions the most pressing: it takes one at a time, the others are the next plan's."""
    updates = tuple(updates)
    engine = [update for update in updates if update.id == ENGINE]
    pending = sorted((update for update in updates if update.id != ENGINE), key=lambda one: (one.forced_at or LATER, one.due_at or LATER))
    return (*pending[:1], *engine)


class Waiting(Busy, Protocol):
    """`actions`: the pending ones, with what was opted for ("" for nothing)."""

    @property
    def actions(self) -> Mapping[str, str]: ...


def opted(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """`actions` of the rows of DescribePendingMaintenanceActions."""
    return {one["Action"]: one.get("OptInStatus", "") for found in rows for one in found["PendingMaintenanceActionDetails"]}


def waiting(at: At[Waiting]) -> list[str]:
    """Actions of the plan that are still pending."""
    return [action for action in at.order.asks["actions"] if action in at.now.actions]


def _free(at: At[Waiting]) -> list[str]:
    """Those that nobody has agreed to yet."""
    return [action for action in waiting(at) if at.now.actions[action] not in _OPTED]


def _agreed(at: At[Waiting]) -> list[str]:
    """Those that were agreed for the next window, and can still be taken back."""
    return [action for action in waiting(at) if at.now.actions[action] == "next-maintenance"]


def _maintained(at: At[Waiting]) -> Result:
    left = waiting(at)
    if at.now.status != "available":
        return running(f"is {at.now.status}")
    if not left:
        return DONE
    if at.taken_for > BEGINS_WITHIN and at.now.actions[left[0]] == "immediate":
        return failed(f"AWS took the order for {left[0]}, but did not begin within {BEGINS_WITHIN.seconds // 60} minutes")
    if at.taken_for > BEGINS_WITHIN:
        return failed(f"is available again and {left[0]} is still pending: AWS did not put it on (see its events)")
    return running(f"waits for {left[0]} to begin")


@dataclass(frozen=True, slots=True)
class Opting:
    """The steps of pending maintenance: now, agreed for AWS's next window, and that word taken back."""

    maintain: Step[Any]
    opt_in: Step[Any]
    opt_out: Step[Any]


Apply = Callable[[str, str, str], Call]  # the call for an ARN, an action and an opt-in type


def opting(apply: Apply) -> Opting:
    """`apply`: ApplyPendingMaintenanceAction of the service."""

    def call(choose: Callable[[At[Waiting]], list[str]], how: str) -> Callable[[tuple[At[Waiting], ...]], Call]:
        return lambda ready: apply(ready[0].order.asks["arn"], choose(ready[0])[0], how)

    maintain: Step[Waiting] = Step(
        ends=_maintained,
        call=call(waiting, "immediate"),
        done=lambda at: "" if waiting(at) else "AWS has put it on meanwhile",
        busy=is_busy,
        begun=lambda at: not waiting(at) or any(at.now.actions[action] == "immediate" for action in waiting(at)),
    )
    opt_in: Step[Waiting] = Step(
        ends=lambda at: running("AWS has not noted it yet") if _free(at) else Result(Phase.DONE, "agreed for AWS's next window"),
        call=call(_free, "next-maintenance"),
        done=lambda at: "" if _free(at) else "agreed already",
        begun=lambda at: not _free(at),
    )
    opt_out: Step[Waiting] = Step(
        ends=lambda at: running("AWS has not noted it yet") if _agreed(at) else DONE,
        call=call(_agreed, "undo-opt-in"),
        done=lambda at: "" if _agreed(at) else "AWS is not to do it in its next window any more",
        begun=lambda at: not _agreed(at),
    )
    return Opting(maintain, opt_in, opt_out)
