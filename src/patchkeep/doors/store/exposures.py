"""Exposure windows, one short row each, known by asset, update and when it was first seen missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from patchkeep.domain.exposure import Exposure
from patchkeep.doors.store import pieces
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.columns import micros, moment
from patchkeep.doors.store.dialects import in_chunks, upsert
from patchkeep.doors.store.subjects import numbers_of
from patchkeep.doors.store.tables import exposure as exposures
from patchkeep.doors.store.tables import subject


@dataclass(frozen=True, slots=True)
class _Rating:
    severity: str
    cves: tuple[str, ...]


def keep(connection: sa.Connection, windows: Sequence[Exposure]) -> None:
    assets = numbers_of(connection, (window.asset for window in windows))
    texts = dict.fromkeys(content for window in windows for content in _contents(window))
    numbers = {text: number for chunk in in_chunks(texts) for text, number in zip(chunk, pieces.keep(connection, chunk), strict=True)}
    rows = []
    for window in windows:
        update, rating = (numbers[content] for content in _contents(window))
        row = {"asset": assets[window.asset], "update": update, "rating": rating, "first_seen": micros(window.first_seen)}
        ended = window.resolved_at and micros(window.resolved_at)
        rows.append({**row, "last_seen": micros(window.last_seen), "resolved_at": ended})
    upsert(connection, exposures, rows)


def load(connection: sa.Connection, *, open_only: bool, since: datetime | None) -> tuple[Exposure, ...]:
    """Oldest first; with `since` without those that were closed before."""
    wanted: sa.ColumnElement[bool] = exposures.c.resolved_at.is_(None)
    if not open_only:
        wanted = sa.true() if since is None else sa.or_(wanted, exposures.c.resolved_at >= micros(since))
    columns = (exposures.c.update, exposures.c.rating, exposures.c.first_seen, exposures.c.last_seen, exposures.c.resolved_at)
    rows = connection.execute(sa.select(subject.c.asset, *columns).join_from(exposures, subject).where(wanted)).all()
    bodies = pieces.load(connection, {number for row in rows for number in (row.update, row.rating)})
    updates = {number: from_json(str, bodies[number]) for number in {row[1] for row in rows}}
    ratings = {number: from_json(_Rating, bodies[number]) for number in {row[2] for row in rows}}
    when = cache(moment)  # windows open and close together, at looks
    found = [
        Exposure(asset, updates[update], ratings[rating].severity, ratings[rating].cves, when(first), when(last), ended and when(ended))
        for asset, update, rating, first, last, ended in rows
    ]
    return tuple(sorted(found, key=lambda window: (window.first_seen, window.asset, window.update)))


def _contents(window: Exposure) -> tuple[bytes, bytes]:
    return to_json(window.update), to_json(_Rating(window.severity, window.cves))
