"""Several processes at one store, and processes that are killed in the middle of writing."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time

import pytest

from patchkeep.domain.ledger import Busy
from patchkeep.doors.store import Store, StoreError, open_store
from tests.house.modules import ROOT
from tests.store.estates import entry, rollout

Process = subprocess.Popen[str]


def start(*arguments: str) -> Process:
    command = [sys.executable, "-m", "tests.store.worker", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def finish(process: Process) -> str:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return output


def test_one_process_at_a_time_holds_a_lock(store: Store, url: str) -> None:
    holder = start("hold", url)
    assert line(holder) == "held"
    with (
        pytest.raises(Busy, match=rf"rollout r-1 is under way in another process \(id {holder.pid}\b.*\)"),
        store.ledger.lock("rollout r-1"),
    ):
        pass
    with store.ledger.lock("rollout r-2"):
        assert finish(start("take", url)).startswith("busy: rollout r-1")
    finish(holder)
    assert finish(start("take", url)) == "held\n"


def test_a_lock_is_free_again_when_its_process_is_killed(store: Store, url: str) -> None:
    holder = start("hold", url)
    assert line(holder) == "held"
    holder.kill()
    holder.communicate()
    with store.ledger.lock("rollout r-1"):
        pass


def test_a_lock_is_free_again_after_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.ledger.lock("apply"):
        raise ZeroDivisionError
    with store.ledger.lock("apply"):
        pass


def test_two_threads_of_one_process_do_not_hold_a_lock_together(store: Store) -> None:
    with store.ledger.lock("apply"), pytest.raises(Busy), store.ledger.lock("apply"):
        pass


def test_names_that_look_alike_as_files_are_different_locks(store: Store) -> None:
    with store.ledger.lock("rollout a/b"), store.ledger.lock("rollout a-b"), store.ledger.lock("../../etc"):
        pass


def test_a_store_in_memory_says_that_it_cannot_lock() -> None:
    with open_store("sqlite://") as store, pytest.raises(StoreError, match="cannot lock"), store.ledger.lock("apply"):
        pass


def test_two_processes_that_move_one_rollout_lose_no_move(store: Store, url: str) -> None:
    store.rollouts.add(rollout())
    for process in [start("move", url, name) for name in ("a", "b")]:
        finish(process)
    moved = store.rollouts.get("r-1")
    assert moved is not None
    assert moved.version == 50
    assert sorted(e.mark for e in store.ledger.of("r-1")) == sorted(f"{name}-{turn}" for name in "ab" for turn in range(25))
    assert store.ledger.verify() is None


def test_threads_that_append_side_by_side_keep_one_chain(store: Store) -> None:
    def append(name: str) -> None:
        for turn in range(20):
            store.ledger.append(entry(f"{name}-{turn}"))

    threads = [threading.Thread(target=append, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.ledger.of("r-1")) == 80
    assert store.ledger.verify() is None


def test_processes_that_open_a_new_store_together_make_it_once(url: str) -> None:
    for process in [start("look", url) for _ in range(3)]:
        assert finish(process) == "0\n"


@pytest.mark.parametrize("seed", range(3))
def test_a_writer_killed_at_any_moment_loses_nothing_it_was_told_is_kept(url: str, seed: int) -> None:
    writer = start("write", url)
    first = line(writer)
    time.sleep(random.Random(seed).uniform(0, 0.25))
    writer.kill()
    said = [first, *writer.communicate()[0].splitlines()]
    with open_store(url) as store:
        assert store.ledger.verify() is None
        for promise in said:
            kind, name, *version = promise.split()
            if kind == "snapshot":
                found = store.snapshots.get(name)
                assert found is not None
                assert len(found.assets) == 10
            else:
                moved = store.rollouts.get(name)
                assert moved is not None
                assert moved.version >= int(version[0])
        for one in store.rollouts.all():
            assert len(store.ledger.of(one.id)) == 2 * one.version  # a state and its intents: both or neither
        store.rollouts.add(rollout("after"))
        with store.database.reading() as connection:
            assert store.database.dialect.damage(connection) == ""
            assert connection.dialect.name != "sqlite" or connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
