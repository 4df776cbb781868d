"""Postponed: planned as a skip, left out of a rollout under way without failing it, clocks untouched, over at the date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from patchkeep.domain.asset import Asset
from patchkeep.domain.compliance import Status
from patchkeep.domain.deferral import Asked, Deferral, DeferralRefused, standing
from patchkeep.domain.ledger import Busy
from patchkeep.domain.plan import Plan
from patchkeep.domain.policy import Amount
from patchkeep.domain.progress import Phase, Rollout
from patchkeep.domain.progress import Status as Going
from patchkeep.doors.store import Store, open_store
from patchkeep.work.assess import Assessment
from patchkeep.work.defer import Deferring, end, postpone
from patchkeep.work.plan import Only, plan
from patchkeep.work.rollout import Rolling, run, start
from tests.work.estate import SERVICES, Estate
from tests.work.fleet import HERE, NOW, A, B, Bench, agent_of, members, plan_for, world_with
from tests.work.near import NearClock

DAY = timedelta(days=1)
MOST = 90 * DAY
ADA = "arn:aws:iam::111111111111:user/ada"


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('defer')}/patchkeep.db") as opened:
        yield opened


@pytest.fixture
def bench(store: Store) -> Bench:
    world = world_with(A, B)
    return Bench(store, world, plan_for(world, (A, B), may_fail=Amount(count=0)))


def deferring(bench: Bench) -> Deferring:
    return Deferring(bench.store.deferrals, bench.store.ledger, NearClock(bench.world), ADA)


def asset(resource: str) -> Asset:
    return Asset(HERE.arn("ec2", f"instance/{resource}"), "node", HERE, resource[-3:], "amazon-linux-2023")


def asked(days: float = 3) -> Asked:
    return Asked(NOW + days * DAY, "quarter end", "CHG-1")


def rolling(bench: Bench) -> Rolling:
    return replace(bench.rolling(), deferrals=bench.store.deferrals)


def test_who_deferred_what_is_kept_and_in_the_ledger(bench: Bench) -> None:
    (made,) = postpone(deferring(bench), [asset(A)], asked(), MOST)
    assert bench.store.deferrals.all() == (made,)
    (ended,) = end(deferring(bench), [A], "released")
    entries = bench.store.ledger.of(made.id)
    assert [(entry.operation, entry.caller, entry.params["why"]) for entry in entries] == [
        ("patchkeep:defer", ADA, "quarter end"),
        ("patchkeep:defer-end", ADA, "released"),
    ]
    assert {entry.target for entry in entries} == {HERE}
    assert (ended.ended_by, ended.ended_why, standing(bench.store.deferrals.all(), NOW)) == (ADA, "released", {})
    assert bench.store.ledger.verify() is None


def test_of_several_assets_all_are_deferred_or_none(bench: Bench) -> None:
    postpone(deferring(bench), [asset(A)], asked(), MOST)
    with pytest.raises(DeferralRefused, match="Its date cannot be moved"):
        postpone(deferring(bench), [asset(B), asset(A)], asked(), MOST)
    assert [one.asset for one in bench.store.deferrals.all()] == [asset(A).id]


def test_two_at_once_cannot_both_find_none_standing(bench: Bench) -> None:
    with bench.store.ledger.lock("defer"), pytest.raises(Busy):
        postpone(deferring(bench), [asset(A)], asked(), MOST)
    assert bench.store.deferrals.all() == ()


def test_only_what_is_deferred_now_can_be_ended(bench: Bench) -> None:
    postpone(deferring(bench), [asset(A)], asked(1), MOST)
    bench.world.clock.advance(NOW + 2 * DAY)
    with pytest.raises(DeferralRefused, match=r"Nothing called .* is deferred now"):
        end(deferring(bench), [A], "")


def test_an_asset_deferred_since_the_plan_is_left_out_of_the_rollout_which_goes_on(bench: Bench) -> None:
    rollout = start(rolling(bench))
    postpone(deferring(bench), [asset(A)], asked(), MOST)
    ended = run(rolling(bench), rollout.id, lambda _: None, wait=True)
    there = {member.resource: member for member in members(ended)}
    assert ended.status is Going.DONE, ended.why
    assert (there[A].phase, there[B].phase) == (Phase.LEFT_OUT, Phase.DONE)
    assert there[A].why == f"left out before its scan: deferred by {ADA} until 2026-11-04 06:00 UTC (CHG-1): quarter end"
    assert agent_of(bench.world, A).asked == []
    sent = [call for call in bench.aws.made if call.operation == "send_command"]
    assert sent
    assert all(A not in call.params["InstanceIds"] for call in sent)
    noted = [entry for entry in bench.store.ledger.of(rollout.id) if entry.outcome.startswith("left out: deferred by")]
    assert [entry.params["resources"] for entry in noted] == [(A,)]


def test_a_machine_deferred_between_install_and_restart_is_not_restarted(bench: Bench) -> None:
    rollout = start(rolling(bench))

    def defer_while_it_installs(seen: Rollout) -> None:
        installing = any(member.resource == A and member.step == "install" for member in members(seen))
        if installing and not bench.store.deferrals.all():
            postpone(deferring(bench), [asset(A)], asked(), MOST)

    ended = run(rolling(bench), rollout.id, defer_while_it_installs, wait=True)
    there = {member.resource: member for member in members(ended)}
    assert (there[A].phase, there[B].phase) == (Phase.LEFT_OUT, Phase.DONE)
    assert there[A].why.startswith("left out before its reboot: deferred by")
    assert [request.operation for request in agent_of(bench.world, A).asked] == ["Scan", "Install"]
    assert (agent_of(bench.world, A).restarts, len(agent_of(bench.world, B).restarts)) == ([], 1)


def test_a_ring_of_which_all_are_deferred_sends_nothing_and_ends(bench: Bench) -> None:
    rollout = start(rolling(bench))
    postpone(deferring(bench), [asset(A), asset(B)], asked(), MOST)
    ended = run(rolling(bench), rollout.id, lambda _: None, wait=True)
    assert ended.status is Going.DONE
    assert [call for call in bench.aws.made if call.operation == "send_command"] == []


def test_a_deferral_that_is_over_keeps_nobody_out(bench: Bench) -> None:
    postpone(deferring(bench), [asset(A)], asked(0.5), MOST)
    bench.world.clock.advance(NOW + 0.5 * DAY)
    ended = run(rolling(bench), start(rolling(bench)).id, lambda _: None, wait=True)
    assert {member.phase for member in members(ended)} == {Phase.DONE}


# --- planning ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    return Estate().assess()


def planned(assessment: Assessment, *deferrals: Deferral) -> Plan:
    in_force = {one.asset: one for one in deferrals}
    return plan(replace(assessment, deferrals=in_force), SERVICES, ADA, Only())


def test_a_plan_skips_a_deferred_asset_with_the_sentence_and_leaves_the_rings_of_others_as_they_are(assessed: Assessment) -> None:
    before = planned(assessed)
    change = next(change for ring in before.rings for change in ring.changes)
    until = assessed.now + 5 * DAY
    deferral = Deferral("d-1", change.asset, change.name, assessed.now, until, "quarter end", "CHG-1", ADA)
    after = planned(assessed, deferral)
    (skip,) = [skip for skip in after.skips if skip.asset == change.asset]
    assert skip.reason == deferral.sentence
    assert skip.better == f"end it sooner: `patchkeep defer end {change.resource}`"
    left = [[c.id for c in ring.changes if c.asset != change.asset] for ring in before.rings]
    assert [[c.id for c in ring.changes] for ring in after.rings] == left


def test_a_deferral_changes_no_verdict(assessed: Assessment) -> None:
    change = next(change for ring in planned(assessed).rings for change in ring.changes)
    assert assessed.verdicts[change.asset].status in {Status.NON_COMPLIANT, Status.UNKNOWN}
