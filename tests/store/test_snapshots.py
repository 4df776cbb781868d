"""Snapshots: named by their content, stored once, never changed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset, Counts, Scan
from patchkeep.domain.call import Target
from patchkeep.domain.packages import NONE
from patchkeep.domain.snapshot import Snapshot, named, snapshot_id
from patchkeep.doors.store import Store, open_store
from tests.house.modules import ROOT
from tests.store.any import ASSETS
from tests.store.estates import HOUR, NOON, gap, node, read, rows, snapshot


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
    assert [(a.updates, a.inventory and a.inventory.packages) for a in found.assets] == [(None, None), ((), NONE)]


def test_an_empty_store_has_no_latest_snapshot(store: Store) -> None:
    assert store.snapshots.latest() is None
    assert store.snapshots.get("unknown") is None


def test_seeing_the_same_again_adds_only_when_and_how_it_was_seen(store: Store) -> None:
    first = snapshot(node(), gaps=(gap("r-1"),), reads=(read("first", 1),))
    again = snapshot(node(), at=NOON + HOUR, gaps=(gap("r-2"),), reads=(read("second", 2),))
    store.snapshots.save(first)
    pieces = rows(store, "piece")
    store.snapshots.save(again)
    assert first.id == again.id
    assert (rows(store, "snapshot"), rows(store, "taking"), rows(store, "piece")) == (1, 2, pieces)
    latest = store.snapshots.latest()
    assert latest is not None
    assert (latest.taken_at, latest.reads[0].calls, latest.gaps[0].request_id) == (NOON + HOUR, 2, "r-2")


def test_saving_one_look_twice_keeps_it_once(store: Store) -> None:
    for _ in range(2):
        store.snapshots.save(snapshot(node()))
    assert rows(store, "taking") == 1


def test_the_latest_look_is_the_one_stored_last_though_the_clock_stepped_back(store: Store) -> None:
    ahead, now = snapshot(node(1), at=NOON + 9000 * HOUR), snapshot(node(2))
    store.snapshots.save(ahead)
    store.snapshots.save(now)
    assert store.snapshots.latest() == now
    assert store.snapshots.get(ahead.id) == ahead


def test_a_new_scan_stores_no_lasting_part_packages_or_updates_a_second_time(store: Store) -> None:
    store.snapshots.save(snapshot(node()))
    before = rows(store, "piece")
    store.snapshots.save(snapshot(replace(node(), scan=Scan(NOON, "Scan", "pb-1", "s-2", Counts(missing=1))), at=NOON + HOUR))
    assert rows(store, "piece") == before + 1  # the shelf with the scan


def test_a_scan_costs_other_accounts_and_regions_nothing(store: Store) -> None:
    elsewhere = replace(node(2), target=Target("444455556666", "eu-west-1"))
    store.snapshots.save(snapshot(node(1), elsewhere))
    before = rows(store, "piece")
    again = replace(node(1), scan=Scan(NOON, "Scan", "pb-1", "s-2", Counts(missing=1)))
    store.snapshots.save(snapshot(again, elsewhere, at=NOON + HOUR))
    assert rows(store, "piece") == before + 1


def test_the_order_of_assets_and_objects_comes_back_whatever_it_was(store: Store) -> None:
    places = [Target("2" * 12, "b"), Target("1" * 12, "a"), Target("2" * 12, "b")]
    mixed = tuple(replace(node(number), target=place) for number, place in enumerate(places))
    seen = replace(
        snapshot(*mixed), objects=tuple(replace(snapshot().objects[0], target=place, id=str(n)) for n, place in enumerate(places))
    )
    seen = named(seen)
    store.snapshots.save(seen)
    assert store.snapshots.latest() == seen


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ASSETS, max_size=4).map(tuple))
def test_any_assets_come_back_equal(assets: tuple[Asset, ...]) -> None:
    seen = Snapshot("s-1", NOON, "o-example", assets=assets)
    with open_store("sqlite://") as store:
        store.snapshots.save(seen)
        assert store.snapshots.latest() == seen


def test_nodes_with_equal_packages_share_them(store: Store) -> None:
    twin = replace(node(), id=node(2).id, name="web-2")
    store.snapshots.save(snapshot(node(), twin))
    with open_store("sqlite://") as other:
        other.snapshots.save(snapshot(node()))
        assert rows(store, "piece") == rows(other, "piece") + 1
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
