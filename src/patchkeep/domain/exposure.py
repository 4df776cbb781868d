"""Exposure windows: since when an asset lacks an update, until when, and whether that is longer than the SLA allows.

A fold over snapshots. An asset that was not read keeps its windows open: not seen is not fixed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from patchkeep.domain.asset import APT, Asset, Update, UpdateState
from patchkeep.domain.policy import Sla
from patchkeep.domain.severity import rating


@dataclass(frozen=True, slots=True)
class Exposure:
    """One update that one asset lacks or lacked. `resolved_at` None: still open."""

    asset: str
    update: str  # Update.key
    severity: str
    cves: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    resolved_at: datetime | None = None

    def lasted(self, now: datetime) -> timedelta:
        return (self.resolved_at or now) - self.first_seen


def fold(open_before: Iterable[Exposure], assets: Iterable[Asset], now: datetime, doubted: Collection[str] = ()) -> tuple[Exposure, ...]:
    """The windows after one more look: new ones opened, seen ones kept, and those closed whose asset was read and has the update.

    Returns only what changed or was seen again; an asset with `updates` None leaves its windows as they are. On an asset
    with unread facts, whose id is in `doubted` (its scan proves nothing: stale, or made with another baseline), or of which AWS
    counts more open updates than it names, windows open but none closes.
    """
    before: dict[str, dict[str, Exposure]] = {}
    for exposure in open_before:
        if exposure.resolved_at is None:
            before.setdefault(exposure.asset, {})[exposure.update] = exposure
    moved: list[Exposure] = []
    for asset in assets:
        if asset.updates is None or (asset.is_node and asset.scan is None):
            continue
        known = before.get(asset.id, {})
        moved.extend(_seen(known, asset, now))
        if not asset.unread and asset.id not in doubted and _all_named(asset, asset.updates):
            moved.extend(_closed(known, asset, asset.scan.at if asset.scan else now, now))
    return tuple(moved)


def _all_named(asset: Asset, updates: Iterable[Update]) -> bool:
    """Whether every open update that AWS counts is named, too; of managed resources it only names."""
    return asset.scan is None or sum(update.state.lacking for update in updates) >= asset.scan.counts.open


def _lacking(asset: Asset) -> dict[str, Update]:
    """What the asset lacks, by key; what is installed though rejected is against the baseline, but lacks nothing."""
    unlike = {UpdateState.REJECTED, UpdateState.OPTIONAL}
    return {update.key: update for update in asset.updates or () if update.state not in unlike}


def _seen(known: Mapping[str, Exposure], asset: Asset, now: datetime) -> Iterator[Exposure]:
    for key, update in _lacking(asset).items():
        if key not in known:
            yield _opened(asset, update, now)
        elif not asset.unread:
            yield replace(known[key], last_seen=now)


def _closed(known: Mapping[str, Exposure], asset: Asset, scanned: datetime, now: datetime) -> Iterator[Exposure]:
    """Windows over: neither that version nor a later one of the same update is lacking. A newer release does not cure an older lack."""
    lacking = _lacking(asset)
    ids = {update.id for update in lacking.values()}
    for key, exposure in known.items():
        if key not in lacking and key.partition("|")[0] not in ids:
            yield replace(exposure, resolved_at=scanned if exposure.first_seen < scanned <= now else now)


def _opened(asset: Asset, update: Update, now: datetime) -> Exposure:
    return Exposure(asset.id, update.key, _rating(asset, update), update.cves, now, now)


def _rating(asset: Asset, update: Update) -> str:
    """The update's severity in the words of SLAs. On APT systems AWS gives the package's archive priority, which rates nothing."""
    if asset.os.partition("-")[0] in APT:
        return "unrated"
    return rating(update.severity)


def deadline(exposure: Exposure, slas: Iterable[Sla]) -> datetime | None:
    """When the exposure must be over by the SLA that counts from first sight; None where no such SLA covers its severity."""
    allowed = [sla.within for sla in slas if sla.severity == exposure.severity and sla.start == "first_seen"]
    return exposure.first_seen + min(allowed) if allowed else None


def overdue(exposure: Exposure, slas: Iterable[Sla], now: datetime) -> bool:
    due = deadline(exposure, slas)
    return due is not None and (exposure.resolved_at or now) > due
