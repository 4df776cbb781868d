"""What could not be looked at now stays known, and is unread: never compliant, never forgotten."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset, Update, UpdateState
from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.compliance import Expected, Status, compliance
from patchkeep.domain.offered import offered
from patchkeep.domain.policy import Freshness
from patchkeep.domain.snapshot import carry_forward
from tests.domain.make import HERE, NOW, THERE, asset, scan

OLD_HERE, OLD_THERE = asset("i-1", seen=scan()), asset("i-2", seen=scan(), target=THERE)


def gap(target: Target = HERE, *assets: str) -> Gap:
    return Gap(target, "nodes", Cause.REFUSED, "not authorized", assets=assets)


def test_an_asset_of_a_place_that_refused_is_kept_as_unread() -> None:
    (kept,) = carry_forward([OLD_HERE], [], [gap()])
    assert kept == replace(OLD_HERE, unread=("not read: not authorized",), unseen=True)


def test_an_asset_carried_forward_is_unknown_however_clean_it_was() -> None:
    expected = Expected("prod", "pb-1")
    assert compliance(OLD_HERE, expected, Freshness(), NOW).status is Status.COMPLIANT
    (kept,) = carry_forward([OLD_HERE], [], [gap()])
    assert compliance(kept, expected, Freshness(), NOW).status is Status.UNKNOWN


def test_a_database_carried_forward_is_unknown_and_its_open_update_is_told_as_of_before() -> None:
    lacking = Update("engine", "postgres 15.15", UpdateState.MISSING, classification="minor", version="15.15")
    database = replace(OLD_HERE, kind="db instance", scan=None, updates=(lacking,))
    assert offered(database, Freshness(), NOW, NOW).status is Status.NON_COMPLIANT
    (kept,) = carry_forward([database], [], [gap()])
    verdict = offered(kept, Freshness(), NOW, NOW)
    assert (verdict.status, verdict.reasons) == (Status.UNKNOWN, ("not read: not authorized", "when last seen: 1 update on offer"))
    partly = replace(database, unread=("tags not read: not authorized",))
    assert offered(partly, Freshness(), NOW, NOW).status is Status.NON_COMPLIANT, "its updates were read at this look"


def test_an_asset_that_is_gone_from_a_place_that_answered_is_gone() -> None:
    assert carry_forward([OLD_HERE, OLD_THERE], [OLD_THERE], [gap(THERE)]) == (OLD_THERE,)


def test_what_was_seen_now_wins_over_what_was_seen_before() -> None:
    now = replace(OLD_HERE, name="renamed")
    assert carry_forward([OLD_HERE], [now], [gap()]) == (now,)


def test_a_gap_of_a_whole_account_covers_all_its_regions_and_no_other_account() -> None:
    elsewhere = asset("i-3", target=Target(HERE.account, "us-west-2"))
    kept = carry_forward([OLD_HERE, elsewhere, OLD_THERE], [], [gap(Target(HERE.account, ""))])
    assert [one.name for one in kept] == ["i-1", "i-3"]


def test_a_gap_of_one_region_covers_no_other() -> None:
    assert carry_forward([OLD_HERE], [], [gap(Target(HERE.account, "us-west-2"))]) == ()


def test_a_gap_that_names_assets_covers_only_those() -> None:
    other = asset("i-9", seen=scan())
    assert [one.name for one in carry_forward([OLD_HERE, other], [], [gap(HERE, other.id)])] == ["i-9"]


def test_every_gap_is_asked_even_when_the_earlier_assets_come_only_once() -> None:
    kept = carry_forward(iter([OLD_HERE, OLD_THERE]), [], [gap(HERE), gap(THERE)])
    assert {one.name for one in kept} == {"i-1", "i-2"}


fleet = st.lists(st.builds(asset, st.sampled_from("abcdef"), target=st.sampled_from((HERE, THERE))), unique_by=lambda one: one.id)


@given(fleet, fleet, st.lists(st.sampled_from((gap(HERE), gap(THERE)))))
def test_nothing_is_forgotten_where_we_could_not_look(before: list[Asset], now: list[Asset], gaps: list[Gap]) -> None:
    kept = {one.id: one for one in carry_forward(before, now, gaps)}
    seen, blind = {one.id for one in now}, {g.target for g in gaps}
    assert all(kept[one.id] == one for one in now)
    assert kept.keys() == seen | {one.id for one in before if one.target in blind}
    assert all(one.unread for one in kept.values() if one.id not in seen)
