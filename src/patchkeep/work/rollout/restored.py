"""Whether the store is as old as what was done: a database restored from a backup doesn't know of commands sent since.

Nothing in such a database shows it. AWS does: it lists commands that bear the rollout's mark and that the ledger never meant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from patchkeep.domain.call import Gap, Target
from patchkeep.domain.progress import Marked, Rollout, Status, Unsure
from patchkeep.domain.rollout import pause
from patchkeep.work.rollout.again import AT_ONCE
from patchkeep.work.rollout.noted import said_by
from patchkeep.work.rollout.rolling import Rolling, loaded, save


@dataclass(frozen=True, slots=True)
class Compared:
    """A rollout held against AWS. `unread`: places that could not be asked yet; nothing may be sent there."""

    rollout: Rollout
    unread: Mapping[Target, Gap]


def places_of(rollout: Rollout) -> frozenset[Target]:
    return frozenset(member.target for ring in rollout.rings for member in ring.members)


def compare(rolling: Rolling, rollout_id: str, places: Collection[Target]) -> Compared:
    """Ask those places, side by side, for commands of the rollout; paused where there is one that this store doesn't know of."""
    rollout = loaded(rolling, rollout_id)
    if not places or rollout.status.final or rollout.status is Status.PAUSED:
        return Compared(rollout, {})
    listed = _listed(rolling, rollout, places)
    known = {entry.mark for entry in rolling.ledger.of(rollout_id)} | {batch.id for batch in rollout.batches}
    strangers = [(one, place) for place, found in listed.items() if not isinstance(found, Gap) for one in found if one.mark not in known]
    unread = {place: found for place, found in listed.items() if isinstance(found, Gap)}
    if not strangers:
        return Compared(rollout, unread)
    why = _sentence(rollout_id, strangers)
    said = said_by(rolling, rollout_id, "note", f"paused: {why}")
    return Compared(save(rolling, rollout_id, lambda there: pause(there, why, Unsure.OLDER), [said]), unread)


def _listed(rolling: Rolling, rollout: Rollout, places: Collection[Target]) -> dict[Target, tuple[Marked, ...] | Gap]:
    ordered = sorted(places)
    with ThreadPoolExecutor(min(AT_ONCE, len(ordered)), "look-for-marks") as pool:
        return dict(zip(ordered, pool.map(lambda place: _marked(rolling, rollout, place), ordered), strict=True))


def _marked(rolling: Rolling, rollout: Rollout, place: Target) -> tuple[Marked, ...] | Gap:
    found: list[Marked] = []
    for service in rolling.services.values():
        if service.marked is not None:
            told = rolling.aws.read(place, service.name, service.marked(rollout.id, rollout.started_at))
            if isinstance(told, Gap):
                return told
            found += told
    return tuple(found)


def _sentence(rollout_id: str, strangers: list[tuple[Marked, Target]]) -> str:
    first, where = min(strangers, key=lambda one: (one[0].at, one[1]))
    number = len(strangers)
    unknown = f"{number} command{'' if number == 1 else 's'} of this rollout {'is' if number == 1 else 'are'} unknown to it"
    cure = f"nothing is sent; `patchkeep rollout halt {rollout_id}`, then `patchkeep discover` and a new plan"
    older = "this database is older than what was done (restored from a backup?)"
    return f"{older}: {unknown}, the first in {where} at {first.at:%Y-%m-%d %H:%M %Z}; {cure}"
