"""Exposure windows: opened at first sight, closed on evidence, measured against the SLA."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset, Update, UpdateState
from patchkeep.domain.exposure import Exposure, deadline, fold, overdue
from patchkeep.domain.policy import Sla
from tests.domain.make import DAY, NOW, SSL, asset, at, scan

KERNEL = Update("linux-image", "6.1.2", UpdateState.MISSING, "Important")
NEWER_SSL = replace(SSL, title="3.0.16-1")
WEEK = Sla("critical", timedelta(days=7))


def looked(hours: float, *updates: Update, seen: float | None = None) -> Asset:
    return asset(seen=scan(hours - 1 if seen is None else seen), updates=updates)


def opened(*updates: Update) -> tuple[Exposure, ...]:
    return fold((), [looked(0, *updates)], NOW)


def test_an_update_first_seen_missing_opens_a_window() -> None:
    (window,) = opened(SSL)
    assert window == Exposure(asset().id, SSL.key, "critical", SSL.cves, NOW, NOW)
    assert window.lasted(at(48)) == 2 * DAY


def test_a_window_seen_again_stays_open_from_its_first_day() -> None:
    (window,) = fold(opened(SSL), [looked(24, SSL)], at(24))
    assert (window.first_seen, window.last_seen, window.resolved_at) == (NOW, at(24), None)


def test_a_window_closes_when_a_scan_no_longer_lists_the_update() -> None:
    (window,) = fold(opened(SSL), [looked(24)], at(24))
    assert window.resolved_at == at(23), "the scan is the evidence, not the look at it"
    assert window.lasted(at(999)) == timedelta(hours=23)


@pytest.mark.parametrize("seen", [-5, 30])
def test_a_window_closes_no_earlier_than_it_opened_and_no_later_than_now(seen: float) -> None:
    (window,) = fold(opened(SSL), [looked(24, seen=seen)], at(24))
    assert window.resolved_at == at(24)


@pytest.mark.parametrize(
    "unseen",
    [
        asset(seen=scan(), updates=None),
        asset(seen=None, updates=()),
        replace(asset(seen=scan(), updates=()), unread=("patches: AccessDenied",)),
    ],
    ids=["patches not read", "never scanned", "facts refused"],
)
def test_an_asset_that_was_not_read_keeps_its_windows_open(unseen: Asset) -> None:
    assert fold(opened(SSL), [unseen], at(24)) == ()


def test_an_asset_that_is_not_among_those_seen_keeps_its_windows_open() -> None:
    assert fold(opened(SSL), [asset("i-2", seen=scan(), updates=())], at(24)) == ()


def test_a_scan_that_proves_nothing_closes_no_window_but_opens_new_ones() -> None:
    rival = looked(24, KERNEL)
    assert [window.update for window in fold(opened(SSL), [rival], at(24), doubted={rival.id})] == [KERNEL.key]


def test_no_window_closes_while_more_is_counted_than_named() -> None:
    half = asset(seen=scan(23, missing=2), updates=(KERNEL,))
    assert [window.update for window in fold(opened(SSL), [half], at(24))] == [KERNEL.key]
    whole = asset(seen=scan(23, missing=1), updates=(KERNEL,))
    assert {window.update for window in fold(opened(SSL), [whole], at(24)) if window.resolved_at} == {SSL.key}


def test_what_was_carried_forward_was_not_seen_again() -> None:
    carried = replace(looked(0, SSL), unread=("not read: region off",))
    assert fold(opened(SSL), [carried], at(24)) == ()


def test_a_newer_release_of_an_update_still_missing_does_not_end_the_older_lack() -> None:
    after = fold(opened(SSL), [looked(24, NEWER_SSL)], at(24))
    assert [(window.update, window.first_seen) for window in after] == [(NEWER_SSL.key, at(24))]
    closed = fold((*opened(SSL), *after), [looked(48)], at(48))
    assert [window.resolved_at for window in closed] == [at(47), at(47)]


def test_an_update_missing_again_after_it_was_resolved_opens_a_new_window() -> None:
    resolved = fold(opened(SSL), [looked(24)], at(24))
    (window,) = fold(resolved, [looked(48, SSL)], at(48))
    assert (window.first_seen, window.resolved_at) == (at(48), None)
    (again,) = fold((*resolved, window), [looked(72, SSL)], at(72))
    assert again == replace(window, last_seen=at(72))


def test_what_is_installed_though_rejected_lacks_nothing() -> None:
    assert opened(replace(SSL, state=UpdateState.REJECTED)) == ()


updates = st.lists(st.sampled_from((SSL, NEWER_SSL, KERNEL)), unique=True, max_size=3).map(tuple)


def after(before: Iterable[Exposure], moved: Iterable[Exposure]) -> tuple[Exposure, ...]:
    """As a store would: rows by asset, update and first sight."""
    rows = {(e.asset, e.update, e.first_seen): e for e in (*before, *moved)}
    return tuple(rows.values())


@given(st.lists(updates, min_size=1, max_size=5))
def test_folding_the_same_look_twice_changes_nothing(looks: list[tuple[Update, ...]]) -> None:
    rows: tuple[Exposure, ...] = ()
    for day, lacking in enumerate(looks):
        now, seen = at(24 * day), [looked(24 * day, *lacking)]
        rows = after(rows, fold(rows, seen, now))
        assert after(rows, fold(rows, seen, now)) == rows


@given(st.lists(st.none() | updates, min_size=1, max_size=6))
def test_an_update_is_open_exactly_while_the_last_read_look_lacks_it_or_a_newer_one(looks: list[tuple[Update, ...] | None]) -> None:
    rows: tuple[Exposure, ...] = ()
    lacking: tuple[Update, ...] = ()
    for day, found in enumerate(looks):
        lacking = lacking if found is None else found
        seen = asset(seen=scan(24 * day - 1), updates=found)
        rows = after(rows, fold(rows, [seen], at(24 * day)))
    still_open = [row.update for row in rows if row.resolved_at is None]
    assert len(still_open) == len(set(still_open))
    assert {update.key for update in lacking} <= set(still_open)
    assert {key.partition("|")[0] for key in still_open} == {update.id for update in lacking}


@pytest.mark.parametrize(
    ("resolved", "now", "late"),
    [
        (None, NOW + 7 * DAY, False),
        (None, NOW + 7 * DAY + timedelta(seconds=1), True),
        (NOW + 6 * DAY, NOW + 30 * DAY, False),
        (NOW + 8 * DAY, NOW + 30 * DAY, True),
    ],
)
def test_overdue_is_later_than_the_sla_allows(resolved: datetime | None, now: datetime, late: bool) -> None:
    window = replace(opened(SSL)[0], resolved_at=resolved)
    assert deadline(window, [WEEK]) == NOW + 7 * DAY
    assert overdue(window, [WEEK], now) is late


def test_the_strictest_sla_of_a_severity_counts() -> None:
    assert deadline(opened(SSL)[0], [WEEK, Sla("critical", DAY)]) == NOW + DAY


@pytest.mark.parametrize("slas", [(), (Sla("low", DAY),), (Sla("critical", DAY, start="release"),)])
def test_without_an_sla_that_can_be_counted_nothing_is_overdue(slas: tuple[Sla, ...]) -> None:
    window = opened(SSL)[0]
    assert deadline(window, slas) is None
    assert not overdue(window, slas, NOW + 999 * DAY)


def test_an_archive_priority_rates_nothing() -> None:
    """On Debian and Ubuntu AWS gives a package's archive priority as its severity: "Important" there is not high."""
    ubuntu = replace(looked(0, replace(SSL, severity="Important")), os="ubuntu-22.04")
    amazon = replace(ubuntu, os="amazon-linux-2023")
    assert [window.severity for window in fold((), [ubuntu, amazon], NOW)] == ["unrated", "high"]
