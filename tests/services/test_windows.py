"""Maintenance windows: ours where AWS installs, and what other people's tasks do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from patchkeep.domain.asset import Existing
from patchkeep.domain.frozen import thaw
from patchkeep.domain.setting import Action, Setting
from patchkeep.services.windows import discover, settings
from tests.services.estates import LEGACY, NIGHT, POLICY, estate, node, operations
from tests.services.samples import OWNERSHIP, READS, RUNNING, WINDOW, WINDOW_TARGET, WINDOW_TASK
from tests.services.talk import HERE, carry

NAME = "patchkeep-main-legacy-install"
REACHED = [{"Key": "tag:patchkeep:environment", "Values": ["patchkeep-main-legacy"]}]


def found(window: dict[str, Any], task: dict[str, Any], owner: str = "", targets: list[Any] | None = None) -> tuple[Existing, ...]:
    """What discovery makes of one window with one task and one target."""
    row = {"WindowId": WINDOW, "WindowTargetId": WINDOW_TARGET, "ResourceType": "INSTANCE", "Targets": targets or REACHED}
    listed = {"WindowTaskId": WINDOW_TASK, "TaskArn": task["TaskArn"], "Type": task["TaskType"], "WindowId": WINDOW}
    answers = {
        "describe_maintenance_windows": {"WindowIdentities": [{"WindowId": WINDOW, "Enabled": True, **window}]},
        "describe_maintenance_window_targets": {"Targets": [row]},
        "describe_maintenance_window_tasks": {"Tasks": [listed]},
        "get_maintenance_window_task": {"WindowTaskId": WINDOW_TASK, **task},
        "list_tags_for_resource": {"TagList": [{"Key": "patchkeep:managed-by", "Value": owner}] if owner else []},
    }
    return carry(discover(HERE), answers)[0].objects


def carried_out(setting: Setting) -> tuple[Existing, ...]:
    """What is there after the calls of a new window."""
    window, _, task = (thaw(call.params) for call in setting.calls)
    task["Targets"] = [{"Key": "WindowTargetIds", "Values": [WINDOW_TARGET]}]
    return found(window, task, OWNERSHIP)


def test_a_window_carries_what_its_tasks_do_and_whom_they_reach() -> None:
    (existing,) = carry(discover(HERE), READS)[0].objects
    assert existing.name == "sunday"
    assert [(act["operation"], act["targets"][0]["Key"]) for act in existing.fields["acts"]] == [("Install", "tag:PatchGroup")]


def test_only_tasks_that_patch_are_asked_about_and_others_are_known() -> None:
    tasks = {"Tasks": [{"WindowTaskId": WINDOW_TASK, "TaskArn": "arn:aws:lambda:eu-central-1:111122223333:function:x", "Type": "LAMBDA"}]}
    found_, calls = carry(discover(HERE), {**READS, "describe_maintenance_window_tasks": tasks})
    assert "get_maintenance_window_task" not in {call.operation for call in calls}
    assert found_.objects[0].fields["acts"] == ()
    assert found_.objects[0].fields["Tasks"][0]["TaskType"] == "LAMBDA"


def test_a_task_in_the_old_form_is_read_too() -> None:
    old = {"TaskArn": "AWS-RunPatchBaseline", "TaskType": "RUN_COMMAND", "TaskParameters": {"Operation": {"Values": ["Scan"]}}}
    direct = {**old, "Targets": [{"Key": "InstanceIds", "Values": [RUNNING]}]}
    (existing,) = found({"Name": "old", "Schedule": "rate(1 day)"}, direct)
    (act,) = existing.fields["acts"]
    assert (act["operation"], act["targets"][0]["Values"]) == ("Scan", (RUNNING,))


def test_a_window_with_its_target_and_task_where_aws_installs() -> None:
    (setting,) = settings(estate(legacy=(node(RUNNING),), prod=(node("i-0000000000000000f"),)))
    assert (setting.action, setting.name) == (Action.CREATE, NAME)
    assert operations(setting) == [
        "create_maintenance_window",
        "register_target_with_maintenance_window",
        "register_task_with_maintenance_window",
    ]
    window, target, task = (call.params for call in setting.calls)
    assert (window["Schedule"], window["ScheduleTimezone"], window["Duration"], window["Cutoff"]) == (NIGHT.schedule, "Europe/Berlin", 4, 1)
    assert target["WindowId"] == "<WindowId answered above>"
    assert task["Targets"][0]["Values"] == ("<WindowTargetId answered above>",)
    told = task["TaskInvocationParameters"]["RunCommand"]["Parameters"]
    assert told == {"Operation": ("Install",), "RebootOption": ("RebootIfNeeded",)}
    assert (task["MaxConcurrency"], task["MaxErrors"]) == ("10%", "1%")
    assert setting.notes == ("AWS installs here by itself: no rings, no gates, no freezes",)


def test_what_creating_leaves_needs_no_setting() -> None:
    before = estate(legacy=(node(RUNNING),))
    (setting,) = settings(before)
    assert settings(replace(before, objects=carried_out(setting))) == ()


def test_a_changed_time_is_updated_and_nothing_else_touched() -> None:
    (setting,) = settings(estate(legacy=(node(RUNNING),)))
    later = replace(POLICY, windows=(replace(NIGHT, schedule="cron(0 4 ? * SUN *)"),))
    (change,) = settings(estate(*carried_out(setting), policy=later, legacy=(node(RUNNING),)))
    assert (change.action, operations(change), list(change.becomes)) == (Action.CHANGE, ["update_maintenance_window"], ["Schedule"])


def test_a_task_changed_by_hand_is_put_on_anew() -> None:
    (setting,) = settings(estate(legacy=(node(RUNNING),)))
    window, _, task = (thaw(call.params) for call in setting.calls)
    task["TaskInvocationParameters"]["RunCommand"]["Parameters"]["Operation"] = ["Scan"]
    task["Targets"] = [{"Key": "WindowTargetIds", "Values": [WINDOW_TARGET]}]
    (change,) = settings(estate(*found(window, task, OWNERSHIP), legacy=(node(RUNNING),)))
    assert operations(change) == [
        "deregister_task_from_maintenance_window",
        "deregister_target_from_maintenance_window",
        "register_target_with_maintenance_window",
        "register_task_with_maintenance_window",
    ]
    assert change.calls[2].params["WindowId"] == WINDOW


def test_a_window_of_ours_that_somebody_turned_off_is_turned_on() -> None:
    (setting,) = settings(estate(legacy=(node(RUNNING),)))
    (off,) = carried_out(setting)
    off = replace(off, fields=type(off.fields)(off.fields, Enabled=False))
    (change,) = settings(estate(off, legacy=(node(RUNNING),)))
    assert change.calls[0].params["Enabled"] is True


def test_an_environment_that_names_no_window_is_blocked_with_the_reason() -> None:
    policy = replace(POLICY, environments=(replace(LEGACY, window=""),))
    (setting,) = settings(estate(policy=policy, legacy=(node(RUNNING),)))
    assert setting.action is Action.BLOCKED
    assert "names no window" in setting.notes[0]


def test_hours_are_whole_and_never_more_than_the_policy_gives() -> None:
    odd = replace(NIGHT, lasts=timedelta(hours=2, minutes=30), stop_starting=timedelta(minutes=20))
    (setting,) = settings(estate(policy=replace(POLICY, windows=(odd,)), legacy=(node(RUNNING),)))
    assert (setting.calls[0].params["Duration"], setting.calls[0].params["Cutoff"]) == (2, 1)
    assert "2 h with a cutoff of 1 h" in setting.notes[1]


def test_windows_of_an_environment_that_aws_no_longer_installs_in_go() -> None:
    (setting,) = settings(estate(legacy=(node(RUNNING),)))
    (gone,) = settings(estate(*carried_out(setting), prod=(node(RUNNING),)))
    assert (gone.action, operations(gone)) == (Action.DELETE, ["delete_maintenance_window"])


def test_other_people_s_windows_are_nobody_s_business_in_a_plan() -> None:
    assert settings(estate(*carry(discover(HERE), {**READS, "list_tags_for_resource": {"TagList": []}})[0].objects)) == ()
