"""Run Command: the steps of patching nodes, 50 at a time. Scan, Install without reboot, Reboot by our own document, Scan again.

SendCommand takes no client token, so the batch's mark travels in `Comment`; a start whose answer never came is looked for by
it and adopted (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html, .../API_ListCommands.html).
Only AWS-RunPatchBaseline and our reboot document are ever sent (RULES 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.domain.asset import Asset, Scan, Update, UpdateState
from patchkeep.domain.call import Call, Dialogue, Refused
from patchkeep.domain.frozen import NOTHING
from patchkeep.domain.patchgroups import OLD_GROUP_TAG
from patchkeep.domain.policy import Installer, Policy
from patchkeep.domain.progress import Batch, Marked, Phase, Result, marks_of
from patchkeep.domain.setting import GROUP_TAG, group_of
from patchkeep.services._answers import granted
from patchkeep.services._grants import NODES, Grant, amazons_documents, own, when
from patchkeep.services._instances import hybrid_tags
from patchkeep.services._owners import owned, tags_of
from patchkeep.services._patches import counts_all, scan_of, update_of
from patchkeep.services._reboot import REBOOT_DOCUMENT
from patchkeep.services._service import Service, Started

PATCH_DOCUMENT = "AWS-RunPatchBaseline"
DELIVERY_SECONDS = 600  # TimeoutSeconds: how long AWS may try to deliver the command
LOOK_BACK = timedelta(minutes=5)  # clocks differ: an adopted command may seem older than its intent
LAG = timedelta(minutes=15)  # how long a finished command's patch state may take to appear
LONGEST = timedelta(hours=4)  # the documents end by themselves after 2 h at most (timeoutSeconds); no agent reports for so long
UNLISTED = timedelta(hours=1)  # for which AWS may list nothing at all of a command that it took
HISTORY = timedelta(days=30)  # how long AWS keeps a command's history (Systems Manager endpoints and quotas)
_OPERATIONS = {"scan": "Scan", "verify": "Scan", "install": "Install"}
_OPEN = ("Missing", "Failed", "InstalledPendingReboot", "InstalledRejected")
_GONE = frozenset({"shutting-down", "terminated"})
_RUNNING = frozenset({"Pending", "InProgress", "Delayed", "Cancelling"})


def again(batch: Batch) -> Dialogue[tuple[Asset, ...]]:
    """The members with the tags they bear now and whoever owns them: one read for all instances, one for each hybrid node.

    Asked by filter, because an id that is gone would refuse all of DescribeInstances.
    """
    hybrid = [resource for resource in batch.resources if resource.startswith("mi-")]
    machines = [resource for resource in batch.resources if resource not in hybrid]
    wanted = [{"Name": "instance-id", "Values": machines}]
    asked = [Call.of("ec2", "describe_instances", Filters=wanted)] if machines else []
    asked += map(hybrid_tags, hybrid)
    told = dict(zip([*(["ec2"] if machines else []), *hybrid], (yield tuple(asked)), strict=True))
    there = {name: answer for name, answer in told.items() if not (isinstance(answer, Refused) and answer.gap.code == "InvalidResourceId")}
    granted(tuple(there.values()))
    found = there.pop("ec2", {"Reservations": ()})
    rows = [row for reservation in found["Reservations"] for row in reservation["Instances"] if row["State"]["Name"] not in _GONE]
    seen = [(row["InstanceId"], f"instance/{row['InstanceId']}", row.get("Tags", ()), row) for row in rows]
    seen += [(node, f"managed-instance/{node}", answer["TagList"], None) for node, answer in there.items()]
    return tuple(_seen_again(batch, *one) for one in seen)


def _seen_again(batch: Batch, node: str, path: str, tags: Iterable[Mapping[str, Any]], instance: Mapping[str, Any] | None) -> Asset:
    arn = batch.target.arn("ec2" if instance else "ssm", path)
    asset = Asset(arn, "node", batch.target, node, "", tags_of(tags))
    owner = owned(asset, instance)
    return replace(asset, obstacles=(owner,)) if owner else asset


def prepare(batch: Batch) -> Dialogue[Started]:
    """The SendCommand that carries a batch, without the members that cannot be reached now: one of them would refuse all."""
    wanted = [{"Key": "InstanceIds", "Values": batch.resources}]
    rows = (yield Call.of("ssm", "describe_instance_information", Filters=wanted, MaxResults=50))["InstanceInformationList"]
    online = {row["InstanceId"] for row in rows if row.get("PingStatus") == "Online"}
    absent = {resource: "not reachable: its agent is not online" for resource in batch.resources if resource not in online}
    reached = [resource for resource in batch.resources if resource in online]
    if not reached:
        return Started(None, {}, absent)
    if batch.step != "reboot":
        return Started(_patch(batch, reached), {}, absent)
    described = (yield Call.of("ssm", "describe_document", Name=REBOOT_DOCUMENT.name))["Document"]
    if described["Hash"] != REBOOT_DOCUMENT.sha256:
        why = f"document {REBOOT_DOCUMENT.name} is not the one we made: plan and apply settings first"
        return Started(None, dict.fromkeys(reached, why), absent)
    return Started(_reboot(batch, reached, described["DocumentVersion"]), {}, absent)


def _patch(batch: Batch, resources: list[str]) -> Call:
    parameters = {"Operation": [_OPERATIONS[batch.step]]}
    if batch.step == "install":
        parameters["RebootOption"] = ["NoReboot"]
    return Call.of("ssm", "send_command", _common(batch, resources), DocumentName=PATCH_DOCUMENT, Parameters=parameters)


def _reboot(batch: Batch, resources: list[str], version: str) -> Call:
    pinned = {"DocumentVersion": version, "DocumentHash": REBOOT_DOCUMENT.sha256, "DocumentHashType": "Sha256"}
    mark = {"Mark": [batch.id]}
    return Call.of("ssm", "send_command", {**_common(batch, resources), **pinned}, DocumentName=REBOOT_DOCUMENT.name, Parameters=mark)


def _common(batch: Batch, resources: list[str]) -> dict[str, Any]:
    """How many may fail is the ring's to decide, so AWS is to stop at none."""
    return {
        "InstanceIds": resources,
        "Comment": batch.id,
        "TimeoutSeconds": DELIVERY_SECONDS,
        "MaxConcurrency": "100%",
        "MaxErrors": "100%",
    }


