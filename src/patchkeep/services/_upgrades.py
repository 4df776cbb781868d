"""Engine versions that are changed by one call, at once or in AWS's next window: one shape in RDS, DMS, ElastiCache and MemoryDB.

EngineVersion, AllowMajorVersionUpgrade and ApplyImmediately of ModifyDBInstance, ModifyDBCluster and ModifyReplicationInstance, and their
like in the others; what waits for the window stands in PendingModifiedValues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from patchkeep.domain.asset import Asset, Disruption, Update
from patchkeep.domain.call import Call
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.progress import Phase, Result
from patchkeep.domain.undo import Partly, Way
from patchkeep.services._pending import Waiting, waiting
from patchkeep.services._steps import BEGINS_WITHIN, DONE, OPT_IN, SCHEDULE, At, Busy, Numbered, Step, failed, is_busy, reached, running
from patchkeep.services._versions import ENGINE, at_least


def engine_of(updates: Iterable[Update]) -> Update | None:
    return next((update for update in updates if update.id == ENGINE), None)


def put_off(*pending: Mapping[str, Any], version: str = "EngineVersion") -> tuple[str, tuple[str, ...]]:
    """What somebody has put off to the window, of a resource's PendingModifiedValues: its version, "" for none, and names of all else.

    `version`: under which key the service has that. Several of them are those of one resource's parts.
    """
    waiting = [(name, value) for one in pending for name, value in one.items() if value not in (None, "", {}, [], ())]
    others = {name for name, _ in waiting} - {version}
    return next((str(value) for name, value in waiting if name == version), ""), tuple(sorted(others))


def facts_of(scheduled: str, waits: tuple[str, ...]) -> dict[str, Any]:
    """The same as facts of an asset; nothing where nothing waits."""
    return {**({"scheduled": scheduled} if scheduled else {}), **({"waits": waits} if waits else {})}


def held(asset: Asset, engine: Update | None) -> str:
    """Why its engine version is not upgraded at once: that would carry along, or replace, what waits for its window."""
    if engine is None:
        return ""
    scheduled = str(asset.facts.get("scheduled", ""))
    if scheduled and not _is_version(scheduled, engine.version):
        return f"somebody has scheduled {scheduled} for its window; {engine.version} is planned when that is on or taken back"
    besides = carried(asset.facts.get("waits", ()))
    return f"{besides}: have that done first, or leave both to the window (`apply: aws-window`)" if besides else ""


def carried(waits: Iterable[str]) -> str:
    """What an upgrade at once would do besides; "" for nothing. `waits`: names of what is put off to the window."""
    others = ", ".join(waits)
    return f"{others} waits for its window, and an upgrade at once would carry that out, too" if others else ""


def _is_version(pending: str, wanted: str) -> bool:
    """Whether it is the very version wanted: AWS may name its patch, too ("7.1.0" of "7.1")."""
    return pending == wanted or pending.startswith(f"{wanted}.")


def worst(updates: Iterable[Update]) -> Disruption:
    order = list(Disruption)
    return max((update.disruption or Disruption.RESTART for update in updates), key=order.index)


def asks(asset: Asset, updates: Iterable[Update]) -> dict[str, Any]:
    """What the steps need to know: pending actions and engine version, and the updates' keys by their ids."""
    updates = tuple(updates)
    actions = sorted(str(update.facts["action"]) for update in updates if "action" in update.facts)
    engine = engine_of(updates)
    major = engine is not None and engine.classification == "major"
    keys = {update.id: update.key for update in updates}
    return {"arn": asset.id, "actions": actions, "version": engine.version if engine else "", "major": major, "keys": keys}


def agreed(updates: tuple[Update, ...], asked: Frozen) -> Course:
    """AWS is told to do it in its own next window: until that opens, the word for maintenance can be taken back."""
    engine = engine_of(updates)
    steps = ([OPT_IN] if any(update is not engine for update in updates) else []) + ([SCHEDULE] if engine else [])
    word = "take the word back before the window opens (undo-opt-in)"
    undo = "" if OPT_IN not in steps else f"of maintenance alone: {word}" if engine else word
    pins, final = f"EngineVersion {engine.version}" if engine else "", engine is not None
    return Course(updates=updates, steps=tuple(steps), asks=asked, disruption=worst(updates), undo=undo, irreversible=final, pins=pins)


