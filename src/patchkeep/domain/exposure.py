"""Exposure windows: since when an asset lacks an update, until when, and whether that is longer than the SLA allows.

A fold over snapshots. An asset that was not read keeps its windows open: not seen is not fixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from patchkeep.domain.asset import Asset, Update
from patchkeep.domain.policy import Sla


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


def fold(open_before: Iterable[Exposure], assets: Iterable[Asset], now: datetime) -> tuple[Exposure, ...]:
    """The windows after one more look: new ones opened, seen ones kept, and those closed whose asset was read and has the update.

    Returns only what changed or was seen again; an asset with `updates` None leaves its windows as they are.
    """
    before: dict[str, dict[str, Exposure]] = {}
    for exposure in open_before:
        before.setdefault(exposure.asset, {})[exposure.update] = exposure
    moved: list[Exposure] = []
    for asset in assets:
        if asset.updates is None or asset.scan is None:
            continue
        moved.extend(_fold_asset(before.get(asset.id, {}), asset, now))
    return tuple(moved)


def _fold_asset(before: Mapping[str, Exposure], asset: Asset, now: datetime) -> Iterable[Exposure]:
    lacking = {update.key: update for update in asset.updates or ()}
    for key, update in lacking.items():
        known = before.get(key)
        yield replace(known, last_seen=now) if known else _opened(asset, update, now)
    for key, known in before.items():
        if key not in lacking and known.resolved_at is None:
            yield replace(known, resolved_at=asset.scan.at if asset.scan and asset.scan.at > known.first_seen else now)


def _opened(asset: Asset, update: Update, now: datetime) -> Exposure:
    return Exposure(asset.id, update.key, update.severity.lower(), update.cves, now, now)


def deadline(exposure: Exposure, slas: Iterable[Sla]) -> datetime | None:
    """When the exposure must be over by the SLA that counts from first sight; None where no such SLA covers its severity."""
    rule = next((s for s in slas if s.severity == exposure.severity and s.start == "first_seen"), None)
    return exposure.first_seen + rule.within if rule else None


def overdue(exposure: Exposure, slas: Iterable[Sla], now: datetime) -> bool:
    due = deadline(exposure, slas)
    return due is not None and (exposure.resolved_at or now) > due
