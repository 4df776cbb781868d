"""A policy to attach when Patchkeep must stop at once, also where it is down (RULES 15). What was sent already goes on.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: an explicit deny wins over every allow.
"""

from __future__ import annotations

from typing import Any

from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Policy
from patchkeep.permissions.statements import ANYWHERE, Place, Statement, document

SID = "StopPatchkeep"
EVERY_ACTION = ("*",)


def inline() -> dict[str, Any]:
    """For the write role itself, as an inline policy: nothing is allowed any more."""
    return document((Statement(SID, EVERY_ACTION, effect="Deny"),))


def organization_wide(policy: Policy, place: Place = ANYWHERE) -> dict[str, Any]:
    """For a service control policy: takes everything from the write role in every account it is attached to, and from nobody else.

    Service control policies don't bind the management account: there the inline policy is needed.
    """
    role = f"arn:{{partition}}:iam::*:role/{policy.organization.write_role}"
    only = Frozen(ArnLike={"aws:PrincipalArn": (role,)})
    return document((Statement(SID, EVERY_ACTION, conditions=only, effect="Deny"),), place)
