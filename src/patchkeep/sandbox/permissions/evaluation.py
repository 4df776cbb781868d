"""Whether identity-based policies of one role allow what a request needs: an explicit deny wins, else an allow, else no.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum

from patchkeep.sandbox.permissions.documents import Document, Statement
from patchkeep.sandbox.permissions.needs import Need
from patchkeep.sandbox.permissions.patterns import action_like, arn_like


class Verdict(Enum):
    ALLOWED = "allowed"
    DENIED = "explicitly denied"
    NOT_ALLOWED = "implicitly denied"


def decide(documents: Iterable[Document], need: Need) -> Verdict:
    """The verdict on one action on one resource."""
    about = {statement.effect for document in documents for statement in document.statements if concerns(statement, need)}
    if "Deny" in about:
        return Verdict.DENIED
    return Verdict.ALLOWED if "Allow" in about else Verdict.NOT_ALLOWED


def concerns(statement: Statement, need: Need) -> bool:
    """Whether a statement is about this action, on this resource, in this context."""
    return (
        _among(need.action, statement.actions, statement.but_actions, action_like)
        and _among(need.resource, statement.resources, statement.but_resources, arn_like)
        and all(condition.holds(need.context) for condition in statement.conditions)
    )


def _among(value: str, patterns: tuple[str, ...], excepted: tuple[str, ...], fits: Callable[[str, str], bool]) -> bool:
    if excepted:
        return not any(fits(value, pattern) for pattern in excepted)
    return any(fits(value, pattern) for pattern in patterns)