def taken_back(change: Change, noted: str = "") -> Way | None:
    """The way back of what `agreed` told AWS to do; None for a change by other steps. `noted`: why a version noted for the window stays."""
    if OPT_IN not in change.steps:
        return noted if SCHEDULE in change.steps else None
    if SCHEDULE not in change.steps:
        return change.asks
    return Partly(change.asks, tuple(update for update in change.updates if update.id != ENGINE), noted)


class Versioned(Busy, Numbered, Protocol):
    """A resource as it is now. `pending_version`: what waits for AWS's window, "" for nothing."""

    @property
    def pending_version(self) -> str: ...


class Maintained(Versioned, Waiting, Protocol):
    """One with pending maintenance, too."""


def left_open(at: At[Maintained]) -> Result:
    """What the plan wanted and is still not there, by the keys of its updates."""
    keys, version = at.order.asks["keys"], at.order.asks["version"]
    left = [keys[action] for action in waiting(at)]
    if version and not at_least(at.now.version, version):
        left.append(keys[ENGINE])
    return Result(Phase.DONE, open=tuple(sorted(left)))


def _waits(at: At[Versioned]) -> bool:
    """Whether the very version wanted waits for the window."""
    return _is_version(at.now.pending_version, at.order.asks["version"])


def _other_scheduled(at: At[Versioned]) -> str:
    other = at.now.pending_version
    return "" if not other or _waits(at) else f"somebody has scheduled {other} for it since the plan was made"


def _nothing(_: At[Any]) -> tuple[str, ...]:
    return ()


def _upgraded(at: At[Versioned]) -> Result:
    available = at.now.status == "available"
    if available and reached(at):
        return DONE
    if available and not at.now.pending_version and at.taken_for > BEGINS_WITHIN:
        return failed(f"is available again and still on {at.now.version}: AWS did not upgrade it (see its events)")
    return running(f"is {at.now.status}, on {at.now.version}")


@dataclass(frozen=True, slots=True)
class Upgrading:
    """The steps of an engine version: now, or in AWS's next window."""

    upgrade: Step[Any]
    schedule: Step[Any]


Modify = Callable[[At[Any], bool], Call]  # the call for a resource, and whether at once


def upgrading(modify: Modify, status: str = "upgrading", waits: Callable[[At[Any]], tuple[str, ...]] = _nothing) -> Upgrading:
    """`modify`: the modifying operation of the service, with the version that the order asks for. `status`: of what is being upgraded.

    `waits`: what else somebody has put off to the window. ApplyImmediately would carry that out along with the version ("any changes
    in the pending modifications queue are also applied", RDS User Guide), so nothing is asked for at once while anything waits.
    """

    def swept_along(at: At[Versioned]) -> str:
        return _other_scheduled(at) or carried(waits(at))

    def under_way(at: At[Versioned]) -> bool:  # what waits for the window may be another person's word
        return bool(reached(at)) or at.now.status == status

    def noted(at: At[Versioned]) -> bool:
        return under_way(at) or _waits(at)

    def scheduled(at: At[Versioned]) -> Result:
        return Result(Phase.DONE, "scheduled for AWS's next window") if noted(at) else running("AWS has not noted it yet")

    def step(ends: Callable[[At[Versioned]], Result], *, at_once: bool) -> Step[Versioned]:
        return Step(
            ends=ends,
            call=lambda ready: modify(ready[0], at_once),
            done=reached,
            bars=swept_along if at_once else _other_scheduled,
            busy=is_busy,
            begun=under_way if at_once else noted,
        )

    return Upgrading(step(_upgraded, at_once=True), step(scheduled, at_once=False))
