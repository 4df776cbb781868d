"""A policy document and its parts, and how large IAM lets one be.

Sizes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html ("IAM doesn't count white space").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from patchkeep.domain.frozen import NOTHING, Frozen, thaw

VERSION = "2012-10-17"
MOST_MANAGED = 6144  # characters of a customer managed policy
MOST_INLINE = 10240  # characters of all inline policies of one role together


class TooLarge(Exception):  # noqa: N818 - it says what is wrong
    """One statement alone is larger than a policy may be; the sentence names it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is allowed (or denied): actions in IAM's names, ARNs with `{partition}` and `{account}`, conditions by operator."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    conditions: Frozen = NOTHING
    effect: str = "Allow"

    def written(self) -> dict[str, Any]:
        """As IAM reads it."""
        body = {"Sid": self.sid, "Effect": self.effect, "Action": list(self.actions), "Resource": list(self.resources)}
        if self.resources == ("*",):
            body["Resource"] = "*"
        conditions = {operator: {key: _plain(values) for key, values in keys.items()} for operator, keys in self.conditions.items()}
        return {**body, "Condition": conditions} if conditions else body


def _plain(values: Any) -> Any:
    """One value alone, or a list of several; `true` and `false` are written as text."""
    values = thaw(values)
    return values[0] if isinstance(values, list) and len(values) == 1 else values


@dataclass(frozen=True, slots=True)
class Place:
    """What stands for `{partition}` and `{account}`: names, or what CloudFormation or Terraform put there."""

    partition: str = "aws"
    account: str = "*"

    def fill(self, value: Any) -> Any:
        """The value with both put in, all the way down."""
        if isinstance(value, str):
            return value.replace("{partition}", self.partition).replace("{account}", self.account)
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return value


ANYWHERE = Place()


def document(statements: Iterable[Statement], place: Place = ANYWHERE) -> dict[str, Any]:
    """The policy as JSON takes it."""
    filled: dict[str, Any] = place.fill({"Version": VERSION, "Statement": [statement.written() for statement in statements]})
    return filled


def size(written: Mapping[str, Any]) -> int:
    """Characters that count: without white space."""
    return len(json.dumps(written, separators=(",", ":"), ensure_ascii=False))


# The account's id and partition may still have to be put in: what stands for them there counts as 20 characters.
LONGEST = Place("aws-us-gov", "1" * 20)


def split(statements: Iterable[Statement], most: int = MOST_MANAGED) -> tuple[tuple[Statement, ...], ...]:
    """The statements in as many policies as are needed, none larger than `most`, in order. Raises `TooLarge`."""
    parts: list[list[Statement]] = []
    for statement in statements:
        for piece in _pieces(statement, most):
            if parts and size(document((*parts[-1], piece), LONGEST)) <= most:
                parts[-1].append(piece)
            else:
                parts.append([piece])
    return tuple(tuple(part) for part in parts)


def _pieces(statement: Statement, most: int) -> tuple[Statement, ...]:
    """The statement, or several that share its actions among them."""
    if size(document((statement,), LONGEST)) <= most:
        return (statement,)
    half = len(statement.actions) // 2
    if not half:
        raise TooLarge(f"Statement {statement.sid} alone has more than the {most} characters that IAM takes.")
    first, rest = replace(statement, actions=statement.actions[:half]), replace(statement, actions=statement.actions[half:])
    return tuple(
        replace(piece, sid=f"{statement.sid}{number}") for number, piece in enumerate((*_pieces(first, most), *_pieces(rest, most)), 1)
    )
