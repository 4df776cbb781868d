"""What a lifecycle feed told last, with the moment when it was read and the hash of what it said: one row."""

from __future__ import annotations

import hashlib
import zlib

import sqlalchemy as sa

from patchkeep.domain.asset import Support
from patchkeep.domain.lifecycle import NO_LIFECYCLES, Lifecycles
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.database import Database
from patchkeep.doors.store.dialects import upsert
from patchkeep.doors.store.tables import feed as feeds

NAME = "lifecycles"
_LINES = tuple[Support, ...]


class StoredLifecycles:
    """Fulfils `work.seams.KeptLifecycles`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, lifecycles: Lifecycles) -> None:
        """In place of what was kept before."""
        body = to_json(lifecycles.lines, _LINES)
        row = {"name": NAME, "read_at": lifecycles.read_at, "hash": hashlib.sha256(body).hexdigest(), "body": zlib.compress(body)}
        with self._database.durable() as connection:
            upsert(connection, feeds, [row])

    def latest(self) -> Lifecycles:
        """What was kept last; nothing where no feed was ever read."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(feeds.c.read_at, feeds.c.body).where(feeds.c.name == NAME)).one_or_none()
        return Lifecycles(from_json(_LINES, zlib.decompress(row.body)), row.read_at) if row else NO_LIFECYCLES

    def hash(self) -> str:
        """SHA-256 (hex) of what was kept last; "" where nothing was."""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(feeds.c.hash).where(feeds.c.name == NAME)) or ""
