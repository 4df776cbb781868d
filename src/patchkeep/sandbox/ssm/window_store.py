"""Maintenance windows with their targets and tasks, and what their executions left.

State: `site.kept["ssm.windows"]` id -> Window; `site.kept["ssm.window-executions"]` id -> WindowExecution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.ssm.schedule import Schedule, parse

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site

KEPT_FOR = timedelta(days=30)
Part = dict[str, Any]


@dataclass(slots=True)
class Window:
    """`asked`: the parameters of CreateMaintenanceWindow as they stand now. `version` grows with every change."""

    id: str
    asked: Part
    created: datetime
    changed: datetime
    token: str | None = None
    version: int = 1
    targets: dict[str, Part] = field(default_factory=dict)
    tasks: dict[str, Part] = field(default_factory=dict)

    @property
    def enabled(self) -> bool:
        return bool(self.asked.get("Enabled", True))

    @property
    def lasts(self) -> timedelta:
        return timedelta(hours=int(self.asked["Duration"]))

    @property
    def starts_tasks_for(self) -> timedelta:
        return self.lasts - timedelta(hours=int(self.asked["Cutoff"]))

    def schedule(self) -> Schedule:
        zone, offset = self.asked.get("ScheduleTimezone") or "UTC", int(self.asked.get("ScheduleOffset") or 0)
        return parse(self.asked["Schedule"], zone=zone, anchor=self.changed, offset=offset)

    def next_after(self, moment: datetime) -> datetime | None:
        """Return its next opening after `moment` between its start and end dates."""
        if start := self.asked.get("StartDate"):
            moment = max(moment, moment_of(start, self.schedule()) - timedelta(seconds=1))
        coming = self.schedule().next_after(moment)
        end = self.asked.get("EndDate")
        return None if coming and end and coming > moment_of(end, self.schedule()) else coming


def moment_of(text: str, schedule: Schedule) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise AwsError("ValidationException", f"'{text}' is not a date in ISO 8601.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=schedule.zone)).astimezone(UTC)


@dataclass(slots=True)
class TaskInvocation:
    """One command of a task. `command`: its id; "" when it could not be sent."""

    id: str
    command: str
    target: str
    parameters: str
    status: str
    started: datetime
    details: str = ""
    ended: datetime | None = None


@dataclass(slots=True)
class TaskExecution:
    id: str
    task: Part
    status: str
    started: datetime
    details: str = ""
    ended: datetime | None = None
    invocations: list[TaskInvocation] = field(default_factory=list)


@dataclass(slots=True)
class WindowExecution:
    id: str
    window: str
    status: str  # IN_PROGRESS | SUCCESS | FAILED | TIMED_OUT | SKIPPED_OVERLAPPING | CANCELLED
    started: datetime
    details: str = ""
    ended: datetime | None = None
    tasks: list[TaskExecution] = field(default_factory=list)


def windows_of(site: Site) -> dict[str, Window]:
    return cast(dict[str, Window], site.kept["ssm.windows"])


def executions_of(site: Site, now: datetime) -> dict[str, WindowExecution]:
    """Return the executions of the last 30 days; older ones are forgotten."""
    kept = cast(dict[str, WindowExecution], site.kept["ssm.window-executions"])
    for old in [one.id for one in kept.values() if now - one.started > KEPT_FOR]:
        del kept[old]
    return kept


def find_window(site: Site, window_id: str) -> Window:
    window = windows_of(site).get(window_id)
    if window is None:
        raise AwsError("DoesNotExistException", f"Maintenance window {window_id} does not exist.")
    return window


def find_part(parts: dict[str, Part], part_id: str, what: str) -> Part:
    if part_id not in parts:
        raise AwsError("DoesNotExistException", f"{what} {part_id} does not exist.")
    return parts[part_id]
