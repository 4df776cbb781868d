"""The decisions of a plan under way. Nothing here sleeps, calls or reads a clock.

`step(rollout, plan, times, results, now)` digests what came back, decides the ring's fate, and names the batches to start.
The caller stores the new state before it starts anything (the batches in it are the intents), and the answers with `begun`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from patchkeep.domain.approval import Blocked, gate
from patchkeep.domain.frozen import fingerprint
from patchkeep.domain.plan import Change, Plan, Ring
from patchkeep.domain.progress import Batch, Member, Phase, Result, RingState, Rollout, Status
from patchkeep.domain.window import Freeze, MaintenanceWindow, after_freezes, frozen_by, is_open, may_start, next_opening

BATCH_SIZE = 50  # SendCommand takes 50 instance ids (botocore: ssm SendCommand InstanceIds max)
FIRST_STEP = "scan"
HARMLESS = frozenset({"verify"})  # reads only: may run outside windows and in freezes


@dataclass(frozen=True, slots=True)
class Times:
    """When changes may run: the policy's windows and freezes."""

    windows: tuple[MaintenanceWindow, ...] = ()
    freezes: tuple[Freeze, ...] = ()

    def window(self, name: str) -> MaintenanceWindow | None:
        return next((window for window in self.windows if window.name == name), None)


@dataclass(frozen=True, slots=True)
class Stepped:
    rollout: Rollout
    start: tuple[Batch, ...] = ()


def begin(plan: Plan, now: datetime) -> Rollout:
    """The rollout of a plan before its first step."""
    rings = tuple(RingState(ring.name, tuple(_member(change, ring) for change in ring.changes)) for ring in plan.rings)
    name = f"ro-{fingerprint([plan.id, now.isoformat()])[:12]}"
    return Rollout(name, plan.id, now, rings)


def _member(change: Change, ring: Ring) -> Member:
    window = change.window or ring.window
    return Member(change.id, change.resource, change.target, change.steps[0], window=window, apart=change.apart)


def step(rollout: Rollout, plan: Plan, times: Times, results: Mapping[str, Mapping[str, Result]], now: datetime) -> Stepped:
    """Move a rollout by what is known now. `results`: batch id -> resource -> result."""
    rollout = _digest(rollout, plan, results)
    if rollout.status.final or rollout.status is Status.PAUSED:
        return Stepped(rollout)
    for index, (ring, state) in enumerate(zip(plan.rings, rollout.rings, strict=True)):
        if halted := _too_many_failed(ring, state):
            return Stepped(replace(rollout, status=Status.HALTED, why=halted, ended_at=now, next_at=None))
        if not all(member.ended for member in state.members):
            return _advance(rollout, plan, index, times, now)
        if state.members and (state.emptied_at is None or now < _baked(ring, state.emptied_at)):
            return Stepped(_bake(rollout, index, ring, now))
    return Stepped(replace(rollout, status=Status.DONE, why="all rings done", ended_at=now, next_at=None))


def begun(rollout: Rollout, batch: str, handle: str, lost: Mapping[str, str]) -> Rollout:
    """Record AWS's answer to a start: the handle, and the members that could not be reached, with the reason."""
    batches = tuple(replace(b, handle=handle) if b.id == batch else b for b in rollout.batches)
    results = {resource: Result(Phase.FAILED, why) for resource, why in lost.items()}
    return _settle(replace(rollout, batches=batches), {batch: results}, {})


# --- what came back -------------------------------------------------------------------------------------------------


def _digest(rollout: Rollout, plan: Plan, results: Mapping[str, Mapping[str, Result]]) -> Rollout:
    planned = {change.id: change for ring in plan.rings for change in ring.changes}
    return _settle(rollout, results, planned)


