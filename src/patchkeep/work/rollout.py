"""Carry a plan's rings out: load, look, step, save the intents, start, save the answers. Any tick may be the last one.

What is under way is a row in the store; a process that dies loses nothing but a tick. A batch whose start was never answered is
looked for by its mark and adopted, never sent again (docs/explanation: crashes).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from patchkeep.domain.approval import Blocked, approve
from patchkeep.domain.call import Answer, Cause, Gap
from patchkeep.domain.ledger import Entry, Overtaken
from patchkeep.domain.plan import Plan
from patchkeep.domain.policy import Policy
from patchkeep.domain.progress import Batch, Phase, Result, Rollout, Status
from patchkeep.domain.rollout import answer_for, begin, begun, put_aside, step, unsent
from patchkeep.domain.turn import Times
from patchkeep.services import Service, Started
from patchkeep.work.again import kept_away
from patchkeep.work.apply import StalePlan, refuse_stale, unsettled
from patchkeep.work.defer import put_off
from patchkeep.work.noted import answered_by, left_out_of, of_batch, said_by
from patchkeep.work.seams import Aws, Clock, Deferrals, Ledger, NotThere, Rollouts
from patchkeep.work.vouched import refuse_altered, refuse_forged, said_of

POLL = timedelta(seconds=60)
ASK_AFTER = timedelta(minutes=5)  # a start that AWS lists nowhere for so long is a person's to decide
GIVE_UP = timedelta(minutes=30)  # for which nothing can be sent: then whoever started it should know
UNTOLD = "; AWS does not tell what became of it: "
LOOKING = frozenset({"scan", "verify"})  # steps that may run twice
PASSING = frozenset({Cause.THROTTLED, Cause.UNREACHABLE, Cause.EXPIRED, Cause.NO_CREDENTIALS})  # refusals worth another try
SEND_WITHIN = timedelta(minutes=5)  # of the decision: later the window may have closed, or a freeze begun

Results = Mapping[str, Mapping[str, Result]]


@dataclass(frozen=True, slots=True)
class Rolling:
    """Everything that carrying out one rollout needs."""

    plan: Plan
    policy: Policy
    aws: Aws
    services: Mapping[str, Service]
    rollouts: Rollouts
    ledger: Ledger
    clock: Clock
    caller: str
    deferrals: Deferrals | None = None  # None: where nobody can postpone anything
    policy_now: Callable[[], str] | None = None  # hash of the policy file as it stands: somebody may write a freeze into it meanwhile

    @property
    def times(self) -> Times:
        return Times(self.policy.windows, self.policy.freezes)

    def service(self, step_name: str) -> Service:
        return next(service for service in self.services.values() if step_name in service.steps)


def start(rolling: Rolling) -> Rollout:
    """A new rollout of a plan whose settings stand. Raises StalePlan when they don't, or when the plan is stale."""
    plan, now = rolling.plan, rolling.clock.now()
    refuse_stale(plan, rolling.policy, now)
    if left := unsettled(plan, rolling.ledger):
        where = ", ".join(map(str, left[:3])) + (f" and {len(left) - 3} more" if len(left) > 3 else "")
        raise StalePlan(f"Settings of this plan are not applied yet in {where}: `patchkeep apply FILE`, or plan without those (--only).")
    rollout = begin(plan, now)
    with rolling.ledger.lock("rollout-start"):  # two at once would both find none running
        if running := [other for other in rolling.rollouts.all() if not other.status.final]:
            other = running[0]
            raise StalePlan(f"Rollout {other.id} is still {other.status}: end it first (patchkeep rollout resume|halt {other.id}).")
        rolling.rollouts.add(rollout)
    return rollout


