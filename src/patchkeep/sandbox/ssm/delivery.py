"""A command on its way: which of its invocations are delivered when, how each ends, and what that makes of the whole.

State: `site.kept["ssm.commands"]` id -> Command. Statuses: the user guide's page "Understanding command statuses".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.faults.fault import Kind
from patchkeep.sandbox.ssm.document_store import Document, Version
from patchkeep.sandbox.ssm.execution import execute
from patchkeep.sandbox.ssm.orders import Ending, Order
from patchkeep.sandbox.ssm.reach import Line

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Node, Site, World

FETCHED_AFTER = timedelta(seconds=2)  # the agent fetches what waits for it within seconds
CANCELLED_AFTER = timedelta(seconds=10)
KEPT_FOR = timedelta(days=30)
_STATUS = {"DeliveryTimedOut": "TimedOut", "ExecutionTimedOut": "TimedOut", "Terminated": "Cancelled", "Undeliverable": "Failed"}
_RUNNING = frozenset({"InProgress", "Cancelling"})
_OPEN = frozenset({"Pending", "Delayed"}) | _RUNNING


@dataclass(slots=True)
class Invocation:
    """One node's part of a command. `details` as in StatusDetails, spelt without spaces as the API answers it."""

    node: str
    details: str = "Pending"
    delivering: bool = False
    started: datetime | None = None
    ended: datetime | None = None
    code: int = -1
    output: str = ""
    error: str = ""

    @property
    def status(self) -> str:
        return _STATUS.get(self.details, self.details)

    @property
    def done(self) -> bool:
        return self.details not in _OPEN


@dataclass(slots=True)
class Command:
    """`asked`: the parameters of SendCommand. `on_end` is called once, when the last invocation has ended."""

    id: str
    document: Document
    version: Version
    parameters: Mapping[str, list[str]]
    asked: Mapping[str, Any]
    requested: datetime
    at_once: int
    may_fail: int
    invocations: dict[str, Invocation]
    on_end: Callable[[Command], None] | None = None
    cancelled: bool = False
    execution: tuple[str, str] = ("", "Command")
    changed: datetime | None = field(default=None)

    @property
    def timeout(self) -> timedelta:
        return timedelta(seconds=int(self.asked.get("TimeoutSeconds") or 3600))

    @property
    def errors(self) -> int:
        return sum(one.details in {"Failed", "ExecutionTimedOut"} for one in self.invocations.values())

    @property
    def details(self) -> str:
        """Say what the whole is in: see the page named above for Failed, Incomplete and the rest."""
        seen = {one.details for one in self.invocations.values()}
        if not seen:
            return "NoInstancesInTag"
        if seen & _OPEN:
            started = seen - {"Pending"}
            return "Cancelling" if self.cancelled else "InProgress" if started else "Pending"
        if self.cancelled and "Cancelled" in seen:
            return "Cancelled"
        if seen == {"Success"}:
            return "Success"
        if self.errors > self.may_fail:
            return "Failed"
        return "DeliveryTimedOut" if seen == {"DeliveryTimedOut"} else "Incomplete"

    @property
    def status(self) -> str:
        details = self.details
        by_details = {"NoInstancesInTag": "Success", "DeliveryTimedOut": "TimedOut", "Incomplete": "Failed"}
        return by_details.get(details, details)


def commands_of(site: Site, now: datetime) -> dict[str, Command]:
    """Return the commands of the last 30 days; older ones are forgotten."""
    kept = cast(dict[str, Command], site.kept["ssm.commands"])
    for old in [command.id for command in kept.values() if now - command.requested > KEPT_FOR]:
        del kept[old]
    return kept


def amount(text: str | None, total: int, default: str) -> int:
    """Return how many "7" or "10%" of `total` are; a percentage of something is at least one for concurrency's sake."""
    asked = text or default
    return total * int(asked[:-1]) // 100 if asked.endswith("%") else int(asked)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Carries one command to its nodes, `at_once` at a time, until too many have failed."""

    world: World
    site: Site
    command: Command

    def begin(self) -> None:
        self._feed()
        if not self.command.invocations:
            self._end_of_all()

    def _feed(self) -> None:
        command = self.command
        invocations = command.invocations.values()
        if command.errors > command.may_fail:
            self._stop_waiting("Terminated")
        busy = sum(one.delivering and not one.done for one in invocations)
        waiting = [one for one in invocations if one.details == "Pending" and not one.delivering]
        for one in waiting[: max(command.at_once - busy, 0)]:
            one.delivering = True
            self._deliver(one)

    def _stop_waiting(self, details: str) -> None:
        for one in self.command.invocations.values():
            if one.details == "Pending" and not one.delivering:
                one.details, one.ended = details, self.world.clock.now()

    def _deliver(self, invocation: Invocation) -> None:
        node = self.site.nodes.get(invocation.node)
        if node is None:
            self._finish(invocation, "Undeliverable")
            return
        line = Line(self.world, self.site, node)
        until = self.command.requested + self.command.timeout

        def run() -> None:
            self._run(invocation, node)

        line.after(FETCHED_AFTER, lambda: line.when_open(until, run, lambda: self._finish(invocation, "DeliveryTimedOut")))

    def _run(self, invocation: Invocation, node: Node) -> None:
        if invocation.done:
            return
        command = self.command
        invocation.details, invocation.started = "InProgress", self.world.clock.now()
        execution = command.execution if command.execution[0] else (command.id, "Command")
        line = Line(self.world, self.site, node)
        if line.struck(Kind.STUCK):
            return
        order = Order(line, command.document.name, command.version.content, command.parameters, execution)
        execute(order, lambda ending: self._ended(invocation, ending))

    def _ended(self, invocation: Invocation, ending: Ending) -> None:
        if invocation.details == "Cancelled":
            return
        invocation.code, invocation.output, invocation.error = ending.code, ending.output, ending.error
        self._finish(invocation, ending.status)

    def _finish(self, invocation: Invocation, details: str) -> None:
        if invocation.done:
            return
        invocation.details, invocation.ended = details, self.world.clock.now()
        self._feed()
        if all(one.done for one in self.command.invocations.values()):
            self._end_of_all()

    def _end_of_all(self) -> None:
        then, self.command.on_end = self.command.on_end, None
        if then is not None:
            then(self.command)

    def cancel(self, node_ids: frozenset[str]) -> None:
        """Cancel what waits at once; what runs is told to stop, but what it did on the node stays done."""
        self.command.cancelled = True
        for one in self.command.invocations.values():
            if one.done or one.node not in node_ids:
                continue
            if one.details == "Pending":
                self._finish(one, "Cancelled")
            else:
                one.details = "Cancelling"
                self.world.clock.after(CANCELLED_AFTER, lambda one=one: self._finish(one, "Cancelled"))  # type: ignore[misc]
