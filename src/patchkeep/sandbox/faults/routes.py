"""The control API's routes for faults: put one on, list them with what they struck, take one or all off."""

from __future__ import annotations

from patchkeep.sandbox.control import NOT_FOUND, Wish, control
from patchkeep.sandbox.faults.fault import Kind, read_fault
from patchkeep.sandbox.faults.scanner import keep_scanning
from patchkeep.sandbox.operation import AwsError


@control("POST", "/faults")
def add_fault(wish: Wish) -> object:
    """A fault as `read_fault` takes it; answers it with its id."""
    placed = wish.world.faults.add(read_fault(wish.body))
    if placed.fault.kind is Kind.FOREIGN_SCAN:
        start, now = placed.fault.since, wish.world.clock.now()
        wish.world.clock.at(max(start or now, now), lambda: keep_scanning(wish.world, placed))
    return placed.shown()


@control("GET", "/faults")
def list_faults(wish: Wish) -> object:
    """All that are on, each with `hits` and the `last` thing that it struck."""
    return {"faults": [placed.shown() for placed in wish.world.faults.placed.values()]}


@control("DELETE", "/faults")
def clear_faults(wish: Wish) -> object:
    return {"removed": wish.world.faults.clear()}


@control("DELETE", "/faults/")
def remove_fault(wish: Wish) -> object:
    if not wish.world.faults.remove(wish.key):
        raise AwsError("NotFound", f"There is no fault {wish.key!r}.", NOT_FOUND)
    return {"removed": 1}
