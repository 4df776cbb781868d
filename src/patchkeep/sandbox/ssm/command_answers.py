"""A command and its invocations in the shapes of SSM's answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import Answer
from patchkeep.sandbox.ssm.aws_documents import PATCH_DOCUMENTS, plugin_name
from patchkeep.sandbox.ssm.delivery import Command, Invocation
from patchkeep.sandbox.ssm.listing import chosen, without_none
from patchkeep.sandbox.ssm.platforms import platform_of

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site

_MOST_OUTPUT = 2500  # characters of output in ListCommandInvocations; GetCommandInvocation answers 24,000
_MOST_CONTENT = 24_000
_EXECUTION = timedelta(hours=1)
_ECHOED = ("OutputS3Region", "OutputS3BucketName", "OutputS3KeyPrefix", "NotificationConfig", "CloudWatchOutputConfig")
_PLUGIN_STATUS = {"Cancelling": "InProgress"}
_NOTIFIES_NOBODY: Answer = {"NotificationArn": "", "NotificationEvents": []}
_NO_LOG: Answer = {"CloudWatchOutputEnabled": False}
SKIPPED = "Step execution skipped due to unsupported platform."


def command_answer(command: Command) -> Answer:
    asked = command.asked
    done = [one for one in command.invocations.values() if one.done]
    runs = timedelta(hours=2) if command.document.name in PATCH_DOCUMENTS else _EXECUTION
    return {
        "CommandId": command.id,
        "DocumentName": asked["DocumentName"],
        "DocumentVersion": asked.get("DocumentVersion") or "$DEFAULT",
        "Comment": asked.get("Comment") or "",
        "ExpiresAfter": command.requested + command.timeout + runs,
        "Parameters": {name: list(values) for name, values in (asked.get("Parameters") or {}).items()},
        "InstanceIds": list(asked.get("InstanceIds") or ()),
        "Targets": [dict(target) for target in asked.get("Targets") or ()],
        "RequestedDateTime": command.requested,
        "Status": command.status,
        "StatusDetails": command.details,
        "MaxConcurrency": asked.get("MaxConcurrency") or "50",
        "MaxErrors": asked.get("MaxErrors") or "0",
        "TargetCount": len(command.invocations),
        "CompletedCount": len(done),
        "ErrorCount": command.errors,
        "DeliveryTimedOutCount": sum(one.details == "DeliveryTimedOut" for one in done),
        "ServiceRole": asked.get("ServiceRoleArn") or "",
        "TimeoutSeconds": int(command.timeout.total_seconds()),
        "NotificationConfig": _NOTIFIES_NOBODY,
        "CloudWatchOutputConfig": _NO_LOG,
        **chosen(asked, _ECHOED),
    }


def invocation_answer(site: Site, command: Command, invocation: Invocation, *, details: bool) -> Answer:
    node = site.nodes.get(invocation.node)
    return {
        "CommandId": command.id,
        "InstanceId": invocation.node,
        "InstanceName": node.tags.get("Name", "") if node else "",
        "Comment": command.asked.get("Comment") or "",
        "DocumentName": command.asked["DocumentName"],
        "DocumentVersion": command.asked.get("DocumentVersion") or "$DEFAULT",
        "RequestedDateTime": command.requested,
        "Status": invocation.status,
        "StatusDetails": invocation.details,
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "CommandPlugins": plugins(site, command, invocation) if details else [],
        "ServiceRole": command.asked.get("ServiceRoleArn") or "",
        "NotificationConfig": _NOTIFIES_NOBODY,
        "CloudWatchOutputConfig": _NO_LOG,
        **chosen(command.asked, ("NotificationConfig", "CloudWatchOutputConfig")),
    }


def plugins(site: Site, command: Command, invocation: Invocation) -> list[Answer]:
    """Answer the steps: those of another platform were skipped, the others ended as the invocation did."""
    node = site.nodes.get(invocation.node)
    platform = platform_of(node.os).type if node else "Linux"
    return [_plugin(command, invocation, step, platform) for step in command.version.content.get("mainSteps") or ()]


def step_name(command: Command, step: Mapping[str, Any]) -> str:
    return plugin_name(command.document.name, step["action"]) if command.document.owner == "Amazon" else str(step["name"])


def applies(step: Mapping[str, Any], platform: str) -> bool:
    only = {"aws:runPowerShellScript": {"Windows"}, "aws:runShellScript": {"Linux", "MacOS"}}.get(step["action"])
    return only is None or platform in only


def _plugin(command: Command, invocation: Invocation, step: Mapping[str, Any], platform: str) -> Answer:
    own = applies(step, platform)
    skipped = invocation.done and not own
    text = SKIPPED if skipped else _both(invocation) if own else ""
    return without_none(
        Name=step_name(command, step),
        Status="Success" if skipped else _PLUGIN_STATUS.get(invocation.details, invocation.status),
        StatusDetails="Success" if skipped else invocation.details,
        ResponseCode=0 if skipped else invocation.code,
        ResponseStartDateTime=invocation.started,
        ResponseFinishDateTime=invocation.ended if invocation.started else None,
        Output=text[:_MOST_OUTPUT],
        StandardOutputUrl="",
        StandardErrorUrl="",
        **chosen(command.asked, ("OutputS3Region", "OutputS3BucketName", "OutputS3KeyPrefix")),
    )


def _both(invocation: Invocation) -> str:
    return invocation.output + (f"\n----------ERROR-------\n{invocation.error}" if invocation.error else "")


def content_answer(command: Command, invocation: Invocation, name: str, *, whole: bool) -> Answer:
    """Answer GetCommandInvocation. `whole`: of a document with several steps and none named, without their output."""
    ended = invocation.ended if invocation.started else None
    return {
        "CommandId": command.id,
        "InstanceId": invocation.node,
        "Comment": command.asked.get("Comment") or "",
        "DocumentName": command.asked["DocumentName"],
        "DocumentVersion": command.asked.get("DocumentVersion") or "$DEFAULT",
        "PluginName": "" if whole else name,
        "ResponseCode": invocation.code,
        "ExecutionStartDateTime": _stamp(invocation.started),
        "ExecutionElapsedTime": _elapsed(invocation),
        "ExecutionEndDateTime": _stamp(ended),
        "Status": invocation.status,
        "StatusDetails": invocation.details,
        "StandardOutputContent": "" if whole else invocation.output[:_MOST_CONTENT],
        "StandardOutputUrl": "",
        "StandardErrorContent": "" if whole else invocation.error[:_MOST_CONTENT],
        "StandardErrorUrl": "",
        "CloudWatchOutputConfig": _NO_LOG,
        **chosen(command.asked, ("CloudWatchOutputConfig",)),
    }


def _stamp(when: datetime | None) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if when else ""


def _elapsed(invocation: Invocation) -> str:
    if invocation.started is None or invocation.ended is None:
        return ""
    seconds = (invocation.ended - invocation.started).total_seconds()
    return f"PT{seconds:g}S"
