"""Assets on shelves: one per account and region, so that a look adds only what it saw change.

What lasts of an asset (its identity, tags, facts), its updates and its packages are pieces, found again by number: they change at
different times, and many nodes share the last two. What every scan changes (when, with what counts) lies on the shelf, in columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

import sqlalchemy as sa

from patchkeep.domain.asset import Asset, Counts, Inventory, Scan, Update
from patchkeep.domain.packages import Packages
from patchkeep.doors.store import pieces
from patchkeep.doors.store.codec import CodecError, from_json, to_json
from patchkeep.doors.store.columns import (
    Numbers,
    Words,
    garbage_let_lie,
    micros,
    moment,
    pack,
    pack_words,
    shelve,
    unpack,
    unpack_words,
    unshelve,
)
from patchkeep.doors.store.dialects import in_chunks

Updates: TypeAlias = tuple[Update, ...]
Member: TypeAlias = tuple[int, int, int]  # pieces: the asset's lasting part, its updates, its packages; 0: never read
_COUNTS = attrgetter(*(field.name for field in fields(Counts)))


@dataclass(frozen=True, slots=True)
class Scans:
    """The last scans of those assets that have one, in their order."""

    at: Numbers
    operations: Words
    baselines: Words
    snapshots: Words
    groups: Words
    overrides: Words
    counts: tuple[Numbers, ...]  # a column per state


@dataclass(frozen=True, slots=True)
class Shelf:
    """Assets of one account and region, in the snapshot's order."""

    cores: Numbers
    updates: Numbers
    packages: Numbers
    collected: Numbers  # when their inventory was, of those that have one
    scanned: Numbers  # 1 where there is a scan
    scans: Scans

    def refers_to(self) -> Iterator[int]:
        """Numbers of the pieces that it is made of."""
        for column in (self.cores, self.updates, self.packages):
            yield from filter(None, unpack(column))


def keep_assets(connection: sa.Connection, assets: Sequence[Asset]) -> tuple[int, ...]:
    """Store what isn't stored yet of the assets; the numbers of their shelves, in order."""
    members = iter(_members(connection, assets))
    shelves = []
    for _, run in groupby(assets, key=lambda asset: asset.target):
        together = tuple(run)
        shelves.append(shelve(_shelf(together, [next(members) for _ in together])))
    return tuple(number for chunk in in_chunks(shelves) for number in pieces.keep(connection, chunk))


def load_assets(connection: sa.Connection, numbers: Sequence[int]) -> tuple[Asset, ...]:
    """The assets again, in order; nodes with equal packages share one list of them."""
    with garbage_let_lie():
        bodies = pieces.load(connection, numbers)
        shelves = [unshelve(Shelf, bodies[number]) for number in numbers]
        lasting = {number for shelf in shelves for number in unpack(shelf.cores)}
        listed = {number for shelf in shelves for number in unpack(shelf.updates) if number}
        installed = {number for shelf in shelves for number in unpack(shelf.packages) if number}
        cores = pieces.load(connection, lasting)
        updates = {number: from_json(Updates, body) for number, body in pieces.load(connection, listed).items()}
        packages = pieces.load_packages(connection, installed)
        return tuple(asset for shelf in shelves for asset in _assets(shelf, cores, updates, packages))


def _members(connection: sa.Connection, assets: Iterable[Asset]) -> Iterator[Member]:
    """The pieces of each asset."""
    for chunk in in_chunks(assets):
        cores = pieces.keep(connection, [to_json(replace(asset, scan=None, updates=None, inventory=None)) for asset in chunk])
        listed = iter(pieces.keep(connection, [to_json(asset.updates, Updates) for asset in chunk if asset.updates is not None]))
        installed = pieces.keep_packages(connection, {asset.inventory.packages for asset in chunk if asset.inventory})
        for core, asset in zip(cores, chunk, strict=True):
            updates = 0 if asset.updates is None else next(listed)
            yield core, updates, installed[asset.inventory.packages.digest] if asset.inventory else 0


def _shelf(assets: Sequence[Asset], members: Sequence[Member]) -> Shelf:
    cores, updates, packages = zip(*members, strict=True)
    scans = tuple(asset.scan for asset in assets if asset.scan)
    return Shelf(
        cores=pack(cores),
        updates=pack(updates),
        packages=pack(packages),
        collected=pack([_micros(asset.inventory.at, "inventory.at") for asset in assets if asset.inventory]),
        scanned=pack([int(asset.scan is not None) for asset in assets]),
        scans=Scans(
            at=pack([_micros(scan.at, "scan.at") for scan in scans]),
            operations=pack_words(scan.operation for scan in scans),
            baselines=pack_words(scan.baseline_id for scan in scans),
            snapshots=pack_words(scan.snapshot_id for scan in scans),
            groups=pack_words(scan.patch_group for scan in scans),
            overrides=pack_words(scan.override_list for scan in scans),
            counts=tuple(pack(column) for column in zip(*(_COUNTS(scan.counts) for scan in scans), strict=True)),
        ),
    )


def _assets(shelf: Shelf, cores: Mapping[int, bytes], updates: Mapping[int, Updates], packages: Mapping[int, Packages]) -> Iterator[Asset]:
    scans, collected = _scans(shelf.scans), map(moment, unpack(shelf.collected))
    columns = (unpack(column) for column in (shelf.cores, shelf.updates, shelf.packages, shelf.scanned))
    for core, listed, installed, scanned in zip(*columns, strict=True):
        yield replace(
            from_json(Asset, cores[core]),
            scan=next(scans) if scanned else None,
            updates=updates[listed] if listed else None,
            inventory=Inventory(next(collected), packages[installed]) if installed else None,
        )


def _scans(scans: Scans) -> Iterator[Scan]:
    at = map(moment, unpack(scans.at))
    words = (unpack_words(each) for each in (scans.operations, scans.baselines, scans.snapshots, scans.groups, scans.overrides))
    counts = zip(*map(unpack, scans.counts), strict=True) if scans.counts else iter(())
    for when, operation, baseline, snapshot, group, override, counted in zip(at, *words, counts, strict=True):
        yield Scan(when, operation, baseline, snapshot, Counts(*counted), group, override)


def _micros(at: datetime, place: str) -> int:
    if at.utcoffset() is None:
        raise CodecError(f"$.{place}", f"the time {at.isoformat()} has no zone; write {at.isoformat()}Z if it is UTC")
    return micros(at)
