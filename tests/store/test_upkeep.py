"""Looking after a store: its condition, backups, and forgetting what is old."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.exposure import Exposure
from patchkeep.domain.policy import Retention
from patchkeep.doors.store import Store, StoreError, open_store
from patchkeep.doors.store.condition import condition, copied
from patchkeep.doors.store.pruning import prunable, prune
from patchkeep.doors.store.tables import metadata, piece
from tests.store.estates import NOON, entry, node, plan, rollout, rows, snapshot

DAY = timedelta(days=1)
A = node(1).id


def look(store: Store, day: int, *reasons: str) -> str:
    """One look a day, each of which sees another update missing."""
    seen = snapshot(replace(node(1, updates=day % 3), name=f"day-{day}"), at=NOON + day * DAY)
    store.snapshots.save(seen)
    verdict = Compliance(A, Status.UNKNOWN, reasons or (f"day {day // 2}",), timedelta(hours=day))
    store.snapshots.record(seen.taken_at, seen.id, (verdict,), ())
    return seen.id


def test_the_condition_of_a_sound_store(store: Store, url: str) -> None:
    look(store, 0)
    look(store, 3)
    store.ledger.append(entry())
    found = condition(url)
    assert found.sound
    assert (found.oldest, found.newest) == (NOON, NOON + 3 * DAY)
    assert {name: number for name, number in found.rows if name in {"taking", "ledger", "subject"}} == {
        "taking": 2,
        "ledger": 1,
        "subject": 1,
    }
    assert found.size > 10_000


def test_an_altered_ledger_is_no_sound_store_and_is_not_backed_up(file_store: Store, file_url: str, path: Path, tmp_path: Path) -> None:
    file_store.ledger.append(entry())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER ledger_refuses_update")
        connection.execute("UPDATE ledger SET subject = 'x'")
    assert (condition(file_url).broken, condition(file_url).sound) == (1, False)
    with pytest.raises(StoreError, match="does not hold from entry 1 on"):
        copied(file_url, str(tmp_path / "copy.db"))
    assert not (tmp_path / "copy.db").exists()


def test_damage_is_found_and_keeps_a_rollout_from_beginning(file_store: Store, file_url: str, path: Path) -> None:
    for number in range(60):
        file_store.ledger.append(entry(f"b-{number}"))
    file_store.rollouts.add(rollout())
    with file_store.database.reading() as connection:
        page, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0 for name in ("page_count", "page_size"))
        first = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'ledger'").scalar() or 0
    file_store.close()
    assert page > first
    with path.open("r+b") as file:
        file.seek((first - 1) * size + 8)
        file.write(b"\xff" * 64)
    with pytest.raises(StoreError, match="is damaged"):
        condition(file_url)
    with open_store(file_url) as again, pytest.raises(StoreError, match="is damaged"):
        again.rollouts.add(rollout("r-2"))


def test_a_backup_of_a_file_is_private_whole_and_made_while_others_write(file_store: Store, file_url: str, tmp_path: Path) -> None:
    look(file_store, 0)
    file_store.rollouts.add(rollout())
    with file_store.database.writing():
        made = copied(file_url, str(tmp_path / "copy.db"))
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("copy")] == ["copy.db"]
    with open_store(f"sqlite:///{made.path}") as copy:
        assert copy.rollouts.get("r-1") == rollout()
        assert copy.snapshots.latest() == file_store.snapshots.latest()


def test_a_backup_overwrites_nothing(store: Store, url: str, tmp_path: Path) -> None:
    there = tmp_path / "copy"
    there.write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match="a backup overwrites nothing"):
        copied(url, str(there))
    assert there.read_text(encoding="utf-8") == "mine"


def test_a_backup_of_postgresql_can_be_read_back(store: Store, url: str, tmp_path: Path) -> None:
    store.ledger.append(entry())
    made = copied(url, str(tmp_path / "copy"))
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.size > 1000


def test_nothing_is_backed_up_from_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is nothing to back up"):
        copied(f"sqlite:///{tmp_path}/none.db", str(tmp_path / "copy.db"))
    assert list(tmp_path.iterdir()) == []


def test_without_retention_everything_stays(store: Store) -> None:
    ids = [look(store, day) for day in range(4)]
    assert prune(store.database, Retention(), NOON + 9000 * DAY).nothing
    assert all(store.snapshots.get(each) for each in ids)


def test_old_looks_go_and_the_newest_stays_whatever_its_age(store: Store) -> None:
    ids = [look(store, day) for day in range(6)]
    gone = prune(store.database, Retention(snapshots=2 * DAY), NOON + 100 * DAY)
    assert (len(gone.takings), gone.kept_takings) == (5, 1)
    assert [store.snapshots.get(each) is not None for each in ids] == [False] * 5 + [True]
    assert [each.snapshot_id for each in store.snapshots.verdicts()] == ids[-1:]
    note = store.ledger.of("db")[0]
    assert (note.kind, note.outcome) == ("note", "5 looks, 0 plans and 0 closed windows forgotten, as retention says")
    assert store.ledger.verify() is None


def test_what_stays_comes_back_as_it_was(store: Store) -> None:
    ids = [look(store, day) for day in range(8)]
    before = {each: store.snapshots.get(each) for each in ids[4:]}
    verdicts = [(each.at, dict(each.verdicts)) for each in store.snapshots.verdicts(NOON + 4 * DAY)]
    pieces = rows(store, "piece")
    prune(store.database, Retention(snapshots=3 * DAY), NOON + 7 * DAY)
    assert {each: store.snapshots.get(each) for each in ids[4:]} == before
    assert [(each.at, dict(each.verdicts)) for each in store.snapshots.verdicts()] == verdicts
    assert [at for at, _ in store.snapshots.changes_of(A)] == [NOON + 4 * DAY, NOON + 6 * DAY]
    assert rows(store, "piece") < pieces
    look(store, 8)
    assert [at for at, _ in store.snapshots.changes_of(A)] == [NOON + 4 * DAY, NOON + 6 * DAY, NOON + 8 * DAY]


def test_looks_that_something_rests_on_stay(store: Store) -> None:
    ids = [look(store, day) for day in range(6)]
    store.plans.save(replace(plan(), snapshot_id=ids[0]))
    store.rollouts.add(rollout("r-1", NOON + 1.5 * DAY))
    gone = prune(store.database, Retention(snapshots=DAY), NOON + 100 * DAY)
    assert [store.snapshots.get(each) is not None for each in ids] == [True, True, False, False, False, True]
    assert gone.spared == 2


def test_an_open_window_keeps_its_dates_when_the_look_that_opened_it_goes(store: Store) -> None:
    ids = [look(store, day) for day in range(6)]
    window = Exposure(A, "a|1", "high", ("CVE-2026-1",), NOON + 3 * DAY, NOON + 5 * DAY)
    over = replace(window, first_seen=NOON + 2 * DAY, last_seen=NOON + 3 * DAY, resolved_at=NOON + 4 * DAY)
    store.snapshots.record(NOON + 5 * DAY, ids[5], (), (window, over))
    before = store.snapshots.exposures()
    gone = prune(store.database, Retention(snapshots=DAY), NOON + 100 * DAY)
    assert (gone.spared, gone.kept_takings) == (0, 1)
    assert store.snapshots.exposures() == before == (over, window)
    assert store.snapshots.exposures(open_only=True) == (window,)


def test_windows_that_are_over_and_plans_without_a_rollout_go_in_their_time(store: Store) -> None:
    used, unused = replace(plan(), snapshot_id="s"), replace(plan("plan-2"), snapshot_id="s")
    store.plans.save(used)
    store.plans.save(unused)
    store.rollouts.add(rollout())
    look(store, 0)
    still = Exposure(A, "a|1", "high", (), NOON, NOON)
    over = replace(still, update="b|1", resolved_at=NOON + DAY)
    store.snapshots.record(NOON, store.snapshots.verdicts()[0].snapshot_id, (), (still, over))
    prune(store.database, Retention(exposures=30 * DAY, plans=30 * DAY), NOON + 90 * DAY)
    assert store.snapshots.exposures() == (still,)
    assert (store.plans.get("plan-1"), store.plans.get("plan-2")) == (used, None)
    assert store.rollouts.get("r-1") == rollout()


def test_looking_what_would_go_changes_nothing(store: Store) -> None:
    for day in range(3):
        look(store, day)
    assert len(prunable(store.database, Retention(snapshots=DAY), NOON + 50 * DAY).takings) == 2
    assert len(prunable(store.database, Retention(snapshots=DAY), NOON + 50 * DAY).takings) == 2
    assert store.ledger.of("db") == ()


def test_a_file_shrinks_when_much_was_forgotten(file_store: Store, path: Path) -> None:
    for day in range(5):
        fleet = snapshot(*(replace(node(day * 100 + n, packages=60), name=f"{day}") for n in range(100)), at=NOON + day * DAY)
        file_store.snapshots.save(fleet)
    file_store.database.dialect.vacuum(file_store.database.engine)
    before = path.stat().st_size
    prune(file_store.database, Retention(snapshots=DAY), NOON + 50 * DAY)
    assert path.stat().st_size < before / 2


def test_what_refers_to_pieces_can_be_asked_by_piece() -> None:
    """The database looks for referrers of each piece that is let go: without an index it reads all windows each time."""
    referring = [column for table in metadata.tables.values() for column in table.columns if column.references(piece.c.number)]
    assert {str(column) for column in referring} == {"exposure.update", "exposure.rating"}
    assert all(column.index for column in referring)
