"""Which other tool manages an object, by the tags that such tools leave on it, or by the name that Quick Setup gives it.

What bears no such mark may be managed all the same: CloudFormation puts its tags on what can be tagged, Terraform only those that its
configuration says. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_STACK = "aws:cloudformation:stack-name"
_QUICK_SETUP = ("QSConfigId-", "QSConfigName-", "QuickSetup")
_BY_NAME = "AWS-QuickSetup-"
_TOOLS: Mapping[str, str] = {
    "terraform": "Terraform",
    "opentofu": "OpenTofu",
    "tofu": "OpenTofu",
    "terragrunt": "Terragrunt",
    "atlantis": "Atlantis",
    "spacelift": "Spacelift",
    "pulumi": "Pulumi",
    "cloudformation": "CloudFormation",
    "cdk": "AWS CDK",
    "sam": "AWS SAM",
    "serverless": "Serverless Framework",
    "crossplane": "Crossplane",
    "ansible": "Ansible",
    "argocd": "Argo CD",
    "argo": "Argo CD",
    "flux": "Flux",
    "fluxcd": "Flux",
    "chef": "Chef",
    "puppet": "Puppet",
    "salt": "Salt",
}
_SAYS_WHO = frozenset({"managedby", "createdby", "provisionedby", "deployedby", "provisioner", "iac", "automation", "source"})
_NOT = frozenset({"", "false", "no", "none", "manual", "hand", "0"})


def manager_in(tags: Mapping[str, str], name: str = "") -> str:
    """Who manages the object, in words, with the tag that says so; "" where nothing says that anybody does.

    The tags of Patchkeep itself are no answer here.
    """
    if _STACK in tags:
        return f"CloudFormation stack {tags[_STACK]}"
    if name.startswith(_BY_NAME):
        return f"Quick Setup (its name begins with {_BY_NAME})"
    found = (_said(key, tags[key]) for key in sorted(tags) if not key.startswith("patchkeep:"))
    return next((said for said in found if said), "")


def template_of(tags: Mapping[str, str], own: Iterable[str], name: str = "") -> str:
    """Whatever would set back what is changed: a tool that marks its things as such tools do, or a template of people's own.

    `own`: the tags with which those mark what they own, whatever their value (`templates.tags` of a policy).
    """
    marked = next((key for key in own if key in tags), "")
    return manager_in(tags, name) or (f"a template (tag {marked}={tags[marked]})" if marked else "")


def _said(key: str, value: str) -> str:
    if key.startswith(_QUICK_SETUP):
        return f"Quick Setup (tag {key})"
    if key.startswith("aws:"):  # nobody but AWS's own services may set these
        return f"an AWS service (tag {key}={value})"
    if value.strip().casefold() in _NOT:
        return ""
    tag = f"tag {key}={value}"
    if tool := _tool(key):
        return f"{tool} ({tag})"
    plain = "".join(letter for letter in key.casefold() if letter.isalnum())
    if plain not in _SAYS_WHO:
        return ""
    if tool := _tool(value):
        return f"{tool} ({tag})"
    return f"{value} ({tag})" if plain == "managedby" else ""


def _tool(text: str) -> str:
    """The tool that one of the words names."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())
    return next((_TOOLS[word] for word in words if word in _TOOLS), "")
