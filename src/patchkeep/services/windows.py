"""Maintenance windows of Systems Manager: ours where AWS installs by itself, and everybody else's with what their tasks do.

A window of ours has one target, the environment's members, and one task: Install, with a reboot where one is needed.
Botocore: ssm CreateMaintenanceWindow, RegisterTargetWithMaintenanceWindow, RegisterTaskWithMaintenanceWindow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from math import ceil
from typing import Any

from patchkeep.domain.asset import Existing, Found
from patchkeep.domain.call import Call, Dialogue, Target, answered
from patchkeep.domain.frozen import Frozen, fingerprint
from patchkeep.domain.policy import Installer, Policy
from patchkeep.domain.setting import MEMBER_TAG, Estate, Setting, Wanted, member_of
from patchkeep.domain.window import MaintenanceWindow
from patchkeep.services._acts import act, operation_of
from patchkeep.services._adoption import Adoption, acts_in_words, acts_reach, operations
from patchkeep.services._answers import granted
from patchkeep.services._grants import Grant, marked_ours, marking_ours, own, when
from patchkeep.services._service import Service
from patchkeep.services._settings import Marks, Ways, blocked, differences, marks_of, owner_tags

KIND = "maintenance window"
_NO_GATES = "AWS installs here by itself: no rings, no gates, no freezes"
_TIMES = ("Schedule", "ScheduleTimezone", "Duration", "Cutoff")
_UNSAID = ("StartDate", "EndDate", "ScheduleOffset")  # a window of ours says none of these
_HOUR = timedelta(hours=1)
# CONTINUE_TASK: cutting an installation short leaves packages half installed, which is worse than a window overrun.
_INSTALL = {
    "TaskArn": "AWS-RunPatchBaseline",
    "TaskType": "RUN_COMMAND",
    "MaxConcurrency": "10%",
    "MaxErrors": "1%",
    "CutoffBehavior": "CONTINUE_TASK",
}
_INSTALL_PARAMETERS = {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]}


def discover(target: Target) -> Dialogue[Found]:
    """All windows with targets, tasks and owners. What a Run Command task does is told by its own description only."""
    windows = (yield Call.of("ssm", "describe_maintenance_windows", MaxResults=100))["WindowIdentities"]
    objects = []
    for window in windows:
        place = {"WindowId": window["WindowId"]}
        answers = yield (
            Call.of("ssm", "describe_maintenance_window_targets", place, MaxResults=100),
            Call.of("ssm", "describe_maintenance_window_tasks", place, MaxResults=100),
            Call.of("ssm", "list_tags_for_resource", ResourceType="MaintenanceWindow", ResourceId=window["WindowId"]),
        )
        targets, tasks, tags = granted(answers)
        patching = [task["WindowTaskId"] for task in tasks["Tasks"] if operation_of(task["TaskArn"], {})]
        answers = yield tuple(Call.of("ssm", "get_maintenance_window_task", place, WindowTaskId=task) for task in patching)
        told = dict(zip(patching, granted(answers), strict=True))
        rows = [told.get(task["WindowTaskId"], task) for task in tasks["Tasks"]]
        objects.append(_existing(target, window, targets["Targets"], rows, marks_of(tags["TagList"], window["Name"])))
    return Found(objects=tuple(sorted(objects, key=lambda existing: existing.id)))


def _existing(target: Target, window: Mapping[str, Any], targets: list[Any], rows: list[Any], marks: Marks) -> Existing:
    registered = {row["WindowTargetId"]: _selectors(row["Targets"]) for row in targets}
    tasks = [_task(row, registered) for row in rows]
    fields = {
        **{key: window[key] for key in _TIMES if key in window},
        **{key: window[key] for key in _UNSAID if window.get(key)},
        "ScheduleTimezone": window.get("ScheduleTimezone") or "UTC",
        "Enabled": window.get("Enabled", True),
        "Targets": list(registered.values()),
        "TargetIds": list(registered),
        "Tasks": tasks,
        "TaskIds": [row["WindowTaskId"] for row in rows],
        "acts": [act(task["TaskArn"], task["Parameters"], reached) for task in tasks for reached in task["Targets"]],
    }
    return Existing("windows", KIND, target, window["WindowId"], marks.name, marks.owner, Frozen(fields, **marks.fields))


def _selectors(targets: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"Key": one["Key"], "Values": list(one.get("Values", ()))} for one in targets]


def _task(row: Mapping[str, Any], registered: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A task as we compare it: what it is told, and the targets it reaches, each a list of conditions that must all hold."""
    named = [value for one in row.get("Targets", ()) if one["Key"] == "WindowTargetIds" for value in one["Values"]]
    direct = [one for one in row.get("Targets", ()) if one["Key"] != "WindowTargetIds"]
    reached = [registered[name] for name in named if name in registered]
    old_form = {name: value["Values"] for name, value in row.get("TaskParameters", {}).items()}
    return {
        "CutoffBehavior": "CONTINUE_TASK",
        **{key: row[key] for key in _INSTALL if key in row},
        "TaskType": row.get("TaskType") or row.get("Type", ""),
        "Parameters": row.get("TaskInvocationParameters", {}).get("RunCommand", {}).get("Parameters", old_form),
        "Targets": [*reached, *([_selectors(direct)] if direct else [])],
    }