def _settle(rollout: Rollout, results: Mapping[str, Mapping[str, Result]], planned: Mapping[str, Change]) -> Rollout:
    rings = tuple(
        replace(ring, members=tuple(_moved(m, results.get(m.batch, {}).get(m.resource), planned.get(m.change)) for m in ring.members))
        for ring in rollout.rings
    )
    running = {member.batch for ring in rings for member in ring.members if member.batch}
    return replace(rollout, rings=rings, batches=tuple(b for b in rollout.batches if b.id in running))


def _moved(member: Member, result: Result | None, change: Change | None) -> Member:
    """A member after its step's result: still running, failed, at its next step, or done."""
    if not member.batch or result is None or result.phase in {Phase.RUNNING, Phase.WAITING}:
        return member
    if result.phase is Phase.LOST:
        return replace(member, phase=Phase.LOST, why=result.message)
    if result.phase is Phase.FAILED:
        return replace(member, phase=Phase.FAILED, batch="", why=f"{member.step}: {result.message}")
    following, why = _after(member.step, result, change)
    if following == "failed":
        return replace(member, phase=Phase.FAILED, batch="", why=why)
    return replace(member, step=following, phase=Phase.DONE if not following else Phase.WAITING, batch="", why=why)


def _after(done: str, result: Result, change: Change | None) -> tuple[str, str]:
    """The next step ("" at the end) and what to say of it."""
    if done == "scan":
        if not result.open:
            return "", "nothing to do: already clean"
        only_reboot = result.pending_reboot >= len(result.open)
        return ("reboot", "scanned") if only_reboot else ("install", "scanned")
    if done == "install":
        return ("reboot", "installed") if result.pending_reboot else ("verify", "installed")
    if done == "reboot":
        return "verify", "rebooted"
    planned = {update.key for update in change.updates} if change else set()
    left = planned & set(result.open)
    return ("failed", f"verify: {len(left)} planned updates still open") if left else ("", "versions seen as planned")


# --- the ring's fate ------------------------------------------------------------------------------------------------


def _too_many_failed(ring: Ring, state: RingState) -> str:
    failed = [member for member in state.members if member.phase is Phase.FAILED]
    allowed = ring.may_fail.of(len(state.members))
    if len(failed) <= allowed:
        return ""
    first = failed[0]
    return f"ring {ring.name}: {len(failed)} of {len(state.members)} failed, {allowed} may; first: {first.resource} {first.why}"


def _baked(ring: Ring, since: datetime) -> datetime:
    return since + timedelta(seconds=ring.bake_seconds)


def _bake(rollout: Rollout, index: int, ring: Ring, now: datetime) -> Rollout:
    state = rollout.rings[index]
    since = state.emptied_at or now
    rings = (*rollout.rings[:index], replace(state, emptied_at=since), *rollout.rings[index + 1 :])
    until = _baked(ring, since)
    return replace(
        rollout, rings=rings, status=Status.WAITING, why=f"ring {ring.name} bakes until {until:%Y-%m-%d %H:%M %Z}", next_at=until
    )


def _advance(rollout: Rollout, plan: Plan, index: int, times: Times, now: datetime) -> Stepped:
    """Start what may be started in the open ring, or say what it waits for."""
    ring, state = plan.rings[index], rollout.rings[index]
    if blocked := gate(rollout, ring):
        return Stepped(replace(rollout, status=Status.WAITING, why=blocked.why, next_at=blocked.until))
    chosen = tuple(_startable(ring, state, plan, times, now))
    batches = tuple(_batches(ring, chosen, rollout, now))
    if not batches and not rollout.batches:
        blocked = _waits_for(state, times, now)
        return Stepped(replace(rollout, status=Status.WAITING, why=f"ring {ring.name} {blocked.why}", next_at=blocked.until))
    names = {resource: batch.id for batch in batches for resource in _keys(batch)}
    members = tuple(_sent(m, names.get((m.target, m.resource, m.step), "")) for m in state.members)
    opened = replace(state, members=members, opened_at=state.opened_at or now)
    rings = (*rollout.rings[:index], opened, *rollout.rings[index + 1 :])
    why = f"ring {ring.name}: {_tally(members)}"
    moved = replace(rollout, rings=rings, batches=(*rollout.batches, *batches), status=Status.RUNNING, why=why, next_at=None)
    return Stepped(moved, batches)


