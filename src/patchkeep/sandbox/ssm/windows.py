"""Creating, reading, changing and deleting maintenance windows, and when they will open."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.ids import hexadecimal
from patchkeep.sandbox.ssm.listing import chosen, kept_by, listing, without_none
from patchkeep.sandbox.ssm.tagging import put_tags, tags_of
from patchkeep.sandbox.ssm.window_runs import plan_next
from patchkeep.sandbox.ssm.window_store import Window, find_window, windows_of

MOST_WINDOWS = 50  # per account and region: AWS General Reference, Systems Manager quotas
_FIELDS = ("Name", "Description", "StartDate", "EndDate", "Schedule", "ScheduleTimezone", "ScheduleOffset", "Duration", "Cutoff")
_ALL = (*_FIELDS, "AllowUnassociatedTargets", "Enabled")
_REQUIRED = ("Name", "Schedule", "Duration", "Cutoff", "AllowUnassociatedTargets")
_LOOKS_AHEAD = timedelta(days=92)


@operation("ssm", "CreateMaintenanceWindow")
def create_maintenance_window(request: Request) -> Answer:
    kept, token = windows_of(request.site), request.params.get("ClientToken")
    for earlier in kept.values():
        if token and earlier.token == token:
            return {"WindowId": earlier.id}
    if len(kept) >= MOST_WINDOWS:
        raise AwsError("ResourceLimitExceededException", f"An account may have {MOST_WINDOWS} maintenance windows in a region.")
    asked = deepcopy(chosen(request.params, _ALL))
    window = Window(hexadecimal(request.world, "mw-"), asked, request.now, request.now, token)
    _must_be_possible(window)
    kept[window.id] = window
    put_tags(request.site, "MaintenanceWindow", window.id, request.params.get("Tags") or ())
    plan_next(request.world, request.site, window)
    return {"WindowId": window.id}


def _must_be_possible(window: Window) -> None:
    if int(window.asked["Cutoff"]) >= int(window.asked["Duration"]):
        raise AwsError("ValidationException", "Cutoff must be shorter than Duration.")
    window.next_after(window.changed)


@operation("ssm", "UpdateMaintenanceWindow")
def update_maintenance_window(request: Request) -> Answer:
    window = find_window(request.site, request.params["WindowId"])
    given = deepcopy(chosen(request.params, _ALL))
    if request.params.get("Replace") and (lacking := [name for name in _REQUIRED if name not in given]):
        raise AwsError("ValidationException", f"With Replace, what CreateMaintenanceWindow requires is required: {lacking}.")
    before: Mapping[str, Any] = {} if request.params.get("Replace") else window.asked
    changed = Window(window.id, {**before, **given}, window.created, request.now)
    _must_be_possible(changed)
    window.asked, window.changed = changed.asked, request.now
    window.version += 1
    plan_next(request.world, request.site, window)
    return {"WindowId": window.id, **chosen(window.asked, _ALL), "Enabled": window.enabled}


@operation("ssm", "DeleteMaintenanceWindow")
def delete_maintenance_window(request: Request) -> Answer:
    """Deleting what is not there succeeds, as in AWS, whose model lists no such error."""
    windows_of(request.site).pop(request.params["WindowId"], None)
    tags_of(request.site, "MaintenanceWindow", request.params["WindowId"]).clear()
    return {"WindowId": request.params["WindowId"]}


@operation("ssm", "GetMaintenanceWindow")
def get_maintenance_window(request: Request) -> Answer:
    window = find_window(request.site, request.params["WindowId"])
    return {
        **_row(request, window),
        "AllowUnassociatedTargets": bool(window.asked["AllowUnassociatedTargets"]),
        "CreatedDate": window.created,
        "ModifiedDate": window.changed,
    }


def _row(request: Request, window: Window) -> Answer:
    coming = window.next_after(request.now) if window.enabled else None
    return without_none(
        WindowId=window.id,
        **chosen(window.asked, _FIELDS),
        Enabled=window.enabled,
        NextExecutionTime=_stamp(coming) if coming else None,
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


@operation("ssm", "DescribeMaintenanceWindows")
def describe_maintenance_windows(request: Request) -> Answer:
    tests = {
        "Name": lambda window, values: window.asked["Name"] in values,
        "Enabled": lambda window, values: str(window.enabled).lower() in {value.lower() for value in values},
    }
    passes = kept_by(request.params.get("Filters") or (), tests, "ValidationException")
    rows = [_row(request, window) for window in windows_of(request.site).values() if passes(window)]
    return listing(request, "WindowIdentities", rows, size=(10, 100, 50))


@operation("ssm", "DescribeMaintenanceWindowSchedule")
def describe_maintenance_window_schedule(request: Request) -> Answer:
    """The openings of the next three months, of one window or of all that mean the given targets."""
    wanted = request.params.get("WindowId")
    windows = [find_window(request.site, wanted)] if wanted else list(windows_of(request.site).values())
    if targets := request.params.get("Targets"):
        windows = [window for window in windows if means(window, targets)]
    openings = [(moment, window) for window in windows if window.enabled for moment in _openings(window, request.now)]
    rows = [
        {"WindowId": window.id, "Name": window.asked["Name"], "ExecutionTime": _stamp(moment)}
        for moment, window in sorted(openings, key=lambda pair: (pair[0], pair[1].id))
    ]
    return listing(request, "ScheduledWindowExecutions", rows, size=(1, 100, 50))


def _openings(window: Window, now: datetime) -> list[datetime]:
    found: list[datetime] = []
    moment = window.next_after(now)
    while moment is not None and moment <= now + _LOOKS_AHEAD:
        found.append(moment)
        moment = window.next_after(moment)
    return found


@operation("ssm", "DescribeMaintenanceWindowsForTarget")
def describe_maintenance_windows_for_target(request: Request) -> Answer:
    rows = [
        {"WindowId": window.id, "Name": window.asked["Name"]}
        for window in windows_of(request.site).values()
        if means(window, request.params["Targets"])
    ]
    return listing(request, "WindowIdentities", rows, size=(1, 100, 50))


def means(window: Window, targets: list[dict[str, Any]]) -> bool:
    """Whether a registered target of the window has a key and value in common with these."""
    pairs = {(one["Key"], value) for part in window.targets.values() for one in part["Targets"] for value in one["Values"]}
    return any((one["Key"], value) in pairs for one in targets for value in one["Values"])
