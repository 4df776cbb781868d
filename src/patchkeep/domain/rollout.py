"""The decisions of a plan under way. Nothing here sleeps, calls or reads a clock.

`step(rollout, plan, times, results, now)` digests what came back, decides the ring's fate, and names the batches to start.
A batch is stored before it is started (in the state it is the intent), and the answer with `begun`. A caller that starts batches
one by one holds the others back with `unsent`, and puts each under way with `send` when its call is ready.
What comes of it: RUNNING has batches under way (ask AWS again), WAITING says why and, where time alone cures it, until when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from patchkeep.domain.approval import gate
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen, fingerprint
from patchkeep.domain.outcome import digest, failed, left_out, move
from patchkeep.domain.plan import Change, Plan, Ring
from patchkeep.domain.progress import ASKED, BORNE, Batch, Member, Phase, Result, RingState, Rollout, Status, Unsure, marks_of
from patchkeep.domain.turn import Times, renewed, spared, startable, tally, waits_for
from patchkeep.domain.wording import lasting

_Key: TypeAlias = tuple[str, Target, str, str]  # service, place, resource, step: whose step it is
_Lot: TypeAlias = tuple[Target, str, str, str, int]  # place, step, service, lot, how many go together
PATIENCE = timedelta(minutes=15)  # for which a member that was begun may be unreachable: agents lag, and come back from reboots
WHILE_BUSY = timedelta(hours=1)  # for which AWS may be busy with a member by itself: a database's nightly backup, say


class Absence(StrEnum):
    """Why a member cannot be sent a step just now."""

    GONE = "gone"  # it does not answer: one not begun has failed
    BUSY = "busy"  # AWS does something else with it: it is waited for


@dataclass(frozen=True, slots=True)
class Stepped:
    rollout: Rollout
    start: tuple[Batch, ...] = ()


def begin(plan: Plan, now: datetime) -> Rollout:
    """The rollout of a plan before its first step; raises ValueError where a resource stands in it twice."""
    often = Counter((change.service, change.target, change.resource) for ring in plan.rings for change in ring.changes)
    if twice := sorted(resource for (*_, resource), times in often.items() if times > 1):
        raise ValueError(f"{twice[0]} stands in plan {plan.id} more than once: it would be patched twice")
    rings = tuple(RingState(ring.name, tuple(_member(change, ring) for change in ring.changes)) for ring in plan.rings)
    name = f"ro-{fingerprint([plan.id, now.isoformat()])[:12]}"
    return Rollout(name, plan.id, now, rings)


def _member(change: Change, ring: Ring) -> Member:
    window = change.window or ring.window
    return Member(change.id, change.resource, change.target, change.steps[0], window=window, apart=change.apart, service=change.service)


def step(rollout: Rollout, plan: Plan, times: Times, results: Mapping[str, Mapping[str, Result]], now: datetime) -> Stepped:
    """Move a rollout by what is known now. `results`: batch id -> resource -> result.

    Raises ValueError where the plan isn't the rollout's own.
    """
    if plan.id != rollout.plan_id:
        raise ValueError(f"rollout {rollout.id} belongs to plan {rollout.plan_id}, not to {plan.id}")
    rollout = digest(rollout, plan, results)
    if rollout.status.final or rollout.status is Status.PAUSED:
        return Stepped(rollout)
    rollout = _without_their_groups(replace(rollout, unsure=Unsure.NONE), plan)
    for index, ring in enumerate(plan.rings):
        state = rollout.rings[index]
        if too_many := _too_many_failed(ring, state):
            return Stepped(halt(rollout, too_many, now))
        if not all(member.ended for member in state.members):
            return _advance(rollout, plan, index, times, now)
        since = state.emptied_at or now
        rollout = _with_ring(rollout, index, replace(state, emptied_at=since))
        if proves_nothing := _nobody_patched(rollout, index):
            return Stepped(pause(_with_ring(rollout, index, replace(rollout.rings[index], unproved=ASKED)), proves_nothing))
        until = since + timedelta(seconds=ring.bake_seconds if state.members else 0)
        if now < until:
            return Stepped(_waiting(rollout, f"ring {ring.name} bakes until {until:%Y-%m-%d %H:%M %Z}", until))
    return Stepped(replace(rollout, status=Status.DONE, why="all rings done", ended_at=now, next_at=None))


def _without_their_groups(rollout: Rollout, plan: Plan) -> Rollout:
    """Members left out whose group, kept apart, lost a member to a failure: what is no failure of theirs holds up no ring."""
    reasons = spared(rollout, plan)
    return move(rollout, lambda member: left_out(member, reasons[member.change]) if member.change in reasons else member)


def begun(rollout: Rollout, batch: str, handle: str, lost: Mapping[str, str]) -> Rollout:
    """Record AWS's answer to a start: the handle, and the members that it did not reach, with the reason (they have failed).

    Of those that it reached it is forgotten how long they were waited for.
    """
    batches = tuple(replace(b, handle=handle) if b.id == batch else b for b in rollout.batches)

    def reached(member: Member) -> Member:
        if member.batch != batch:
            return member
        if member.resource in lost:
            return failed(member, lost[member.resource])
        return replace(member, unreached_since=None) if handle else member

    return move(replace(rollout, batches=batches), reached)


def put_aside(rollout: Rollout, batch: str, reasons: Mapping[str, str]) -> Rollout:
    """Members of a batch that is about to start which must not go with it, and have not failed: their way ends here."""

    def aside(member: Member) -> Member:
        return left_out(member, reasons[member.resource]) if member.batch == batch and member.resource in reasons else member

    return move(rollout, aside)


def unsent(rollout: Rollout, batch: str) -> Rollout:
    """Take back a batch that for certain never left the house: its members wait for the same step again."""
    at = next((one.intended_at for one in rollout.batches if one.id == batch), None)

    def waiting(member: Member) -> Member:
        begun_at = None if member.begun_at == at else member.begun_at  # by this very batch: then it was not begun after all
        return replace(member, phase=Phase.WAITING, batch="", begun_at=begun_at) if member.batch == batch else member

    return move(rollout, waiting)


def looked_for(rollout: Rollout, batch: str, now: datetime) -> Rollout:
    """AWS shows nothing of a batch whose answer never came, and has been asked without a break so far."""
    return replace(rollout, batches=tuple(replace(one, looked_at=now) if one.id == batch else one for one in rollout.batches))


def send(rollout: Rollout, batch: Batch) -> Rollout:
    """Put one batch under way that `step` named and that was held back until its call was ready; stored, it is the intent."""
    mine = set(_keys(batch))

    def sent(member: Member) -> Member:
        free = member.phase is Phase.WAITING and not member.batch
        return _sent(member, batch.id, batch.intended_at) if free and _key(member) in mine else member

    return move(replace(rollout, batches=(*rollout.batches, batch)), sent)


def told(rollout: Rollout, plan: Plan, batch: str, results: Mapping[str, Result]) -> Rollout:
    """Members of a batch that is about to start of which it is known already what the step comes to: nothing need be sent them."""
    return digest(rollout, plan, {batch: results})


def unreached(rollout: Rollout, batch: str, reasons: Mapping[str, str], now: datetime, absence: Absence = Absence.GONE) -> Rollout:
    """Members of a batch that cannot be sent it now: those worth waiting for wait for the same step, for a while; others have failed."""
    busy = absence is Absence.BUSY
    patience = WHILE_BUSY if busy else PATIENCE

    def absent(member: Member) -> Member:
        if member.batch != batch or member.resource not in reasons:
            return member
        since = member.unreached_since or now
        if now - since > 2 * patience:  # not asked for long, while a window was closed, say: counted anew
            since = now
        new = member.begun_at is None or member.begun_at >= now
        if (new and not busy) or now - since > patience:
            passed = f"; waited {lasting(patience)} for that to end" if busy else ""
            return failed(replace(member, unreached_since=None), f"{reasons[member.resource]}{passed}")
        why = f"{member.step}: {reasons[member.resource]}; waits for it until {since + patience:%H:%M %Z}"
        begun_at = None if new else member.begun_at
        return replace(member, phase=Phase.WAITING, batch="", why=why, unreached_since=since, begun_at=begun_at)

    return move(rollout, absent)


# --- what people say ------------------------------------------------------------------------------------------------


def pause(rollout: Rollout, why: str, unsure: Unsure = Unsure.NONE) -> Rollout:
    """Start nothing more until `resume`; what is under way goes on and is still taken in. A final rollout stays as it is."""
    return rollout if rollout.status.final else replace(rollout, status=Status.PAUSED, why=why, unsure=unsure, next_at=None)


def resume(rollout: Rollout) -> Rollout:
    """Let a paused rollout go on with its next `step`, past a ring that proved nothing if that was asked; any other stays as it is."""
    if rollout.status is not Status.PAUSED:
        return rollout
    rings = tuple(replace(ring, unproved=BORNE) if ring.unproved == ASKED else ring for ring in rollout.rings)
    return replace(rollout, rings=rings, status=Status.RUNNING, why="resumed", unsure=Unsure.NONE)


def halt(rollout: Rollout, why: str, now: datetime) -> Rollout:
    """End a rollout for good; commands already sent go on, and what comes of them is still taken in. A final one stays as it is."""
    if rollout.status.final:
        return rollout
    sent = len(rollout.batches)
    going_on = f"; {sent} command{'' if sent == 1 else 's'} already sent will go on" if sent else ""
    return replace(rollout, status=Status.HALTED, why=f"{why}{going_on}", unsure=Unsure.NONE, ended_at=now, next_at=None)


def answer_for(rollout: Rollout, plan: Plan, resource: str, result: Result) -> Rollout:
    """A person's word on a lost member, in place of AWS's; members that AWS can tell of stay as they are."""
    lost = (member for ring in rollout.rings for member in ring.members if member.phase is Phase.LOST and member.resource == resource)
    return digest(rollout, plan, {member.batch: {resource: result} for member in lost})


# --- the ring's fate ------------------------------------------------------------------------------------------------


def _too_many_failed(ring: Ring, state: RingState) -> str:
    lacking = [member for member in state.members if member.phase is Phase.FAILED]
    allowed = ring.may_fail.of(len(state.members))
    if len(lacking) <= allowed:
        return ""
    first = lacking[0]
    may = f"at most {allowed} may" if allowed else "none may"
    return f"ring {ring.name} halted: {len(lacking)} of {len(state.members)} failed, {may}; first {first.resource} at {first.why}"


def _nobody_patched(rollout: Rollout, index: int) -> str:
    """Why the ring, whose members have all ended, proves nothing for those behind it; "" where it does, or a person bears it."""
    state = rollout.rings[index]
    behind = any(not member.ended for ring in rollout.rings[index + 1 :] for member in ring.members)
    if not behind or not state.members or state.unproved == BORNE or any(member.phase is Phase.DONE for member in state.members):
        return ""
    first = state.members[0]
    return (
        f"ring {state.name}: nobody was patched ({tally(state.members)}; first {first.resource}, {first.why}): no proof for the next ring"
    )


def _with_ring(rollout: Rollout, index: int, state: RingState) -> Rollout:
    return replace(rollout, rings=(*rollout.rings[:index], state, *rollout.rings[index + 1 :]))


def _waiting(rollout: Rollout, why: str, until: datetime | None) -> Rollout:
    return replace(rollout, status=Status.WAITING, why=why, next_at=until)


def _advance(rollout: Rollout, plan: Plan, index: int, times: Times, now: datetime) -> Stepped:
    """Start what may be started in the open ring, or say what it waits for."""
    ring, state = plan.rings[index], rollout.rings[index]
    if blocked := gate(rollout, plan, ring):
        return Stepped(_waiting(rollout, blocked.why, blocked.until))
    if lost := [member for member in state.members if member.phase is Phase.LOST]:
        return Stepped(_ask(rollout, state, lost))
    chosen = {member.change: renewed(member, ring, now) for member in startable(rollout, plan, index, times, now)}
    state = replace(state, members=tuple(chosen.get(member.change, member) for member in state.members))
    batches = tuple(_batches(ring, tuple(chosen.values()), rollout, now))
    if not batches and not rollout.batches:
        blocked = waits_for(rollout, index, times, now)
        return Stepped(_waiting(rollout, f"ring {ring.name} {blocked.why}", blocked.until))
    names = {key: batch.id for batch in batches for key in _keys(batch)}
    members = tuple(_sent(member, names.get(_key(member), ""), now) for member in state.members)
    opened = _with_ring(rollout, index, replace(state, members=members, opened_at=state.opened_at or now))
    why = f"ring {ring.name}: {tally(members)}"
    return Stepped(replace(opened, batches=(*rollout.batches, *batches), status=Status.RUNNING, why=why, next_at=None), batches)


def _ask(rollout: Rollout, state: RingState, lost: list[Member]) -> Rollout:
    """Stop the ring: repeating a step that may have run is worse than waiting for a person to look."""
    others = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    why = f"ring {state.name} needs a person: AWS cannot tell what became of {lost[0].resource}{others} ({lost[0].why})"
    going_on = any(member.batch and member.phase is not Phase.LOST for member in state.members)
    return replace(rollout, status=Status.RUNNING if going_on else Status.WAITING, why=why, next_at=None)


def _batches(ring: Ring, chosen: tuple[Member, ...], rollout: Rollout, now: datetime) -> Iterator[Batch]:
    """The chosen members, cut by service, target, step and lot into batches that one call can carry."""
    planned = {change.id: change for change in ring.changes}
    lots: dict[_Lot, list[Change]] = {}
    for member in chosen:
        change = planned[member.change]
        lots.setdefault((change.target, member.step, change.service, change.lot, change.together), []).append(change)
    for (target, name, service, _, together), changes in sorted(lots.items(), key=lambda lot: lot[0]):
        for start in range(0, len(changes), together):
            part = changes[start : start + together]
            resources = tuple(change.resource for change in part)
            mark = fingerprint([rollout.id, ring.name, str(target), name, resources, rollout.version])[:10]
            asks = Frozen({change.resource: change.asks for change in part if change.asks})
            yield Batch(f"{marks_of(rollout.id)}{mark}", ring.name, name, target, resources, now, service=service, asks=asks)


def _keys(batch: Batch) -> Iterator[_Key]:
    return ((batch.service, batch.target, resource, batch.step) for resource in batch.resources)


def _key(member: Member) -> _Key:
    return (member.service, member.target, member.resource, member.step)


def _sent(member: Member, batch: str, now: datetime) -> Member:
    return replace(member, batch=batch, phase=Phase.RUNNING, begun_at=member.begun_at or now) if batch else member
