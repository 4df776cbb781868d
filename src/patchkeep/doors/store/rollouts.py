"""Plans, which never change, and rollouts, which change only in the hands of whoever saw their last version."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from patchkeep.domain.ledger import Entry, Overtaken
from patchkeep.domain.plan import Plan
from patchkeep.domain.progress import Rollout
from patchkeep.doors.store import ledger
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.database import Database
from patchkeep.doors.store.dialects import insert_new
from patchkeep.doors.store.errors import StoreError
from patchkeep.doors.store.tables import plan as plans
from patchkeep.doors.store.tables import rollout as rollouts

DAMAGED = "See `patchkeep db status`; restore it from a backup."


class StoredPlans:
    """Fulfils `work.seams.Plans`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, plan: Plan) -> None:
        """Keep a plan; saving it again changes nothing. Raises `StoreError` when another plan bears its id."""
        with self._database.durable() as connection:
            insert_new(connection, plans, [_row(plan)])
            stored = connection.scalars(sa.select(plans.c.body).where(plans.c.id == plan.id)).one()
            if from_json(Plan, zlib.decompress(stored)) != plan:
                raise StoreError(f"Another plan is stored as {plan.id}.", "Make the plan again.")

    def get(self, plan_id: str) -> Plan | None:
        with self._database.reading() as connection:
            body = connection.scalar(sa.select(plans.c.body).where(plans.c.id == plan_id))
        return None if body is None else from_json(Plan, zlib.decompress(body))


class StoredRollouts:
    """Fulfils `work.seams.Rollouts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rollout: Rollout) -> None:
        """Keep a new rollout; raises `StoreError` when there is one of that id, or what it rests on is damaged."""
        with self._database.durable() as connection:
            if found := self._database.dialect.damage(connection, "plan", "rollout", "ledger"):
                raise StoreError(f"The store {self._database.place} is damaged ({found}), so no rollout begins.", DAMAGED)
            if connection.scalar(sa.select(sa.exists().where(rollouts.c.id == rollout.id))):
                raise StoreError(f"The rollout {rollout.id} is stored already.", "Go on with `patchkeep rollout resume`.")
            row = {"id": rollout.id, "plan_id": rollout.plan_id, "started_at": rollout.started_at, **_moving(rollout)}
            connection.execute(sa.insert(rollouts).values(row))

    def get(self, rollout_id: str) -> Rollout | None:
        with self._database.reading() as connection:
            body = connection.scalar(sa.select(rollouts.c.body).where(rollouts.c.id == rollout_id))
        return None if body is None else _load(body)

    def all(self) -> tuple[Rollout, ...]:
        """Newest first."""
        query = sa.select(rollouts.c.body).order_by(rollouts.c.started_at.desc(), rollouts.c.id.desc())
        with self._database.reading() as connection:
            return tuple(map(_load, connection.scalars(query)))

    def replace(self, rollout: Rollout, entries: Iterable[Entry] = ()) -> Rollout:
        """Store the rollout and its ledger entries, all or nothing, on the disk when it returns.

        Returns the rollout with its next version; raises `Overtaken` when the stored version is another than `rollout.version`.
        """
        moved = replace(rollout, version=rollout.version + 1)
        unchanged = sa.and_(rollouts.c.id == rollout.id, rollouts.c.version == rollout.version)
        with self._database.durable() as connection:
            if connection.execute(sa.update(rollouts).where(unchanged).values(_moving(moved))).rowcount != 1:
                raise Overtaken(f"rollout {rollout.id} is no longer at version {rollout.version}")
            ledger.append(connection, entries)
        return moved


def _row(plan: Plan) -> dict[str, object]:
    return {"id": plan.id, "made_at": plan.made_at, "snapshot_id": plan.snapshot_id, "body": zlib.compress(to_json(plan))}


def _moving(rollout: Rollout) -> dict[str, object]:
    return {"version": rollout.version, "body": zlib.compress(to_json(rollout))}


def _load(body: bytes) -> Rollout:
    return from_json(Rollout, zlib.decompress(body))
