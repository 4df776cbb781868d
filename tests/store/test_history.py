"""The history of verdicts and of exposure windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.exposure import Exposure
from patchkeep.doors.store import Store, open_store
from tests.store.estates import HOUR, NOON, node, rows, snapshot

DAY = timedelta(days=1)
A, B = node(1).id, node(2).id


def verdict(asset: str = A, status: Status = Status.COMPLIANT, *reasons: str, age: timedelta | None = HOUR) -> Compliance:
    return Compliance(asset, status, reasons or ("scanned, nothing open",), age, timedelta(days=3))


def looked(store: Store, *verdicts: Compliance, at: datetime = NOON) -> str:
    seen = snapshot(node(), at=at)
    store.snapshots.save(seen)
    store.snapshots.record(at, seen.id, verdicts, ())
    return seen.id


def history(store: Store, since: datetime | None = None) -> list[tuple[datetime, str, Compliance]]:
    """Looks taken apart."""
    return [(look.at, look.snapshot_id, each) for look in store.snapshots.verdicts(since) for each in look.verdicts.values()]


def test_every_verdict_of_every_look_comes_back(store: Store) -> None:
    bad = verdict(A, Status.NON_COMPLIANT, "2 missing", "last scan is 40 h old", age=40 * HOUR)
    unknown = verdict(B, Status.UNKNOWN, "never scanned", age=None)
    first = looked(store, bad, unknown)
    second = looked(store, verdict(A, age=timedelta(microseconds=7)), unknown, at=NOON + DAY)
    assert history(store) == [
        (NOON, first, bad),
        (NOON, first, unknown),
        (NOON + DAY, second, verdict(A, age=timedelta(microseconds=7))),
        (NOON + DAY, second, unknown),
    ]


def test_a_verdict_that_stays_is_no_change_though_its_evidence_ages(store: Store) -> None:
    for day in range(5):
        looked(store, verdict(age=day * DAY), at=NOON + day * DAY)
    assert rows(store, "verdict") == 1
    assert [v.age for _, _, v in history(store)] == [day * DAY for day in range(5)]


def test_verdicts_since_a_time_know_what_was_decided_before(store: Store) -> None:
    looked(store, verdict(A, Status.NON_COMPLIANT, "1 missing"), verdict(B))
    looked(store, verdict(A, Status.NON_COMPLIANT, "1 missing"), verdict(B, Status.UNKNOWN, "stale"), at=NOON + DAY)
    since = history(store, NOON + HOUR)
    assert [(at, v.asset, v.status) for at, _, v in since] == [(NOON + DAY, A, Status.NON_COMPLIANT), (NOON + DAY, B, Status.UNKNOWN)]
    assert store.snapshots.verdicts(NOON + 2 * DAY) == ()


def test_an_asset_that_was_not_there_has_no_verdict_at_that_look(store: Store) -> None:
    looked(store, verdict(A), verdict(B))
    looked(store, verdict(A), at=NOON + DAY)
    looked(store, verdict(A), verdict(B), at=NOON + 2 * DAY)
    assert [v.asset for _, _, v in history(store)] == [A, B, A, A, B]


def test_a_look_at_nothing_is_remembered_without_verdicts(store: Store) -> None:
    looked(store)
    (look,) = store.snapshots.verdicts()
    assert (look.at, dict(look.verdicts)) == (NOON, {})


def test_a_clock_that_steps_back_mixes_no_verdicts_up(store: Store) -> None:
    looked(store, verdict(A, Status.UNKNOWN, "stale"), at=NOON + DAY)
    looked(store, verdict(A))
    assert [(at, v.status) for at, _, v in history(store)] == [(NOON, Status.COMPLIANT), (NOON + DAY, Status.UNKNOWN)]
    assert [(at, v.status) for at, _, v in history(store, NOON + HOUR)] == [(NOON + DAY, Status.UNKNOWN)]


def test_the_changes_of_one_asset_tell_its_status_at_any_time(store: Store) -> None:
    looked(store, verdict(A), verdict(B, Status.UNKNOWN, "never scanned"))
    looked(store, verdict(A), at=NOON + DAY)
    looked(store, verdict(A, Status.NON_COMPLIANT, "1 failed to install"), at=NOON + 2 * DAY)
    assert [(at, v.status) for at, v in store.snapshots.changes_of(A)] == [
        (NOON, Status.COMPLIANT),
        (NOON + 2 * DAY, Status.NON_COMPLIANT),
    ]
    assert store.snapshots.changes_of("arn:unknown") == ()


def test_a_change_comes_with_the_age_of_its_evidence_then(store: Store) -> None:
    looked(store, verdict(B), verdict(A, Status.UNKNOWN, "never scanned", age=None))
    looked(store, verdict(A, age=3 * HOUR), verdict(B), at=NOON + DAY)
    assert [(v.status, v.age) for _, v in store.snapshots.changes_of(A)] == [(Status.UNKNOWN, None), (Status.COMPLIANT, 3 * HOUR)]


LOOKS = st.lists(
    st.dictionaries(
        st.sampled_from([A, B, "arn:c"]),
        st.tuples(st.sampled_from(list(Status)), st.sampled_from(["x", "y"]), st.none() | st.integers(0, 10**12)),
        max_size=3,
    ),
    max_size=6,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LOOKS, st.integers(0, 6))
def test_any_history_is_replayed_as_it_was_recorded(looks: list[dict[str, tuple[Status, str, int | None]]], since: int) -> None:
    with open_store("sqlite://") as store:
        expected = []
        for day, look in enumerate(looks):
            verdicts = [
                verdict(asset, status, reason, age=None if age is None else timedelta(microseconds=age))
                for asset, (status, reason, age) in look.items()
            ]
            snapshot_id = looked(store, *verdicts, at=NOON + day * DAY)
            expected += [(NOON + day * DAY, snapshot_id, v) for v in verdicts]
        assert history(store) == expected
        later = NOON + since * DAY
        assert history(store, later) == [row for row in expected if row[0] >= later]


def window(asset: str = A, update: str = "openssl|3.1", first_seen: datetime = NOON) -> Exposure:
    return Exposure(asset, update, "critical", ("CVE-2026-1", "CVE-2026-2"), first_seen, first_seen)


def test_an_exposure_window_is_one_row_from_opening_to_closing(store: Store) -> None:
    seen = snapshot(node())
    store.snapshots.save(seen)
    opened = window()
    closed = replace(opened, last_seen=NOON + DAY, resolved_at=NOON + DAY + HOUR)
    for day, state in enumerate((opened, replace(opened, last_seen=NOON + DAY), closed)):
        store.snapshots.record(NOON + day * DAY, seen.id, (), (state,))
    assert store.snapshots.exposures() == (closed,)
    assert store.snapshots.exposures(open_only=True) == ()
    assert rows(store, "exposure") == 1


def test_an_update_that_is_missing_again_opens_a_second_window(store: Store) -> None:
    seen = snapshot(node())
    store.snapshots.save(seen)
    closed = replace(window(), resolved_at=NOON + HOUR)
    again, other = window(first_seen=NOON + DAY), window(B)
    store.snapshots.record(NOON, seen.id, (), (closed, other))
    store.snapshots.record(NOON + DAY, seen.id, (), (again,))
    assert store.snapshots.exposures() == (closed, other, again)
    assert store.snapshots.exposures(open_only=True) == (other, again)


def test_windows_closed_before_a_time_can_be_left_out(store: Store) -> None:
    seen = snapshot(node())
    store.snapshots.save(seen)
    early, late, still = (replace(window(update=u), resolved_at=at) for u, at in (("a|1", NOON + HOUR), ("b|1", NOON + DAY), ("c|1", None)))
    store.snapshots.record(NOON, seen.id, (), (early, late, still))
    assert store.snapshots.exposures(since=NOON + DAY) == (late, still)
    assert store.snapshots.exposures(since=NOON) == (early, late, still)


def test_two_windows_may_open_at_one_moment_for_different_versions(store: Store) -> None:
    seen = snapshot(node())
    store.snapshots.save(seen)
    windows = (window(update="openssl|3.1"), replace(window(update="openssl|3.2"), severity="low", cves=()))
    store.snapshots.record(NOON, seen.id, (), windows)
    assert store.snapshots.exposures() == windows


def test_a_window_that_is_seen_no_more_keeps_the_time_at_which_it_was(store: Store) -> None:
    seen = snapshot(node())
    store.snapshots.save(seen)
    both = (window(update="a|1"), window(update="b|1"))
    store.snapshots.record(NOON, seen.id, (), both)
    for days in (1, 2):
        store.snapshots.record(NOON + days * DAY, seen.id, (), (replace(both[0], last_seen=NOON + days * DAY),))
    assert store.snapshots.exposures() == (replace(both[0], last_seen=NOON + 2 * DAY), both[1])
    again = tuple(replace(each, last_seen=NOON + 3 * DAY) for each in both)
    store.snapshots.record(NOON + 3 * DAY, seen.id, (), again)
    assert store.snapshots.exposures() == again


WINDOWS = st.lists(
    st.dictionaries(st.tuples(st.sampled_from([A, B]), st.sampled_from(["a|1", "b|1"])), st.sampled_from(["seen", "closed"]), max_size=4),
    max_size=6,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WINDOWS)
def test_any_windows_come_back_as_they_were_last_told(looks: list[dict[tuple[str, str], str]]) -> None:
    """Closed windows open again as new ones, as a fold over looks would have it."""
    told: dict[tuple[str, str, datetime], Exposure] = {}
    opened: dict[tuple[str, str], datetime] = {}
    with open_store("sqlite://") as store:
        looked(store)
        for day, look in enumerate(looks):
            at, moved = NOON + day * DAY, []
            for (asset, update), state in look.items():
                first = opened.setdefault((asset, update), at)
                each = replace(window(asset, update, first), last_seen=at, resolved_at=at if state == "closed" else None)
                if state == "closed":
                    del opened[asset, update]
                moved.append(each)
                told[asset, update, first] = each
            store.snapshots.record(at, snapshot(node()).id, (), moved)
        assert set(store.snapshots.exposures()) == set(told.values())
