"""Between plan and batch lie days: whoever became somebody else's business meanwhile is neither installed on nor restarted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from patchkeep.domain.call import Call, Cause
from patchkeep.domain.progress import Member, Phase, Rollout, Status, Unsure
from patchkeep.domain.rollout import pause
from patchkeep.doors.store import Store, open_store
from patchkeep.sandbox.world import Node
from patchkeep.work.apply import StalePlan
from patchkeep.work.rollout import run, start
from patchkeep.work.rollout.spoken import change
from tests.work.fleet import HERE, A, B, Bench, agent_of, members, plan_for, world_with


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('again')}/patchkeep.db") as store:
        yield made(store)


def made(store: Store) -> Bench:
    world = world_with(A, B)
    return Bench(store, world, plan_for(world, (A, B)))


def node(bench: Bench, name: str) -> Node:
    return bench.world.site(HERE.account, HERE.region).nodes[name]


def aws(bench: Bench, operation: str, **params: Any) -> dict[str, Any]:
    """Somebody else's write."""
    return dict(bench.aws.write(HERE, Call.of("ssm", operation, **params)).content)


def go(bench: Bench) -> tuple[Rollout, dict[str, Member]]:
    """The rollout to its end, and its members by name."""
    rollout = start(bench.rolling())
    ended = run(bench.rolling(), rollout.id, lambda _: None, wait=True)
    return ended, {member.resource: member for member in members(ended)}


TAGS = (
    ({"aws:autoscaling:groupName": "web"}, "scan: left alone: is in an Auto Scaling group"),
    ({"eks:cluster-name": "blue"}, "scan: left alone: is an EKS node"),
    ({"QSConfigId-abc12": "abc12"}, "scan: left alone: bears Quick Setup's tag"),
    ({"PatchGroup": "other"}, "scan: left alone: is tagged PatchGroup=other"),
    ({"Patch Group": "other"}, "scan: left alone: is tagged Patch Group=other"),
    ({"PatchGroup": None}, "scan: left alone: bears no patch group any more"),
)


@pytest.mark.parametrize(("tags", "why"), TAGS, ids=lambda one: next(iter(one)) if isinstance(one, dict) else "")
def test_a_machine_whose_tags_changed_after_the_plan_is_left_out_and_the_other_patched(
    bench: Bench, tags: dict[str, str | None], why: str
) -> None:
    for key, value in tags.items():
        if value is None:
            del node(bench, A).tags[key]
        else:
            node(bench, A).tags[key] = value
    rollout, by_name = go(bench)
    assert (by_name[A].phase, by_name[B].phase) == (Phase.FAILED, Phase.DONE)
    assert by_name[A].why.startswith(why)
    assert bench.aws.sent("Install") == bench.aws.sent("Reboot") == {B: 1}
    assert rollout.status is Status.DONE


def test_a_machine_of_a_group_is_patched_where_its_environment_patches_such_machines_in_place(bench: Bench) -> None:
    node(bench, A).tags["aws:autoscaling:groupName"] = "web"
    rolling = bench.rolling()
    (prod,) = rolling.policy.environments
    rolling = replace(rolling, policy=replace(rolling.policy, environments=(replace(prod, in_place=("auto-scaling",)),)))
    ended = run(rolling, start(rolling).id, lambda _: None, wait=True)
    assert {member.phase for member in members(ended)} == {Phase.DONE}
    assert bench.aws.sent("Install") == {A: 1, B: 1}


@pytest.mark.parametrize(("after", "before"), [("Scan", "install"), ("Install", "reboot")])
def test_a_machine_that_joins_a_group_in_the_middle_is_sent_no_more(bench: Bench, after: str, before: str) -> None:
    def join(call: Call) -> None:
        if call.operation == "send_command" and call.params["Parameters"].get("Operation") == (after,):
            node(bench, A).tags["aws:autoscaling:groupName"] = "web"

    bench.aws.meddle = join
    _, by_name = go(bench)
    assert by_name[A].why.startswith(f"{before}: left alone: is in an Auto Scaling group")
    assert bench.aws.sent("Install")[A] == (after == "Install")
    assert (agent_of(bench.world, A).restarts, len(agent_of(bench.world, B).restarts)) == ([], 1)


