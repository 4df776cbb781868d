"""The ARNs that a request is about, and the tags that stand on them. What names no resource is about all of the service's.

Systems Manager's resource types: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from patchkeep.sandbox.managed.resource import found as resource_at
from patchkeep.sandbox.managed.service import services
from patchkeep.sandbox.operation import Request

_EC2_KINDS = {"i": "instance", "vol": "volume", "snap": "snapshot", "lt": "launch-template"}
_TAGGED_KINDS = {
    "ManagedInstance": "managed-instance",
    "PatchBaseline": "patchbaseline",
    "MaintenanceWindow": "maintenancewindow",
    "Association": "association",
    "Document": "document",
    "Parameter": "parameter",
}
_KIND_OF_TYPE = {kind: word for word, kind in _TAGGED_KINDS.items()}
_BY_ID = {  # parameter -> kind of SSM resource that it names
    "BaselineId": "patchbaseline",
    "WindowId": "maintenancewindow",
    "AssociationId": "association",
    "SettingId": "servicesetting",
}
_PARTS = {"WindowTargetId": "windowtarget", "WindowTaskId": "windowtask"}  # checked when they are taken off
_OF_NODES = frozenset({"DescribeInstancePatches", "DescribeInstancePatchStates", "SendCommand", "CreateAssociation", "UpdateAssociation"})
_WITHOUT = frozenset({"CreatePatchBaseline", "CreateMaintenanceWindow"})  # nothing there yet that could be named
_TAKES_OFF = "Deregister"


def resources_of(service: str, operation: str, request: Request) -> Iterator[str]:
    """Every resource of the request; one that means "whatever there is" where it names none."""
    match service:
        case "ssm":
            found = list(_ssm(operation, request))
        case "ec2":
            found = [] if operation.startswith("Describe") else list(_ec2(request))
        case "sts" if "RoleArn" in request.params:
            found = [request.params["RoleArn"]]
        case "cloudwatch" if "AlarmName" in request.params:
            found = [f"arn:aws:cloudwatch:{request.region}:{request.account}:alarm:{request.params['AlarmName']}"]
        case "s3" if "Key" in request.params:
            found = [f"arn:aws:s3:::{request.params['Bucket']}/{request.params['Key']}"]
        case "account":
            found = [f"arn:aws:account::{request.account}:account"]
        case managed if managed in services():
            found = list(services()[managed].arns(operation, request))
        case _:
            found = []
    if service in services():
        service = services()[service].iam or service
    yield from found or ["*" if service == "organizations" else f"arn:aws:{service}:{request.region}:{request.account}:*"]


def _ec2(request: Request) -> Iterator[str]:
    template = request.params.get("LaunchTemplateId")
    names = (*request.params.get("Resources", ()), *request.params.get("InstanceIds", ()), *([template] if template else ()))
    for name in names:
        kind = _EC2_KINDS.get(name.partition("-")[0], "*")
        yield f"arn:aws:ec2:{request.region}:{request.account}:{kind}/{name}"


def _ssm(operation: str, request: Request) -> Iterator[str]:
    params = request.params
    if operation in _WITHOUT:
        return
    if operation in _OF_NODES:
        yield from (_node(name, request) for name in _nodes(params) or (["*"] if operation == "SendCommand" else []))
    if "Document" in operation or operation in {"SendCommand", "CreateAssociation", "UpdateAssociation"}:
        name = params.get("DocumentName") or params.get("Name")
        if isinstance(name, str) and not operation.startswith("List"):
            yield _document(name, request)
    if "Parameter" in operation and "Name" in params:
        yield _parameter(params["Name"], request)
    if "ResourceType" in params and "ResourceId" in params:
        kind = _TAGGED_KINDS.get(params["ResourceType"], "*")
        yield _own(f"{kind}/{params['ResourceId'].lstrip('/')}", request)
    if operation == "CreateAssociation":
        yield _own("association/*", request)
    yield from _named_by_id(operation, params, request)


def _named_by_id(operation: str, params: Mapping[str, Any], request: Request) -> Iterator[str]:
    names = dict(_BY_ID)
    if operation.startswith(_TAKES_OFF):
        names |= _PARTS
    for parameter, kind in names.items():
        if (value := params.get(parameter)) and isinstance(value, str):
            yield value if value.startswith("arn:") else _own(f"{kind}/{value.lstrip('/')}", request)


def _nodes(params: Mapping[str, Any]) -> list[str]:
    one = [params["InstanceId"]] if params.get("InstanceId") else []
    targeted = [value for target in params.get("Targets") or () if target.get("Key") == "InstanceIds" for value in target["Values"]]
    return [*one, *params.get("InstanceIds", ()), *targeted]


def _node(name: str, request: Request) -> str:
    if name.startswith("mi-"):
        return _own(f"managed-instance/{name}", request)
    return f"arn:aws:ec2:{request.region}:{request.account}:instance/{name}"


def _document(name: str, request: Request) -> str:
    """AWS's own documents name no account."""
    if name.startswith("arn:"):
        return name
    owner = "" if re.match(r"(AWS|Amazon)", name) else request.account
    return f"arn:aws:ssm:{request.region}:{owner}:document/{name}"


def _parameter(name: str, request: Request) -> str:
    """AWS's own parameters name no account."""
    own = f"parameter/{name.lstrip('/')}"
    return f"arn:aws:ssm:{request.region}::{own}" if name.startswith("/aws/") else _own(own, request)


def _own(path: str, request: Request) -> str:
    return f"arn:aws:ssm:{request.region}:{request.account}:{path}"


def tags_at(arn: str, request: Request) -> Mapping[str, str]:
    """The tags of the resource at an ARN, where it is one of this account's and region's that can have some."""
    if managed := resource_at(request.site, arn):
        return managed.tags
    kind, _, name = arn.split(":", 5)[-1].partition("/")
    if kind in {"instance", "managed-instance"}:
        node = request.site.nodes.get(name)
        return node.tags if node else {}
    kept: Mapping[Any, dict[str, str]] = request.site.kept["ec2-tags" if kind in {"volume", "snapshot"} else "ssm.tags"]
    tagged = _KIND_OF_TYPE.get(kind)
    return kept.get((tagged, _stored(kind, name)) if tagged else name, {})


def _stored(kind: str, name: str) -> str:
    """Parameters keep their leading slash as their name, which the ARN leaves out."""
    return f"/{name}" if kind == "parameter" and "/" in name else name
