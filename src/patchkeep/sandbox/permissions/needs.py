"""What a request needs: each action on each resource that AWS checks, with the condition keys that it brings along.

By family of operations, from the Service Authorization Reference of each service (its columns "Resource types", "Condition keys"):
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from patchkeep.sandbox.managed.resource import found
from patchkeep.sandbox.managed.service import services
from patchkeep.sandbox.operation import Request
from patchkeep.sandbox.permissions.resources import resources_of, tags_at

FREE = frozenset({("sts", "GetCallerIdentity")})  # needs no permission (STS API reference)
CREATES = ("Create", "Copy")  # operations of managed services that make something which bears their Tags, and isn't there before
CREATED = {  # what a creation with Tags is checked for besides, on the kind of thing that is made
    "CreatePatchBaseline": "patchbaseline/*",
    "CreateMaintenanceWindow": "maintenancewindow/*",
    "CreateAssociation": "association/*",
    "CreateDocument": "document/",  # its name follows
    "PutParameter": "parameter/",
}


@dataclass(frozen=True, slots=True)
class Need:
    """One action on one resource. Keys of `context` are in lower case."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def needs_of(service: str, operation: str, request: Request) -> Iterator[Need]:
    """All that must be allowed for the request to be answered."""
    if (service, operation) in FREE:
        return
    managed = services().get(service)
    action = f"{(managed and managed.iam) or service}:{operation}"
    asked = _asked(service, request)
    for arn in resources_of(service, operation, request):
        yield Need(action, arn, {**asked, **_borne(service, tags_at(arn, request))})
    if service == "ssm":
        yield from _with_ssm(operation, request, asked)
    if (service, operation) == ("autoscaling", "StartInstanceRefresh"):
        yield from _with_refresh(request, asked)
    if managed and managed.tagging and (request.params.get("Tags") or request.params.get("tags")) and operation.startswith(CREATES):
        made = (arn for arn in resources_of(service, operation, request) if found(request.site, arn) is None)
        yield from (Need(f"{managed.iam or service}:{managed.tagging}", arn, asked) for arn in made)
    if (service, operation) == ("sts", "AssumeRole") and request.params.get("SourceIdentity"):
        yield Need("sts:SetSourceIdentity", request.params["RoleArn"], asked)


def _with_ssm(operation: str, request: Request, asked: Mapping[str, tuple[str, ...]]) -> Iterator[Need]:
    """Tags at creation, and roles that Systems Manager is to work with."""
    params = request.params
    if params.get("Tags") and operation in CREATED:
        path = CREATED[operation]
        named = f"{path}{params['Name'].lstrip('/')}" if path.endswith("/") else path
        yield Need("ssm:AddTagsToResource", _own("ssm", named, request), asked)
    if role := params.get("ServiceRoleArn"):
        yield Need("iam:PassRole", role, {**asked, "iam:passedtoservice": ("ssm.amazonaws.com",)})
    elif operation == "RegisterTaskWithMaintenanceWindow":
        linked = f"arn:aws:iam::{request.account}:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"
        yield Need("iam:CreateServiceLinkedRole", linked, {**asked, "iam:awsservicename": ("ssm.amazonaws.com",)})


def _with_refresh(request: Request, asked: Mapping[str, tuple[str, ...]]) -> Iterator[Need]:
    """What the template launches, and tags, is checked against whoever starts a refresh with a desired configuration.

    "Control Amazon EC2 launch template usage in Auto Scaling groups", EC2 Auto Scaling User Guide.
    """
    desired = request.params.get("DesiredConfiguration") or {}
    mixed = desired.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    if named := (mixed or desired.get("LaunchTemplate") or {}).get("LaunchTemplateId"):
        template = _own("ec2", f"launch-template/{named}", request)
        launched = {**asked, "ec2:launchtemplate": (template,), "ec2:islaunchtemplateresource": ("true",)}
        yield Need("ec2:RunInstances", _own("ec2", "instance/*", request), launched)
        yield Need("ec2:CreateTags", _own("ec2", "instance/*", request), {**asked, "ec2:createaction": ("RunInstances",)})


def _own(service: str, path: str, request: Request) -> str:
    return f"arn:aws:{service}:{request.region}:{request.account}:{path}"


def _asked(service: str, request: Request) -> dict[str, tuple[str, ...]]:
    """Condition keys of the request itself: who asks where, and the tags that it carries."""
    params = request.params
    context: dict[str, tuple[str, ...]] = {
        "aws:requestedregion": (request.region,),
        "aws:principalaccount": (request.account,),
        "aws:principalorgid": (request.world.organization_id,),
        "aws:principalarn": (_principal(request.caller),),
    }
    tags = _tags(params.get("Tags") or params.get("tags") or ())
    keys = (*tags, *params.get("TagKeys", ()))
    if keys:
        context["aws:tagkeys"] = tuple(keys)
    context |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}
    named = {
        "account:alternatecontacttypes": params.get("AlternateContactType"),
        "cloudwatch:namespace": params.get("Namespace"),
        "sts:sourceidentity": params.get("SourceIdentity"),
        "sts:externalid": params.get("ExternalId"),
        "sts:rolesessionname": params.get("RoleSessionName"),
        "ssm:documenttype": params.get("DocumentType"),
    }
    return context | {key: (value,) for key, value in named.items() if value and key.startswith(f"{service}:")}


def _tags(asked: Mapping[str, str] | Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags that a request carries, as services take them: {"x": "1"}, or one mapping a tag, its words with a capital or without."""
    if isinstance(asked, Mapping):
        return dict(asked)
    words = ({word.lower(): value for word, value in tag.items()} for tag in asked)
    return {tag["key"]: tag.get("value", "") for tag in words if "key" in tag}


def _borne(service: str, tags: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The tags of the resource under each key that can ask for them."""
    names = ("aws:resourcetag", f"{service}:resourcetag")
    return {f"{name}/{key.lower()}": (str(value),) for name in names for key, value in tags.items()}


def _principal(caller: str) -> str:
    """The role's ARN of an assumed-role session, as aws:PrincipalArn has it."""
    parts = caller.split(":")
    if parts[2] != "sts":
        return caller
    return f"arn:aws:iam::{parts[4]}:role/{parts[5].split('/')[1]}"
