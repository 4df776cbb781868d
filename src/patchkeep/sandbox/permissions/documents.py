"""A policy document as IAM reads it: statements with their actions, resources and conditions. What is not emulated is refused.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patchkeep.sandbox.permissions.conditions import Condition, condition_of

VERSION = "2012-10-17"
_KNOWN = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})


class BadDocument(ValueError):  # noqa: N818 - IAM's word is MalformedPolicyDocument
    """Not a policy that the sandbox can hold anybody to; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`but_*`: all except these. Patterns with * and ?."""

    effect: str
    actions: tuple[str, ...] = ()
    but_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    but_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    sid: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One identity-based policy. `written` is what was read, to be shown."""

    statements: tuple[Statement, ...]
    written: Mapping[str, Any]


def document_of(written: Any) -> Document:
    """The document that a JSON value is. Raises `BadDocument`."""
    if not isinstance(written, Mapping) or written.get("Version") != VERSION:
        raise BadDocument(f'A policy is an object with "Version": "{VERSION}".')
    if "${" in repr(written):
        raise BadDocument("Policy variables are not emulated.")
    rows = written.get("Statement", [])
    return Document(tuple(_statement(row) for row in (rows if isinstance(rows, list) else [rows])), written)


def _statement(row: Any) -> Statement:
    if not isinstance(row, Mapping) or row.get("Effect") not in {"Allow", "Deny"}:
        raise BadDocument(f"A statement is an object whose Effect is Allow or Deny: {row!r}")
    if unknown := row.keys() - _KNOWN:
        raise BadDocument(f"Not emulated in a statement of an identity-based policy: {', '.join(sorted(unknown))}")
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        if (one in row) == (other in row):
            raise BadDocument(f"A statement has either {one} or {other}: {row.get('Sid', row)!r}")
    try:
        conditions = tuple(
            condition_of(operator, key, _several(values))
            for operator, keys in row.get("Condition", {}).items()
            for key, values in keys.items()
        )
    except (AttributeError, ValueError) as error:
        raise BadDocument(f"Condition of {row.get('Sid', 'a statement')}: {error}") from error
    return Statement(
        effect=row["Effect"],
        actions=_several(row.get("Action", [])),
        but_actions=_several(row.get("NotAction", [])),
        resources=_several(row.get("Resource", [])),
        but_resources=_several(row.get("NotResource", [])),
        conditions=conditions,
        sid=row.get("Sid", ""),
    )


def _several(values: Any) -> tuple[str, ...]:
    rows = values if isinstance(values, list | tuple) else [values]
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in rows)
