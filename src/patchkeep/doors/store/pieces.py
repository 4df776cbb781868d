"""Assets as content-addressed pieces: each stored once, compressed, whatever number of snapshots holds it.

An asset is kept in three pieces, because they change at different times and many nodes share the last two: the asset itself, its
updates, its packages.
"""

from __future__ import annotations

import gc
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

import sqlalchemy as sa

from patchkeep.domain.asset import Asset, Package, Update
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.dialects import in_chunks, insert_new
from patchkeep.doors.store.tables import piece

Updates: TypeAlias = tuple[Update, ...]
Packages: TypeAlias = tuple[Package, ...]
Member: TypeAlias = tuple[int, int | None, int | None]  # numbers of the asset's own piece, its updates, its packages


def keep_assets(connection: sa.Connection, assets: Iterable[Asset]) -> list[Member]:
    """Store what isn't stored yet of the assets, and say which pieces each is made of, in order."""
    members: list[Member] = []
    for chunk in in_chunks(assets):
        contents = [content for asset in chunk for content in _take_apart(asset)]
        numbers = iter(_keep(connection, [content for content in contents if content is not None]))
        found = [None if content is None else next(numbers) for content in contents]
        members.extend(zip(found[0::3], found[1::3], found[2::3], strict=True))  # type: ignore[arg-type] # the first is never None
    return members


def load_assets(connection: sa.Connection, members: Sequence[Member]) -> tuple[Asset, ...]:
    """The assets again, in order; nodes with equal packages share one tuple of them."""
    with _garbage_let_lie():
        cores = _load(connection, {core for core, _, _ in members})
        updates = {n: from_json(Updates, body) for n, body in _load(connection, {n for _, n, _ in members if n is not None}).items()}
        packages = {n: from_json(Packages, body) for n, body in _load(connection, {n for _, _, n in members if n is not None}).items()}
        return tuple(_put_together(cores[core], updates.get(u or 0), packages.get(p or 0)) for core, u, p in members)


@contextmanager
def _garbage_let_lie() -> Iterator[None]:
    """Python's search for cycles, which frozen values cannot form, would take three quarters of the time of loading a large fleet."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _take_apart(asset: Asset) -> tuple[bytes, bytes | None, bytes | None]:
    inventory = asset.inventory
    core = replace(asset, updates=None, inventory=replace(inventory, packages=()) if inventory else None)
    return (
        to_json(core),
        None if asset.updates is None else to_json(asset.updates, Updates),
        None if inventory is None else to_json(inventory.packages, Packages),
    )


def _put_together(core: bytes, updates: Updates | None, packages: Packages | None) -> Asset:
    asset = from_json(Asset, core)
    inventory = None if asset.inventory is None else replace(asset.inventory, packages=packages or ())
    return replace(asset, updates=updates, inventory=inventory)


def _keep(connection: sa.Connection, contents: Sequence[bytes]) -> list[int]:
    hashes = [hashlib.sha256(content).digest() for content in contents]
    known = _numbers(connection, set(hashes))
    fresh = {digest: content for digest, content in zip(hashes, contents, strict=True) if digest not in known}
    insert_new(connection, piece, [{"hash": digest, "body": zlib.compress(content)} for digest, content in fresh.items()])
    numbers = {**known, **_numbers(connection, fresh)}
    return [numbers[digest] for digest in hashes]


def _numbers(connection: sa.Connection, hashes: Iterable[bytes]) -> Mapping[bytes, int]:
    found: dict[bytes, int] = {}
    for chunk in in_chunks(hashes):
        found.update(
            (row.hash, row.number) for row in connection.execute(sa.select(piece.c.hash, piece.c.number).where(piece.c.hash.in_(chunk)))
        )
    return found


def _load(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for chunk in in_chunks(sorted(numbers)):
        rows = connection.execute(sa.select(piece.c.number, piece.c.body).where(piece.c.number.in_(chunk)))
        found.update((row.number, zlib.decompress(row.body)) for row in rows)
    return found
