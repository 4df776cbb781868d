"""Targets and tasks of maintenance windows."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.document_content import filled
from patchkeep.sandbox.ssm.execution import must_be_emulated
from patchkeep.sandbox.ssm.ids import guid
from patchkeep.sandbox.ssm.listing import chosen, kept_by, listing
from patchkeep.sandbox.ssm.select import matching
from patchkeep.sandbox.ssm.sending import asked_document
from patchkeep.sandbox.ssm.window_store import Part, Window, find_part, find_window

MOST_TARGETS, MOST_TASKS = 100, 20  # per window: AWS General Reference, Systems Manager quotas
_TARGET = ("ResourceType", "Targets", "OwnerInformation", "Name", "Description")
_TASK = (
    "Targets",
    "TaskArn",
    "ServiceRoleArn",
    "TaskType",
    "TaskParameters",
    "TaskInvocationParameters",
    "Priority",
    "MaxConcurrency",
    "MaxErrors",
    "LoggingInfo",
    "Name",
    "Description",
    "CutoffBehavior",
    "AlarmConfiguration",
)
_SIZE = (10, 100, 50)


@operation("ssm", "RegisterTargetWithMaintenanceWindow")
def register_target(request: Request) -> Answer:
    window = find_window(request.site, request.params["WindowId"])
    if request.params["ResourceType"] != "INSTANCE":
        raise AwsError("EmulatorNotImplemented", "Targets by resource group are not emulated.")
    if again := _repeated(window.targets, request):
        return {"WindowTargetId": again}
    if len(window.targets) >= MOST_TARGETS:
        raise AwsError("ResourceLimitExceededException", f"A maintenance window may have {MOST_TARGETS} targets.")
    matching(request.site, request.params["Targets"])
    made = guid(request.world)
    window.targets[made] = {**deepcopy(chosen(request.params, (*_TARGET, "ClientToken"))), "WindowTargetId": made}
    return {"WindowTargetId": made}


def _repeated(parts: Mapping[str, Part], request: Request) -> str | None:
    token = request.params.get("ClientToken")
    return next((part_id for part_id, part in parts.items() if token and part.get("ClientToken") == token), None)


@operation("ssm", "UpdateMaintenanceWindowTarget")
def update_target(request: Request) -> Answer:
    window = find_window(request.site, request.params["WindowId"])
    part = find_part(window.targets, request.params["WindowTargetId"], "Window target")
    given = deepcopy(chosen(request.params, ("Targets", "OwnerInformation", "Name", "Description")))
    if request.params.get("Replace"):
        for name in ("OwnerInformation", "Name", "Description"):
            part.pop(name, None)
    part.update(given)
    shown = chosen(part, ("Targets", "OwnerInformation", "Name", "Description"))
    return {"WindowId": window.id, "WindowTargetId": part["WindowTargetId"], **shown}


@operation("ssm", "DeregisterTargetFromMaintenanceWindow")
def deregister_target(request: Request) -> Answer:
    window, target = find_window(request.site, request.params["WindowId"]), request.params["WindowTargetId"]
    find_part(window.targets, target, "Window target")
    if request.params.get("Safe") and any(target in one["Values"] for task in window.tasks.values() for one in task.get("Targets", ())):
        raise AwsError("TargetInUseException", "The target is still referenced by a task.")
    del window.targets[target]
    return {"WindowId": window.id, "WindowTargetId": target}


@operation("ssm", "DescribeMaintenanceWindowTargets")
def describe_targets(request: Request) -> Answer:
    window = find_window(request.site, request.params["WindowId"])
    tests = {
        "Type": lambda part, values: part["ResourceType"] in values,
        "WindowTargetId": lambda part, values: part["WindowTargetId"] in values,
        "OwnerInformation": lambda part, values: part.get("OwnerInformation") in values,
    }
    passes = kept_by(request.params.get("Filters") or (), tests, "ValidationException")
    shown = [part for part in window.targets.values() if passes(part)]
    rows = [{"WindowId": window.id, **deepcopy(chosen(part, (*_TARGET, "WindowTargetId")))} for part in shown]
    return listing(request, "Targets", rows, size=_SIZE)


@operation("ssm", "RegisterTaskWithMaintenanceWindow")
def register_task(request: Request) -> Answer:
    window = find_window(request.site, request.params["WindowId"])
    if again := _repeated(window.tasks, request):
        return {"WindowTaskId": again}
    if len(window.tasks) >= MOST_TASKS:
        raise AwsError("ResourceLimitExceededException", f"A maintenance window may have {MOST_TASKS} tasks.")
    task = {"Priority": 0, "MaxConcurrency": "1", "MaxErrors": "1", **deepcopy(chosen(request.params, (*_TASK, "ClientToken")))}
    _must_be_possible(request, window, task)
    task["WindowTaskId"] = guid(request.world)
    window.tasks[task["WindowTaskId"]] = task
    return {"WindowTaskId": task["WindowTaskId"]}


def _must_be_possible(request: Request, window: Window, task: Part) -> None:
    if task["TaskType"] != "RUN_COMMAND":
        raise AwsError("EmulatorNotImplemented", f"Tasks of type {task['TaskType']} are not emulated.")
    if not task.get("Targets"):
        raise AwsError("ValidationException", "A task of type RUN_COMMAND needs targets.")
    for target in task["Targets"]:
        _target_must_be_known(window, target)
    run = (task.get("TaskInvocationParameters") or {}).get("RunCommand") or {}
    document, version = asked_document(request.world, request.site, {"DocumentName": task["TaskArn"], **run})
    must_be_emulated(document, version, filled(version.content, run.get("Parameters") or {}))


def _target_must_be_known(window: Window, target: Mapping[str, Any]) -> None:
    if target["Key"] == "WindowTargetIds":
        if unknown := [value for value in target["Values"] if value not in window.targets]:
            raise AwsError("ValidationException", f"Window targets {unknown} are not registered with {window.id}.")
    elif target["Key"] != "InstanceIds":
        raise AwsError("ValidationException", "A task's targets are WindowTargetIds or InstanceIds.")
    elif not window.asked["AllowUnassociatedTargets"] and not _all_registered(window, target["Values"]):
        raise AwsError("ValidationException", "The maintenance window doesn't allow targets that aren't registered with it.")


def _all_registered(window: Window, node_ids: list[str]) -> bool:
    registered = {value for part in window.targets.values() for one in part["Targets"] for value in one["Values"]}
    return set(node_ids) <= registered


@operation("ssm", "UpdateMaintenanceWindowTask")
def update_task(request: Request) -> Answer:
    window = find_window(request.site, request.params["WindowId"])
    task = find_part(window.tasks, request.params["WindowTaskId"], "Window task")
    kept = {"WindowTaskId", "TaskType", "ClientToken"}
    before = {name: value for name, value in task.items() if name in kept or not request.params.get("Replace")}
    changed = {"Priority": 0, "MaxConcurrency": "1", "MaxErrors": "1", **before, **deepcopy(chosen(request.params, _TASK))}
    if "TaskArn" not in changed:
        raise AwsError("ValidationException", "With Replace, what RegisterTaskWithMaintenanceWindow requires is required: TaskArn.")
    _must_be_possible(request, window, changed)
    window.tasks[task["WindowTaskId"]] = changed
    shown = chosen(changed, [name for name in _TASK if name != "TaskType"])
    return {"WindowId": window.id, "WindowTaskId": task["WindowTaskId"], **deepcopy(shown)}


@operation("ssm", "DeregisterTaskFromMaintenanceWindow")
def deregister_task(request: Request) -> Answer:
    window, task = find_window(request.site, request.params["WindowId"]), request.params["WindowTaskId"]
    find_part(window.tasks, task, "Window task")
    del window.tasks[task]
    return {"WindowId": window.id, "WindowTaskId": task}


@operation("ssm", "GetMaintenanceWindowTask")
def get_task(request: Request) -> Answer:
    window = find_window(request.site, request.params["WindowId"])
    task = find_part(window.tasks, request.params["WindowTaskId"], "Window task")
    return {"WindowId": window.id, "WindowTaskId": task["WindowTaskId"], **deepcopy(chosen(task, _TASK))}


@operation("ssm", "DescribeMaintenanceWindowTasks")
def describe_tasks(request: Request) -> Answer:
    window = find_window(request.site, request.params["WindowId"])
    tests = {
        "WindowTaskId": lambda task, values: task["WindowTaskId"] in values,
        "TaskArn": lambda task, values: task["TaskArn"] in values,
        "Priority": lambda task, values: str(task["Priority"]) in values,
        "TaskType": lambda task, values: task["TaskType"] in values,
    }
    passes = kept_by(request.params.get("Filters") or (), tests, "ValidationException")
    hidden = {"TaskType", "TaskInvocationParameters"}  # the list answers Type, and parameters only one by one
    rows = [
        {
            "WindowId": window.id,
            "WindowTaskId": task["WindowTaskId"],
            "Type": task["TaskType"],
            **deepcopy(chosen(task, [name for name in _TASK if name not in hidden])),
        }
        for task in window.tasks.values()
        if passes(task)
    ]
    return listing(request, "Tasks", rows, size=_SIZE)
