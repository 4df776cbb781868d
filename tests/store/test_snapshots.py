"""Snapshots: named by their content, stored once, never changed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from patchkeep.domain.asset import Counts, Scan
from patchkeep.domain.call import Target
from patchkeep.domain.snapshot import Snapshot, named, snapshot_id
from patchkeep.doors.store import Store, open_store
from tests.house.modules import ROOT
from tests.store.estates import HOUR, NOON, gap, node, read, snapshot


def count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - the table is the test's own word


def test_a_snapshot_comes_back_as_it_was(store: Store) -> None:
    unread, clean = replace(node(2), scan=None, updates=None, inventory=None), replace(node(3), updates=())
    seen = snapshot(node(1), unread, clean, gaps=(gap(),), reads=(read(),))
    store.snapshots.save(seen)
    assert store.snapshots.get(seen.id) == seen
    latest = store.snapshots.latest()
    assert latest == seen
    assert latest is not None
    assert latest.reads == seen.reads


def test_never_read_and_read_as_empty_stay_different(store: Store) -> None:
    unread, clean = replace(node(1), updates=None, inventory=None), replace(node(2, packages=0), updates=())
    seen = snapshot(unread, clean)
    store.snapshots.save(seen)
    found = store.snapshots.get(seen.id)
    assert found is not None
    assert [(a.updates, a.inventory and a.inventory.packages) for a in found.assets] == [(None, None), ((), ())]


def test_an_empty_store_has_no_latest_snapshot(store: Store) -> None:
    assert store.snapshots.latest() is None
    assert store.snapshots.get("unknown") is None


def test_seeing_the_same_again_adds_only_when_and_how_it_was_seen(store: Store, path: Path) -> None:
    first = snapshot(node(), gaps=(gap("r-1"),), reads=(read("first", 1),))
    again = snapshot(node(), at=NOON + HOUR, gaps=(gap("r-2"),), reads=(read("second", 2),))
    store.snapshots.save(first)
    pieces = count(path, "piece")
    store.snapshots.save(again)
    assert first.id == again.id
    assert (count(path, "snapshot"), count(path, "taking"), count(path, "piece")) == (1, 2, pieces)
    latest = store.snapshots.latest()
    assert latest is not None
    assert (latest.taken_at, latest.reads[0].calls, latest.gaps[0].request_id) == (NOON + HOUR, 2, "r-2")


def test_saving_one_look_twice_keeps_it_once(store: Store, path: Path) -> None:
    for _ in range(2):
        store.snapshots.save(snapshot(node()))
    assert count(path, "taking") == 1


def test_latest_is_the_look_taken_last_not_the_one_saved_last(store: Store) -> None:
    later, earlier = snapshot(node(1), at=NOON + HOUR), snapshot(node(2))
    store.snapshots.save(later)
    store.snapshots.save(earlier)
    assert store.snapshots.latest() == later


def test_a_new_scan_stores_packages_and_updates_no_second_time(store: Store, path: Path) -> None:
    store.snapshots.save(snapshot(node()))
    assert count(path, "piece") == 3
    store.snapshots.save(snapshot(replace(node(), scan=Scan(NOON, "Scan", "pb-1", "s-2", Counts(missing=1))), at=NOON + HOUR))
    assert count(path, "piece") == 4


def test_nodes_with_equal_packages_share_them(store: Store, path: Path) -> None:
    twin = replace(node(), id=node(2).id, name="web-2")
    store.snapshots.save(snapshot(node(), twin))
    assert count(path, "piece") == 4
    found = store.snapshots.latest()
    assert found is not None
    first, second = (asset.inventory for asset in found.assets)
    assert first is not None
    assert second is not None
    assert first.packages is second.packages


def test_a_snapshot_outlives_the_process(store: Store, url: str) -> None:
    store.snapshots.save(snapshot(node()))
    store.close()
    with open_store(url) as again:
        assert again.snapshots.latest() == snapshot(node())


def test_the_id_does_not_depend_on_order_nor_on_when_and_by_which_request_it_was_seen() -> None:
    assets = [node(1), node(2), node(3)]
    ids = {snapshot_id(snapshot(*order)) for order in permutations(assets)}
    ids.add(snapshot(*assets, at=NOON + HOUR, reads=(read(),)).id)
    assert len(ids) == 1
    assert snapshot(gaps=(gap("r-1"),)).id == snapshot(gaps=(replace(gap("r-2"), traceback="other"),)).id


@pytest.mark.parametrize(
    "other",
    [
        replace(snapshot(node()), organization_id="o-other"),
        replace(snapshot(node()), accounts=()),
        replace(snapshot(node()), targets=(Target("1", "eu-west-1"),)),
        replace(snapshot(node()), assets=()),
        replace(snapshot(node()), objects=()),
        replace(snapshot(node()), gaps=(gap(),)),
        snapshot(replace(node(), scan=Scan(NOON, "Scan", "pb-1", "snap-1", Counts(installed=2, missing=1)))),
        snapshot(replace(node(), updates=None)),
        snapshot(replace(node(), updates=())),
        snapshot(node(), node()),
    ],
)
def test_the_id_changes_with_all_that_was_seen(other: Snapshot) -> None:
    assert named(other).id != snapshot(node()).id


def test_equal_content_has_one_id_in_every_process() -> None:
    code = "from tests.store.estates import *; print(snapshot(node(1), node(2), gaps=(gap(),)).id)"
    command = [sys.executable, "-c", code]
    other = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == snapshot(node(1), node(2), gaps=(gap(),)).id


def test_a_thousand_nodes_are_saved_and_loaded_in_a_moment(store: Store) -> None:
    fleet = snapshot(*(node(number, packages=40, updates=10) for number in range(1000)))
    started = time.process_time()
    store.snapshots.save(fleet)
    saved = time.process_time()
    latest = store.snapshots.latest()
    loaded = time.process_time()
    assert latest == fleet
    assert saved - started < 1.5
    assert loaded - saved < 1.0
