"""Numbers that stand for assets in the history, where an ARN in every row would be most of the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from patchkeep.doors.store.dialects import among, in_chunks, insert_new
from patchkeep.doors.store.tables import subject


def numbers_of(connection: sa.Connection, assets: Iterable[str]) -> Mapping[str, int]:
    """The number of each asset; those not met before get one."""
    wanted = sorted(set(assets))
    known = _known(connection, wanted)
    fresh = [asset for asset in wanted if asset not in known]
    insert_new(connection, subject, [{"asset": asset} for asset in fresh])
    return {**known, **_known(connection, fresh)}


def names_of(connection: sa.Connection) -> dict[int, str]:
    """Every asset by its number."""
    return {number: asset for number, asset in connection.execute(sa.select(subject.c.number, subject.c.asset))}  # noqa: C416 - rows


def _known(connection: sa.Connection, assets: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in in_chunks(assets):
        rows = connection.execute(sa.select(subject.c.asset, subject.c.number).where(among(connection, subject.c.asset, chunk)))
        found.update((row.asset, row.number) for row in rows)
    return found