def test_a_machine_that_an_aws_service_took_over_or_that_is_gone_is_left_out(bench: Bench) -> None:
    node(bench, A).ec2["Operator"] = {"Managed": True}
    node(bench, B).state = "terminated"
    _, by_name = go(bench)
    assert by_name[A].why == "scan: left alone: is managed by an AWS service (Operator.Managed)"
    assert bench.aws.sent("Install") == {}


@pytest.mark.parametrize("name", ["AWS-QuickSetup-PatchPolicy-Install-abc", "theirs"])
def test_a_patch_policy_or_an_installer_made_after_the_plan_keeps_us_away(bench: Bench, name: str) -> None:
    targets = [{"Key": "InstanceIds", "Values": [A]}]
    cron = {"ScheduleExpression": "cron(0 2 ? * SUN *)", "ApplyOnlyAtCronInterval": True}
    parameters = {"Operation": ["Install"]}
    assert aws(
        bench, "create_association", Name="AWS-RunPatchBaseline", AssociationName=name, Targets=targets, Parameters=parameters, **cron
    )
    _, by_name = go(bench)
    assert (by_name[A].phase, by_name[B].phase) == (Phase.FAILED, Phase.DONE)
    assert name in by_name[A].why
    assert bench.aws.sent("Install") == {B: 1}


@pytest.mark.parametrize(
    "operation", ["describe_instances", "list_associations", "describe_maintenance_windows", "describe_patch_baselines"]
)
def test_where_it_cannot_be_told_whose_they_are_nothing_is_installed(bench: Bench, operation: str) -> None:
    bench.aws.meddle = lambda call: Cause.REFUSED if call.operation == operation else None
    _, by_name = go(bench)
    assert bench.aws.sent("Install") == {}
    assert {member.phase for member in by_name.values()} == {Phase.FAILED}
    assert all("not sent: " in member.why for member in by_name.values())


def test_a_look_that_was_throttled_is_taken_again(bench: Bench) -> None:
    tries = iter([Cause.THROTTLED])
    bench.aws.meddle = lambda call: next(tries, None) if call.operation == "list_associations" else None
    rollout, _ = go(bench)
    assert (rollout.status, bench.aws.sent("Install")) == (Status.DONE, {A: 1, B: 1})


@pytest.mark.parametrize("operation", ["list_command_invocations", "describe_instance_patch_states"])
def test_where_aws_never_tells_what_became_of_a_command_the_process_ends_and_says_so(bench: Bench, operation: str) -> None:
    bench.aws.meddle = lambda call: Cause.REFUSED if call.operation == operation else None
    began = bench.world.clock.now()
    rollout, _ = go(bench)
    assert (rollout.status, rollout.unsure) == (Status.RUNNING, Unsure.UNTOLD)
    assert "AWS does not tell what became of it: 222222222222/eu-central-1 ssm:" in rollout.why
    assert bench.world.clock.now() - began < timedelta(hours=2)
    bench.aws.meddle = lambda _: None
    ended = run(bench.rolling(), rollout.id, lambda _: None, wait=True)
    assert (ended.status, ended.unsure, ended.why, bench.aws.sent("Install")) == (Status.DONE, Unsure.NONE, "all rings done", {A: 1, B: 1})


def test_a_policy_that_changes_while_the_rollout_runs_ends_it_before_the_next_step(bench: Bench) -> None:
    texts = ["hash", "another"]
    rolling = replace(bench.rolling(), policy_now=lambda: texts.pop(0))
    rollout = start(rolling)
    with pytest.raises(StalePlan, match="The policy has changed"):
        run(rolling, rollout.id, lambda _: None, wait=True)
    assert (len(bench.aws.sent("Scan")), len(bench.aws.sent("Install"))) == (2, 0)


def test_a_pause_during_the_last_look_holds_the_batch_back(bench: Bench) -> None:
    def stop(call: Call) -> None:
        if call.operation == "describe_instances":
            change(bench.rolling(), bench.stored().id, lambda now: pause(now, "wait"), "paused")

    bench.aws.meddle = stop
    rollout, by_name = go(bench)
    assert (rollout.status, bench.aws.sent("Install")) == (Status.PAUSED, {})
    assert {(member.step, member.phase) for member in by_name.values()} == {("scan", Phase.WAITING)}