def run(rolling: Rolling, rollout_id: str, seen: Callable[[Rollout], None], *, wait: bool) -> Rollout:
    """Tick until the rollout ends or waits; with `wait`, go on through windows and bakes until a person is needed.

    Ends, with the rollout still running, also when for half an hour nothing could be sent, or AWS would not tell what became of
    it: `resume` goes on when that has passed.
    """
    refuse_altered(rolling.plan, rolling.ledger)
    with rolling.ledger.lock(f"rollout-{rollout_id}"):
        stands, since = None, rolling.clock.now()
        while True:
            _refuse_other_policy(rolling)
            rollout = tick(rolling, rollout_id)
            seen(rollout)
            if _standing(rollout) != stands:
                stands, since = _standing(rollout), rolling.clock.now()
            if rollout.status is Status.RUNNING:
                told_nothing = UNTOLD in rollout.why or not any(batch.handle for batch in rollout.batches)
                if told_nothing and rolling.clock.now() - since > GIVE_UP:
                    return rollout
                rolling.clock.sleep(POLL)
            elif rollout.status is Status.WAITING and wait and rollout.next_at:
                rolling.clock.sleep(rollout.next_at - rolling.clock.now())
            else:
                return rollout


def _refuse_other_policy(rolling: Rolling) -> None:
    now = rolling.policy_now() if rolling.policy_now else rolling.policy.hash
    if {now, rolling.policy.hash} != {rolling.plan.policy_hash}:
        raise StalePlan("The policy has changed since this rollout's plan was made: bring the old one back, or halt it and plan again.")


def _standing(rollout: Rollout) -> tuple[tuple[str, Phase], ...]:
    """Where every member is: while it stays the same and nothing is under way in AWS, nothing can be sent."""
    return tuple((member.step, member.phase) for ring in rollout.rings for member in ring.members)


def tick(rolling: Rolling, rollout_id: str) -> Rollout:
    """One move of a rollout. When another process moved it meanwhile, nothing was begun and the next tick sees its move."""
    rollout = _load(rolling, rollout_id)
    refuse_forged(rollout, rolling.ledger)
    rollout, unheard = _adopt_all(rolling, rollout)
    results, refused = _check_all(rolling, rollout, unheard)
    now = rolling.clock.now()
    stepped = step(rollout, rolling.plan, rolling.times, results, now)
    if refused and stepped.rollout.status in {Status.RUNNING, Status.WAITING}:
        stepped = replace(stepped, rollout=replace(stepped.rollout, why=f"{stepped.rollout.why}{UNTOLD}{refused}"))
    if stepped.rollout == rollout:
        return rollout
    intents = [of_batch(rolling, rollout, batch, "intent") for batch in stepped.start]
    try:
        rollout = rolling.rollouts.replace(stepped.rollout, intents)
    except Overtaken:
        return _load(rolling, rollout_id)
    for batch in stepped.start:
        rollout = _start(rolling, rollout, batch)
    return rollout


def _too_late(rolling: Rolling, rollout_id: str, batch: Batch) -> bool:
    """Whether a batch must be decided anew: somebody stopped the rollout, or a machine slept, or many batches went before it."""
    rollout = _load(rolling, rollout_id)
    return rollout.status is Status.PAUSED or rollout.status.final or rolling.clock.now() - batch.intended_at > SEND_WITHIN


def _load(rolling: Rolling, rollout_id: str) -> Rollout:
    rollout = rolling.rollouts.get(rollout_id)
    if rollout is None:
        raise NotThere(f"There is no rollout {rollout_id}; `patchkeep rollout status` lists those there are.")
    return rollout


