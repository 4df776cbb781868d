"""Exposure windows, one short row each, known by asset, update and when it was first seen missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

import sqlalchemy as sa

from patchkeep.domain.exposure import Exposure
from patchkeep.doors.store import pieces
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.columns import garbage_let_lie, micros, moment
from patchkeep.doors.store.dialects import among, in_chunks, upsert
from patchkeep.doors.store.subjects import numbers_of
from patchkeep.doors.store.tables import exposure as exposures
from patchkeep.doors.store.tables import subject

Key: TypeAlias = tuple[int, int, int]  # asset, update, first seen


@dataclass(frozen=True, slots=True)
class _Rating:
    severity: str
    cves: tuple[str, ...]


def keep(connection: sa.Connection, windows: Sequence[Exposure]) -> None:
    """Write what changed. Of most windows a look says only that they are open still: for those one time per asset is enough."""
    rows = _rows(connection, windows)
    sighted: dict[int, int] = {}
    for row in rows:
        if row["resolved_at"] is None:
            sighted[row["asset"]] = max(row["last_seen"], sighted.get(row["asset"], row["last_seen"]))
    current = {_key(row) for row in rows if row["resolved_at"] is None and row["last_seen"] == sighted[row["asset"]]}
    standing = _standing(connection)
    _leave_behind(connection, [key for key in standing - current if key[0] in sighted])
    unchanged = standing & current
    changed = [{**row, "last_seen": None} if _key(row) in current else row for row in rows if _key(row) not in unchanged]
    upsert(connection, exposures, changed)
    for moment_, together in groupby(sorted(sighted.items(), key=itemgetter(1)), key=itemgetter(1)):
        for chunk in in_chunks(asset for asset, _ in together):
            connection.execute(sa.update(subject).where(among(connection, subject.c.number, chunk)).values(sighted=moment_))


def _rows(connection: sa.Connection, windows: Sequence[Exposure]) -> list[dict[str, Any]]:
    assets = numbers_of(connection, (window.asset for window in windows))
    contents = [_contents(window) for window in windows]
    texts = dict.fromkeys(content for both in contents for content in both)
    numbers = {text: number for chunk in in_chunks(texts) for text, number in zip(chunk, pieces.keep(connection, chunk), strict=True)}
    return [
        {
            "asset": assets[window.asset],
            "update": numbers[update],
            "first_seen": micros(window.first_seen),
            "rating": numbers[rating],
            "last_seen": micros(window.last_seen),
            "resolved_at": None if window.resolved_at is None else micros(window.resolved_at),
        }
        for window, (update, rating) in zip(windows, contents, strict=True)
    ]


def _standing(connection: sa.Connection) -> set[Key]:
    """Windows that are open, and were seen when their asset was last sighted."""
    query = sa.select(exposures.c.asset, exposures.c.update, exposures.c.first_seen)
    found = connection.execute(query.where(exposures.c.resolved_at.is_(None), exposures.c.last_seen.is_(None)))
    return {(asset, update, first) for asset, update, first in found}


def _leave_behind(connection: sa.Connection, keys: list[Key]) -> None:
    """Their assets are sighted anew, and they are not: from now on they need times of their own."""
    if not keys:
        return
    before = sa.select(subject.c.sighted).where(subject.c.number == exposures.c.asset).scalar_subquery()
    which = [column == sa.bindparam(f"the_{column.name}") for column in (exposures.c.asset, exposures.c.update, exposures.c.first_seen)]
    rows = [{"the_asset": asset, "the_update": update, "the_first_seen": first} for asset, update, first in keys]
    connection.execute(sa.update(exposures).where(*which).values(last_seen=before), rows)


def _key(row: dict[str, Any]) -> Key:
    return row["asset"], row["update"], row["first_seen"]


def load(connection: sa.Connection, *, open_only: bool, since: datetime | None, asset: str | None) -> tuple[Exposure, ...]:
    """Oldest first; with `since` without those that were closed before, with `asset` those of one alone."""
    wanted: sa.ColumnElement[bool] = exposures.c.resolved_at.is_(None)
    if not open_only:
        wanted = sa.true() if since is None else sa.or_(wanted, exposures.c.resolved_at >= micros(since))
    last_seen = sa.func.coalesce(exposures.c.last_seen, subject.c.sighted)
    columns = (exposures.c.update, exposures.c.rating, exposures.c.first_seen, last_seen, exposures.c.resolved_at)
    query = sa.select(subject.c.asset, *columns).join_from(exposures, subject).where(wanted)
    if asset is not None:
        query = query.where(subject.c.asset == asset)
    with garbage_let_lie():
        rows: list[Any] = [*connection.execute(query).all()]
        bodies = pieces.load(connection, {number for row in rows for number in row[1:3]})
        updates = {number: from_json(str, bodies[number]) for number in {row[1] for row in rows}}
        ratings = {number: from_json(_Rating, bodies[number]) for number in {row[2] for row in rows}}
        when = cache(moment)  # windows open and close together, at looks
        rows.sort(key=itemgetter(3, 0, 1))
        return tuple(
            [
                Exposure(
                    name, updates[update], ratings[rating].severity, ratings[rating].cves, when(first), when(last), ended and when(ended)
                )
                for name, update, rating, first, last, ended in rows
            ]
        )


def _contents(window: Exposure) -> tuple[bytes, bytes]:
    return to_json(window.update), to_json(_Rating(window.severity, window.cves))
