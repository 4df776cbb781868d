"""Content-addressed pieces: each stored once, compressed, however many snapshots and looks hold it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

import sqlalchemy as sa

from patchkeep.domain.packages import Packages
from patchkeep.doors.store.columns import squeeze, unsqueeze
from patchkeep.doors.store.dialects import among, in_chunks, insert_new
from patchkeep.doors.store.tables import piece


def keep(connection: sa.Connection, contents: Sequence[bytes]) -> list[int]:
    """The number of each content; those not stored yet get one."""
    by_hash = {hashlib.sha256(content).digest(): content for content in contents}
    numbers = _kept(connection, {digest: partial(squeeze, content) for digest, content in by_hash.items()})
    return list(map({content: numbers[digest] for digest, content in by_hash.items()}.__getitem__, contents))


def keep_packages(connection: sa.Connection, lists: Collection[Packages]) -> dict[bytes, int]:
    """The number of each list of packages, by its digest: they come packed and named as pieces are."""
    return _kept(connection, {packages.digest: partial(bytes, packages.packed) for packages in lists})


def load_packages(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, Packages]:
    """Lists of packages by number, still packed."""
    found: dict[int, Packages] = {}
    for chunk in in_chunks(sorted(set(numbers))):
        rows = connection.execute(sa.select(piece).where(among(connection, piece.c.number, chunk)))
        found.update((row.number, Packages.stored(bytes(row.hash), bytes(row.body))) for row in rows)
    return found


def load(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, bytes]:
    """The contents by number."""
    found: dict[int, bytes] = {}
    for chunk in in_chunks(sorted(set(numbers))):
        rows = connection.execute(sa.select(piece.c.number, piece.c.body).where(among(connection, piece.c.number, chunk)))
        found.update((number, unsqueeze(body)) for number, body in rows)
    return found


def _kept(connection: sa.Connection, bodies: Mapping[bytes, Callable[[], bytes]]) -> dict[bytes, int]:
    """The numbers by hash. A body is made only where it isn't stored yet."""
    known = _numbers(connection, bodies)
    fresh = [digest for digest in bodies if digest not in known]
    insert_new(connection, piece, [{"hash": digest, "body": bodies[digest]()} for digest in fresh])
    return {**known, **_numbers(connection, fresh)}


def _numbers(connection: sa.Connection, hashes: Iterable[bytes]) -> Mapping[bytes, int]:
    found: dict[bytes, int] = {}
    for chunk in in_chunks(hashes):
        rows = connection.execute(sa.select(piece.c.hash, piece.c.number).where(among(connection, piece.c.hash, chunk)))
        found.update((bytes(digest), number) for digest, number in rows)
    return found
