"""What the executions of maintenance windows left, down to each command."""

from __future__ import annotations

from datetime import datetime

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.listing import kept_by, listing, without_none
from patchkeep.sandbox.ssm.window_store import TaskExecution, WindowExecution, executions_of

_SIZE = (10, 100, 50)


@operation("ssm", "DescribeMaintenanceWindowExecutions")
def describe_executions(request: Request) -> Answer:
    """Newest first, of the last 30 days."""
    tests = {
        "ExecutedBefore": lambda one, values: one.started < _moment(values[0]),
        "ExecutedAfter": lambda one, values: one.started > _moment(values[0]),
    }
    passes = kept_by(request.params.get("Filters") or (), tests, "ValidationException")
    found = [one for one in executions_of(request.site, request.now).values() if one.window == request.params["WindowId"] and passes(one)]
    rows = [{"WindowId": one.window, **_row(one)} for one in sorted(found, key=lambda one: one.started, reverse=True)]
    return listing(request, "WindowExecutions", rows, size=_SIZE)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise AwsError("ValidationException", f"'{text}' is not a timestamp.") from error


def _row(one: WindowExecution) -> Answer:
    return without_none(
        WindowExecutionId=one.id,
        Status=one.status,
        StatusDetails=one.details or None,
        StartTime=one.started,
        EndTime=one.ended,
    )


def _find(request: Request) -> WindowExecution:
    found = executions_of(request.site, request.now).get(request.params["WindowExecutionId"])
    if found is None:
        raise AwsError("DoesNotExistException", f"Execution {request.params['WindowExecutionId']} does not exist.")
    return found


@operation("ssm", "GetMaintenanceWindowExecution")
def get_execution(request: Request) -> Answer:
    execution = _find(request)
    return {**_row(execution), "TaskIds": [task.id for task in execution.tasks]}


@operation("ssm", "DescribeMaintenanceWindowExecutionTasks")
def describe_execution_tasks(request: Request) -> Answer:
    execution = _find(request)
    passes = kept_by(request.params.get("Filters") or (), _BY_STATUS, "ValidationException")
    rows = [
        without_none(
            WindowExecutionId=execution.id,
            TaskExecutionId=task.id,
            Status=task.status,
            StatusDetails=task.details or None,
            StartTime=task.started,
            EndTime=task.ended,
            TaskArn=task.task["TaskArn"],
            TaskType=task.task["TaskType"],
        )
        for task in execution.tasks
        if passes(task)
    ]
    return listing(request, "WindowExecutionTaskIdentities", rows, size=_SIZE)


_BY_STATUS = {"STATUS": lambda one, values: one.status in values}


@operation("ssm", "DescribeMaintenanceWindowExecutionTaskInvocations")
def describe_execution_task_invocations(request: Request) -> Answer:
    execution = _find(request)
    task = _task(execution, request.params["TaskId"])
    passes = kept_by(request.params.get("Filters") or (), _BY_STATUS, "ValidationException")
    rows = [
        without_none(
            WindowExecutionId=execution.id,
            TaskExecutionId=task.id,
            InvocationId=one.id,
            ExecutionId=one.command or None,
            TaskType=task.task["TaskType"],
            Parameters=one.parameters,
            Status=one.status,
            StatusDetails=one.details or None,
            StartTime=one.started,
            EndTime=one.ended,
            WindowTargetId=one.target or None,
        )
        for one in task.invocations
        if passes(one)
    ]
    return listing(request, "WindowExecutionTaskInvocationIdentities", rows, size=_SIZE)


def _task(execution: WindowExecution, task_id: str) -> TaskExecution:
    found = next((task for task in execution.tasks if task.id == task_id), None)
    if found is None:
        raise AwsError("DoesNotExistException", f"Task execution {task_id} does not exist.")
    return found