def _start(rolling: Rolling, rollout: Rollout, batch: Batch) -> Rollout:
    """Send one batch whose intent is stored, and store what AWS answered."""
    service = rolling.service(batch.step)
    rollout, batch = _without_deferred(rolling, rollout, batch)
    if not batch.resources:
        return rollout
    prepared = None if _too_late(rolling, rollout.id, batch) else _prepared(rolling, service, batch)
    if isinstance(prepared, Gap):
        return _not_prepared(rolling, rollout, batch, prepared)
    if prepared is None or _too_late(rolling, rollout.id, batch):  # looking takes time, too
        return _save(rolling, rollout.id, lambda fresh: unsent(fresh, batch.id))
    if prepared.call is None:
        return _save(rolling, rollout.id, lambda fresh: begun(fresh, batch.id, "", prepared.lost))
    answer = rolling.aws.write(batch.target, prepared.call)
    entry = answered_by(of_batch(rolling, rollout, batch, "answer"), answer)
    if answer.code == "NoAnswer":
        rolling.ledger.append(entry)  # AWS may have begun it: the next ticks look for its mark
        return rollout
    if answer.code == "NotSent":
        return _save(rolling, rollout.id, lambda fresh: unsent(fresh, batch.id), [entry])
    return _save(rolling, rollout.id, lambda fresh: _answered(fresh, batch, service, prepared, answer), [entry])


def _without_deferred(rolling: Rolling, rollout: Rollout, batch: Batch) -> tuple[Rollout, Batch]:
    """Both without the members that somebody deferred since the plan was made: left out, which is no failure."""
    reasons = put_off(rolling.plan, batch, rolling.deferrals, rolling.clock) if rolling.deferrals else {}
    if not reasons:
        return rollout, batch
    rollout = _save(rolling, rollout.id, lambda fresh: put_aside(fresh, batch.id, reasons), left_out_of(rolling, rollout, batch, reasons))
    return rollout, replace(batch, resources=tuple(resource for resource in batch.resources if resource not in reasons))


def _prepared(rolling: Rolling, service: Service, batch: Batch) -> Started | Gap:
    """The call that starts a batch, without the members that must be left alone by now or cannot be reached."""
    assert service.prepare is not None  # noqa: S101 - a service that names steps prepares them (contract test)
    away = kept_away(rolling.plan, rolling.policy, rolling.aws, rolling.services, batch)
    if isinstance(away, Gap):
        return away
    left = replace(batch, resources=tuple(resource for resource in batch.resources if resource not in away))
    if not left.resources:
        return Started(None, away)
    prepared = rolling.aws.read(batch.target, service.name, service.prepare(left))
    return prepared if isinstance(prepared, Gap) else replace(prepared, lost={**away, **prepared.lost})


def _answered(rollout: Rollout, batch: Batch, service: Service, prepared: Started, answer: Answer) -> Rollout:
    if answer.ok:
        assert service.handle is not None  # noqa: S101 - a service that names steps knows their handles (contract test)
        return begun(rollout, batch.id, service.handle(answer.content), prepared.lost)
    refused = dict.fromkeys(batch.resources, f"AWS refused to start it: {answer.code} {answer.message}")
    return begun(rollout, batch.id, "", refused)


def _not_prepared(rolling: Rolling, rollout: Rollout, batch: Batch, gap: Gap) -> Rollout:
    """The look before the start was refused, so nothing was sent: try again when that may pass, else the members fail."""
    outcome = f"not sent: {gap.operation} {gap.code} {gap.reason}"
    entry = replace(of_batch(rolling, rollout, batch, "refusal"), outcome=outcome, request_id=gap.request_id)
    if gap.cause in PASSING:
        return _save(rolling, rollout.id, lambda fresh: unsent(fresh, batch.id), [entry])
    return _save(rolling, rollout.id, lambda fresh: begun(fresh, batch.id, "", dict.fromkeys(batch.resources, outcome)), [entry])


def _adopt_all(rolling: Rolling, rollout: Rollout) -> tuple[Rollout, frozenset[str]]:
    """Find the batches that AWS began though its answer never reached us; also the ids of those it would not tell of."""
    unheard = set()
    for batch in rollout.batches:
        service = rolling.service(batch.step)
        if batch.handle or service.adopt is None:
            continue
        handle = rolling.aws.read(batch.target, service.name, service.adopt(batch))
        if isinstance(handle, str):
            entry = replace(of_batch(rolling, rollout, batch, "answer"), outcome=f"ok, adopted {handle}")
            rollout = _save(rolling, rollout.id, lambda fresh, b=batch, h=handle: begun(fresh, b.id, h, {}), [entry])  # type: ignore[misc]
        elif isinstance(handle, Gap):
            unheard.add(batch.id)
    return rollout, frozenset(unheard)