def handle(answer: Mapping[str, Any]) -> str:
    """The command's id in SendCommand's answer."""
    return str(answer["Command"]["CommandId"])


def adopt(batch: Batch) -> Dialogue[str | None]:
    """The id of the command that bears the batch's mark, when AWS lists one."""
    name = REBOOT_DOCUMENT.name if batch.step == "reboot" else PATCH_DOCUMENT
    filters = [_invoked_after(batch.intended_at), {"key": "DocumentName", "value": name}]
    commands = (yield Call.of("ssm", "list_commands", Filters=filters, MaxResults=50))["Commands"]
    return next((command["CommandId"] for command in commands if command.get("Comment") == batch.id), None)


def marked(rollout_id: str, since: datetime) -> Dialogue[tuple[Marked, ...]]:
    """Commands of a rollout that AWS lists, of both documents, by how their marks begin; oldest first."""
    listed = (yield Call.of("ssm", "list_commands", Filters=[_invoked_after(since)], MaxResults=50))["Commands"]
    ours = [command for command in listed if command.get("Comment", "").startswith(marks_of(rollout_id))]
    return tuple(sorted((Marked(one["Comment"], one["RequestedDateTime"]) for one in ours), key=lambda one: one.at))


def _invoked_after(moment: datetime) -> dict[str, str]:
    return {"key": "InvokedAfter", "value": f"{(moment - LOOK_BACK).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}


def check(batch: Batch, now: datetime) -> Dialogue[Mapping[str, Result]]:
    """What became of each member. A member is done when its invocation succeeded and AWS shows what it left behind."""
    asked = Call.of("ssm", "list_command_invocations", CommandId=batch.handle, Details=True, MaxResults=50)
    listed = (yield asked)["CommandInvocations"]
    rows = {row["InstanceId"]: row for row in listed if row["InstanceId"] in batch.resources}
    results = {resource: _invoked(rows.get(resource), batch, now, listed=bool(listed)) for resource in batch.resources}
    succeeded = [resource for resource, result in results.items() if result.phase is Phase.DONE]
    if batch.step in _OPERATIONS and succeeded:
        results.update((yield from _outcomes(succeeded, {r: rows[r] for r in succeeded}, batch, now)))
    return results


def _invoked(row: Mapping[str, Any] | None, batch: Batch, now: datetime, *, listed: bool) -> Result:
    """What the row says of a member. `listed`: AWS lists runs of this command, if none of this member."""
    if row is None:
        if now - batch.intended_at > HISTORY:
            return Result(Phase.LOST, "AWS no longer keeps this command (30 days): look at the node, then decide")
        if not listed and now - batch.intended_at > UNLISTED:
            return Result(Phase.LOST, "AWS lists no run of this command an hour after it was sent: look at the node, then decide")
        if listed and now - batch.intended_at > LAG:  # one that could not be reached is left out of the command
            return Result(Phase.FAILED, "AWS lists no run of the command on it, 15 minutes after it was sent")
        return Result(Phase.RUNNING, "not listed yet")
    status = row["Status"]
    if status in _RUNNING and now - batch.intended_at > LONGEST:
        return Result(Phase.LOST, f"{row.get('StatusDetails', status)} for more than 4 h, though it should have ended: look at the node")
    if status in _RUNNING:
        return Result(Phase.RUNNING, row.get("StatusDetails", status))
    if status == "Success":
        return Result(Phase.DONE)
    return Result(Phase.FAILED, _why(row, batch))


def _why(row: Mapping[str, Any], batch: Batch) -> str:
    """AWS's status, and what the plugin said last."""
    details = row.get("StatusDetails") or row["Status"]
    if batch.step == "reboot" and "TimedOut" in details.replace(" ", ""):
        return "did not come back after the reboot"
    plugins = [plugin for plugin in row.get("CommandPlugins", ()) if plugin.get("Status") != "Success" and plugin.get("Output", "").strip()]
    said = next((plugin["Output"].strip() for plugin in plugins if plugin.get("ResponseCode")), "")
    return f"{details}: {said.splitlines()[-1][:200]}" if said else details


def _outcomes(nodes: list[str], rows: Mapping[str, Mapping[str, Any]], batch: Batch, now: datetime) -> Dialogue[dict[str, Result]]:
    """Patch states after a Scan or an Install, and the names of what is still open."""
    states = yield Call.of("ssm", "describe_instance_patch_states", InstanceIds=nodes, MaxResults=100)
    scans = {row["InstanceId"]: scan_of(row) for row in states["InstancePatchStates"]}
    fresh = [node for node in nodes if _is_fresh(scans.get(node), rows[node], batch)]
    uncounted = {row["InstanceId"] for row in states["InstancePatchStates"] if not counts_all(row)}
    asked = [node for node in fresh if scans[node].counts.open or node in uncounted]
    wanted = [{"Key": "State", "Values": _OPEN}]
    answers = yield tuple(Call.of("ssm", "describe_instance_patches", InstanceId=node, Filters=wanted, MaxResults=100) for node in asked)
    named = dict.fromkeys(fresh, ()) | {
        node: tuple(update_of(row) for row in answer["Patches"]) for node, answer in zip(asked, granted(answers), strict=True)
    }
    told = [node for node in fresh if len(named[node]) >= scans[node].counts.open]  # fewer named than counted proves nothing
    done = {node: _left_open(scans[node], named[node]) for node in told}
    return {**{node: _unseen(rows[node], now) for node in nodes if node not in done}, **done}


def _left_open(scan: Scan, named: tuple[Update, ...]) -> Result:
    waiting = sum(update.state is UpdateState.PENDING_REBOOT for update in named)
    return Result(Phase.DONE, "", max(scan.counts.pending_reboot, waiting), tuple(sorted(update.key for update in named)))


def _is_fresh(scan: Scan | None, row: Mapping[str, Any], batch: Batch) -> bool:
    """Whether the record can be our command's: AWS keeps one per node and every scan overwrites it.

    The node's own clock says when its plugins began and when its scan ended, so ours and AWS's don't matter. Whole seconds.
    """
    starts = [plugin["ResponseStartDateTime"] for plugin in row.get("CommandPlugins", ()) if plugin.get("ResponseStartDateTime")]
    began = min(starts, default=batch.intended_at)
    return scan is not None and scan.at >= began.replace(microsecond=0)


def _unseen(row: Mapping[str, Any], now: datetime) -> Result:
    ended = [plugin["ResponseFinishDateTime"] for plugin in row.get("CommandPlugins", ()) if plugin.get("ResponseFinishDateTime")]
    if ended and now - max(ended) > LAG:
        return Result(Phase.FAILED, "the command succeeded, but no new, whole patch state appeared within 15 minutes")
    return Result(Phase.RUNNING, "waiting for its patch state")


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Two documents, and machines that bear a patch group of the policy and that no Auto Scaling group would replace (RULES 4, 11).

    Only in environments that patch in place what others own may an Auto Scaling group have made them.

    Not possible in IAM: to pin a document's version or hash (the call names both), or to look at its parameters.
    """
    ours = own("ssm", f"document/{REBOOT_DOCUMENT.name}")
    pinned = Grant("RebootDocument", "ssm", ("describe_document",), ours)
    served = [environment for environment in policy.environments if environment.installer is Installer.PATCHKEEP]
    if not served:
        return (pinned,)
    owned = [environment for environment in served if environment.in_place]
    free = [environment for environment in served if not environment.in_place]
    documents = (*amazons_documents(PATCH_DOCUMENT), *ours)
    return (
        pinned,
        Grant("SendTheseDocuments", "ssm", ("send_command",), documents),
        *_to_nodes("ToNodesOfThePolicy", GROUP_TAG, (group_of(policy, environment) for environment in free), _OF_NO_GROUP),
        *_to_nodes("ToNodesWithTheOlderTag", OLD_GROUP_TAG, (environment.patch_group for environment in free), _OF_NO_GROUP),
        *_to_nodes("ToNodesInPlace", GROUP_TAG, (group_of(policy, environment) for environment in owned)),
        *_to_nodes("ToNodesInPlaceWithTheOlderTag", OLD_GROUP_TAG, (environment.patch_group for environment in owned)),
    )


_OF_NO_GROUP: Mapping[str, Mapping[str, str]] = {"Null": {"ssm:resourceTag/aws:autoscaling:groupName": "true"}}


def _to_nodes(sid: str, key: str, groups: Iterable[str], but: Mapping[str, Mapping[str, str]] = NOTHING) -> Iterator[Grant]:
    """The grant for machines that bear one of the patch groups; nothing where there is none."""
    if named := sorted({*groups} - {""}):
        yield Grant(sid, "ssm", ("send_command",), NODES, when(StringEquals={f"ssm:resourceTag/{key}": named}, **but))


SERVICE = Service(
    name="commands",
    steps=frozenset({"scan", "install", "reboot", "verify"}),
    again=again,
    prepare=prepare,
    handle=handle,
    adopt=adopt,
    marked=marked,
    check=check,
)
