"""Is an asset as the policy wants it? Four answers, of which UNKNOWN is one (precedence: docs/decisions.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from patchkeep.domain.asset import Asset, UpdateState
from patchkeep.domain.lifecycle import ended
from patchkeep.domain.policy import Freshness
from patchkeep.domain.wording import lasting

SKEW = timedelta(minutes=5)  # how far apart two clocks may be


class Status(StrEnum):
    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    WAIVED = "WAIVED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Expected:
    """The baseline that the policy gives an asset. `id` is "" where it doesn't exist in AWS yet."""

    name: str
    id: str = ""
    empty: bool = False  # approves nothing: obeying it proves nothing
    blind_for: timedelta = timedelta(0)  # longest approval delay: updates younger than this are not seen at all
    drifted: bool = False  # it is there, but does not say what the policy says: changed by hand, or not yet by us
    changed_at: datetime | None = None  # when it was last changed in AWS: earlier scans did not ask what it asks now
    unregistered: str = ""  # the patch group that it is to have and has not: AWS takes another baseline
    rival: str = ""  # somebody else's baseline, with which the patch group is registered: AWS takes that one


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why what we know of an asset doesn't prove that it is clean. `cause`: the same of all assets that the same `fix` cures."""

    why: str
    fix: str = ""  # "" where it depends on what stands behind it
    cause: str = ""  # "" where `why` says nothing that belongs to one asset

    @property
    def shared(self) -> str:
        """What it is called where assets are counted."""
        return self.cause or self.why


@dataclass(frozen=True, slots=True)
class Compliance:
    """`reasons` are sentences, the weightiest first; `age` is that of the scan it rests on (None: no scan).

    `doubt`: the weightiest, for which it is UNKNOWN where nothing is held against it; a stored verdict keeps the sentences alone.
    """

    asset: str
    status: Status
    reasons: tuple[str, ...]
    age: timedelta | None = None
    blind_for: timedelta = timedelta(0)
    doubt: Doubt | None = field(default=None, compare=False)


def compliance(asset: Asset, expected: Expected | None, freshness: Freshness, now: datetime) -> Compliance:
    """Not seen at this look comes first, then evidence against, then doubts, and only then COMPLIANT."""
    age = now - asset.scan.at if asset.scan else None
    against = evidence_against(asset)
    doubts = reasons_to_doubt(asset, expected, freshness, now)
    said, doubt = tuple(each.why for each in doubts), next(iter(doubts), None)
    remarks = (*asset.remarks, *([over] if (over := ended(asset, now.date())) else []))
    blind = expected.blind_for if expected else timedelta(0)
    if asset.unseen:
        return Compliance(asset.id, Status.UNKNOWN, (*said, *known_before(against), *remarks), age, blind, doubt)
    if against:
        return Compliance(asset.id, Status.NON_COMPLIANT, (*against, *said, *remarks), age, blind, doubt)
    if doubts:
        return Compliance(asset.id, Status.UNKNOWN, (*said, *remarks), age, blind, doubt)
    return Compliance(asset.id, Status.COMPLIANT, ("scanned, nothing open", *_held_back(asset), *remarks), age, blind)


def known_before(against: Iterable[str]) -> tuple[str, ...]:
    """What an earlier look held against an asset that this one did not see: said beside UNKNOWN, as nobody knows whether it still holds."""
    listed = ", ".join(against)
    return (f"when last seen: {listed}",) if listed else ()


def evidence_against(asset: Asset) -> tuple[str, ...]:
    """What the last scan holds against the asset, each as a sentence with its number: the larger of AWS's count and its list."""
    if asset.scan is None:
        return ()
    counts = asset.scan.counts
    listed = Counter(update.state for update in asset.updates or ())
    named = (
        (max(counts.failed, listed[UpdateState.FAILED]), "failed to install"),
        (max(counts.missing, listed[UpdateState.MISSING]), "missing"),
        (max(counts.pending_reboot, listed[UpdateState.PENDING_REBOOT]), "waiting for a reboot"),
        (max(counts.rejected, listed[UpdateState.REJECTED]), "installed though rejected"),
    )
    return tuple(f"{number} {words}" for number, words in named if number)


def _held_back(asset: Asset) -> tuple[str, ...]:
    """Updates that the approval delay hides, where AWS says so (Windows alone): shown beside the answer, not counted in it."""
    delayed = asset.scan.counts.delayed if asset.scan else 0
    return (f"{delayed} security updates wait out the approval delay",) if delayed else ()


_APPLY = "apply the policy's settings"
LOOK = "look again: `patchkeep discover`"
_SCAN = f"{_APPLY}: they scan its environment daily"
STALE_SINCE = Doubt("its scan has grown stale since the last look", LOOK)


def reasons_to_doubt(asset: Asset, expected: Expected | None, freshness: Freshness, now: datetime) -> tuple[Doubt, ...]:
    """Why what we know of the asset doesn't prove that it is clean."""
    doubts = [*unread_of(asset)]
    if asset.scan is None:
        return (*doubts, Doubt("never scanned", _SCAN))
    if asset.updates is None and not asset.unread:
        doubts.append(Doubt("its patches were not read"))
    age, allowed = now - asset.scan.at, f"more than {lasting(freshness.scan)}"
    if age > freshness.scan:
        doubts.append(Doubt(f"last scan is {lasting(age)} old, {allowed}", _SCAN, f"last scan is old, {allowed}"))
    if asset.scan.at - now > SKEW:
        doubts.append(Doubt("last scan lies in the future: a clock is wrong"))
    doubts.extend(_doubts_about_baseline(asset.scan.baseline_id, expected))
    if expected and expected.changed_at and asset.scan.at < expected.changed_at and asset.scan.baseline_id == expected.id:
        why = f"scanned before the baseline {expected.name} was last changed"
        doubts.append(Doubt(why, "wait for the next scan, then look again"))
    return tuple(doubts)


def unread_of(asset: Asset) -> Iterator[Doubt]:
    """What was not read of an asset, and what keeps us from seeing it; of machines and managed resources alike."""
    for unread in asset.unread:
        yield Doubt(unread, cause=unread.partition(" (")[0])
    for obstacle in asset.obstacles:
        if obstacle.stops_seeing:
            yield Doubt(obstacle.why, obstacle.fix, obstacle.cause)


def _doubts_about_baseline(used: str, expected: Expected | None) -> Iterator[Doubt]:
    if expected is None:
        yield Doubt("no baseline of the policy covers it", "write a baseline for its system, or match it in one environment")
    elif not expected.id:
        absent = f"the policy's baseline {expected.name} does not exist here yet"
        yield Doubt(f"{absent} (scanned with {used})", _APPLY, absent)
    elif used != expected.id:
        why = f"scanned with another baseline ({used}) than the policy's {expected.name} ({expected.id})"
        yield Doubt(why, f"{_APPLY}, and scan again", f"scanned with another baseline than the policy's {expected.name}")
    elif expected.drifted:
        why = f"the baseline {expected.name} ({expected.id}) does not say what the policy says"
        yield Doubt(why, _APPLY, f"the baseline {expected.name} does not say what the policy says")
    elif expected.empty:
        yield Doubt(f"the baseline {expected.name} approves nothing", _APPLY)
