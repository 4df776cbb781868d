"""SendCommand: the checks before anything is sent, and the command that comes of it. Windows send their tasks by it too."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.command_answers import command_answer
from patchkeep.sandbox.ssm.delivery import Command, Delivery, Invocation, amount, commands_of
from patchkeep.sandbox.ssm.document_content import filled, platforms_of
from patchkeep.sandbox.ssm.document_store import Document, Version, find_document, usable_version
from patchkeep.sandbox.ssm.execution import must_be_emulated
from patchkeep.sandbox.ssm.ids import guid
from patchkeep.sandbox.ssm.platforms import platform_of
from patchkeep.sandbox.ssm.select import known, matching

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Node, Site, World


@operation("ssm", "SendCommand")
def send_command(request: Request) -> Answer:
    command = send(request.world, request.site, request.params)
    return {"Command": command_answer(command)}


def send(world: World, site: Site, asked: Mapping[str, Any], on_end: Callable[[Command], None] | None = None) -> Command:
    """Check a command as SendCommand does and put it on its way. `asked`: the parameters of SendCommand."""
    document, version = asked_document(world, site, asked)
    if document.kind != "Command":
        raise AwsError("InvalidDocument", f"The type of {document.name} is {document.kind}, not Command.")
    parameters = filled(version.content, asked.get("Parameters") or {})
    nodes = _nodes(site, asked)
    if asked.get("InstanceIds"):
        _must_suit(version, nodes)
    must_be_emulated(document, version, parameters)
    command = Command(
        id=guid(world),
        document=document,
        version=version,
        parameters=parameters,
        asked=dict(asked),
        requested=world.clock.now(),
        at_once=max(1, amount(asked.get("MaxConcurrency"), len(nodes), "50")),
        may_fail=amount(asked.get("MaxErrors"), len(nodes), "0"),
        invocations={node.id: Invocation(node.id) for node in nodes},
        on_end=on_end,
    )
    commands_of(site, command.requested)[command.id] = command
    Delivery(world, site, command).begin()
    return command


def asked_document(world: World, site: Site, asked: Mapping[str, Any]) -> tuple[Document, Version]:
    """Return the document and version asked for; a hash that doesn't match is refused."""
    document = find_document(world, site, asked["DocumentName"])
    version = usable_version(document, site.account, asked.get("DocumentVersion"))
    wanted = asked.get("DocumentHash")
    if wanted and wanted.lower() != _hash(version, asked.get("DocumentHashType") or "Sha256"):
        raise AwsError("InvalidDocument", f"The hash given is not that of version {version.number} of document {document.name}.")
    return document, version


def _hash(version: Version, kind: str) -> str:
    return version.hash if kind == "Sha256" else hashlib.sha1(version.text.encode()).hexdigest()  # noqa: S324 - AWS's choice


def _nodes(site: Site, asked: Mapping[str, Any]) -> list[Node]:
    ids: Sequence[str] = asked.get("InstanceIds") or ()
    targets = asked.get("Targets") or ()
    if bool(ids) == bool(targets):
        raise AwsError("ValidationException", "Specify either InstanceIds or Targets.")
    if len(set(ids)) < len(ids):
        raise AwsError("DuplicateInstanceId", "You can't specify a managed node ID in more than one place.")
    if targets:
        return [node for node in matching(site, targets) if node.state == "running"]
    nodes = [known(site, node_id) for node_id in ids]
    if stopped := [node.id for node in nodes if node.state != "running"]:
        raise AwsError("InvalidInstanceId", f"Instances [[{', '.join(stopped)}]] not in a valid state for account {site.account}")
    return nodes


def _must_suit(version: Version, nodes: Sequence[Node]) -> None:
    suits = platforms_of(version.content)
    for node in nodes:
        if suits and platform_of(node.os).type not in suits:
            raise AwsError("UnsupportedPlatformType", f"The document doesn't support the platform type of {node.id}.")