def _startable(ring: Ring, state: RingState, plan: Plan, times: Times, now: datetime) -> Iterator[Member]:
    """Members whose next step may be sent now: begun ones first, then new ones while places are free."""
    busy = [member for member in state.members if _occupies(member)]
    places = ring.at_once.of(len(state.members), least=1) - len(busy)
    groups = Counter(group for member in busy for group in member.apart)
    limits = dict(plan.apart_limits)
    for member in state.members:
        if member.batch or member.ended or not _allowed_now(member, times, now):
            continue
        if not _occupies(member):
            if places <= 0 or any(groups[group] >= limits.get(group, 1) for group in member.apart):
                continue
            places -= 1
            groups.update(member.apart)
        yield member


def _occupies(member: Member) -> bool:
    """Begun and not ended: it takes one of the ring's places, also between two steps."""
    return bool(member.batch) or (not member.ended and member.step != FIRST_STEP)


def _allowed_now(member: Member, times: Times, now: datetime) -> bool:
    if member.step in HARMLESS:
        return True
    if frozen_by(times.freezes, now):
        return False
    if not member.window:
        return True
    window = times.window(member.window)
    if window is None:
        return False
    return is_open(window, now) if member.step == "reboot" else may_start(window, now)


def _waits_for(state: RingState, times: Times, now: datetime) -> Blocked:
    """The nearest moment at which one of the waiting members may go on."""
    waiting = [member for member in state.members if not member.ended]
    names = sorted({member.window for member in waiting if member.window and times.window(member.window) is None})
    if names:
        return Blocked(f"waits for window {names[0]}, which the policy no longer has")
    openings = [_opening(member, times, now) for member in waiting]
    known = sorted(opening for opening in openings if opening is not None)
    freeze = frozen_by(times.freezes, now)
    held = f"is held by freeze {freeze.name}" if freeze else "waits for its window"
    return Blocked(f"{held} until {known[0]:%Y-%m-%d %H:%M %Z}", known[0]) if known else Blocked(f"{held}; none opens within 400 days")


def _opening(member: Member, times: Times, now: datetime) -> datetime | None:
    if not member.window:
        return after_freezes(times.freezes, now)
    window = times.window(member.window)
    return next_opening(window, times.freezes, now) if window else None


def _batches(ring: Ring, chosen: tuple[Member, ...], rollout: Rollout, now: datetime) -> Iterator[Batch]:
    """The chosen members, cut by target and step into batches that one SendCommand can carry."""
    for key in sorted({(member.target, member.step) for member in chosen}):
        target, name = key
        resources = [member.resource for member in chosen if (member.target, member.step) == key]
        for start in range(0, len(resources), BATCH_SIZE):
            part = tuple(resources[start : start + BATCH_SIZE])
            mark = fingerprint([rollout.id, ring.name, str(target), name, part, rollout.version])[:16]
            yield Batch(f"pk-{mark}", ring.name, name, target, part, now)


def _keys(batch: Batch) -> Iterator[tuple[object, str, str]]:
    return ((batch.target, resource, batch.step) for resource in batch.resources)


def _sent(member: Member, batch: str) -> Member:
    return replace(member, batch=batch, phase=Phase.RUNNING) if batch and not member.batch and not member.ended else member


def _tally(members: tuple[Member, ...]) -> str:
    counts = Counter(
        "done" if m.ended and m.phase is Phase.DONE else "failed" if m.ended else "under way" if _occupies(m) else "to go" for m in members
    )
    return ", ".join(f"{counts[word]} {word}" for word in ("done", "under way", "failed", "to go") if counts[word])