def settings(estate: Estate) -> tuple[Setting, ...]:
    """One window for every environment that AWS installs in, in each account and region where it has members."""
    ways = Ways("windows", _create_calls(estate.ownership), _change_calls, _delete_calls)
    asked = tuple(_wanted(estate))
    wanted = [one for one, window in asked if window]
    lacking = [one for one, window in asked if not window]
    unclear = {(one.target, one.name) for one in lacking}
    present = [e for e in estate.objects if e.service == "windows" and (e.target, e.name) not in unclear]
    closing = differences(ways, wanted, present, estate.ownership)
    return (
        *closing,
        *(blocked("windows", one, "the environment names no window of the policy: AWS would never install") for one in lacking),
    )


def _wanted(estate: Estate) -> Iterator[tuple[Wanted, MaintenanceWindow | None]]:
    for environment, target, _ in estate.places:
        if environment.installer is Installer.AWS:
            member = member_of(estate.policy, environment)
            window = estate.policy.window(environment.window)
            fields, notes = _fields(window, member) if window else (Frozen(), ())
            yield Wanted(KIND, target, f"{member[:118]}-install", fields, notes), window


def _fields(window: MaintenanceWindow, member: str) -> tuple[Frozen, tuple[str, ...]]:
    """AWS knows whole hours: a window is never made longer than the policy says, nor its cutoff shorter."""
    duration = max(1, window.lasts // _HOUR)
    cutoff = min(ceil(window.stop_starting / _HOUR), duration - 1)
    notes = [_NO_GATES]
    if (window.lasts, window.stop_starting) != (duration * _HOUR, cutoff * _HOUR):
        notes.append(f"AWS knows whole hours: window {window.name} is {duration} h with a cutoff of {cutoff} h there")
    reached = [{"Key": f"tag:{MEMBER_TAG}", "Values": [member]}]
    fields = {
        "Schedule": window.schedule,
        "ScheduleTimezone": window.timezone,
        "Duration": duration,
        "Cutoff": cutoff,
        "Enabled": True,
        "Targets": [reached],
        "Tasks": [{**_INSTALL, "Parameters": _INSTALL_PARAMETERS, "Targets": [reached]}],
    }
    return Frozen(fields), tuple(notes)


def _create_calls(ownership: str) -> Callable[[Wanted], list[Call]]:
    def create(wanted: Wanted) -> list[Call]:
        token = fingerprint([str(wanted.target), wanted.name, wanted.fields])  # 64 characters, as many as ClientToken takes
        marks = {"ClientToken": token, "Tags": owner_tags(ownership), "AllowUnassociatedTargets": False}
        made = Call.of("ssm", "create_maintenance_window", _times(wanted), Name=wanted.name, **marks)
        return [made, *_fill_calls(wanted, answered("WindowId"))]

    return create


def _times(wanted: Wanted) -> dict[str, Any]:
    return {key: wanted.fields[key] for key in _TIMES}


def _fill_calls(wanted: Wanted, window: str) -> Iterator[Call]:
    """The window's one target and its one task."""
    (reached,), (task,) = wanted.fields["Targets"], wanted.fields["Tasks"]
    place = {"WindowId": window, "Name": wanted.name}
    yield Call.of("ssm", "register_target_with_maintenance_window", place, ResourceType="INSTANCE", Targets=reached)
    told = {key: task[key] for key in _INSTALL}
    yield Call.of(
        "ssm",
        "register_task_with_maintenance_window",
        {**place, **told},
        Targets=[{"Key": "WindowTargetIds", "Values": [answered("WindowTargetId")]}],
        TaskInvocationParameters={"RunCommand": {"Parameters": task["Parameters"]}},
        Priority=1,
    )


def _change_calls(wanted: Wanted, existing: Existing) -> list[Call]:
    """Times are updated; targets or tasks that differ are taken off, all of them, and put on anew."""
    place = {"WindowId": existing.id}
    calls = []
    if any(existing.fields.get(key) != wanted.fields[key] for key in (*_TIMES, "Enabled")):
        calls.append(Call.of("ssm", "update_maintenance_window", {**place, **_times(wanted)}, Enabled=True))
    if any(existing.fields[key] != wanted.fields[key] for key in ("Targets", "Tasks")):
        tasks, targets = existing.fields["TaskIds"], existing.fields["TargetIds"]
        calls += [Call.of("ssm", "deregister_task_from_maintenance_window", place, WindowTaskId=task) for task in tasks]
        calls += [Call.of("ssm", "deregister_target_from_maintenance_window", place, WindowTargetId=one) for one in targets]
        calls += _fill_calls(wanted, existing.id)
    return calls


def _delete_calls(existing: Existing) -> list[Call]:
    """Its targets and tasks go with it."""
    return [Call.of("ssm", "delete_maintenance_window", WindowId=existing.id)]


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Windows that bear our tag, where AWS installs; elsewhere only to remove those that an earlier policy left.

    Their tasks name no role, so nothing is passed: Systems Manager works with its service-linked role, which is made once.
    """
    ours = own("ssm", "maintenancewindow/*")
    if not any(environment.installer is Installer.AWS for environment in policy.environments):
        return (Grant("OurWindows", "ssm", ("delete_maintenance_window",), ours, marked_ours(policy)),)
    fill = ("register_target_with_maintenance_window", "register_task_with_maintenance_window")
    empty = ("deregister_target_from_maintenance_window", "deregister_task_from_maintenance_window")
    alter = ("update_maintenance_window", *fill, *empty, "delete_maintenance_window")
    linked = ("arn:{partition}:iam::{account}:role/aws-service-role/ssm.amazonaws.com/*",)
    for_ssm = when(StringEquals={"iam:AWSServiceName": "ssm.amazonaws.com"})
    return (
        Grant("MakeWindows", "ssm", ("create_maintenance_window",), conditions=marking_ours(policy)),
        Grant("MarkOurs", "ssm", ("add_tags_to_resource",), ours, marking_ours(policy)),
        Grant("OurWindows", "ssm", alter, ours, marked_ours(policy)),
        Grant("TheirTargets", "ssm", empty[:1], own("ssm", "windowtarget/*")),
        Grant("TheirTasks", "ssm", empty[1:], own("ssm", "windowtask/*")),
        Grant("LinkedRole", "iam", ("create_service_linked_role",), linked, for_ssm),
    )


def _serves(existing: Existing, wanted: Setting) -> bool:  # noqa: ARG001 - every wanted window installs
    """A window of ours installs; one that is still empty may become one."""
    return operations(existing) <= {"Install"}


def _bars(existing: Existing) -> str:
    """What else runs in it would be taken off with the first change of ours."""
    does = {task["TaskArn"]: operation_of(task["TaskArn"], task["Parameters"]) for task in existing.fields["Tasks"]}
    others = sorted(
        f"{document} ({operation})" if operation else document for document, operation in does.items() if operation != "Install"
    )
    if not others:
        return ""
    return f"it also runs {', '.join(others)}, and a window of ours installs and nothing else: move that into another window first"


ADOPTION = Adoption("MaintenanceWindow", frozenset({KIND}), acts_in_words, _serves, acts_reach, _bars, _UNSAID)
SERVICE = Service(name="windows", discover=discover, settings=settings, rank=3, adoption=ADOPTION)
