"""Maintenance windows: targets, tasks, openings, cutoff, and what executions leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.ssm.conftest import A, B, C, PlannedAgent, Ssm
from tests.sandbox.ssm.test_documents import create

WINDOW = {"Name": "keep-sunday", "Schedule": "cron(0 4 ? * SUN *)", "Duration": 3, "Cutoff": 1, "AllowUnassociatedTargets": False}
INSTANCES = {"ResourceType": "INSTANCE", "Name": "web", "Description": "Web.", "OwnerInformation": "shop"}
WEB = [{"Key": "tag:PatchGroup", "Values": ["web"]}]


def install(operation: str = "Install", reboot: str = "NoReboot") -> dict[str, Any]:
    return {"RunCommand": {"Parameters": {"Operation": [operation], "RebootOption": [reboot]}, "Comment": "by window"}}


def window(ssm: Ssm, *, tasks: int = 1, **more: Any) -> str:
    """Make a window on Sundays at four whose tasks install on the web nodes. The clock stands at a Sunday at six."""
    made = str(ssm.call("CreateMaintenanceWindow", **{**WINDOW, **more})["WindowId"])
    target = ssm.call("RegisterTargetWithMaintenanceWindow", WindowId=made, Targets=WEB, **INSTANCES)["WindowTargetId"]
    for number in range(tasks):
        meant = [{"Key": "WindowTargetIds", "Values": [target]}]
        run = {
            "TaskArn": "AWS-RunPatchBaseline",
            "TaskType": "RUN_COMMAND",
            "Priority": number,
            "Name": f"task-{number}",
            "Description": "Install.",
            "MaxConcurrency": "100%",
            "MaxErrors": "100%",
        }
        ssm.call("RegisterTaskWithMaintenanceWindow", WindowId=made, Targets=meant, TaskInvocationParameters=install(), **run)
    return made


def executions(ssm: Ssm, made: str) -> list[dict[str, Any]]:
    return list(ssm.call("DescribeMaintenanceWindowExecutions", WindowId=made)["WindowExecutions"])


def installs(ssm: Ssm, node_id: str) -> int:
    return sum(request.operation == "Install" for request in ssm.agent(node_id).asked)


def test_a_window_opens_at_its_hour_and_runs_its_task_on_its_targets(ssm: Ssm) -> None:
    made = window(ssm)
    assert ssm.call("GetMaintenanceWindow", WindowId=made)["NextExecutionTime"] == "2026-11-08T04:00Z"
    ssm.wait(days=6)
    assert installs(ssm, A) == 0
    ssm.wait(days=1)
    assert [installs(ssm, node) for node in (A, B, C)] == [1, 1, 0]
    (execution,) = executions(ssm, made)
    assert execution["Status"] == "SUCCESS"
    (task,) = ssm.call("DescribeMaintenanceWindowExecutionTasks", WindowExecutionId=execution["WindowExecutionId"])[
        "WindowExecutionTaskIdentities"
    ]
    asked = {"WindowExecutionId": execution["WindowExecutionId"], "TaskId": task["TaskExecutionId"]}
    (one,) = ssm.call("DescribeMaintenanceWindowExecutionTaskInvocations", **asked)["WindowExecutionTaskInvocationIdentities"]
    (command,) = ssm.call("ListCommands", CommandId=one["ExecutionId"])["Commands"]
    assert (command["Comment"], command["TargetCount"]) == ("by window", 2)


def test_the_hour_is_the_time_zone_s(ssm: Ssm) -> None:
    made = window(ssm, ScheduleTimezone="Asia/Tokyo")
    assert ssm.call("GetMaintenanceWindow", WindowId=made)["NextExecutionTime"] == "2026-11-07T19:00Z"


def test_tasks_run_by_priority_one_after_the_other(ssm: Ssm) -> None:
    made = window(ssm, tasks=2)
    ssm.wait(days=7)
    (execution,) = executions(ssm, made)
    tasks = ssm.call("DescribeMaintenanceWindowExecutionTasks", WindowExecutionId=execution["WindowExecutionId"])
    first, second = tasks["WindowExecutionTaskIdentities"]
    assert first["EndTime"] <= second["StartTime"]
    assert installs(ssm, A) == 2


def test_nothing_is_started_after_the_cutoff(ssm: Ssm) -> None:
    ssm.site.nodes[A].agent = PlannedAgent(lasts=timedelta(minutes=130))
    made = window(ssm, tasks=2)
    ssm.wait(days=8)
    assert installs(ssm, A) == 1
    (execution,) = executions(ssm, made)
    assert execution["Status"] in {"TIMED_OUT", "FAILED"}
    tasks = ssm.call("DescribeMaintenanceWindowExecutionTasks", WindowExecutionId=execution["WindowExecutionId"])
    assert [one["Status"] for one in tasks["WindowExecutionTaskIdentities"]][1] == "TIMED_OUT"


def test_a_failing_node_fails_task_and_execution(ssm: Ssm) -> None:
    ssm.agent(A).fails = True
    made = window(ssm)
    ssm.wait(days=7)
    assert [one["Status"] for one in executions(ssm, made)] == ["FAILED"]


def test_a_disabled_or_deleted_window_does_not_open(ssm: Ssm) -> None:
    disabled, deleted = window(ssm), window(ssm, Name="keep-other")
    ssm.call("UpdateMaintenanceWindow", WindowId=disabled, Enabled=False)
    ssm.call("DeleteMaintenanceWindow", WindowId=deleted)
    ssm.wait(days=15)
    assert installs(ssm, A) == 0
    assert ssm.refused("GetMaintenanceWindow", WindowId=deleted) == "DoesNotExistException"
    assert "NextExecutionTime" not in ssm.call("GetMaintenanceWindow", WindowId=disabled)


def test_a_changed_schedule_replaces_the_old_one(ssm: Ssm) -> None:
    made = window(ssm)
    ssm.call("UpdateMaintenanceWindow", WindowId=made, Schedule="cron(0 4 ? * MON *)")
    ssm.wait(days=10)
    assert [one["StartTime"].isoweekday() for one in executions(ssm, made)] == [1, 1]


def test_an_opening_is_skipped_while_the_last_still_runs(ssm: Ssm) -> None:
    ssm.site.nodes[A].agent = PlannedAgent(lasts=timedelta(minutes=90))
    made = window(ssm, Schedule="rate(1 hour)", Duration=2, Cutoff=0)
    ssm.wait(minutes=120)
    assert [one["Status"] for one in executions(ssm, made)] == ["SKIPPED_OVERLAPPING", "IN_PROGRESS"]


def test_no_more_than_five_windows_execute_at_once(ssm: Ssm) -> None:
    ssm.site.nodes[A].online = False
    made = [window(ssm, Name=f"keep-{number}") for number in range(6)]
    ssm.wait(days=6, hours=22, minutes=5)
    assert sorted(executions(ssm, one)[0]["Status"] for one in made) == ["FAILED", *["IN_PROGRESS"] * 5]


@pytest.mark.parametrize("wrong", [{"Cutoff": 3}, {"Cutoff": 4, "Duration": 4}, {"Schedule": "daily"}, {"ScheduleTimezone": "Mars/Base"}])
def test_impossible_windows_are_refused(ssm: Ssm, wrong: dict[str, Any]) -> None:
    assert ssm.refused("CreateMaintenanceWindow", **{**WINDOW, **wrong}) == "ValidationException"


def test_a_target_in_use_is_not_deregistered_safely(ssm: Ssm) -> None:
    made = window(ssm)
    (target,) = ssm.call("DescribeMaintenanceWindowTargets", WindowId=made)["Targets"]
    asked = {"WindowId": made, "WindowTargetId": target["WindowTargetId"]}
    assert ssm.refused("DeregisterTargetFromMaintenanceWindow", **asked, Safe=True) == "TargetInUseException"
    ssm.call("DeregisterTargetFromMaintenanceWindow", **asked)
    assert ssm.call("DescribeMaintenanceWindowTargets", WindowId=made)["Targets"] == []


def test_a_task_reads_back_and_can_be_changed(ssm: Ssm) -> None:
    made = window(ssm)
    (row,) = ssm.call("DescribeMaintenanceWindowTasks", WindowId=made)["Tasks"]
    asked = {"WindowId": made, "WindowTaskId": row["WindowTaskId"]}
    ssm.call("UpdateMaintenanceWindowTask", **asked, TaskInvocationParameters=install("Scan"), Name="scan")
    task = ssm.call("GetMaintenanceWindowTask", **asked)
    assert task["TaskInvocationParameters"]["RunCommand"]["Parameters"]["Operation"] == ["Scan"]
    assert (task["Name"], task["MaxConcurrency"], row["Type"]) == ("scan", "100%", "RUN_COMMAND")
    ssm.call("DeregisterTaskFromMaintenanceWindow", **asked)
    assert ssm.refused("GetMaintenanceWindowTask", **asked) == "DoesNotExistException"


def test_tasks_name_registered_targets_unless_the_window_allows_others(ssm: Ssm) -> None:
    run = {"TaskArn": "AWS-RunPatchBaseline", "TaskType": "RUN_COMMAND", "TaskInvocationParameters": install()}
    by_id = {**run, "Targets": [{"Key": "InstanceIds", "Values": [A]}]}
    assert ssm.refused("RegisterTaskWithMaintenanceWindow", WindowId=window(ssm), **by_id) == "ValidationException"
    free = window(ssm, Name="keep-free", tasks=0, AllowUnassociatedTargets=True)
    ssm.call("RegisterTaskWithMaintenanceWindow", WindowId=free, **by_id)
    assert ssm.refused("RegisterTaskWithMaintenanceWindow", WindowId=free, **{**by_id, "TaskType": "LAMBDA"}) == "EmulatorNotImplemented"


def test_coming_openings_are_told_for_window_and_target(ssm: Ssm) -> None:
    made = window(ssm)
    window(ssm, Name="keep-monday", Schedule="cron(0 4 ? * MON *)")
    rows = ssm.call("DescribeMaintenanceWindowSchedule", WindowId=made, MaxResults=2)["ScheduledWindowExecutions"]
    assert [row["ExecutionTime"] for row in rows] == ["2026-11-08T04:00Z", "2026-11-15T04:00Z"]
    both = ssm.call("DescribeMaintenanceWindowsForTarget", Targets=WEB, ResourceType="INSTANCE")["WindowIdentities"]
    assert [row["Name"] for row in both] == ["keep-sunday", "keep-monday"]


def test_windows_are_found_by_name_and_the_fifty_first_refused(ssm: Ssm) -> None:
    for number in range(50):
        ssm.call("CreateMaintenanceWindow", **{**WINDOW, "Name": f"keep-{number}"})
    found = ssm.call("DescribeMaintenanceWindows", Filters=[{"Key": "Name", "Values": ["keep-7"]}])["WindowIdentities"]
    assert [row["Name"] for row in found] == ["keep-7"]
    assert len(ssm.call("DescribeMaintenanceWindows", MaxResults=10)["WindowIdentities"]) == 10
    assert ssm.refused("CreateMaintenanceWindow", **WINDOW) == "ResourceLimitExceededException"


def test_a_task_that_wants_it_is_cancelled_at_the_cutoff(ssm: Ssm) -> None:
    ssm.site.nodes[A].agent = PlannedAgent(lasts=timedelta(hours=5))
    made = window(ssm)
    (task,) = ssm.call("DescribeMaintenanceWindowTasks", WindowId=made)["Tasks"]
    ssm.call("UpdateMaintenanceWindowTask", WindowId=made, WindowTaskId=task["WindowTaskId"], CutoffBehavior="CANCEL_TASK")
    ssm.wait(days=6, hours=23, minutes=59)
    assert [one["Status"] for one in executions(ssm, made)] == ["IN_PROGRESS"]
    ssm.wait(hours=1)
    assert [one["Status"] for one in executions(ssm, made)] == ["CANCELLED"]


def test_a_window_keeps_to_its_dates(ssm: Ssm) -> None:
    made = window(ssm, StartDate="2026-11-14T00:00:00Z", EndDate="2026-11-20T00:00:00Z")
    ssm.wait(days=40)
    assert [one["StartTime"].day for one in executions(ssm, made)] == [15]
    assert ssm.refused("CreateMaintenanceWindow", **WINDOW, StartDate="soon") == "ValidationException"


def test_a_target_can_be_changed_and_found(ssm: Ssm) -> None:
    made = window(ssm)
    (target,) = ssm.call("DescribeMaintenanceWindowTargets", WindowId=made)["Targets"]
    db = [{"Key": "tag:PatchGroup", "Values": ["db"]}]
    asked = {"WindowId": made, "WindowTargetId": target["WindowTargetId"], "Targets": db}
    assert "Name" not in ssm.call("UpdateMaintenanceWindowTarget", **asked, Replace=True)
    mine = [{"Key": "OwnerInformation", "Values": ["shop"]}]
    assert ssm.call("DescribeMaintenanceWindowTargets", WindowId=made, Filters=mine)["Targets"] == []
    ssm.wait(days=7)
    assert [installs(ssm, node) for node in (A, C)] == [0, 1]


def test_registering_with_the_same_token_twice_is_registering_once(ssm: Ssm) -> None:
    made = window(ssm)
    target = {"WindowId": made, "ResourceType": "INSTANCE", "Targets": WEB, "ClientToken": "once"}
    first, second = (ssm.call("RegisterTargetWithMaintenanceWindow", **target)["WindowTargetId"] for _ in range(2))
    assert first == second
    assert len(ssm.call("DescribeMaintenanceWindowTargets", WindowId=made)["Targets"]) == 2


def test_executions_are_found_by_time_and_status(ssm: Ssm) -> None:
    made = window(ssm)
    ssm.wait(days=14)
    late = [{"Key": "ExecutedAfter", "Values": ["2026-11-10T00:00:00Z"]}]
    (one,) = ssm.call("DescribeMaintenanceWindowExecutions", WindowId=made, Filters=late)["WindowExecutions"]
    assert one["StartTime"].day == 15
    failed = [{"Key": "STATUS", "Values": ["FAILED"]}]
    asked = {"WindowExecutionId": one["WindowExecutionId"], "Filters": failed}
    assert ssm.call("DescribeMaintenanceWindowExecutionTasks", **asked)["WindowExecutionTaskIdentities"] == []


def test_a_task_whose_document_is_gone_fails_with_the_reason(ssm: Ssm) -> None:
    create(ssm)
    made = window(ssm, tasks=0)
    (target,) = ssm.call("DescribeMaintenanceWindowTargets", WindowId=made)["Targets"]
    meant = [{"Key": "WindowTargetIds", "Values": [target["WindowTargetId"]]}]
    ssm.call("RegisterTaskWithMaintenanceWindow", WindowId=made, Targets=meant, TaskArn="keep-reboot", TaskType="RUN_COMMAND")
    ssm.call("DeleteDocument", Name="keep-reboot")
    ssm.wait(days=7)
    (execution,) = executions(ssm, made)
    (task,) = ssm.call("DescribeMaintenanceWindowExecutionTasks", WindowExecutionId=execution["WindowExecutionId"])[
        "WindowExecutionTaskIdentities"
    ]
    asked = {"WindowExecutionId": execution["WindowExecutionId"], "TaskId": task["TaskExecutionId"]}
    (one,) = ssm.call("DescribeMaintenanceWindowExecutionTaskInvocations", **asked)["WindowExecutionTaskInvocationIdentities"]
    assert (one["Status"], "InvalidDocument" in one["StatusDetails"]) == ("FAILED", True)


def test_a_window_without_tasks_or_targets_ends_well_at_once(ssm: Ssm) -> None:
    made = window(ssm, tasks=0)
    ssm.wait(days=7)
    assert [one["Status"] for one in executions(ssm, made)] == ["SUCCESS"]
