"""Commands: how they reach nodes, take time, fail, time out, restart nodes and are cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.ssm.conftest import UNMANAGED, WINDOWS, A, B, C, PlannedAgent, Ssm
from tests.sandbox.ssm.test_documents import LINUX, content, create


def invocation(ssm: Ssm, command: str, node_id: str, **more: Any) -> dict[str, Any]:
    return ssm.call("GetCommandInvocation", CommandId=command, InstanceId=node_id, **more)


def status(ssm: Ssm, command: str, node_id: str) -> tuple[str, str]:
    answer = invocation(ssm, command, node_id)
    return answer["Status"], answer["StatusDetails"]


def listed(ssm: Ssm, command: str) -> dict[str, Any]:
    (answer,) = ssm.call("ListCommands", CommandId=command)["Commands"]
    assert isinstance(answer, dict)
    return answer


def test_a_command_goes_through_pending_and_in_progress_to_success(ssm: Ssm) -> None:
    command = ssm.run(A, wait={"seconds": 1})
    assert (status(ssm, command, A), listed(ssm, command)["Status"]) == (("Pending", "Pending"), "Pending")
    ssm.wait(seconds=10)
    assert (status(ssm, command, A), listed(ssm, command)["Status"]) == (("InProgress", "InProgress"), "InProgress")
    ssm.wait(seconds=40)
    assert (status(ssm, command, A), listed(ssm, command)["Status"]) == (("Success", "Success"), "Success")
    whole = listed(ssm, command)
    assert (whole["TargetCount"], whole["CompletedCount"], whole["ErrorCount"]) == (1, 1, 0)
    assert invocation(ssm, command, A, PluginName="PatchLinux")["StandardOutputContent"] == "scanned"
    assert invocation(ssm, command, A)["StandardOutputContent"] == ""
    assert invocation(ssm, command, A, PluginName="PatchWindows")["ResponseCode"] == 0


@pytest.mark.parametrize("node_id", [UNMANAGED, f"i-{99:017x}", C])
def test_unmanaged_unknown_and_stopped_nodes_are_refused(ssm: Ssm, node_id: str) -> None:
    ssm.site.nodes[C].state = "stopped"
    asked = {"DocumentName": "AWS-RunPatchBaseline", "Parameters": {"Operation": ["Scan"]}}
    assert ssm.refused("SendCommand", InstanceIds=[A, node_id], **asked) == "InvalidInstanceId"
    assert ssm.call("ListCommands")["Commands"] == []


def test_parameters_are_held_against_the_document(ssm: Ssm) -> None:
    for parameters in ({}, {"Operation": ["Upgrade"]}, {"Operation": ["Scan"], "Colour": ["blue"]}):
        asked = {"DocumentName": "AWS-RunPatchBaseline", "InstanceIds": [A], "Parameters": parameters}
        assert ssm.refused("SendCommand", **asked) == "InvalidParameters"
    assert ssm.refused("SendCommand", DocumentName="Nobody", InstanceIds=[A]) == "InvalidDocument"
    twice = {"DocumentName": "AWS-RunPatchBaseline", "InstanceIds": [A, A], "Parameters": {"Operation": ["Scan"]}}
    assert ssm.refused("SendCommand", **twice) == "DuplicateInstanceId"


def test_a_node_that_lost_its_way_ends_in_a_delivery_time_out(ssm: Ssm) -> None:
    ssm.site.nodes[A].online = False
    command = ssm.run(A, TimeoutSeconds=600, wait={"minutes": 9})
    assert status(ssm, command, A) == ("Pending", "Pending")
    ssm.wait(minutes=2)
    assert status(ssm, command, A) == ("TimedOut", "DeliveryTimedOut")
    assert (listed(ssm, command)["Status"], listed(ssm, command)["DeliveryTimedOutCount"]) == ("TimedOut", 1)


def test_a_node_that_comes_back_in_time_gets_its_command(ssm: Ssm) -> None:
    ssm.site.nodes[A].online = False
    command = ssm.run(A, TimeoutSeconds=600, wait={"minutes": 5})
    ssm.site.nodes[A].online = True
    ssm.wait(minutes=3)
    assert status(ssm, command, A) == ("Success", "Success")


def test_too_many_errors_stop_what_has_not_been_sent(ssm: Ssm) -> None:
    ssm.agent(A).fails = True
    command = ssm.run(A, B, C, operation="Install", MaxConcurrency="1", MaxErrors="0")
    assert [status(ssm, command, node)[1] for node in (A, B, C)] == ["Failed", "Terminated", "Terminated"]
    assert (listed(ssm, command)["Status"], listed(ssm, command)["StatusDetails"]) == ("Failed", "Failed")
    assert ssm.agent(B).asked == []


def test_failures_within_the_allowance_leave_the_command_incomplete(ssm: Ssm) -> None:
    ssm.agent(A).fails = True
    command = ssm.run(A, B, operation="Install", MaxErrors="50%")
    assert listed(ssm, command)["StatusDetails"] == "Incomplete"
    assert status(ssm, command, B) == ("Success", "Success")


def test_at_most_max_concurrency_run_at_once(ssm: Ssm) -> None:
    command = ssm.run(A, B, C, MaxConcurrency="2", wait={"seconds": 20})
    assert sorted(status(ssm, command, node)[0] for node in (A, B, C)) == ["InProgress", "InProgress", "Pending"]
    ssm.wait(minutes=3)
    assert listed(ssm, command)["Status"] == "Success"


def test_targets_by_tag_find_nodes_when_sent(ssm: Ssm) -> None:
    asked = {"DocumentName": "AWS-RunPatchBaseline", "Parameters": {"Operation": ["Scan"]}}
    sent = ssm.call("SendCommand", **asked, Targets=[{"Key": "tag:PatchGroup", "Values": ["web"]}])["Command"]
    none = ssm.call("SendCommand", **asked, Targets=[{"Key": "tag:PatchGroup", "Values": ["nobody"]}])["Command"]
    assert (sent["TargetCount"], none["StatusDetails"]) == (2, "NoInstancesInTag")


def test_commands_are_found_by_time_document_and_stage(ssm: Ssm) -> None:
    ssm.run(A, Comment="keep batch-1", wait={"hours": 1})
    ssm.run(B, Comment="keep batch-2", wait={"seconds": 5})

    def found(**filters: str) -> list[str]:
        asked = [{"key": key, "value": value} for key, value in filters.items()]
        return [one["Comment"] for one in ssm.call("ListCommands", Filters=asked)["Commands"]]

    assert found(InvokedAfter="2026-11-01T06:30:00Z") == ["keep batch-2"]
    assert found(InvokedBefore="2026-11-01T06:30:00Z", DocumentName="AWS-RunPatchBaseline") == ["keep batch-1"]
    assert (found(ExecutionStage="Executing"), found(Status="Success")) == (["keep batch-2"], ["keep batch-1"])
    assert found(DocumentName="AWS-Noop") == []


def test_cancelling_stops_what_waits_but_not_what_a_node_has_begun(ssm: Ssm) -> None:
    command = ssm.run(A, B, operation="Install", MaxConcurrency="1", parameters={"RebootOption": ["NoReboot"]}, wait={"seconds": 5})
    ssm.call("CancelCommand", CommandId=command)
    assert (status(ssm, command, A)[0], status(ssm, command, B)[0]) == ("Cancelling", "Cancelled")
    ssm.wait(minutes=2)
    assert (status(ssm, command, A)[0], listed(ssm, command)["Status"]) == ("Cancelled", "Cancelled")
    assert ssm.state(A)["InstalledPendingRebootCount"] == 1
    assert ssm.agent(B).asked == []


def test_commands_are_forgotten_after_thirty_days(ssm: Ssm) -> None:
    command = ssm.run(A)
    ssm.wait(days=29)
    assert listed(ssm, command)["Status"] == "Success"
    ssm.wait(days=2)
    assert ssm.call("ListCommands")["Commands"] == []
    assert ssm.refused("GetCommandInvocation", CommandId=command, InstanceId=A) == "InvocationDoesNotExist"


def test_a_node_stopped_in_the_middle_is_waited_for_until_the_document_times_out(ssm: Ssm) -> None:
    ssm.site.nodes[A].agent = PlannedAgent(lasts=timedelta(minutes=5))
    command = ssm.run(A, wait={"minutes": 1})
    ssm.site.nodes[A].state = "stopped"
    ssm.wait(hours=3)
    assert status(ssm, command, A) == ("TimedOut", "ExecutionTimedOut")


def test_the_agent_can_be_updated(ssm: Ssm) -> None:
    ssm.site.nodes[A].agent_version = "3.1.0.0"
    ssm.call("SendCommand", DocumentName="AWS-UpdateSSMAgent", InstanceIds=[A])
    ssm.wait(minutes=1)
    (row,) = ssm.call("DescribeInstanceInformation", Filters=[{"Key": "InstanceIds", "Values": [A]}])["InstanceInformationList"]
    assert row["IsLatestVersion"]


def test_a_node_that_vanishes_before_its_turn_is_undeliverable(ssm: Ssm) -> None:
    command = ssm.run(A, B, MaxConcurrency="1", wait={"seconds": 10})
    del ssm.site.nodes[B]
    ssm.wait(minutes=5)
    assert [row["StatusDetails"] for row in ssm.call("ListCommandInvocations", CommandId=command)["CommandInvocations"]] == [
        "Success",
        "Undeliverable",
    ]


def test_a_document_for_another_platform_is_refused(ssm: Ssm) -> None:
    steps = [{"action": "aws:runShellScript", "name": "Linux", "inputs": {"runCommand": LINUX}}]
    create(ssm, text=content(mainSteps=steps))
    assert ssm.refused("SendCommand", DocumentName="keep-reboot", InstanceIds=[WINDOWS]) == "UnsupportedPlatformType"


def test_wrong_questions_about_commands_are_refused(ssm: Ssm) -> None:
    command = ssm.run(A)
    asked = {"CommandId": command, "InstanceId": A}
    assert ssm.refused("GetCommandInvocation", **asked, PluginName="PatchMacOS") == "InvalidPluginName"
    assert ssm.refused("CancelCommand", CommandId=command, InstanceIds=[B]) == "InvalidInstanceId"
    assert ssm.refused("CancelCommand", CommandId="00000000-0000-4000-8000-000000000000") == "InvalidCommandId"
    for when in ("yesterday", "2026-11-01T06:00:00"):
        assert ssm.refused("ListCommands", Filters=[{"key": "InvokedAfter", "value": when}]) == "ValidationException"
    done = [{"key": "Status", "value": "Success"}]
    assert len(ssm.call("ListCommandInvocations", Filters=done)["CommandInvocations"]) == 1
