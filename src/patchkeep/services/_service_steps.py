"""Steps of changing in-memory stores, one shape for ElastiCache and MemoryDB: what is there tells how far each is.

A service update shows its own state. Statuses: the API References of both ("UpdateAction", "ServiceUpdate"), and "Stopping the service
updates" in the ElastiCache user guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from patchkeep.domain.asset import UpdateState
from patchkeep.domain.call import Call
from patchkeep.domain.progress import Phase, Result
from patchkeep.services._steps import BEGINS_WITHIN, DONE, At, Order, Step, failed, is_busy, running
from patchkeep.services._versions import ENGINE, at_least


@dataclass(frozen=True, slots=True)
class Action:
    """A service update on one cache: AWS's word, and what it means; None: it is on, or not for this cache.

    `nodes`: "1/3" where AWS tells how many are done. `withdrawn`: why nobody can apply it any more.
    """

    status: str
    state: UpdateState | None
    nodes: str = ""
    withdrawn: str = ""


@dataclass(frozen=True, slots=True)
class Serviced:
    """One cache as it is now. `pending_version`: an engine version that waits for its window; `waits`: names of what else does."""

    status: str
    version: str
    actions: Mapping[str, Action]  # by name of the service update
    pending_version: str = ""
    waits: tuple[str, ...] = ()

    def on(self, order: Order) -> Action | None:
        """How the service update of the plan stands."""
        return self.actions.get(order.asks["action"])


Asks = Callable[[tuple[At[Serviced], ...]], Call]


def left_open(at: At[Serviced]) -> Result:
    """What the plan wanted and is still not there, by the keys of its updates."""
    asks, action = at.order.asks, at.now.on(at.order)
    left = [key for name, key in asks["keys"].items() if name == asks["action"] and (action is None or action.state)]
    if asks["version"] and not at_least(at.now.version, asks["version"]):
        left.append(asks["keys"][ENGINE])
    return Result(Phase.DONE, open=tuple(left))


def maintain(call: Asks) -> Step[Serviced]:
    """Apply the service update now, to all that are ready."""
    return Step(ends=_applied, call=call, done=_complete, bars=_withdrawn, busy=_at_work, begun=_under_way)


def _complete(at: At[Serviced]) -> str:
    action = at.now.on(at.order)
    return "AWS has put it on meanwhile" if action and action.state is None else ""


def _withdrawn(at: At[Serviced]) -> str:
    action = at.now.on(at.order)
    if action is None:
        return f"AWS doesn't offer {at.order.asks['action']} for it any more"
    return f"AWS has withdrawn {at.order.asks['action']}: it is {action.withdrawn}" if action.withdrawn else ""


def _at_work(at: At[Serviced]) -> str:
    action = at.now.on(at.order)
    return f"AWS is at {at.order.asks['action']} already" if action and action.state is UpdateState.RUNNING else is_busy(at)


def _under_way(at: At[Serviced]) -> bool:
    action = at.now.on(at.order)
    return action is not None and action.state in {None, UpdateState.RUNNING}


def _applied(at: At[Serviced]) -> Result:
    name, action = at.order.asks["action"], at.now.on(at.order)
    if action is None:
        return failed(f"AWS doesn't list {name} for it any more")
    if action.state is None:
        return DONE if at.now.status == "available" else running(f"is {at.now.status}")
    told = f"{name} is {action.status}" + (f", {action.nodes} nodes done" if action.nodes else "")
    if action.status == "stopped":
        return failed(f"{told}: somebody stopped it")
    if action.state is not UpdateState.RUNNING and at.taken_for > BEGINS_WITHIN:
        return failed(f"{told}: AWS took the order, but did not carry it out (see its events)")
    return running(told)


def stop(call: Asks) -> Step[Serviced]:
    """Stop the service update where it is. A node at work is finished; what is done stays."""
    return Step(
        ends=_stopped,
        call=call,
        done=lambda at: _stopped(at).message if _stopped(at).phase is Phase.DONE else "",
        bars=lambda at: _stopped(at).message if _stopped(at).phase is Phase.FAILED else "",
        begun=_stopping,
    )


def _stopping(at: At[Serviced]) -> bool:
    action = at.now.on(at.order)
    return action is not None and (action.status == "stopping" or action.state is UpdateState.MISSING)


def _stopped(at: At[Serviced]) -> Result:
    action = at.now.on(at.order)
    if action is None or action.state is None:
        return failed("it is on all nodes: what was put on cannot be taken off")
    nodes = f" with {action.nodes} nodes done" if action.nodes else ""
    return Result(Phase.DONE, f"is {action.status}{nodes}") if action.state is UpdateState.MISSING else running(f"is {action.status}")


VERIFIED: Step[Serviced] = Step(ends=left_open)