def _check_all(rolling: Rolling, rollout: Rollout, unheard: Collection[str]) -> tuple[Results, str]:
    """What is known of each batch under way, and the last refusal. A refused look tells nothing: its members stay where they are."""
    now, refused = rolling.clock.now(), ""
    results: dict[str, Mapping[str, Result]] = {}
    for batch in rollout.batches:
        if batch.id in unheard:
            continue
        if not batch.handle:
            results[batch.id] = _unanswered(batch, now)
            continue
        service = rolling.service(batch.step)
        awaited = tuple(m.resource for ring in rollout.rings for m in ring.members if m.batch == batch.id)
        assert service.check is not None  # noqa: S101 - a service that names steps checks them (contract test)
        found = rolling.aws.read(batch.target, service.name, service.check(replace(batch, resources=awaited), now))
        if isinstance(found, Gap):
            refused = f"{batch.target} {found.operation} {found.code}".strip()
        else:
            results[batch.id] = found
    return results, refused


def _unanswered(batch: Batch, now: datetime) -> dict[str, Result]:
    if now - batch.intended_at < ASK_AFTER:
        return {}
    why = f"AWS lists no command marked {batch.id}, so it may or may not have begun"
    return dict.fromkeys(batch.resources, Result(Phase.LOST, why))


def _save(rolling: Rolling, rollout_id: str, change: Callable[[Rollout], Rollout], entries: Iterable[Entry] = ()) -> Rollout:
    """Bring a fact into the newest state, however often another process moves it meanwhile: what AWS answered must not be lost."""
    entries = tuple(entries)
    while True:
        try:
            return rolling.rollouts.replace(change(_load(rolling, rollout_id)), entries)
        except Overtaken:
            continue


def change(rolling: Rolling, rollout_id: str, move: Callable[[Rollout], Rollout], said: str) -> Rollout:
    """A person's word on a rollout (pause, resume, halt), recorded with who said it."""
    return _save(rolling, rollout_id, move, [said_by(rolling, rollout_id, "note", said)])


def answer_lost(rolling: Rolling, rollout_id: str, *, ran: bool) -> Rollout:
    """A person's word on every member that AWS can't tell of: its step ran, or it failed. Steps that only look are sent again."""
    said = "ran" if ran else "failed"
    failed = Result(Phase.FAILED, f"{rolling.caller} says that it failed")
    ran_so_far = Result(Phase.DONE, pending_reboot=1, open=("not looked at", "nor this"))  # so every later step is taken

    def answered(fresh: Rollout) -> Rollout:
        for member in [m for ring in fresh.rings for m in ring.members if m.phase is Phase.LOST]:
            if ran and member.step in LOOKING:
                fresh = unsent(fresh, member.batch)
            else:
                fresh = answer_for(fresh, rolling.plan, member.resource, ran_so_far if ran else failed)
        return fresh

    return _save(rolling, rollout_id, answered, [said_by(rolling, rollout_id, "note", f"lost members {said}")])


def agree(rolling: Rolling, rollout_id: str, ring: str) -> Rollout | Blocked:
    """Record the verified caller's approval of a ring, or say why it doesn't count."""
    now = rolling.clock.now()
    decided = approve(_load(rolling, rollout_id), rolling.plan, ring, rolling.caller, now)
    if isinstance(decided, Blocked):
        return decided

    def add(fresh: Rollout) -> Rollout:
        again = approve(fresh, rolling.plan, ring, rolling.caller, now)
        return fresh if isinstance(again, Blocked) else again

    return _save(rolling, rollout_id, add, [said_by(rolling, rollout_id, "approval", said_of(ring))])
