"""Send one batch: look, store the intent, make the call, store the answer.

The look comes before the intent, so that between an intent and its call lies nothing but the way to AWS (and its stop): a crash
there is the one that leaves a person to ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from patchkeep.domain.call import Answer, Cause, Gap
from patchkeep.domain.ledger import Entry, Overtaken
from patchkeep.domain.progress import Batch, Rollout
from patchkeep.domain.rollout import Absence, begun, pause, put_aside, send, unreached, unsent
from patchkeep.domain.rollout import told as told_already
from patchkeep.permissions.actions import action
from patchkeep.services import Started
from patchkeep.work.defer import put_off
from patchkeep.work.rollout.again import Told, kept_away
from patchkeep.work.rollout.gated import gated
from patchkeep.work.rollout.noted import answered_by, but_for, left_out_of, of_batch
from patchkeep.work.rollout.rolling import Change, Rolling, loaded, save

PASSING = frozenset({Cause.THROTTLED, Cause.UNREACHABLE, Cause.EXPIRED, Cause.NO_CREDENTIALS})  # refusals worth another try
SEND_WITHIN = timedelta(minutes=5)  # of the decision: later the window may have closed, or a freeze begun


@dataclass(frozen=True, slots=True)
class Sent:
    """The rollout after one batch. `alone`: no other process moved it meanwhile, so what was decided with this batch still holds."""

    rollout: Rollout
    alone: bool = True


@dataclass(frozen=True, slots=True)
class _Ready:
    """A batch looked at: the call that starts it, and its members that don't go with it, each with the reason."""

    started: Started
    deferred: Mapping[str, str]


def dispatch(rolling: Rolling, rollout: Rollout, batch: Batch, told: Told) -> Sent:
    """Send a batch that `step` named and that the rollout doesn't hold yet, unless it must be decided anew by now.

    `told`: what was read for this tick's batches of their places.
    """
    ready = _look(rolling, batch, told)
    now = rolling.clock.now()
    if now - batch.intended_at > SEND_WITHIN:  # a machine slept, or many batches went before it
        return Sent(rollout)
    if isinstance(ready, Gap):
        return _not_looked(rolling, rollout, replace(batch, intended_at=now), ready)
    batch = replace(batch, intended_at=now)
    call = ready.started.call
    entries = list(left_out_of(rolling, rollout, batch, ready.deferred))
    name = action(call.service, call.operation) if call else ""
    if call is not None:
        entries.append(of_batch(rolling, rollout, batch, "intent", name))
    try:
        rollout = rolling.rollouts.replace(_intended(rolling, rollout, batch, ready), entries)
    except Overtaken:  # somebody moved it, or stopped it: nothing was sent
        return Sent(loaded(rolling, rollout.id), alone=False)
    if call is None:
        return Sent(rollout)
    answer = rolling.aws.write(batch.target, call)
    return _answered(rolling, rollout, batch, answer, answered_by(of_batch(rolling, rollout, batch, "answer", name), answer))


def _look(rolling: Rolling, batch: Batch, told: Told) -> _Ready | Gap:
    """The call that starts a batch, without the members that must be left alone by now or cannot be reached."""
    service = rolling.service(batch)
    deferred = put_off(rolling.plan, batch, rolling.deferrals, rolling.clock) if rolling.deferrals else {}
    left = _without(batch, deferred)
    if not left.resources:
        return _Ready(Started(None, {}), deferred)
    away = kept_away(rolling, left, told)
    if isinstance(away, Gap):
        return away
    waiting = gated(rolling, left := _without(left, away))
    if isinstance(waiting, Gap):
        return waiting
    left = _without(left, waiting)
    if not left.resources:
        return _Ready(Started(None, away, busy=waiting), deferred)
    assert service.prepare is not None  # noqa: S101 - a service that names steps prepares them (contract test)
    prepared = rolling.aws.read(batch.target, service.name, service.prepare(left))
    return prepared if isinstance(prepared, Gap) else _Ready(_with(prepared, away, waiting), deferred)


def _with(prepared: Started, away: Mapping[str, str], waiting: Mapping[str, str]) -> Started:
    return replace(prepared, lost={**away, **prepared.lost}, busy={**waiting, **prepared.busy})


def _without(batch: Batch, some: Iterable[str]) -> Batch:
    gone = set(some)
    return replace(batch, resources=tuple(resource for resource in batch.resources if resource not in gone))


