"""A step of a managed resource's change, said once: what it looks at, when it is done already, the call that begins it, how it ends.

Most services take no client token, so what is there must tell: whether a step was begun although the answer was lost, and whether it
is done although "done" was never answered. A service says that for each step; `Doing` makes of it what a rollout asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services._service import Service, Started
from patchkeep.services._versions import at_least

S = TypeVar("S")
Seen_co = TypeVar("Seen_co", covariant=True)
# Names of steps that mean the same in every service that has them.
SNAPSHOT, MAINTAIN, UPGRADE, VERIFY, UNDO = "snapshot", "maintain", "upgrade", "verify", "undo"
OPT_IN, SCHEDULE = "opt in", "schedule"  # for AWS's next window: maintenance agreed to; an engine version noted
BEGINS_WITHIN = timedelta(minutes=30)  # what was asked for at once and has not begun by then was not taken up
LONGEST = timedelta(hours=24)  # for which a step may run before a person should look
TAKEN = "taken"  # the handle of what bears no id of its own: AWS took the call
GONE = "is not there any more"


@dataclass(frozen=True, slots=True)
class Order:
    """One resource at one step: what the plan asks for, and the mark of the batch that carries it."""

    resource: str
    asks: Frozen
    mark: str
    intended_at: datetime

    @property
    def name(self) -> str:
        """Without what sort of thing it is: "orders" of "db:orders"."""
        return self.resource.rpartition(":")[2]


def orders(batch: Batch) -> tuple[Order, ...]:
    return tuple(Order(one, batch.asks.get(one, NOTHING), batch.id, batch.intended_at) for one in batch.resources)


See = Callable[[Batch], Dialogue[Mapping[str, S | None]]]  # by resource, how it is now; None: it is not there any more


@dataclass(frozen=True, slots=True)
class At(Generic[Seen_co]):
    """A resource at a step: what is asked for, how it is, and what time it is."""

    order: Order
    now: Seen_co
    time: datetime

    @property
    def taken_for(self) -> timedelta:
        """How long ago the step was begun."""
        return self.time - self.order.intended_at


def _never(_: At[Any]) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """`call`: the one call that begins it for all that are ready; None for a step that only looks.

    `ends`: what it comes to, once begun; RUNNING while AWS is at it. `done`: why there is nothing to do; `bars`: why it cannot be
    done; `busy`: what AWS is doing just now; "" each where that is not so. `begun`: whether it shows that the call was taken.
    `see`: what it looks at, where that is something else than the resource. `lasts`: what was begun can be seen for good, also what
    AWS gave up; where it cannot, a call that nothing is seen of later may have been taken, and have failed.
    """

    ends: Callable[[At[S]], Result]
    call: Callable[[tuple[At[S], ...]], Call] | None = None
    done: Callable[[At[S]], str] = _never
    bars: Callable[[At[S]], str] = _never
    busy: Callable[[At[S]], str] = _never
    begun: Callable[[At[S]], bool] | None = None
    see: See[S] | None = None
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class Doing:
    """The steps of one service by name, and how a batch's resources are looked at.

    `unrepeatable`: steps whose call must not be made a second time, for it would do what it does again.
    """

    see: See[Any]
    steps: Mapping[str, Step[Any]]
    unrepeatable: frozenset[str] = frozenset()

    def carries(self, service: Service) -> Service:
        """The service with these steps as what it carries out."""
        names = frozenset(self.steps)
        return replace(
            service,
            steps=names,
            repeatable=names - self.unrepeatable,
            lasting=frozenset(name for name, step in self.steps.items() if step.lasts) - self.unrepeatable,
            prepare=self.prepare,
            handle=handle,
            adopt=self.adopt,
            check=self.check,
        )

    def prepare(self, batch: Batch) -> Dialogue[Started]:
        """The call for those of the batch that are ready for it; what is known of the others."""
        step = self.steps[batch.step]
        states = yield from (step.see or self.see)(batch)
        lost, busy, told, ready = dict[str, str](), dict[str, str](), dict[str, Result](), list[At[Any]]()
        for order in orders(batch):
            at = At(order, states[order.resource], batch.intended_at)
            if at.now is None:
                lost[order.resource] = GONE
            elif step.call is None and (result := step.ends(at)).phase is not Phase.RUNNING:
                told[order.resource] = result
            elif step.call is None:
                busy[order.resource] = result.message
            elif done := step.done(at):
                told[order.resource] = Result(Phase.DONE, done)
            elif bars := step.bars(at):
                lost[order.resource] = bars
            elif doing := step.busy(at):
                busy[order.resource] = doing
            else:
                ready.append(at)
        call = step.call(tuple(ready)) if ready and step.call else None
        return Started(call, lost=lost, busy=busy, told=told)

    def adopt(self, batch: Batch) -> Dialogue[str | None]:
        """Whether AWS took the call though its answer never came: then the handle, else None."""
        step = self.steps[batch.step]
        states = yield from (step.see or self.see)(batch)
        found = [At(order, states[order.resource], batch.intended_at) for order in orders(batch)]
        return TAKEN if step.begun and any(at.now is not None and step.begun(at) for at in found) else None

    def check(self, batch: Batch, now: datetime) -> Dialogue[Mapping[str, Result]]:
        """What each member's step came to; one that runs for a day is a person's to look at."""
        step = self.steps[batch.step]
        states = yield from (step.see or self.see)(batch)
        return {order.resource: _ended(step, At(order, states[order.resource], now)) for order in orders(batch)}


def _ended(step: Step[Any], at: At[Any]) -> Result:
    if at.now is None:
        return Result(Phase.FAILED, GONE)
    result = step.ends(at)
    if result.phase is Phase.RUNNING and at.taken_for > LONGEST:
        return Result(Phase.LOST, f"{result.message}; begun more than {LONGEST.days * 24} h ago: look at it, then decide")
    return result


def handle(_answer: Mapping[str, Any]) -> str:
    """Resources are asked for by name, so an answer needs no id."""
    return TAKEN


def running(what: str) -> Result:
    return Result(Phase.RUNNING, what)


def failed(why: str) -> Result:
    return Result(Phase.FAILED, why)


DONE = Result(Phase.DONE)


# --- questions that most services ask alike ----------------------------------------------------------------------------


class Busy(Protocol):
    """A resource as it is now. `status`: AWS's word."""

    @property
    def status(self) -> str: ...


class Numbered(Protocol):
    """A resource as it is now, with the version that it runs."""

    @property
    def version(self) -> str: ...


def busy_unless(idle: str) -> Callable[[At[Busy]], str]:
    """What AWS is doing, while its word is another than the one for a resource that takes orders."""
    return lambda at: "" if at.now.status == idle else f"is {at.now.status}"


is_busy = busy_unless("available")


def reached(at: At[Numbered]) -> str:
    """That it runs the version that the order asks for, or a newer one; "" where it doesn't."""
    return f"is on {at.now.version} already" if at_least(at.now.version, at.order.asks["version"]) else ""


def version_open(at: At[Numbered]) -> Result:
    """Of a plan that wants a version and nothing else: its update's key where it is still not there."""
    return Result(Phase.DONE, open=() if reached(at) else (at.order.asks["key"],))
