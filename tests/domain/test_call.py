"""Calls as values, and the blanks that earlier answers fill."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.call import Call, Cause, Gap, Refused, Target, answered, fill


def test_calls_with_equal_parameters_are_equal_and_hash_alike() -> None:
    one = Call.of("ssm", "send_command", InstanceIds=["i-1"], DocumentName="AWS-RunPatchBaseline")
    other = Call.of("ssm", "send_command", {"DocumentName": "AWS-RunPatchBaseline"}, InstanceIds=("i-1",))
    assert one == other
    assert len({one, other}) == 1


@pytest.mark.parametrize(
    ("operation", "reads"),
    [("describe_instances", True), ("list_commands", True), ("get_parameter", True), ("send_command", False), ("reboot_instances", False)],
)
def test_only_operations_that_look_read(operation: str, reads: bool) -> None:
    assert Call("ec2", operation).reads is reads


def test_an_answer_fills_every_blank_wherever_it_stands() -> None:
    call = Call.of(
        "ssm",
        "register_task",
        WindowId=answered("WindowId"),
        Targets=[{"Key": "WindowTargetIds", "Values": [answered("WindowTargetId")]}],
        Description=f"of {answered('WindowId')}, first",
        Priority=1,
    )
    filled = fill(call, {"WindowId": "mw-1", "WindowTargetId": "t-1"})
    assert filled.params == {
        "WindowId": "mw-1",
        "Targets": ({"Key": "WindowTargetIds", "Values": ("t-1",)},),
        "Description": "of mw-1, first",
        "Priority": 1,
    }
    assert "answered above" not in repr(filled)


def test_an_answer_keeps_its_type_where_it_is_the_whole_value() -> None:
    assert fill(Call.of("ssm", "x", Count=answered("Count")), {"Count": 3}).params["Count"] == 3


def test_a_blank_that_no_answer_fills_is_an_error_and_never_sent() -> None:
    with pytest.raises(KeyError, match="BaselineId"):
        fill(Call.of("ssm", "x", BaselineId=answered("BaselineId")), {"WindowId": "mw-1"})


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=8) | st.integers() | st.booleans(), max_size=4))
def test_a_call_without_blanks_stays_as_it_is(params: dict[str, object]) -> None:
    call = Call.of("ssm", "put_parameter", params)
    assert fill(call, {}) == call


def test_a_blank_that_could_not_be_found_again_is_refused() -> None:
    with pytest.raises(ValueError, match="not the name of one member"):
        answered("Window.Id")


def test_a_target_names_its_resources() -> None:
    target = Target("111122223333", "eu-central-1")
    assert str(target) == "111122223333/eu-central-1"
    assert target.arn("ssm", "managed-instance/mi-1") == "arn:aws:ssm:eu-central-1:111122223333:managed-instance/mi-1"


def test_a_refusal_says_what_was_refused_and_carries_the_gap() -> None:
    gap = Gap(Target("1", "r"), "nodes", Cause.REFUSED, "not authorized", "ec2:DescribeInstances", "AccessDenied")
    refused = Refused(gap)
    assert str(refused) == "ec2:DescribeInstances: AccessDenied not authorized"
    assert refused.gap is gap