def _intended(rolling: Rolling, rollout: Rollout, batch: Batch, ready: _Ready) -> Rollout:
    """The batch under way, and those of its members that don't go with it where they belong."""
    under_way = put_aside(send(rollout, batch), batch.id, ready.deferred)
    under_way = told_already(under_way, rolling.plan, batch.id, ready.started.told)
    under_way = unreached(under_way, batch.id, ready.started.absent, batch.intended_at)
    under_way = unreached(under_way, batch.id, ready.started.busy, batch.intended_at, Absence.BUSY)
    return begun(under_way, batch.id, "", ready.started.lost)


def _answered(rolling: Rolling, rollout: Rollout, batch: Batch, answer: Answer, entry: Entry) -> Sent:
    """Store what AWS, or the stop before it, answered."""
    match answer.code:
        case "NoAnswer":  # AWS may have begun it: the next ticks look for its mark
            rolling.ledger.append(entry)
            return Sent(rollout)
        case "NotSent":
            return _kept(rolling, rollout, lambda there: unsent(there, batch.id), entry)
        case "Stopped":
            why = f"{answer.message}; then: `patchkeep rollout resume {rollout.id}`"
            return _kept(rolling, rollout, lambda there: pause(unsent(there, batch.id), why), entry)
        case "":
            service = rolling.service(batch)
            handle = service.handle
            assert handle is not None  # noqa: S101 - a service that names steps knows their handles (contract test)
            left = service.unprocessed(batch, answer.content) if service.unprocessed else {}
            busy = _seen_busy(rolling, replace(batch, resources=tuple(left))) if left else {}
            return _kept(rolling, rollout, _left(batch, busy, handle(answer.content), left), but_for(entry, left))
        case _:
            return _refused(rolling, rollout, batch, answer, entry)


def _refused(rolling: Rolling, rollout: Rollout, batch: Batch, answer: Answer, entry: Entry) -> Sent:
    """AWS has not begun it: members that it is busy with just now wait and try again, the others have failed.

    Some services have a code for that. Others refuse it as they refuse any wrong request, so there a second look must show it.
    """
    refused = dict.fromkeys(batch.resources, f"AWS refused to start it: {answer.code} {answer.message}")
    codes = rolling.service(batch).busy
    if answer.code in codes:
        busy: Mapping[str, str] = dict.fromkeys(batch.resources, f"AWS is busy with it ({answer.code} {answer.message})")
    else:
        busy = {} if codes else _seen_busy(rolling, batch)
    return _kept(rolling, rollout, _left(batch, busy, "", refused), entry)


def _left(batch: Batch, busy: Mapping[str, str], handle: str, lost: Mapping[str, str]) -> Change:
    """AWS's answer to a start taken in: busy members wait, those lost have failed, and all others are under way."""
    return lambda there: begun(unreached(there, batch.id, busy, batch.intended_at, Absence.BUSY), batch.id, handle, lost)


def _seen_busy(rolling: Rolling, batch: Batch) -> Mapping[str, str]:
    """Members that somebody else, or AWS by itself, began to change between our look and the call, as another look shows."""
    service = rolling.service(batch)
    if service.prepare is None or not service.kinds:
        return {}
    seen = rolling.aws.read(batch.target, service.name, service.prepare(batch))
    return {} if isinstance(seen, Gap) else seen.busy


def _not_looked(rolling: Rolling, rollout: Rollout, batch: Batch, gap: Gap) -> Sent:
    """The look before the start was refused, so nothing is sent: try again when that may pass, else the members fail."""
    outcome = f"not sent: {gap.operation} {gap.code} {gap.reason}"
    entry = replace(of_batch(rolling, rollout, batch, "refusal", gap.operation), outcome=outcome, request_id=gap.request_id)
    if gap.cause in PASSING:
        rolling.ledger.append(entry)
        return Sent(rollout)
    refused = dict.fromkeys(batch.resources, outcome)
    return _kept(rolling, rollout, lambda there: begun(send(there, batch), batch.id, "", refused), entry)


def _kept(rolling: Rolling, rollout: Rollout, change: Change, entry: Entry) -> Sent:
    """Store a fact, in the state that we hold or else in the newest one."""
    try:
        return Sent(rolling.rollouts.replace(change(rollout), [entry]))
    except Overtaken:
        return Sent(save(rolling, rollout.id, change, [entry]), alone=False)
