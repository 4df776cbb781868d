"""A rollout's decisions, one by one, with the sentences people read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.plan import Plan
from patchkeep.domain.policy import Amount
from patchkeep.domain.progress import Member, Phase, Result, Rollout, Status
from patchkeep.domain.rollout import Stepped, answer_for, begin, begun, halt, pause, resume, step, unsent
from patchkeep.domain.turn import Times
from tests.domain.fleet import Drive, Fate, members
from tests.domain.make import HERE, NOW, SSL, THERE, approval, at, change, freeze, plan, ring, sso, window

ONE = Amount(count=1)
DONE = Result(Phase.DONE)
NEWER = "libssl3|3.0.16-1"


def ring_of(size: int, *, name: str = "canary", at_once: Amount = ONE, may_fail: Amount = Amount(count=0), bake: float = 0) -> Plan:  # noqa: B008 - frozen
    return plan(ring(name, *(change(f"i-{number}") for number in range(size)), at_once=at_once, may_fail=may_fail, bake=bake))


def driven(drive: Drive) -> tuple[Drive, Rollout]:
    return drive, drive.to_the_end()


def steps_of(drive: Drive, resource: str) -> list[str]:
    return [batch.step for batch, _when in drive.started if resource in batch.resources]


def first(rollout: Rollout) -> Member:
    return members(rollout)[0]


def one_step(patched: Plan, times: Times = Times(), hours: float = 0) -> Stepped:  # noqa: B008 - frozen
    return step(begin(patched, NOW), patched, times, {}, at(hours))


# --- the way of one node -----------------------------------------------------------------------------------------------


def test_a_node_is_scanned_patched_rebooted_and_verified() -> None:
    drive, ended = driven(Drive(ring_of(1), {"i-0": Fate()}))
    assert steps_of(drive, "i-0") == ["scan", "install", "reboot", "verify"]
    assert (ended.status, ended.why) == (Status.DONE, "all rings done")
    assert first(ended).why == "versions seen as planned"


def test_a_node_that_asks_for_no_reboot_gets_none() -> None:
    drive, _ = driven(Drive(ring_of(1), {"i-0": Fate(reboots=False)}))
    assert steps_of(drive, "i-0") == ["scan", "install", "verify"]


def test_a_node_with_nothing_open_is_left_alone_after_its_scan() -> None:
    drive, ended = driven(Drive(ring_of(1), {"i-0": Fate(open=())}))
    assert steps_of(drive, "i-0") == ["scan"]
    assert first(ended).phase is Phase.DONE
    assert first(ended).why == "nothing to do: already clean"


@pytest.mark.parametrize("found", [(SSL.key,), ()])
def test_a_node_that_only_waits_for_a_reboot_is_rebooted_at_once(found: tuple[str, ...]) -> None:
    drive, _ = driven(Drive(ring_of(1), {"i-0": Fate(open=found, pending=1)}))
    assert steps_of(drive, "i-0") == ["scan", "reboot", "verify"]


def test_a_change_without_a_reboot_step_is_never_rebooted() -> None:
    patched = plan(ring("canary", replace(change("i-0"), steps=("scan", "install", "verify"))))
    drive, _ = driven(Drive(patched, {"i-0": Fate(reboots=True)}))
    assert steps_of(drive, "i-0") == ["scan", "install", "verify"]


def test_a_step_of_a_kind_not_known_here_is_followed_by_the_next_of_the_change() -> None:
    patched = plan(ring("canary", replace(change("i-0"), steps=("scan", "drain", "install", "verify"))))
    drive, _ = driven(Drive(patched, {"i-0": Fate()}))
    assert steps_of(drive, "i-0") == ["scan", "drain", "install", "verify"]


def test_verify_fails_where_a_planned_update_is_still_open() -> None:
    _, ended = driven(Drive(ring_of(1), {"i-0": Fate(after=(SSL.key, NEWER))}))
    assert ended.status is Status.HALTED
    assert first(ended).why == "verify: 1 planned update still open, first libssl3"


def test_verify_tells_of_updates_released_meanwhile_but_does_not_fail_by_them() -> None:
    _, ended = driven(Drive(ring_of(1), {"i-0": Fate(after=(NEWER,))}))
    assert ended.status is Status.DONE
    assert first(ended).why == "versions seen as planned; 1 update released meanwhile"


# --- failing and halting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("failing", "status"), [(2, Status.DONE), (3, Status.HALTED)])
def test_halts_when_more_fail_than_may(failing: int, status: Status) -> None:
    fates = {f"i-{number}": Fate(fails="install" if number < failing else "") for number in range(10)}
    _, ended = driven(Drive(ring_of(10, at_once=Amount(count=10), may_fail=Amount(share=0.29)), fates))
    assert ended.status is status


def test_a_halt_says_how_many_failed_how_many_may_and_what_failed_first() -> None:
    fates = {f"i-{number}": Fate(fails="install") for number in range(4)}
    _, ended = driven(Drive(ring_of(4, at_once=Amount(count=4), may_fail=ONE), fates))
    assert ended.why == "ring canary halted: 4 of 4 failed, at most 1 may; first i-0 at install: exit status 1"
    assert ended.ended_at is not None
    assert ended.next_at is None


def test_a_halt_says_that_commands_already_sent_go_on() -> None:
    patched = plan(ring("canary", change("i-0"), change("i-1", target=THERE), at_once=Amount(count=2)))
    started = step(begin(patched, NOW), patched, Times(), {}, NOW)
    refused = begun(started.rollout, started.start[0].id, "", {"i-0": "AccessDenied"})
    halted = step(refused, patched, Times(), {}, at(1)).rollout
    assert halted.why == "ring canary halted: 1 of 2 failed, none may; first i-0 at scan: AccessDenied; 1 command already sent will go on"


def test_a_ring_behind_a_halted_one_never_opens() -> None:
    patched = plan(ring("canary", change("i-0")), ring("rest", change("i-1")))
    drive, ended = driven(Drive(patched, {"i-0": Fate(fails="scan"), "i-1": Fate()}))
    assert steps_of(drive, "i-1") == []
    assert ended.status is Status.HALTED


def unproved() -> Drive:
    patched = plan(ring("canary", change("i-0"), may_fail=ONE), ring("rest", change("i-1")))
    return Drive(patched, {"i-0": Fate(fails="install"), "i-1": Fate()}, bears=False)


def test_a_ring_in_which_nobody_was_patched_opens_no_other_though_all_may_fail() -> None:
    drive, ended = driven(unproved())
    said = "ring canary: nobody was patched (1 failed; first i-0, install: exit status 1): no proof for the next ring"
    assert (ended.status, ended.why) == (Status.PAUSED, said)
    assert steps_of(drive, "i-1") == []


def test_a_person_who_resumes_after_that_lets_the_next_ring_open_and_is_asked_once() -> None:
    drive = unproved()
    drive.bears = True
    ended = drive.to_the_end()
    assert (ended.status, steps_of(drive, "i-1")) == (Status.DONE, ["scan", "install", "reboot", "verify"])
    assert sum("nobody was patched" in why for why in drive.whys) == 1


def test_a_pause_for_another_reason_bears_no_ring_that_proved_nothing() -> None:
    drive = unproved()
    patched = drive.plan
    started = step(begin(patched, NOW), patched, Times(), {}, NOW).rollout
    failing = {started.batches[0].id: {"i-0": Result(Phase.FAILED, "exit status 1")}}
    paused = step(pause(started, "lunch"), patched, Times(), failing, at(1)).rollout
    assert step(resume(paused), patched, Times(), {}, at(1)).rollout.status is Status.PAUSED


def test_a_last_ring_in_which_nobody_was_patched_ends_the_rollout() -> None:
    _, ended = driven(Drive(ring_of(1, may_fail=ONE), {"i-0": Fate(fails="install")}))
    assert ended.status is Status.DONE


@pytest.mark.parametrize(("share", "size", "expected"), [(0.0, 4, 1), (0.1, 4, 1), (0.5, 5, 2), (0.29, 10, 2), (0.3, 10, 3), (1.0, 3, 3)])
def test_at_once_rounds_down_but_lets_one_go(share: float, size: int, expected: int) -> None:
    stepped = one_step(ring_of(size, at_once=Amount(share=share)))
    assert sum(len(batch.resources) for batch in stepped.start) == expected


def test_a_node_keeps_its_place_between_two_steps() -> None:
    patched = ring_of(2)
    started = one_step(patched)
    scanned = {started.start[0].id: {"i-0": Result(Phase.DONE, open=(SSL.key,))}}
    closed = Times(freezes=(freeze((1, 3)),))
    waiting = step(started.rollout, patched, closed, scanned, at(1))
    again = step(waiting.rollout, patched, closed, {}, at(3))
    assert waiting.start == ()
    assert [batch.resources for batch in again.start] == [("i-0",)]


# --- waiting -----------------------------------------------------------------------------------------------------------


def test_a_rollout_waits_for_its_window_and_says_until_when() -> None:
    patched = plan(ring("canary", change("i-0"), window="nightly"))
    stepped = one_step(patched, Times((window((10, 14)),)))
    assert stepped.start == ()
    assert stepped.rollout.why == "ring canary waits for its window until 2026-11-23 18:00 UTC"
    assert stepped.rollout.next_at == at(10)


def test_a_freeze_is_named_with_the_date_at_which_work_goes_on() -> None:
    patched = plan(ring("canary", change("i-0"), window="nightly"))
    stepped = one_step(patched, Times((window((10, 14), (34, 38)),), (freeze((-1, 20)),)))
    assert stepped.rollout.why == "ring canary is held by freeze year end until 2026-11-24 18:00 UTC"
    assert stepped.rollout.next_at == at(34)


def test_a_member_without_a_free_place_does_not_make_the_rollout_look_again_too_soon() -> None:
    patched = plan(ring("canary", change("i-0", window="nightly"), change("i-1"), at_once=ONE))
    times = Times((window((0, 1), (24, 26)),))
    started = step(begin(patched, NOW), patched, times, {}, NOW)
    scanned = {started.start[0].id: {"i-0": Result(Phase.DONE, open=(SSL.key,))}}
    waiting = step(started.rollout, patched, times, scanned, at(2)).rollout
    assert waiting.next_at == at(24)


def test_a_window_that_is_gone_is_named_and_does_not_hide_the_dates_of_others() -> None:
    patched = plan(ring("canary", change("i-0", window="gone"), change("i-1", window="nightly"), at_once=Amount(count=2)))
    both = one_step(patched, Times((window((10, 14)),))).rollout
    assert both.next_at == at(10)
    assert "until 2026-11-23 18:00 UTC; it also waits for window gone, which the policy no longer has" in both.why
    alone = one_step(plan(ring("canary", change("i-0", window="gone")))).rollout
    assert (alone.why, alone.next_at) == ("ring canary waits for window gone, which the policy no longer has", None)


def test_a_reboot_may_still_start_when_the_window_takes_nothing_new() -> None:
    patched = plan(ring("canary", change("i-0"), window="nightly"))
    times = Times((window((0, 4), (24, 28), stop=1),))
    started = step(begin(patched, NOW), patched, times, {}, NOW)
    scanned = step(started.rollout, patched, times, {started.start[0].id: {"i-0": Result(Phase.DONE, open=(SSL.key,))}}, at(1))
    installed = {scanned.start[0].id: {"i-0": Result(Phase.DONE, pending_reboot=1)}}
    in_its_last_hour = step(scanned.rollout, patched, times, installed, at(3.5))
    assert [batch.step for batch in in_its_last_hour.start] == ["reboot"]
    too_late = step(scanned.rollout, patched, times, installed, at(4))
    assert too_late.start == ()
    assert too_late.rollout.next_at == at(24)


def test_a_reboot_held_by_a_freeze_waits_only_for_its_end_inside_the_window() -> None:
    patched = plan(ring("canary", change("i-0"), window="nightly"))
    times = Times((window((0, 4), (24, 28), stop=1),), (freeze((2, 3.5)),))
    started = step(begin(patched, NOW), patched, times, {}, NOW)
    only_reboot = {started.start[0].id: {"i-0": Result(Phase.DONE, open=(SSL.key,), pending_reboot=1)}}
    assert step(started.rollout, patched, times, only_reboot, at(3)).rollout.next_at == at(3.5)


def test_verifying_needs_no_window_and_heeds_no_freeze() -> None:
    patched = plan(ring("canary", change("i-0"), window="nightly"))
    times = Times((window((0, 1)),), (freeze((2, 30)),))
    started = step(begin(patched, NOW), patched, times, {}, NOW)
    scanned = step(started.rollout, patched, times, {started.start[0].id: {"i-0": Result(Phase.DONE, open=(SSL.key,))}}, at(0.5))
    installed = step(scanned.rollout, patched, times, {scanned.start[0].id: {"i-0": DONE}}, at(5))
    assert [batch.step for batch in installed.start] == ["verify"]


def test_a_ring_bakes_from_its_last_members_end_before_the_next_opens() -> None:
    patched = plan(ring("canary", change("i-0"), bake=4), ring("rest", change("i-1")))
    drive, ended = driven(Drive(patched, {"i-0": Fate(), "i-1": Fate()}))
    emptied = ended.rings[0].emptied_at
    opened = ended.rings[1].opened_at
    assert emptied is not None
    assert opened is not None
    assert opened - emptied == at(4) - NOW
    assert f"ring canary bakes until {opened:%Y-%m-%d %H:%M} UTC" in drive.whys


def test_an_empty_ring_passes_without_bake() -> None:
    patched = plan(ring("nobody", bake=24), ring("rest", change("i-1")))
    assert [batch.ring for batch in one_step(patched).start] == ["rest"]


def test_a_ring_without_bake_makes_way_in_the_same_look() -> None:
    patched = plan(ring("canary", change("i-0")), ring("rest", change("i-1")))
    started = one_step(patched)
    clean = step(started.rollout, patched, Times(), {started.start[0].id: {"i-0": DONE}}, at(1))
    assert [batch.ring for batch in clean.start] == ["rest"]


def test_a_plan_without_rings_is_done_at_once() -> None:
    assert one_step(plan()).rollout.status is Status.DONE


def test_a_ring_waits_for_approval_and_says_how_to_give_it() -> None:
    patched = plan(replace(ring("prod", change("i-0")), approvals=(approval(2),)))
    waiting = one_step(patched).rollout
    assert waiting.why == f"ring prod waits for approval (prod): 0 of 2 people; `patchkeep rollout approve {waiting.id} --ring prod`"
    assert (waiting.status, waiting.next_at) == (Status.WAITING, None)


# --- the unknown -------------------------------------------------------------------------------------------------------


def lost_member() -> tuple[Plan, Rollout]:
    patched = ring_of(2, at_once=ONE)
    started = one_step(patched)
    lost = {started.start[0].id: {"i-0": Result(Phase.LOST, "command not listed after 5 minutes")}}
    return patched, step(started.rollout, patched, Times(), lost, at(1)).rollout


def test_a_lost_member_stops_its_ring_and_asks_a_person() -> None:
    patched, waiting = lost_member()
    expected = "ring canary needs a person: AWS cannot tell what became of i-0 (scan: command not listed after 5 minutes)"
    assert (waiting.status, waiting.why, waiting.next_at) == (Status.WAITING, expected, None)
    assert step(waiting, patched, Times(), {}, at(2)).start == ()


def test_a_lost_member_goes_on_when_aws_can_tell_again() -> None:
    patched, waiting = lost_member()
    back = step(waiting, patched, Times(), {waiting.batches[0].id: {"i-0": Result(Phase.RUNNING)}}, at(2)).rollout
    assert (back.status, first(back).phase) == (Status.RUNNING, Phase.RUNNING)


def test_a_persons_word_stands_for_a_lost_members_result() -> None:
    patched, waiting = lost_member()
    answered = answer_for(waiting, patched, "i-0", Result(Phase.DONE, open=(SSL.key,)))
    assert [batch.step for batch in step(answered, patched, Times(), {}, at(2)).start] == ["install"]
    assert answer_for(waiting, patched, "i-1", Result(Phase.FAILED, "guess")) == waiting


def test_a_member_that_aws_could_not_reach_has_failed_and_the_others_go_on() -> None:
    patched = ring_of(2, at_once=Amount(count=2), may_fail=ONE)
    started = one_step(patched)
    told = begun(started.rollout, started.start[0].id, "command-1", {"i-0": "not connected"})
    assert [(m.phase, m.why) for m in members(told)] == [(Phase.FAILED, "scan: not connected"), (Phase.RUNNING, "")]
    assert told.batches[0].handle == "command-1"


def test_a_batch_that_never_left_the_house_is_sent_again_under_another_mark() -> None:
    patched = ring_of(1)
    started = one_step(patched)
    taken_back = replace(unsent(started.rollout, started.start[0].id), version=1)
    assert (first(taken_back).step, first(taken_back).phase, taken_back.batches) == ("scan", Phase.WAITING, ())
    (again,) = step(taken_back, patched, Times(), {}, at(1)).start
    assert (again.step, again.resources) == ("scan", ("i-0",))
    assert again.id != started.start[0].id


def test_results_of_other_batches_and_missing_ones_move_nobody() -> None:
    patched = ring_of(1)
    started = one_step(patched).rollout
    for results in ({}, {"": {"i-0": DONE}}, {"pk-other": {"i-0": DONE}}, {started.batches[0].id: {"i-1": DONE}}):
        assert members(step(started, patched, Times(), results, at(1)).rollout) == members(started)


# --- what people say ---------------------------------------------------------------------------------------------------


def test_a_paused_rollout_takes_in_results_but_starts_nothing_until_resumed() -> None:
    patched = ring_of(1)
    started = one_step(patched)
    paused = pause(started.rollout, "lunch")
    back = step(paused, patched, Times(), {started.start[0].id: {"i-0": Result(Phase.DONE, open=(SSL.key,))}}, at(1))
    assert back.start == ()
    assert (back.rollout.status, back.rollout.why, first(back.rollout).step) == (Status.PAUSED, "lunch", "install")
    assert [batch.step for batch in step(resume(back.rollout), patched, Times(), {}, at(2)).start] == ["install"]


def test_a_final_rollout_is_neither_paused_resumed_nor_halted_again() -> None:
    halted = halt(begin(ring_of(1), NOW), "enough", NOW)
    assert halted.status is Status.HALTED
    assert pause(halted, "lunch") == resume(halted) == halt(halted, "again", at(1)) == halted


def test_resuming_what_is_not_paused_changes_nothing() -> None:
    waiting = lost_member()[1]
    assert resume(waiting) == waiting


# --- what it refuses ---------------------------------------------------------------------------------------------------


def test_a_plan_with_one_node_in_two_rings_is_refused() -> None:
    with pytest.raises(ValueError, match="i-0 stands in plan pl-1 more than once"):
        begin(plan(ring("canary", change("i-0")), ring("rest", change("i-0"))), NOW)


def test_another_plan_than_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="belongs to plan pl-1, not to pl-2"):
        step(begin(ring_of(1), NOW), replace(ring_of(1), id="pl-2"), Times(), {}, NOW)


def test_an_apart_group_lets_one_of_its_members_through_at_a_time() -> None:
    changes = [change(f"i-{number}", apart=("cluster",)) for number in range(3)]
    patched = plan(ring("all", *changes), apart=(("cluster", 0),))
    drive, ended = driven(Drive(patched, {c.resource: Fate() for c in changes}))
    assert ended.status is Status.DONE
    assert all(len(batch.resources) == 1 for batch, _when in drive.started)


def test_nobody_of_an_apart_group_follows_a_member_that_did_not_come_back() -> None:
    changes = [change(f"i-{number}", apart=("cluster",)) for number in range(3)]
    patched = plan(ring("canary", changes[0], may_fail=ONE), ring("rest", *changes[1:], change("i-9")), apart=(("cluster", 1),))
    fates = {c.resource: Fate() for c in changes} | {"i-0": Fate(fails="reboot"), "i-9": Fate()}
    drive, ended = driven(Drive(patched, fates))
    assert ended.status is Status.DONE
    assert {resource for batch, _when in drive.started for resource in batch.resources} == {"i-0", "i-9"}
    assert [m.phase for m in members(ended)] == [Phase.FAILED, Phase.LEFT_OUT, Phase.LEFT_OUT, Phase.DONE]
    assert members(ended)[1].why == "left out before its scan: kept apart in cluster from i-0, which failed"


def test_an_apart_group_of_two_goes_on_one_by_one_after_one_has_failed() -> None:
    changes = [change(f"i-{number}", apart=("cluster",)) for number in range(4)]
    patched = plan(ring("all", *changes, may_fail=ONE), apart=(("cluster", 2),))
    drive, ended = driven(Drive(patched, {c.resource: Fate() for c in changes} | {"i-0": Fate(fails="scan")}))
    assert ended.status is Status.DONE
    assert [m.phase for m in members(ended)] == [Phase.FAILED, Phase.DONE, Phase.DONE, Phase.DONE]
    scans = [batch.resources for batch, _when in drive.started if batch.step == "scan"]
    assert scans == [("i-0", "i-1"), ("i-2",), ("i-3",)]


def test_a_second_person_opens_the_ring_in_a_drive() -> None:
    patched = plan(replace(ring("prod", change("i-0", target=HERE)), approvals=(approval(2),)))
    drive, ended = driven(Drive(patched, {"i-0": Fate()}))
    assert ended.status is Status.DONE
    assert [approved.who for approved in ended.approvals] == [sso("person-0"), sso("person-1")]
    assert any("1 of 2 people" in why for why in drive.whys)
