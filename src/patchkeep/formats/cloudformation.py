"""The member roles as a CloudFormation template, for a StackSet over all accounts (or a stack in one). Pure: values to text.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from patchkeep.formats._roles import MemberRole, MemberRoles

PARTITION, ACCOUNT = "${AWS::Partition}", "${AWS::AccountId}"  # what Fn::Sub fills in
_SESSION_SECONDS = 3600

_PARAMETERS: dict[str, dict[str, Any]] = {
    "Principal": {
        "Type": "String",
        "Description": "ARN of the role or user who runs Patchkeep; only it may take these roles.",
        "AllowedPattern": "^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user|root).*$",
    },
    "ExternalId": {
        "Type": "String",
        "NoEcho": True,
        "MinLength": 2,
        "MaxLength": 1224,
        "AllowedPattern": "^[a-zA-Z0-9_+=,.@:/-]*$",
        "Description": "The external id, as organization.external_id of the policy file refers to it.",
    },
    "WithWriteRole": {
        "Type": "String",
        "AllowedValues": ["true", "false"],
        "Default": "false",
        "Description": "Whether to make the role that changes things; without it Patchkeep can only look.",
    },
}


def template(roles: MemberRoles) -> str:
    """The template as JSON, which CloudFormation takes as it takes YAML. Its documents hold `PARTITION` and `ACCOUNT`."""
    external_id = {"Ref": "ExternalId"} if roles.external_id else ""
    resources = {"ReadRole": _role(roles.read, external_id), "WriteRole": _role(roles.write, external_id, "MakeWriteRole")}
    for name, role in (("Read", roles.read), ("Write", roles.write)):
        resources |= _managed(name, role, "MakeWriteRole" if name == "Write" else "")
    written = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Patchkeep: the roles in a member account, computed from policy {roles.policy} ({roles.fingerprint[:12]}).",
        "Parameters": {name: told for name, told in _PARAMETERS.items() if external_id or name != "ExternalId"},
        "Conditions": {"MakeWriteRole": {"Fn::Equals": [{"Ref": "WithWriteRole"}, "true"]}},
        "Resources": resources,
        "Outputs": {
            "ReadRoleArn": {"Value": {"Fn::GetAtt": ["ReadRole", "Arn"]}},
            "WriteRoleArn": {"Condition": "MakeWriteRole", "Value": {"Fn::GetAtt": ["WriteRole", "Arn"]}},
        },
    }
    return json.dumps(written, indent=2) + "\n"


def _role(role: MemberRole, external_id: Any, condition: str = "") -> dict[str, Any]:
    properties: dict[str, Any] = {
        "RoleName": role.name,
        "Description": role.about,
        "MaxSessionDuration": _SESSION_SECONDS,
        "AssumeRolePolicyDocument": role.trust({"Ref": "Principal"}, external_id),
    }
    if role.inline:
        properties["Policies"] = [{"PolicyName": name, "PolicyDocument": _filled(document)} for name, document in _named(role)]
    return {"Type": "AWS::IAM::Role", **({"Condition": condition} if condition else {}), "Properties": properties}


def _managed(name: str, role: MemberRole, condition: str) -> dict[str, Any]:
    """Managed policies, where the documents are larger together than a role's inline policies may be."""
    if role.inline:
        return {}
    return {
        f"{name}Policy{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            **({"Condition": condition} if condition else {}),
            "Properties": {"ManagedPolicyName": called, "Roles": [{"Ref": f"{name}Role"}], "PolicyDocument": _filled(document)},
        }
        for number, (called, document) in enumerate(_named(role), 1)
    }


def _named(role: MemberRole) -> Sequence[tuple[str, Mapping[str, Any]]]:
    return [(f"{role.name}-{number}", document) for number, document in enumerate(role.documents, 1)]


def _filled(value: Any) -> Any:
    """The document with Fn::Sub around each text in which CloudFormation is to put something."""
    if isinstance(value, str):
        return {"Fn::Sub": value} if "${" in value else value
    if isinstance(value, Mapping):
        return {key: _filled(item) for key, item in value.items()}
    return [_filled(item) for item in value] if isinstance(value, list) else value
