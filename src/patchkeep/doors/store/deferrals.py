"""Deferrals: a row each, written once when it is made and once more when somebody ends it; never removed."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from patchkeep.domain.deferral import Deferral
from patchkeep.domain.ledger import Entry, Overtaken
from patchkeep.doors.store import ledger
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.database import Database
from patchkeep.doors.store.tables import deferral as deferrals


class StoredDeferrals:
    """Fulfils `work.seams.Deferrals`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, made: Iterable[Deferral], entries: Iterable[Entry]) -> None:
        """Keep new deferrals and their ledger entries, all or nothing, on the disk when it returns."""
        rows = [{"id": one.id, "asset": one.asset, "at": one.at, "until": one.until, **_ending(one)} for one in made]
        with self._database.durable() as connection:
            if rows:
                connection.execute(sa.insert(deferrals), rows)
            ledger.append(connection, entries)

    def end(self, ended: Iterable[Deferral], entries: Iterable[Entry]) -> None:
        """Keep who ended them, all or nothing; raises `Overtaken` where one was ended already."""
        with self._database.durable() as connection:
            for one in ended:
                running = sa.and_(deferrals.c.id == one.id, deferrals.c.ended_at.is_(None))
                if connection.execute(sa.update(deferrals).where(running).values(_ending(one))).rowcount != 1:
                    raise Overtaken(f"the deferral of {one.name} was ended by somebody else just now")
            ledger.append(connection, entries)

    def all(self) -> tuple[Deferral, ...]:
        """Of all times, oldest first."""
        query = sa.select(deferrals.c.body).order_by(deferrals.c.at, deferrals.c.id)
        with self._database.reading() as connection:
            return tuple(from_json(Deferral, body.encode()) for body in connection.scalars(query))


def _ending(one: Deferral) -> dict[str, object]:
    return {"ended_at": one.ended_at, "body": to_json(one).decode()}
