"""What became of what was sent: commands whose answer was lost are looked for by their mark, the others are asked about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from patchkeep.domain.call import Gap
from patchkeep.domain.progress import Batch, Phase, Result, Rollout
from patchkeep.domain.rollout import begun, looked_for, unsent
from patchkeep.work.rollout.noted import of_batch
from patchkeep.work.rollout.rolling import Rolling, save

ASK_AFTER = timedelta(minutes=5)  # a start that AWS lists nowhere for so long is a person's to decide
GLANCE = timedelta(minutes=3)  # between two looks: too short for a change to begin and to be given up unseen

Results = Mapping[str, Mapping[str, Result]]


def hear(rolling: Rolling, rollout: Rollout) -> tuple[Rollout, Results, str]:
    """The rollout with what could be adopted, what is known of each batch under way, and the last refusal ("" for none)."""
    rollout, unheard = _adopt_all(rolling, rollout)
    return rollout, *_check_all(rolling, rollout, unheard)


def _adopt_all(rolling: Rolling, rollout: Rollout) -> tuple[Rollout, frozenset[str]]:
    """Find the batches that AWS began though its answer never reached us; also the ids of those it would not tell of."""
    unheard = set()
    for batch in rollout.batches:
        service = rolling.service(batch)
        if batch.handle or service.adopt is None:
            continue
        handle = rolling.aws.read(batch.target, service.name, service.adopt(batch))
        if handle is None:
            rollout = _not_found(rolling, rollout, batch)
        elif isinstance(handle, str):
            entry = replace(of_batch(rolling, rollout, batch, "answer"), outcome=f"ok, adopted {handle}")
            rollout = save(rolling, rollout.id, lambda fresh, b=batch, h=handle: begun(fresh, b.id, h, {}), [entry])  # type: ignore[misc]
        elif isinstance(handle, Gap):
            unheard.add(batch.id)
    return rollout, frozenset(unheard)


def _not_found(rolling: Rolling, rollout: Rollout, batch: Batch) -> Rollout:
    """A call that does no harm twice is made again, where nothing shows that it was taken and something would; else a person is asked."""
    service, now = rolling.service(batch), rolling.clock.now()
    unbroken = now - (batch.looked_at or batch.intended_at) <= GLANCE
    if batch.step not in service.repeatable or not (unbroken or batch.step in service.lasting):
        return rollout
    if now - batch.intended_at < ASK_AFTER:
        return save(rolling, rollout.id, lambda fresh: looked_for(fresh, batch.id, now))
    note = replace(of_batch(rolling, rollout, batch, "note"), outcome="not begun: AWS shows nothing of it; waits for its turn again")
    return save(rolling, rollout.id, lambda fresh: unsent(fresh, batch.id), [note])


def _check_all(rolling: Rolling, rollout: Rollout, unheard: Collection[str]) -> tuple[Results, str]:
    """A refused look tells nothing: its members stay where they are."""
    now, refused = rolling.clock.now(), ""
    results: dict[str, Mapping[str, Result]] = {}
    for batch in rollout.batches:
        if batch.id in unheard:
            continue
        if not batch.handle:
            results[batch.id] = _unanswered(batch, now, managed=bool(rolling.service(batch).kinds))
            continue
        service = rolling.service(batch)
        awaited = tuple(m.resource for ring in rollout.rings for m in ring.members if m.batch == batch.id)
        assert service.check is not None  # noqa: S101 - a service that names steps checks them (contract test)
        found = rolling.aws.read(batch.target, service.name, service.check(replace(batch, resources=awaited), now))
        if isinstance(found, Gap):
            refused = f"{batch.target} {found.operation} {found.code}".strip()
        else:
            results[batch.id] = found
    return results, refused


def _unanswered(batch: Batch, now: datetime, *, managed: bool) -> dict[str, Result]:
    if now - batch.intended_at < ASK_AFTER:
        return {}
    why = f"AWS lists no command marked {batch.id}, so it may or may not have begun"
    if managed:
        why = "AWS shows nothing of it, so it may never have begun, or have failed while nobody looked (its events say which)"
    return dict.fromkeys(batch.resources, Result(Phase.LOST, why))
