"""Snapshots: what was seen is stored once; that it was seen again is one more row, with the reads that saw it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from patchkeep.domain.asset import Existing
from patchkeep.domain.call import Gap, Read, Target
from patchkeep.domain.compliance import Compliance
from patchkeep.domain.exposure import Exposure
from patchkeep.domain.snapshot import AccountSeen, Snapshot
from patchkeep.doors.store import exposures as windows
from patchkeep.doors.store import verdicts as history
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.database import Database
from patchkeep.doors.store.dialects import insert_new
from patchkeep.doors.store.pieces import Member, keep_assets, load_assets
from patchkeep.doors.store.tables import snapshot as snapshots
from patchkeep.doors.store.tables import taking as takings


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a snapshot holds beside its assets."""

    accounts: tuple[AccountSeen, ...]
    targets: tuple[Target, ...]
    objects: tuple[Existing, ...]


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
            if not connection.scalar(sa.select(sa.exists().where(snapshots.c.id == snapshot.id))):
                _keep(connection, snapshot)
            taking = {
                "taken_at": snapshot.taken_at,
                "snapshot_id": snapshot.id,
                "provenance": zlib.compress(to_json(_Provenance(snapshot.reads, snapshot.gaps))),
            }
            insert_new(connection, takings, [taking])

    def latest(self) -> Snapshot | None:
        """The look taken last, with its own time and reads."""
        return self._newest(sa.true())

    def get(self, snapshot_id: str) -> Snapshot | None:
        """What was seen, with time and reads of the last look that saw just that."""
        return self._newest(takings.c.snapshot_id == snapshot_id)

    def record(self, at: datetime, snapshot_id: str, verdicts: Iterable[Compliance], exposures: Iterable[Exposure]) -> None:
        with self._database.writing() as connection:
            history.record(connection, at, snapshot_id, tuple(verdicts))
            windows.keep(connection, tuple(exposures))

    def verdicts(self, since: datetime | None = None) -> tuple[tuple[datetime, str, Compliance], ...]:
        """Every asset's verdict at each look, oldest look first: (when, snapshot id, verdict)."""
        with self._database.reading() as connection:
            return tuple(history.replay(connection, since))

    def changes_of(self, asset: str) -> tuple[tuple[datetime, Compliance], ...]:
        """When the verdict on one asset became another, oldest first."""
        with self._database.reading() as connection:
            return tuple(history.changes(connection, asset))

    def exposures(self, *, open_only: bool = False) -> tuple[Exposure, ...]:
        """Exposure windows, the longest known first."""
        with self._database.reading() as connection:
            return tuple(windows.load(connection, open_only=open_only))

    def _newest(self, which: sa.ColumnElement[bool]) -> Snapshot | None:
        query = (
            sa.select(snapshots, takings.c.taken_at, takings.c.provenance)
            .join_from(takings, snapshots)
            .where(which)
            .order_by(takings.c.taken_at.desc(), takings.c.number.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else _load(connection, row)


def _keep(connection: sa.Connection, snapshot: Snapshot) -> None:
    seen = _Seen(snapshot.accounts, snapshot.targets, snapshot.objects)
    row = {
        "id": snapshot.id,
        "organization_id": snapshot.organization_id,
        "body": zlib.compress(to_json(seen)),
        "members": zlib.compress(to_json(keep_assets(connection, snapshot.assets), tuple[Member, ...])),
    }
    insert_new(connection, snapshots, [row])


def _load(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> Snapshot:
    seen = from_json(_Seen, zlib.decompress(row.body))
    provenance = from_json(_Provenance, zlib.decompress(row.provenance))
    return Snapshot(
        id=row.id,
        taken_at=row.taken_at,
        organization_id=row.organization_id,
        accounts=seen.accounts,
        targets=seen.targets,
        assets=load_assets(connection, from_json(tuple[Member, ...], zlib.decompress(row.members))),
        objects=seen.objects,
        gaps=provenance.gaps,
        reads=provenance.reads,
    )
