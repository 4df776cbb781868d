"""Rollouts without HTTP: what a refusal, a silence or a person does to one; each tick leaves a state that the next can go on from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchkeep.domain.approval import Blocked
from patchkeep.domain.call import Answer, Call, Cause
from patchkeep.domain.ledger import Busy
from patchkeep.domain.plan import Plan, plan_id
from patchkeep.domain.policy import Amount, Approval
from patchkeep.domain.progress import Phase, Rollout, Status
from patchkeep.domain.rollout import halt, pause, resume
from patchkeep.doors.store import Store
from patchkeep.work.apply import StalePlan
from patchkeep.work.rollout import run, start, tick
from patchkeep.work.rollout.spoken import Fate, agree, answer_lost, change
from patchkeep.work.seams import NotThere
from tests.work.estate import Estate
from tests.work.fleet import HERE, A, B, Bench, C, agent_of, bench_alone, members, plan_for

NODES = (A, B, C)


@pytest.fixture
def bench(store: Store) -> Bench:
    return bench_alone(store, NODES)


def altered(plan: Plan, **changes: object) -> Plan:
    made = replace(plan, id="", **changes)  # type: ignore[arg-type]
    return replace(made, id=plan_id(made))


def go(bench: Bench, *, wait: bool = True) -> Rollout:
    rolling = bench.rolling()
    begun = bench.stored().id if any(r.plan_id == bench.plan.id for r in bench.store.rollouts.all()) else start(rolling).id
    return run(rolling, begun, lambda _: None, wait=wait)


def phases(rollout: Rollout) -> dict[str, Phase]:
    return {member.resource: member.phase for member in members(rollout)}


def sends(bench: Bench) -> int:
    return sum(call.operation == "send_command" for call in bench.aws.made)


def test_a_rollout_patches_restarts_and_looks_again(bench: Bench) -> None:
    rollout = go(bench)
    assert (rollout.status, rollout.why) == (Status.DONE, "all rings done")
    assert phases(rollout) == dict.fromkeys(NODES, Phase.DONE)
    for node in NODES:
        agent = agent_of(bench.world, node)
        assert [request.operation for request in agent.asked] == ["Scan", "Install", "Scan"]
        assert len(agent.restarts) == 1
    assert sends(bench) == 4  # one command carries all three


def test_every_intent_is_stored_before_its_command_is_sent(bench: Bench) -> None:
    seen: list[int] = []

    def look(call: Call) -> None:
        if call.operation == "send_command":
            intents = [entry.mark for entry in bench.store.ledger.of(bench.stored().id) if entry.kind == "intent"]
            batches = [batch.id for batch in bench.stored().batches]
            assert call.params["Comment"] in intents
            assert call.params["Comment"] in batches
            seen.append(1)

    bench.aws.meddle = look
    assert go(bench).status is Status.DONE
    assert len(seen) == 4


def test_a_send_with_no_answer_that_aws_acted_on_is_adopted(bench: Bench) -> None:
    def silent(call: Call) -> Answer | None:
        return Answer({}, "", "NoAnswer", "acted") if call.operation == "send_command" else None

    bench.aws.meddle = silent
    rollout = go(bench)
    assert rollout.status is Status.DONE
    assert bench.aws.sent("Install") == dict.fromkeys(NODES, 1)
    told = [entry.outcome for entry in bench.store.ledger.of(rollout.id) if entry.kind != "intent"]
    assert sum(outcome.startswith("ok, adopted ") for outcome in told) == 4
    assert sum(outcome.startswith("NoAnswer") for outcome in told) == 4


def lost_install(bench: Bench) -> Rollout:
    """A rollout whose Install never reached AWS, though nobody here can know."""
    swallowed = Answer({}, "", "NoAnswer", "the connection broke")

    def swallow(call: Call) -> Answer | None:
        install = call.operation == "send_command" and call.params["Parameters"].get("Operation") == ("Install",)
        return swallowed if install else None

    bench.aws.meddle = swallow
    rollout = go(bench)
    bench.aws.meddle = lambda _: None
    return rollout


def test_a_start_that_aws_lists_nowhere_is_a_persons_to_decide(bench: Bench) -> None:
    began = bench.world.clock.now()
    rollout = lost_install(bench)
    assert (rollout.status, rollout.next_at) == (Status.WAITING, None)
    assert "needs a person: AWS cannot tell what became of" in rollout.why
    assert phases(rollout) == dict.fromkeys(NODES, Phase.LOST)
    assert bench.world.clock.now() - began > timedelta(minutes=5)
    assert bench.aws.sent("Install") == dict.fromkeys(NODES, 1)
    again = go(bench)
    assert again.status is Status.WAITING
    assert bench.aws.sent("Install") == dict.fromkeys(NODES, 1)


def test_a_person_who_says_that_it_failed_ends_those_members(bench: Bench) -> None:
    rollout = lost_install(bench)
    answer_lost(bench.rolling(), rollout.id, Fate.FAILED)
    rollout = go(bench)
    assert phases(rollout) == dict.fromkeys(NODES, Phase.FAILED)
    assert {member.why for member in members(rollout)} == {f"install: {bench.aws.caller().arn} says that it failed"}


def test_a_person_who_says_that_it_ran_lets_the_steps_after_it_tell(bench: Bench) -> None:
    rollout = lost_install(bench)
    answer_lost(bench.rolling(), rollout.id, Fate.RAN)
    rollout = go(bench)
    assert rollout.status is Status.DONE
    assert bench.aws.sent("Install") == dict.fromkeys(NODES, 1)
    assert phases(rollout) == dict.fromkeys(NODES, Phase.FAILED)  # it had not: the last scan says so
    assert all("1 planned update still open" in member.why for member in members(rollout))


def test_a_person_who_says_that_it_never_left_has_the_step_sent_anew(bench: Bench) -> None:
    rollout = lost_install(bench)
    answered = answer_lost(bench.rolling(), rollout.id, Fate.NEVER_SENT)
    assert phases(answered) == dict.fromkeys(NODES, Phase.WAITING)
    assert bench.store.ledger.of(rollout.id)[-1].outcome == "lost members never-sent"
    rollout = go(bench)
    assert phases(rollout) == dict.fromkeys(NODES, Phase.DONE)
    assert all([request.operation for request in agent_of(bench.world, node).asked].count("Install") == 1 for node in NODES)


def test_what_aws_lists_after_all_was_sent_whatever_a_person_says(bench: Bench) -> None:
    rollout = lost_install(bench)
    mark = rollout.batches[0].id
    install = next(call for call in bench.aws.made if call.operation == "send_command" and call.params["Comment"] == mark)
    assert bench.aws.write(HERE, install).ok
    with pytest.raises(StalePlan, match=f"AWS took the command of {A} .{mark}., so it was sent: nothing is taken back"):
        answer_lost(bench.rolling(), rollout.id, Fate.NEVER_SENT)
    assert phases(go(bench)) == dict.fromkeys(NODES, Phase.DONE)
    assert all([request.operation for request in agent_of(bench.world, node).asked].count("Install") == 1 for node in NODES)


def test_a_word_that_it_never_left_counts_only_while_aws_tells(bench: Bench) -> None:
    rollout = lost_install(bench)
    bench.aws.meddle = lambda call: Cause.THROTTLED if call.operation == "list_commands" else None
    with pytest.raises(StalePlan, match="AWS does not tell whether it lists pk-"):
        answer_lost(bench.rolling(), rollout.id, Fate.NEVER_SENT)
    assert phases(bench.stored()) == dict.fromkeys(NODES, Phase.LOST)


def test_a_command_that_aws_refuses_fails_its_members_with_awss_words(bench: Bench) -> None:
    refusal = Answer({}, "r-7", "AccessDeniedException", "explicit deny")
    bench.aws.meddle = lambda call: refusal if call.operation == "send_command" else None
    rollout = go(bench)
    assert {member.why for member in members(rollout)} == {"scan: AWS refused to start it: AccessDeniedException explicit deny"}
    refusals = [entry for entry in bench.store.ledger.of(rollout.id) if entry.kind == "refusal"]
    assert [(entry.request_id, entry.outcome) for entry in refusals] == [("r-7", "AccessDeniedException explicit deny")]


@pytest.mark.parametrize("cause", [Cause.THROTTLED, Cause.UNREACHABLE, Cause.EXPIRED])
def test_a_look_before_the_start_that_may_succeed_later_is_tried_again(bench: Bench, cause: Cause) -> None:
    refusals = iter([cause, cause])
    bench.aws.meddle = lambda call: next(refusals, None) if call.operation == "describe_instance_information" else None
    rollout = go(bench)
    assert phases(rollout) == dict.fromkeys(NODES, Phase.DONE)
    assert bench.aws.sent("Install") == dict.fromkeys(NODES, 1)


def test_a_command_that_never_left_is_sent_later(bench: Bench) -> None:
    unsent = iter([Answer({}, "", "NotSent", "no connection")] * 3)
    bench.aws.meddle = lambda call: next(unsent, None) if call.operation == "send_command" else None
    rollout = go(bench)
    assert phases(rollout) == dict.fromkeys(NODES, Phase.DONE)
    assert all(len(agent_of(bench.world, node).restarts) == 1 for node in NODES)
    told = [entry.outcome for entry in bench.store.ledger.of(rollout.id) if entry.kind == "refusal"]
    assert told == ["NotSent no connection"] * 3


def test_a_look_before_the_start_that_is_denied_fails_its_members_and_sends_nothing(bench: Bench) -> None:
    bench.aws.meddle = lambda call: Cause.REFUSED if call.operation == "describe_instance_information" else None
    rollout = go(bench)
    assert phases(rollout) == dict.fromkeys(NODES, Phase.FAILED)
    assert sends(bench) == 0
    assert all("not sent: ssm:DescribeInstanceInformation refused" in member.why for member in members(rollout))


def test_a_look_at_what_is_under_way_that_fails_tells_nothing(bench: Bench) -> None:
    refusals = iter([Cause.UNREACHABLE] * 5)
    bench.aws.meddle = lambda call: next(refusals, None) if call.operation == "list_command_invocations" else None
    assert phases(go(bench)) == dict.fromkeys(NODES, Phase.DONE)
    assert bench.aws.sent("Install") == dict.fromkeys(NODES, 1)


def test_a_node_that_went_offline_fails_alone(bench: Bench) -> None:
    bench.world.site(HERE.account, HERE.region).nodes[B].online = False
    rollout = go(bench)
    assert phases(rollout) == {A: Phase.DONE, B: Phase.FAILED, C: Phase.DONE}
    assert bench.aws.sent("Install") == {A: 1, C: 1}


def test_a_reboot_document_that_is_not_ours_restarts_nothing(bench: Bench) -> None:
    content = bench.aws._perform(HERE, Call.of("ssm", "get_document", Name="Patchkeep-Reboot"), {})["Content"]
    other = content.replace("exit 194", "rm -rf /; exit 194")
    params = {"Content": other, "DocumentVersion": "$LATEST", "DocumentFormat": "JSON"}
    assert bench.aws.write(HERE, Call.of("ssm", "update_document", params, Name="Patchkeep-Reboot")).ok
    assert bench.aws.write(HERE, Call.of("ssm", "update_document_default_version", Name="Patchkeep-Reboot", DocumentVersion="2")).ok
    rollout = go(bench)
    assert bench.aws.sent("Reboot") == {}
    assert all("Patchkeep-Reboot is not the one we made" in member.why for member in members(rollout))


def test_an_install_that_fails_halts_a_ring_in_which_none_may_fail(bench: Bench) -> None:
    bench.plan = plan_for(bench.world, NODES, at_once=Amount(count=1), may_fail=Amount(count=0))
    agent_of(bench.world, A).fails = True
    rollout = go(bench)
    assert rollout.status is Status.HALTED
    assert "ring all halted: 1 of 3 failed, none may" in rollout.why
    assert bench.aws.sent("Install") == {A: 1}


def test_what_a_person_pauses_between_two_sends_is_taken_back_and_sent_later(bench: Bench) -> None:
    there = bench.world.site(HERE.account, "us-east-1")
    home = bench.world.site(HERE.account, HERE.region)
    there.nodes[C] = home.nodes.pop(C)
    there.kept["ssm.documents"] = home.kept["ssm.documents"]
    ring = bench.plan.rings[0]
    moved = replace(ring.changes[2], target=replace(HERE, region="us-east-1"))
    bench.plan = altered(bench.plan, rings=(replace(ring, changes=(*ring.changes[:2], moved)),))
    begun = 0

    def pause_at_the_first_send(call: Call) -> None:
        nonlocal begun
        begun += call.operation == "send_command"
        if begun == 1:
            begun += 1
            change(bench.rolling(), bench.stored().id, lambda now: pause(now, "lunch"), "paused")

    bench.aws.meddle = pause_at_the_first_send
    rollout = go(bench)
    assert (rollout.status, rollout.why, sends(bench)) == (Status.PAUSED, "lunch", 1)
    assert phases(rollout) == {A: Phase.RUNNING, B: Phase.RUNNING, C: Phase.WAITING}
    bench.aws.meddle = lambda _: None
    change(bench.rolling(), rollout.id, resume, "resumed")
    assert phases(go(bench)) == dict.fromkeys(NODES, Phase.DONE)
    assert bench.aws.sent("Install") == dict.fromkeys(NODES, 1)


def test_a_halted_rollout_starts_nothing_more(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout = tick(rolling, start(rolling).id)
    before = sends(bench)
    change(rolling, rollout.id, lambda now: halt(now, "stop", bench.world.clock.now()), "halted")
    for _ in range(30):
        rollout = tick(rolling, rollout.id)
        bench.world.clock.advance(bench.world.clock.now() + timedelta(minutes=1))
    assert (rollout.status, sends(bench)) == (Status.HALTED, before)
    said = [entry for entry in bench.store.ledger.of(rollout.id) if entry.kind == "note"]
    assert [(entry.outcome, entry.caller) for entry in said] == [("halted", bench.aws.caller().arn)]


def test_a_second_process_on_one_rollout_is_told_that_it_is_busy(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout = start(rolling)

    def meanwhile(_: Rollout) -> None:
        with pytest.raises(Busy, match=f"rollout-{rollout.id} is under way in another process"):
            run(bench.rolling(), rollout.id, lambda _: None, wait=True)

    assert run(rolling, rollout.id, meanwhile, wait=True).status is Status.DONE
    assert bench.aws.sent("Install") == dict.fromkeys(NODES, 1)


def test_a_tick_that_another_process_overtook_begins_nothing(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout = start(rolling)
    tick(rolling, rollout.id)
    bench.world.clock.advance(bench.world.clock.now() + timedelta(minutes=5))
    before = sends(bench)
    overtaken = False

    def overtake(call: Call) -> None:
        nonlocal overtaken
        if call.operation == "list_command_invocations" and not overtaken:
            overtaken = True
            bench.store.rollouts.replace(bench.stored())

    bench.aws.meddle = overtake
    tick(rolling, rollout.id)
    assert sends(bench) == before
    assert run(rolling, rollout.id, lambda _: None, wait=True).status is Status.DONE
    assert bench.aws.sent("Install") == dict.fromkeys(NODES, 1)


def test_a_plan_of_another_policy_neither_starts_nor_goes_on(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout = start(rolling)
    other = replace(rolling, policy=replace(rolling.policy, hash="another"))
    with pytest.raises(StalePlan, match="The policy has changed since this rollout's plan was made"):
        run(other, rollout.id, lambda _: None, wait=True)
    with pytest.raises(StalePlan, match="The policy has changed since this plan was made"):
        start(other)


def test_one_rollout_at_a_time(bench: Bench) -> None:
    rolling = bench.rolling()
    rollout = start(rolling)
    with pytest.raises(StalePlan, match=f"Rollout {rollout.id} is still running: end it first"):
        start(rolling)


def test_a_plan_whose_settings_are_not_applied_does_not_start(bench: Bench) -> None:
    bench.plan = altered(bench.plan, settings=Estate().plan().settings)
    with pytest.raises(StalePlan, match="are not applied yet"):
        start(bench.rolling())
    assert sends(bench) == 0


def test_a_rollout_that_is_not_there_is_said_to_be_missing(bench: Bench) -> None:
    with pytest.raises(NotThere, match="There is no rollout ro-none"):
        run(bench.rolling(), "ro-none", lambda _: None, wait=False)


def test_a_ring_waits_until_enough_people_have_agreed(bench: Bench) -> None:
    ring = replace(bench.plan.rings[0], approvals=(Approval("prod", people=1, not_author=True),))
    bench.plan = altered(bench.plan, rings=(ring,))
    rollout = go(bench)
    assert (rollout.status, sends(bench)) == (Status.WAITING, 0)
    refused = agree(bench.rolling(), rollout.id, "all")
    assert isinstance(refused, Blocked)
    assert "made the plan" in refused.why
    ann = replace(bench.rolling(), caller="arn:aws:iam::111111111111:user/ann")
    assert isinstance(agree(ann, rollout.id, "all"), Rollout)
    again = agree(ann, rollout.id, "all")
    assert isinstance(again, Blocked)
    assert "already approved" in again.why
    assert go(bench).status is Status.DONE
