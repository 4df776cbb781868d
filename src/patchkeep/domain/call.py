"""Calls to AWS as values, the dialogues that yield them, and what looking somewhere can end in.

A service yields a `Call` (or a tuple of calls, made side by side) and is sent the answer; only `doors.aws` performs it.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from patchkeep.domain.frozen import NOTHING, Frozen, freeze

T = TypeVar("T")
Dialogue: TypeAlias = Generator["Call | tuple[Call, ...]", Any, T]

READ_PREFIXES = ("describe_", "list_", "get_")


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS API call. `operation` is botocore's method name (`describe_instances`), `params` its arguments."""

    service: str
    operation: str
    params: Frozen = NOTHING

    @classmethod
    def of(cls, service: str, operation: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> Call:
        return cls(service, operation, freeze({**(params or {}), **more}))

    def page(self, token: str) -> Call:
        """One page alone ("": the first), for answers too long to be held whole; its `NextToken`, if any, names the next page.

        Any other read is answered whole, however many pages that takes.
        """
        return Call(self.service, self.operation, Frozen(self.params, NextToken=token))

    @property
    def reads(self) -> bool:
        """Whether AWS names the operation as one that only looks."""
        return self.operation.startswith(READ_PREFIXES)


_ANSWERED = re.compile(r"<(\w+) answered above>")


def answered(key: str) -> str:
    """Stands for a value that an earlier call of the same setting answers: shown in a plan, filled in when carried out.

    `key` is one word (letters, digits, _), as AWS spells the members of its answers; ValueError else.
    """
    if not re.fullmatch(r"\w+", key):
        raise ValueError(f"{key!r} is not the name of one member of an answer")
    return f"<{key} answered above>"


def fill(call: Call, answers: Mapping[str, Any]) -> Call:
    """The call with every `answered(key)` replaced; raises KeyError where no answer so far holds the key."""

    def filled(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: filled(item) for key, item in value.items()}
        if isinstance(value, tuple):
            return tuple(filled(item) for item in value)
        if not isinstance(value, str):
            return value
        whole = _ANSWERED.fullmatch(value)
        return answers[whole[1]] if whole else _ANSWERED.sub(lambda found: str(answers[found[1]]), value)

    return Call(call.service, call.operation, freeze(filled(call.params)))


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """Where calls go: one region of one account."""

    account: str
    region: str
    partition: str = "aws"

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


# Where Organizations answers in each partition (botocore's endpoints.json, "organizations"). Every account has that region enabled.
_HOMES = {
    "aws": "us-east-1",
    "aws-cn": "cn-northwest-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
}


def home_region(partition: str) -> str:
    """The region in which a partition's global services answer; ValueError for one that is not known."""
    if partition not in _HOMES:
        raise ValueError(f"partition {partition} is not supported; those known are {', '.join(_HOMES)}")
    return _HOMES[partition]


class Cause(StrEnum):
    """Why we could not look."""

    REFUSED = "refused"  # AWS denied the call
    NO_ROLE = "no role"  # the member role could not be assumed
    NO_CREDENTIALS = "no credentials"
    EXPIRED = "expired"  # the session ran out
    THROTTLED = "throttled"  # retries used up
    UNREACHABLE = "unreachable"  # no answer, or a server error
    REGION_OFF = "region off"  # the region isn't enabled for the account
    NOT_OFFERED = "not offered"  # AWS does not have the service in the region: nothing of it can be there
    SUSPENDED = "suspended"  # the account is closed or suspended
    NO_PLAN = "no paid support plan"  # AWS tells it only accounts that have one: by it no asset is hidden
    EXCLUDED = "excluded"  # the policy says not to look
    NOT_UNDERSTOOD = "answer not understood"
    UNREADABLE = "not readable"  # AWS gave it, and it tells nothing that can be relied on: of one asset's contents


@dataclass(frozen=True, slots=True)
class Gap:
    """A place we could not look, and why. Its assets are UNKNOWN: never compliant, never forgotten."""

    target: Target
    service: str  # the capability that was looking: "nodes", "baselines", "accounts"
    cause: Cause
    reason: str  # AWS's own sentence where there is one
    operation: str = ""  # "ssm:DescribeInstancePatches"
    code: str = ""  # AWS's error code
    request_id: str = ""
    fix: str = ""  # what to do about it
    assets: tuple[str, ...] = ()  # assets known by identity whose facts were not read; empty: all of the target's
    traceback: str = ""
    hides: bool = False  # assets may be there that nobody sees

    def covers(self, target: Target) -> bool:
        """Whether it lies in this place; without a region it covers all of its account's, without an account the whole organization."""
        return self.target.account in {"", target.account} and self.target.region in {"", target.region}


class Refused(Exception):  # noqa: N818 - the vocabulary's word
    """AWS said no to a call; thrown into the dialogue at its yield."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(f"{gap.operation}: {gap.code} {gap.reason}")
        self.gap = gap


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts: the identity STS verified."""

    arn: str
    account: str


@dataclass(frozen=True, slots=True)
class Answer:
    """AWS's answer to one write: its content, or AWS's own error code and sentence."""

    content: Mapping[str, Any]
    request_id: str
    code: str = ""
    message: str = ""

    @property
    def ok(self) -> bool:
        return not self.code


@dataclass(frozen=True, slots=True)
class Read:
    """Provenance of facts: an operation that answered, how often, and when the last answer came."""

    target: Target
    service: str
    operation: str  # "ssm:DescribeInstancePatchStates"
    calls: int
    seconds: float
    retries: int = 0
    request_id: str = field(default="", compare=False)
    at: str = field(default="", compare=False)  # ISO 8601
