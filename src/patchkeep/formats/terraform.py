"""The member roles as a Terraform module for one account: main.tf, variables.tf, outputs.tf. Pure: values to text.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from patchkeep.formats._roles import MemberRole, MemberRoles

PARTITION, ACCOUNT = "${data.aws_partition.current.partition}", "${data.aws_caller_identity.current.account_id}"
_IF_WANTED = "var.with_write_role ? 1 : 0"

_PRINCIPAL = """\
variable "principal" {
  description = "ARN of the role or user who runs Patchkeep; only it may take these roles."
  type        = string
}
"""
_EXTERNAL_ID = """\
variable "external_id" {
  description = "The external id, as organization.external_id of the policy file refers to it."
  type        = string
  sensitive   = true
}
"""
_WITH_WRITE_ROLE = """\
variable "with_write_role" {
  description = "Whether to make the role that changes things; without it Patchkeep can only look."
  type        = bool
  default     = false
}
"""
_OUTPUTS = """\
output "read_role_arn" {
  value = aws_iam_role.read.arn
}

output "write_role_arn" {
  value = one(aws_iam_role.write[*].arn)
}
"""
_HEAD = """\
# Patchkeep: the roles in a member account, computed from policy %s (%s).

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}
"""


def module(roles: MemberRoles) -> dict[str, str]:
    """The module's files by name. The roles' documents hold `PARTITION` and `ACCOUNT`."""
    external_id = "${var.external_id}" if roles.external_id else ""
    main = [
        _HEAD % (roles.policy, roles.fingerprint[:12]),
        _role("read", roles.read, external_id),
        *_policies("read", roles.read),
        _role("write", roles.write, external_id, _IF_WANTED),
        *_policies("write", roles.write, _IF_WANTED),
    ]
    variables = [_PRINCIPAL, *([_EXTERNAL_ID] if external_id else []), _WITH_WRITE_ROLE]
    return {"main.tf": "\n".join(main), "variables.tf": "\n".join(variables), "outputs.tf": _OUTPUTS}


def _role(label: str, role: MemberRole, external_id: str, count: str = "") -> str:
    given = {
        "name": _value(role.name),
        "description": _value(role.about),
        "max_session_duration": "3600",
        "assume_role_policy": f"jsonencode({_value(role.trust('${var.principal}', external_id), 1)})",
    }
    return _block("aws_iam_role", label, count, given)


def _policies(label: str, role: MemberRole, count: str = "") -> list[str]:
    """Inline policies, or managed ones and their attachments where the documents are too large to be inline."""
    return [
        _inline(f"{label}_{number}", label, (f"{role.name}-{number}", document), count)
        if role.inline
        else _managed(f"{label}_{number}", label, (f"{role.name}-{number}", document), count)
        for number, document in enumerate(role.documents, 1)
    ]


def _inline(name: str, label: str, named: tuple[str, Mapping[str, Any]], count: str) -> str:
    return _block("aws_iam_role_policy", name, count, {"name": _value(named[0]), "role": _of(label, "id", count), **_document(named[1])})


def _managed(name: str, label: str, named: tuple[str, Mapping[str, Any]], count: str) -> str:
    policy = _block("aws_iam_policy", name, count, {"name": _value(named[0]), **_document(named[1])})
    arn = f"aws_iam_policy.{name}{'[0]' if count else ''}.arn"
    attached = _block("aws_iam_role_policy_attachment", name, count, {"role": _of(label, "name", count), "policy_arn": arn})
    return f"{policy}\n{attached}"


def _document(document: Mapping[str, Any]) -> dict[str, str]:
    return {"policy": f"jsonencode({_value(document, 1)})"}


def _of(label: str, attribute: str, count: str) -> str:
    return f"aws_iam_role.{label}{'[0]' if count else ''}.{attribute}"


def _block(kind: str, name: str, count: str, arguments: Mapping[str, str]) -> str:
    given = {**({"count": count} if count else {}), **arguments}
    width = max(map(len, given))
    return "\n".join([f'resource "{kind}" "{name}" {{', *(f"  {key.ljust(width)} = {value}" for key, value in given.items()), "}\n"])


def _value(value: Any, depth: int = 0) -> str:
    """A JSON value in HCL's words; texts keep their `${...}` for Terraform to fill in."""
    inner, outer = "  " * (depth + 1), "  " * depth
    match value:
        case Mapping():
            rows = [f"{inner}{json.dumps(str(key), ensure_ascii=False)} = {_value(item, depth + 1)}" for key, item in value.items()]
            return "\n".join(["{", *rows, f"{outer}}}"])
        case list():
            rows = [f"{inner}{_value(item, depth + 1)}," for item in value]
            return "\n".join(["[", *rows, f"{outer}]"])
        case _:
            return json.dumps(value, ensure_ascii=False)
