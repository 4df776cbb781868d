"""The history of verdicts: a row when a verdict becomes another one, and one per look saying which assets there were.

Only the age of the evidence differs at every look, so it is kept with the look. Replaying the changes gives back every verdict of
every look. Looks are replayed in the order in which they were recorded: a clock that stepped back does no harm.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

import sqlalchemy as sa

from patchkeep.domain.compliance import Compliance
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.subjects import numbers_of
from patchkeep.doors.store.tables import look, subject, verdict

Age: TypeAlias = tuple[int, int | None]  # an asset's number, and microseconds since its scan
MICROSECOND = timedelta(microseconds=1)


def record(connection: sa.Connection, at: datetime, snapshot_id: str, verdicts: Sequence[Compliance]) -> None:
    numbers = numbers_of(connection, (v.asset for v in verdicts))
    before = _standing(connection)
    ages = [(numbers[v.asset], None if v.age is None else v.age // MICROSECOND) for v in verdicts]
    row = {"at": at, "snapshot_id": snapshot_id, "ages": zlib.compress(to_json(ages, tuple[Age, ...]))}
    number = connection.execute(sa.insert(look).values(row).returning(look.c.number)).scalar_one()
    changes = [
        {"asset": numbers[v.asset], "look": number, "body": to_json(v).decode()}
        for v in verdicts
        if _ageless(before.get(numbers[v.asset])) != _ageless(v)
    ]
    if changes:
        connection.execute(sa.insert(verdict), changes)


def replay(connection: sa.Connection, since: datetime | None) -> Iterator[tuple[datetime, str, Compliance]]:
    """Every verdict of every look since then, oldest look first."""
    wanted = sa.true() if since is None else look.c.at >= since
    looks = connection.execute(sa.select(look).where(wanted).order_by(look.c.number)).all()
    if not looks:
        return iter(())
    standing = _standing(connection, before=looks[0].number)
    changes = iter(_since(connection, looks[0].number))
    change = next(changes, None)
    replayed: list[tuple[datetime, str, Compliance]] = []
    for row in looks:
        while change is not None and change[0] <= row.number:
            standing[change[1]] = change[2]
            change = next(changes, None)
        for asset, age in from_json(tuple[Age, ...], zlib.decompress(row.ages)):
            replayed.append((row.at, row.snapshot_id, _aged(standing[asset], age)))
    return iter(sorted(replayed, key=_when))


def changes(connection: sa.Connection, asset: str) -> Iterator[tuple[datetime, Compliance]]:
    query = (
        sa.select(look.c.at, verdict.c.body)
        .join_from(verdict, look)
        .join(subject, subject.c.number == verdict.c.asset)
        .where(subject.c.asset == asset)
        .order_by(look.c.number)
    )
    for row in connection.execute(query):
        yield row.at, from_json(Compliance, row.body.encode())


def _standing(connection: sa.Connection, before: int | None = None) -> dict[int, Compliance]:
    """The verdict on each asset that holds now, or held before a look."""
    newest = sa.select(verdict.c.asset, sa.func.max(verdict.c.look).label("look")).group_by(verdict.c.asset)
    if before is not None:
        newest = newest.where(verdict.c.look < before)
    last = newest.subquery()
    query = sa.select(verdict).join(last, sa.and_(verdict.c.asset == last.c.asset, verdict.c.look == last.c.look))
    return {row.asset: from_json(Compliance, row.body.encode()) for row in connection.execute(query)}


def _since(connection: sa.Connection, number: int) -> Iterator[tuple[int, int, Compliance]]:
    query = sa.select(verdict).where(verdict.c.look >= number).order_by(verdict.c.look)
    for row in connection.execute(query):
        yield row.look, row.asset, from_json(Compliance, row.body.encode())


def _ageless(compliance: Compliance | None) -> Compliance | None:
    return replace(compliance, age=None) if compliance else None


def _aged(compliance: Compliance, age: int | None) -> Compliance:
    return replace(compliance, age=None if age is None else age * MICROSECOND)


def _when(verdict_at: tuple[datetime, str, Compliance]) -> datetime:
    return verdict_at[0]
