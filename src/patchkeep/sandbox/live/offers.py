"""Live machines for organization files: the factory behind `live: true`, there only while someone offers it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from patchkeep.sandbox.generate.agents import AGENTS, MachineOrder
from patchkeep.sandbox.live.agent import LiveAgent
from patchkeep.sandbox.live.rootfs import copied, nest
from patchkeep.sandbox.live.unavailable import LiveUnavailable, must_be_possible
from patchkeep.sandbox.orgproblem import OrgFileError, Problem

SUITES = {"debian-12": "bookworm"}  # key of the catalogue -> Debian's name of the release
BORNE = frozenset({"no-agent", "never-comes-back"})  # traits that are about the way to the machine, not about what is on it


@contextmanager
def offered() -> Iterator[None]:
    """Offer live machines until the block ends; their root file systems go with it.

    An organization file that wants one where none can be had raises `OrgFileError` with the reason.
    """
    with ExitStack() as stack:
        offer = _Offer(stack)
        AGENTS["live"] = offer.machine
        stack.callback(AGENTS.pop, "live")
        yield


class _Offer:
    """The factory, and the one directory that its machines' copies share. It is made when the first machine is asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._place: Path | None = None

    def machine(self, order: MachineOrder) -> LiveAgent:
        try:
            return self._machine(order)
        except LiveUnavailable as error:
            raise OrgFileError((Problem(f"live machine {order.node_id}", f"{error}; or write live: false"),)) from error

    def _machine(self, order: MachineOrder) -> LiveAgent:
        if order.os not in SUITES:
            raise LiveUnavailable(f"{order.os} can't be live, {', '.join(SUITES)} can")
        if faults := sorted(order.traits - BORNE):
            raise LiveUnavailable(f"a live machine does not misbehave to order ({', '.join(faults)})")
        must_be_possible()
        self._place = self._place or self._stack.enter_context(nest())
        return LiveAgent(order.os, copied(SUITES[order.os], self._place / order.node_id))
