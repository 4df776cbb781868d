"""Reading commands and their invocations, and cancelling them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.command_answers import SKIPPED, applies, command_answer, content_answer, invocation_answer, step_name
from patchkeep.sandbox.ssm.delivery import Command, Delivery, Invocation, commands_of
from patchkeep.sandbox.ssm.listing import kept_by, listing
from patchkeep.sandbox.ssm.platforms import platform_of

Test = Callable[[Any, Sequence[str]], bool]
_SIZE = (1, 50, 50)


@operation("ssm", "ListCommands")
def list_commands(request: Request) -> Answer:
    """Newest first, as AWS lists them."""
    params = request.params
    tests: dict[str, Test] = {
        **_common_tests(lambda command: command),
        "Status": lambda command, values: bool({command.status, command.details} & set(values)),
        "ExecutionStage": lambda command, values: _stage(command) in values,
    }
    passes = kept_by(params.get("Filters") or (), tests, "InvalidFilterKey")
    wanted, node = params.get("CommandId"), params.get("InstanceId")
    rows = [
        command_answer(command)
        for command in _newest_first(request)
        if passes(command) and wanted in {None, command.id} and (node is None or node in command.invocations)
    ]
    return listing(request, "Commands", rows, size=_SIZE)


@operation("ssm", "ListCommandInvocations")
def list_command_invocations(request: Request) -> Answer:
    params = request.params
    tests: dict[str, Test] = {
        **_common_tests(lambda pair: pair[0]),
        "Status": lambda pair, values: bool({pair[1].status, pair[1].details} & set(values)),
    }
    passes = kept_by(params.get("Filters") or (), tests, "InvalidFilterKey")
    wanted, node = params.get("CommandId"), params.get("InstanceId")
    pairs = [
        (command, invocation)
        for command in _newest_first(request)
        for invocation in command.invocations.values()
        if wanted in {None, command.id} and node in {None, invocation.node}
    ]
    details = bool(params.get("Details"))
    rows = [invocation_answer(request.site, *pair, details=details) for pair in pairs if passes(pair)]
    return listing(request, "CommandInvocations", rows, size=_SIZE)


def _common_tests(command_of: Callable[[Any], Command]) -> dict[str, Test]:
    return {
        "InvokedAfter": lambda row, values: command_of(row).requested >= _moment(values[0]),
        "InvokedBefore": lambda row, values: command_of(row).requested <= _moment(values[0]),
        "DocumentName": lambda row, values: _is_document(command_of(row), values[0]),
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise AwsError("ValidationException", f"'{text}' is not a timestamp like 2024-07-07T00:00:00Z.") from error
    if moment.tzinfo is None:
        raise AwsError("ValidationException", f"'{text}' has no time zone: write 2024-07-07T00:00:00Z.")
    return moment


def _is_document(command: Command, wanted: str) -> bool:
    return command.document.name == wanted.rpartition("/")[2]


def _stage(command: Command) -> str:
    return "Executing" if command.status in {"Pending", "InProgress", "Cancelling"} else "Complete"


def _newest_first(request: Request) -> list[Command]:
    return sorted(commands_of(request.site, request.now).values(), key=lambda one: one.requested, reverse=True)


@operation("ssm", "GetCommandInvocation")
def get_command_invocation(request: Request) -> Answer:
    """Without a plugin's name a document of several steps answers the whole's status and no output, as in AWS."""
    command, invocation = _asked(request)
    steps = list(command.version.content.get("mainSteps") or ())
    wanted = request.params.get("PluginName")
    names = [step_name(command, step) for step in steps]
    if wanted is None:
        return content_answer(command, invocation, names[0] if names else "", whole=len(steps) > 1)
    if wanted not in names:
        raise AwsError("InvalidPluginName", f"The plugin {wanted} is not a step of {command.document.name}.")
    answer = content_answer(command, invocation, wanted, whole=False)
    node = request.site.nodes.get(invocation.node)
    if invocation.done and node and not applies(steps[names.index(wanted)], platform_of(node.os).type):
        skipped = {"Status": "Success", "StatusDetails": "Success", "ResponseCode": 0, "StandardErrorContent": ""}
        return {**answer, **skipped, "StandardOutputContent": SKIPPED}
    return answer


def _asked(request: Request) -> tuple[Command, Invocation]:
    command = commands_of(request.site, request.now).get(request.params["CommandId"])
    invocation = command.invocations.get(request.params["InstanceId"]) if command else None
    if command is None or invocation is None:
        raise AwsError("InvocationDoesNotExist", "The command ID and managed node ID you specified didn't match any invocations.")
    return command, invocation


@operation("ssm", "CancelCommand")
def cancel_command(request: Request) -> Answer:
    command = commands_of(request.site, request.now).get(request.params["CommandId"])
    if command is None:
        raise AwsError("InvalidCommandId", f"Command {request.params['CommandId']} does not exist.")
    ids: Sequence[str] = request.params.get("InstanceIds") or list(command.invocations)
    if len(set(ids)) < len(ids):
        raise AwsError("DuplicateInstanceId", "You can't specify a managed node ID in more than one place.")
    if unknown := set(ids) - set(command.invocations):
        raise AwsError("InvalidInstanceId", f"Instances {sorted(unknown)} are not targets of the command.")
    Delivery(request.world, request.site, command).cancel(frozenset(ids))
    return {}
