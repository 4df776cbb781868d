"""A maintenance window as it opens: tasks by priority, none started after the cutoff, each a command like any other.

Source: the user guide's pages on maintenance windows and botocore's model of RegisterTaskWithMaintenanceWindow.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.ssm.delivery import Command, Delivery, commands_of
from patchkeep.sandbox.ssm.ids import guid
from patchkeep.sandbox.ssm.listing import chosen
from patchkeep.sandbox.ssm.sending import send
from patchkeep.sandbox.ssm.window_store import (
    Part,
    TaskExecution,
    TaskInvocation,
    Window,
    WindowExecution,
    executions_of,
    windows_of,
)

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site, World

MOST_AT_ONCE = 5  # executions per account and region: AWS General Reference, Systems Manager quotas
_STATUS = {"Success": "SUCCESS", "Cancelled": "CANCELLED", "TimedOut": "TIMED_OUT"}
_COMMAND_FIELDS = (
    "Comment",
    "CloudWatchOutputConfig",
    "DocumentHash",
    "DocumentHashType",
    "DocumentVersion",
    "NotificationConfig",
    "OutputS3BucketName",
    "OutputS3KeyPrefix",
    "Parameters",
    "ServiceRoleArn",
    "TimeoutSeconds",
)


def plan_next(world: World, site: Site, window: Window) -> None:
    """Put the window's next opening on the agenda; a change of the window makes it void."""
    coming = window.next_after(world.clock.now())
    if coming is None:
        return
    version = window.version

    def open_it() -> None:
        if windows_of(site).get(window.id) is window and window.version == version:
            if window.enabled:
                open_window(world, site, window)
            plan_next(world, site, window)

    world.clock.at(coming, open_it)


def open_window(world: World, site: Site, window: Window) -> WindowExecution:
    now, kept = world.clock.now(), executions_of(site, world.clock.now())
    running = [one for one in kept.values() if one.status == "IN_PROGRESS"]
    execution = WindowExecution(guid(world), window.id, "IN_PROGRESS", now)
    kept[execution.id] = execution
    if any(one.window == window.id for one in running):
        execution.status, execution.ended = "SKIPPED_OVERLAPPING", now
    elif len(running) >= MOST_AT_ONCE:
        execution.status, execution.ended = "FAILED", now
        execution.details = f"More than {MOST_AT_ONCE} maintenance windows can't be executed at once."
    else:
        _Opening(world, site, window, execution).begin()
    return execution


@dataclass(frozen=True, slots=True)
class _Opening:
    world: World
    site: Site
    window: Window
    execution: WindowExecution

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    @property
    def cutoff(self) -> datetime:
        return self.execution.started + self.window.starts_tasks_for

    def begin(self) -> None:
        tasks = sorted(self.window.tasks.values(), key=lambda task: int(task.get("Priority") or 0))
        self.world.clock.at(self.cutoff, self._cut_off)
        if not tasks:
            self.execution.details = "No tasks to execute."
        self._go_on(tasks)

    def _go_on(self, waiting: list[Part]) -> None:
        """Start what has the next priority; the rest waits for its end, or is never started after the cutoff."""
        if not waiting:
            self._end()
            return
        if self.now >= self.cutoff:
            for task in waiting:
                self._task(task, "TIMED_OUT", "The cutoff was reached before the task was started.").ended = self.now
            self._end()
            return
        priority = waiting[0].get("Priority") or 0
        stage = [task for task in waiting if (task.get("Priority") or 0) == priority]
        rest = waiting[len(stage) :]
        open_tasks = {task["WindowTaskId"] for task in stage}
        for task in stage:

            def done(task: Part = task) -> None:
                open_tasks.discard(task["WindowTaskId"])
                if not open_tasks:
                    self._go_on(rest)

            self._start(task, done)

    def _task(self, task: Part, status: str, details: str = "") -> TaskExecution:
        made = TaskExecution(guid(self.world), task, status, self.now, details)
        self.execution.tasks.append(made)
        return made

    def _start(self, task: Part, done: Any) -> None:
        execution = self._task(task, "IN_PROGRESS")
        orders = self._orders(task)
        waiting = {number for number, _ in enumerate(orders)}
        if not orders:
            execution.status, execution.ended, execution.details = "SUCCESS", self.now, "No targets."
            self.world.clock.at(self.now, done)
        for number, (target, asked) in enumerate(orders):
            invocation = TaskInvocation(guid(self.world), "", target, json.dumps(asked, default=str), "IN_PROGRESS", self.now)
            execution.invocations.append(invocation)

            def ended(status: str, details: str, number: int = number, invocation: TaskInvocation = invocation) -> None:
                invocation.status, invocation.details, invocation.ended = status, details, self.now
                waiting.discard(number)
                if not waiting:
                    self._end_task(execution)
                    done()

            self._send(invocation, asked, ended)

    def _send(self, invocation: TaskInvocation, asked: Part, ended: Any) -> None:
        def at_end(command: Command) -> None:
            details = "" if command.details in {command.status, "NoInstancesInTag"} else command.details
            # At the clock's next step: a command that means no node ends before `send` has returned its id.
            self.world.clock.at(self.now, lambda: ended(_STATUS.get(command.status, "FAILED"), details))

        try:
            invocation.command = send(self.world, self.site, asked, at_end).id
        except AwsError as error:
            refused = str(error)
            self.world.clock.at(self.now, lambda: ended("FAILED", refused))

    def _orders(self, task: Part) -> list[tuple[str, Part]]:
        """Return, for each of the task's targets, its window target's id and what to ask of SendCommand."""
        asked = {
            "DocumentName": task["TaskArn"],
            **chosen(task, ("MaxConcurrency", "MaxErrors")),
            **chosen((task.get("TaskInvocationParameters") or {}).get("RunCommand") or {}, _COMMAND_FIELDS),
        }
        orders: list[tuple[str, Part]] = []
        for target in task.get("Targets") or ():
            if target["Key"] == "InstanceIds":
                orders.append(("", {**asked, "Targets": [{"Key": "InstanceIds", "Values": list(target["Values"])}]}))
            else:
                registered = [(value, self.window.targets[value]) for value in target["Values"] if value in self.window.targets]
                orders += [(value, {**asked, "Targets": part["Targets"]}) for value, part in registered]
        return orders

    def _end_task(self, execution: TaskExecution) -> None:
        seen = {one.status for one in execution.invocations}
        execution.status = "SUCCESS" if seen == {"SUCCESS"} else next(one for one in ("FAILED", "TIMED_OUT", "CANCELLED") if one in seen)
        execution.ended = self.now

    def _cut_off(self) -> None:
        """Tasks that want it are cancelled at the cutoff; what runs on a node may go on all the same."""
        for task in self.execution.tasks:
            if task.status == "IN_PROGRESS" and task.task.get("CutoffBehavior") == "CANCEL_TASK":
                for invocation in task.invocations:
                    command = commands_of(self.site, self.now).get(invocation.command)
                    if command is not None:
                        Delivery(self.world, self.site, command).cancel(frozenset(command.invocations))

    def _end(self) -> None:
        seen = {one.status for one in self.execution.tasks}
        bad = [one for one in ("FAILED", "TIMED_OUT", "CANCELLED") if one in seen]
        self.execution.status, self.execution.ended = (bad[0] if bad else "SUCCESS"), self.now
        if bad and not self.execution.details:
            self.execution.details = "One or more tasks in the orchestration failed."
