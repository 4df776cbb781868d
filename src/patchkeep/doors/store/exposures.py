"""Exposure windows, one row each, known by asset, update and when it was first seen missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from patchkeep.domain.exposure import Exposure
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.dialects import upsert
from patchkeep.doors.store.subjects import numbers_of
from patchkeep.doors.store.tables import exposure as exposures
from patchkeep.doors.store.tables import subject


def keep(connection: sa.Connection, windows: Sequence[Exposure]) -> None:
    numbers = numbers_of(connection, (window.asset for window in windows))
    upsert(connection, exposures, [_row(window, numbers[window.asset]) for window in windows])


def load(connection: sa.Connection, *, open_only: bool) -> Iterator[Exposure]:
    """Oldest first."""
    columns = [column for column in exposures.columns if column.name != "asset"]
    query = (
        sa.select(subject.c.asset, *columns)
        .join_from(exposures, subject)
        .where(exposures.c.resolved_at.is_(None) if open_only else sa.true())
        .order_by(exposures.c.first_seen, subject.c.asset, exposures.c.update)
    )
    for row in connection.execute(query):
        yield Exposure(
            asset=row.asset,
            update=row.update,
            severity=row.severity,
            cves=from_json(tuple[str, ...], row.cves.encode()),
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            resolved_at=row.resolved_at,
        )


def _row(window: Exposure, number: int) -> dict[str, object]:
    return {
        "asset": number,
        "update": window.update,
        "first_seen": window.first_seen,
        "severity": window.severity,
        "cves": to_json(window.cves).decode(),
        "last_seen": window.last_seen,
        "resolved_at": window.resolved_at,
    }
