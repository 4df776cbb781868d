"""Is a managed resource (a database, a cache, a domain) as it should be? AWS tells what it lacks at every look; nothing scans it. Pure.

Against it: updates on offer that it lacks, and a line of versions whose standard support is over. In doubt: what was not read, a look
that is too old, and an end of support that nobody told us.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from patchkeep.domain.asset import Asset, Update, UpdateState
from patchkeep.domain.compliance import LOOK, Compliance, Doubt, Status, known_before, unread_of
from patchkeep.domain.lifecycle import ASK, CURE, ended, too_old
from patchkeep.domain.policy import Freshness
from patchkeep.domain.wording import counted, lasting

_WORDS = {
    UpdateState.FAILED: "failed",
    UpdateState.MISSING: "on offer",
    UpdateState.RUNNING: "being put on",
    UpdateState.SCHEDULED: "scheduled by AWS",
    UpdateState.PENDING_REBOOT: "waiting for a restart",
    UpdateState.REJECTED: "put on though rejected",
}


def offered(asset: Asset, freshness: Freshness, taken_at: datetime, now: datetime) -> Compliance:
    """The verdict on a managed resource seen at `taken_at`, in the order in which machines are judged."""
    against, doubts = (*_lacks(asset, now), *_over(asset, now)), reasons_to_doubt(asset, freshness, taken_at, now)
    age, said, doubt = now - taken_at, tuple(each.why for each in doubts), next(iter(doubts), None)
    if asset.unseen:
        return Compliance(asset.id, Status.UNKNOWN, (*said, *known_before(against), *asset.remarks), age, doubt=doubt)
    if against:
        return Compliance(asset.id, Status.NON_COMPLIANT, (*against, *said, *asset.remarks), age, doubt=doubt)
    if doubts:
        return Compliance(asset.id, Status.UNKNOWN, (*said, *asset.remarks), age, doubt=doubt)
    return Compliance(asset.id, Status.COMPLIANT, ("nothing on offer that it lacks", *asset.remarks), age)


def reasons_to_doubt(asset: Asset, freshness: Freshness, taken_at: datetime, now: datetime) -> tuple[Doubt, ...]:
    """Why what we know of it doesn't prove that it lacks nothing."""
    doubts = [*unread_of(asset)]
    if asset.updates is None and not asset.unread:
        doubts.append(Doubt("its updates were not read"))
    age, allowed = now - taken_at, f"more than {lasting(freshness.scan)}"
    if age > freshness.scan:
        doubts.append(Doubt(f"the last look is {lasting(age)} old, {allowed}", LOOK, f"the last look is old, {allowed}"))
    if (asset.engine or asset.product) and asset.support is None:
        unknown = f"until when {asset.engine or asset.product} {asset.version} is supported is not known".replace("  ", " ")
        doubts.append(Doubt(f"{unknown}: {CURE}", CURE, unknown) if asset.product else Doubt(unknown, ASK))
    if old := too_old(asset.support, now.date()):
        doubts.append(Doubt(f"{old}: {CURE}", CURE, "the lifecycle feed is old"))
    return tuple(doubts)


def _lacks(asset: Asset, now: datetime) -> tuple[str, ...]:
    """What AWS offers and the asset doesn't have: how many in which state, and the nearest date that AWS sets."""
    lacking = [update for update in asset.updates or () if update.state.lacking]
    counts = Counter(update.state for update in lacking)
    late = sum(update.in_time is False for update in lacking)
    said = [f"{counted(counts[state], 'update')} {words}" for state, words in _WORDS.items() if counts[state]]
    if late:
        said.append(f"{late} of them past the date that AWS recommends")
    if forced := _forced(lacking):
        past = "was forced by AWS on" if forced < now else "AWS forces it on"
        said.append(f"{past} {forced:%Y-%m-%d %H:%M}")
    return tuple(said)


def _forced(updates: Iterable[Update]) -> datetime | None:
    return min((update.forced_at for update in updates if update.forced_at), default=None)


def _over(asset: Asset, now: datetime) -> tuple[str, ...]:
    over = ended(asset, now.date())
    return (over,) if over else ()
