"""Start a rollout, and tick it until it ends or waits; or only take in what comes of what was sent. Any tick may be the last one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta

from patchkeep.domain.call import Target
from patchkeep.domain.ledger import Overtaken
from patchkeep.domain.outcome import digest
from patchkeep.domain.progress import Phase, Rollout, Status, Unsure
from patchkeep.domain.rollout import begin
from patchkeep.work.apply import StalePlan, refuse_stale, unsettled
from patchkeep.work.rollout.hearing import hear
from patchkeep.work.rollout.restored import compare, places_of
from patchkeep.work.rollout.rolling import Rolling, loaded
from patchkeep.work.rollout.ticking import tick
from patchkeep.work.rollout.vouched import refuse_altered

POLL = timedelta(seconds=60)
GIVE_UP = timedelta(minutes=30)  # for which nothing can be sent: then whoever started it should know

Seen = Callable[[Rollout], None]


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
            raise StalePlan(f"Rollout {other.id} is still {other.status}: end it first (`patchkeep rollout resume {other.id}`, or `halt`).")
        rolling.rollouts.add(rollout)
    return rollout


def run(rolling: Rolling, rollout_id: str, seen: Seen, *, wait: bool) -> Rollout:
    """Tick until the rollout ends or waits; with `wait`, go on through windows and bakes until a person is needed.

    Ends, with the rollout still running, also when for half an hour nothing could be sent, or AWS would not tell what became of
    it: `resume` goes on when that has passed.
    """
    refuse_altered(rolling.plan, rolling.ledger)
    with rolling.ledger.lock(f"rollout-{rollout_id}"):
        watched = _watched(rolling, seen, _ticks(rolling, rollout_id))
        while True:
            rollout, unmoved = next(watched)
            if rollout.status is Status.RUNNING:
                told_nothing = rollout.unsure is Unsure.UNTOLD or not any(batch.handle for batch in rollout.batches)
                if told_nothing and not _waited_for(rollout) and unmoved > GIVE_UP:
                    return rollout
                rolling.clock.sleep(POLL)
            elif rollout.status is Status.WAITING and wait and rollout.next_at:
                rolling.clock.sleep(_until(rolling, rollout.next_at))
            else:
                return rollout


def collect(rolling: Rolling, rollout_id: str, seen: Seen) -> Rollout:
    """Take in what comes of the commands already sent, and start nothing: also where the policy is another one by now.

    Looks every minute until nothing is under way, or until what AWS tells has not changed for half an hour.
    """
    refuse_altered(rolling.plan, rolling.ledger)
    with rolling.ledger.lock(f"rollout-{rollout_id}"):
        watched = _watched(rolling, seen, iter(lambda: _collected(rolling, rollout_id), None))
        while True:
            rollout, unmoved = next(watched)
            lost = {m.batch for ring in rollout.rings for m in ring.members if m.phase is Phase.LOST}
            if {batch.id for batch in rollout.batches} <= lost or unmoved > GIVE_UP:
                return rollout
            rolling.clock.sleep(POLL)


def _collected(rolling: Rolling, rollout_id: str) -> Rollout:
    """What is known by now, taken in; where another process was first, its next look will."""
    rollout, results, _ = hear(rolling, loaded(rolling, rollout_id))
    known = digest(rollout, rolling.plan, results)
    if known == rollout:
        return rollout
    try:
        return rolling.rollouts.replace(known)
    except Overtaken:
        return loaded(rolling, rollout_id)


def _ticks(rolling: Rolling, rollout_id: str) -> Iterator[Rollout]:
    """One tick after the other, for as long as the policy is the plan's; places that keep silent are asked again."""
    unread: Collection[Target] = places_of(loaded(rolling, rollout_id))
    while True:
        _refuse_other_policy(rolling, rollout_id)
        compared = compare(rolling, rollout_id, unread)
        unread = compared.unread
        yield tick(rolling, rollout_id, compared.unread)


def _watched(rolling: Rolling, seen: Seen, moves: Iterator[Rollout]) -> Iterator[tuple[Rollout, timedelta]]:
    """Each state as it comes, shown to whoever watches, and for how long no member has moved."""
    stands, since = None, rolling.clock.now()
    for rollout in moves:
        seen(rollout)
        if rolling.beat:
            rolling.beat()
        if _standing(rollout) != stands:
            stands, since = _standing(rollout), rolling.clock.now()
        yield rollout, rolling.clock.now() - since


def _until(rolling: Rolling, moment: datetime) -> timedelta:
    """How long to sleep: no longer than a heartbeat may be away."""
    left = moment - rolling.clock.now()
    return min(left, rolling.policy.heartbeat.every) if rolling.policy.heartbeat else left


def _refuse_other_policy(rolling: Rolling, rollout_id: str) -> None:
    now = rolling.policy_now() if rolling.policy_now else rolling.policy.hash
    if {now, rolling.policy.hash} != {rolling.plan.policy_hash}:
        cure = f"Bring the old one back; or take in what was sent (`patchkeep rollout collect {rollout_id}`), halt it and plan again."
        raise StalePlan(f"The policy has changed since this rollout's plan was made. {cure}")


def _waited_for(rollout: Rollout) -> bool:
    """Whether a member is waited for that AWS is busy with, or whose gate is shut: that ends by itself."""
    return any(member.unreached_since for ring in rollout.rings for member in ring.members)


def _standing(rollout: Rollout) -> tuple[tuple[str, Phase], ...]:
    """Where every member is: while it stays the same and nothing is under way in AWS, nothing can be sent."""
    return tuple((member.step, member.phase) for ring in rollout.rings for member in ring.members)
