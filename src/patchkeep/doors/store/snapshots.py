"""Snapshots: what was seen is stored once; that it was seen again is one more row, with the reads that saw it.

"Last" means stored last: a clock that stepped back must not hide what was seen since.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from patchkeep.domain.asset import Existing
from patchkeep.domain.call import Gap, Read, Target
from patchkeep.domain.compliance import Compliance
from patchkeep.domain.exposure import Exposure
from patchkeep.domain.look import Look
from patchkeep.domain.snapshot import AccountSeen, Snapshot
from patchkeep.doors.store import exposures as windows
from patchkeep.doors.store import pieces
from patchkeep.doors.store import verdicts as history
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.database import Database
from patchkeep.doors.store.dialects import insert_new, take_turns
from patchkeep.doors.store.shelves import keep_assets, load_assets
from patchkeep.doors.store.tables import snapshot as snapshots
from patchkeep.doors.store.tables import taking as takings

HISTORY = "history"  # whoever adds to it or prunes it takes turns


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a snapshot looked."""

    accounts: tuple[AccountSeen, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """Numbers of the pieces that a snapshot is made of."""

    places: int
    objects: tuple[int, ...]
    shelves: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Provenance:
    """How one look came to see it: not part of the snapshot's identity."""

    reads: tuple[Read, ...]
    gaps: tuple[Gap, ...]


class StoredSnapshots:
    """Fulfils `work.seams.Snapshots`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, snapshot: Snapshot) -> None:
        """Keep a look. `snapshot.id` must be what `domain.snapshot.snapshot_id` says of it."""
        with self._database.writing() as connection:
            take_turns(connection, HISTORY)
            if not connection.scalar(sa.select(sa.exists().where(snapshots.c.id == snapshot.id))):
                _keep(connection, snapshot)
            taking = {
                "taken_at": snapshot.taken_at,
                "snapshot_id": snapshot.id,
                "provenance": zlib.compress(to_json(_Provenance(snapshot.reads, snapshot.gaps))),
            }
            insert_new(connection, takings, [taking])

    def latest(self) -> Snapshot | None:
        """The look stored last, with its own time and reads."""
        return self._newest(sa.true())

    def get(self, snapshot_id: str) -> Snapshot | None:
        """What was seen, with time and reads of the last look that saw just that."""
        return self._newest(takings.c.snapshot_id == snapshot_id)

    def record(self, at: datetime, snapshot_id: str, verdicts: Iterable[Compliance], exposures: Iterable[Exposure]) -> None:
        with self._database.writing() as connection:
            take_turns(connection, HISTORY)
            history.record(connection, at, snapshot_id, tuple(verdicts))
            windows.keep(connection, tuple(exposures))

    def verdicts(self, since: datetime | None = None) -> tuple[Look, ...]:
        """Every look with the verdict on each asset, oldest first."""
        with self._database.reading() as connection:
            return history.replay(connection, since)

    def changes_of(self, asset: str) -> tuple[tuple[datetime, Compliance], ...]:
        """When the verdict on one asset became another, oldest first."""
        with self._database.reading() as connection:
            return tuple(history.changes(connection, asset))

    def exposures(self, *, open_only: bool = False, since: datetime | None = None, asset: str | None = None) -> tuple[Exposure, ...]:
        """Exposure windows, the longest known first. `since`: those closed before are left out. `asset`: those of one alone."""
        with self._database.reading() as connection:
            return windows.load(connection, open_only=open_only, since=since, asset=asset)

    def _newest(self, which: sa.ColumnElement[bool]) -> Snapshot | None:
        query = (
            sa.select(snapshots, takings.c.taken_at, takings.c.provenance)
            .join_from(takings, snapshots)
            .where(which)
            .order_by(takings.c.number.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else _load(connection, row)


def contents_of(body: bytes) -> Contents:
    """What a snapshot's row says it is made of."""
    return from_json(Contents, zlib.decompress(body))


def _keep(connection: sa.Connection, snapshot: Snapshot) -> None:
    places = to_json(_Places(snapshot.accounts, snapshot.targets))
    objects = [to_json(run, tuple[Existing, ...]) for run in _by_place(snapshot.objects)]
    first, *others = pieces.keep(connection, [places, *objects])
    contents = Contents(first, tuple(others), keep_assets(connection, snapshot.assets))
    row = {"id": snapshot.id, "organization_id": snapshot.organization_id, "body": zlib.compress(to_json(contents))}
    insert_new(connection, snapshots, [row])


def _by_place(objects: Iterable[Existing]) -> Iterator[tuple[Existing, ...]]:
    """Neighbours of one account and region together: few of these pieces change from look to look."""
    for _, run in groupby(objects, key=lambda existing: existing.target):
        yield tuple(run)


def _load(connection: sa.Connection, row: sa.Row[Any]) -> Snapshot:
    contents = contents_of(row.body)
    bodies = pieces.load(connection, (contents.places, *contents.objects))
    places = from_json(_Places, bodies[contents.places])
    provenance = from_json(_Provenance, zlib.decompress(row.provenance))
    return Snapshot(
        id=row.id,
        taken_at=row.taken_at,
        organization_id=row.organization_id,
        accounts=places.accounts,
        targets=places.targets,
        assets=load_assets(connection, contents.shelves),
        objects=tuple(each for number in contents.objects for each in from_json(tuple[Existing, ...], bodies[number])),
        gaps=provenance.gaps,
        reads=provenance.reads,
    )
