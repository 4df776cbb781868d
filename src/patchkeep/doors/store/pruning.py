"""Forgetting what is old and nothing refers to any more. Never the ledger, never a rollout.

Kept whatever their age: the newest look; looks that saw the snapshot of a plan that stays; the last look before the first rollout,
with which reports compare. An exposure window bears its own dates, so it needs no look. The ledger gets a note of what went.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from patchkeep.domain.call import Target
from patchkeep.domain.ledger import Entry
from patchkeep.domain.policy import Retention
from patchkeep.domain.wording import counted
from patchkeep.doors.store import ledger, verdicts
from patchkeep.doors.store.columns import micros, unpack, unshelve
from patchkeep.doors.store.database import Database
from patchkeep.doors.store.dialects import among, in_chunks, take_turns
from patchkeep.doors.store.pieces import load
from patchkeep.doors.store.shelves import Shelf
from patchkeep.doors.store.snapshots import HISTORY, contents_of
from patchkeep.doors.store.tables import exposure, look, piece, plan, rollout, snapshot, subject, taking, verdict


@dataclass(frozen=True, slots=True)
class Pruning:
    """What retention lets go: numbers or ids of rows, and how many of each stay."""

    takings: tuple[int, ...]
    looks: tuple[int, ...]
    plans: tuple[str, ...]
    windows: int  # closed exposure windows
    windows_before: datetime | None
    kept_takings: int
    kept_plans: int
    kept_windows: int
    spared: int  # looks older than allowed that something refers to

    @property
    def nothing(self) -> bool:
        return not (self.takings or self.looks or self.plans or self.windows)


def prunable(database: Database, retention: Retention, now: datetime) -> Pruning:
    """What would go; nothing is changed."""
    with database.reading() as connection:
        return _prunable(connection, retention, now)


def prune(database: Database, retention: Retention, now: datetime) -> Pruning:
    """Let it go, in one transaction, and give the room back. Returns what went. Raises `StoreError`."""
    with database.durable() as connection:
        take_turns(connection, HISTORY)
        gone = _prunable(connection, retention, now)
        if not gone.nothing:
            _forget(connection, gone)
            parts = (counted(len(gone.takings), "look"), counted(len(gone.plans), "plan"), counted(gone.windows, "closed window"))
            words = "{}, {} and {} forgotten, as retention says".format(*parts)
            ledger.append(connection, [Entry(now, "note", "db", "prune", Target("", ""), outcome=words)])
    if not gone.nothing:
        database.dialect.vacuum(database.engine)
    return gone


def _prunable(connection: sa.Connection, retention: Retention, now: datetime) -> Pruning:
    plans = dict(connection.execute(sa.select(plan.c.id, plan.c.snapshot_id)).all())
    old_plans = _old_plans(connection, retention, now)
    named = {snapshot_id for plan_id, snapshot_id in plans.items() if plan_id not in old_plans}
    takings = connection.execute(sa.select(taking.c.number, taking.c.taken_at, taking.c.snapshot_id).order_by(taking.c.number)).all()
    compared = _compared_with(connection, [row.taken_at for row in takings])
    cutoff = None if retention.snapshots is None else now - retention.snapshots
    old = [row for row in takings[:-1] if cutoff is not None and row.taken_at < cutoff]
    gone = [row for row in old if row.snapshot_id not in named and row.taken_at != compared]
    left = {(row.taken_at, row.snapshot_id) for row in takings} - {(row.taken_at, row.snapshot_id) for row in gone}
    looks = connection.execute(sa.select(look.c.number, look.c.at, look.c.snapshot_id)).all()
    before = None if retention.exposures is None else now - retention.exposures
    windows = int(connection.scalar(sa.select(sa.func.count()).select_from(exposure).where(_over(before))) or 0)
    return Pruning(
        takings=tuple(row.number for row in gone),
        looks=tuple(row.number for row in looks if cutoff is not None and row.at < cutoff and (row.at, row.snapshot_id) not in left),
        plans=tuple(sorted(old_plans)),
        windows=windows,
        windows_before=before,
        kept_takings=len(left),
        kept_plans=len(plans) - len(old_plans),
        kept_windows=int(connection.scalar(sa.select(sa.func.count()).select_from(exposure)) or 0) - windows,
        spared=len(old) - len(gone),
    )


def _old_plans(connection: sa.Connection, retention: Retention, now: datetime) -> set[str]:
    if retention.plans is None:
        return set()
    begun = sa.select(rollout.c.plan_id)
    return set(connection.scalars(sa.select(plan.c.id).where(plan.c.made_at < now - retention.plans, plan.c.id.not_in(begun))))


def _compared_with(connection: sa.Connection, taken: list[datetime]) -> datetime | None:
    """When the look was taken that reports call "before": the last one before our first change."""
    changed = connection.scalar(sa.select(sa.func.min(rollout.c.started_at)))
    return max((at for at in taken if changed is not None and at <= changed), default=None)


def _over(before: datetime | None) -> sa.ColumnElement[bool]:
    return sa.false() if before is None else exposure.c.resolved_at < micros(before)


def _forget(connection: sa.Connection, gone: Pruning) -> None:
    connection.execute(sa.delete(verdict))  # an index of the looks: made anew from those that stay
    _delete(connection, taking.c.number, gone.takings)
    _delete(connection, look.c.number, gone.looks)
    _delete(connection, plan.c.id, gone.plans)
    connection.execute(sa.delete(exposure).where(_over(gone.windows_before)))
    held = [sa.select(column) for column in (taking.c.snapshot_id, look.c.snapshot_id)]
    connection.execute(sa.delete(snapshot).where(*(snapshot.c.id.not_in(ids) for ids in held)))
    connection.execute(sa.update(subject).values(judgement=None))
    used = _used_by_looks(connection) | _used_by_snapshots(connection)
    for column in (exposure.c.update, exposure.c.rating):
        used.update(connection.scalars(sa.select(column).distinct()))
    _delete(connection, piece.c.number, set(connection.scalars(sa.select(piece.c.number))) - used)


def _used_by_looks(connection: sa.Connection) -> set[int]:
    """Pieces of judgements; on the way the index by asset is made anew."""
    used: set[int] = set()
    for number in connection.scalars(sa.select(look.c.number).order_by(look.c.number)).all():
        judged = verdicts.decoded(connection.scalars(sa.select(look.c.body).where(look.c.number == number)).one())
        judgements = [judged.said[place] for place in unpack(judged.judgements)]
        used.update(judged.said)
        verdicts.index(connection, number, dict(zip(unpack(judged.assets), judgements, strict=True)))
    return used


def _used_by_snapshots(connection: sa.Connection) -> set[int]:
    """Pieces of places, objects and shelves, and what lies on those."""
    used: set[int] = set()
    shelves: set[int] = set()
    for body in connection.scalars(sa.select(snapshot.c.body)):
        contents = contents_of(body)
        used.update((contents.places, *contents.objects, *contents.shelves))
        shelves.update(contents.shelves)
    for chunk in in_chunks(sorted(shelves)):
        for stored in load(connection, chunk).values():
            used.update(unshelve(Shelf, stored).refers_to())
    return used


def _delete(connection: sa.Connection, column: sa.Column[Any], values: Iterable[Any]) -> None:
    for chunk in in_chunks(values):
        connection.execute(sa.delete(column.table).where(among(connection, column, chunk)))
