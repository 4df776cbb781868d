"""How an emulated AWS operation is written: a function from a request to an answer in botocore's shape.

`@operation("ssm", "DescribePatchBaselines")` registers it; the server finds it by service and operation name.
A refusal is raised as `AwsError`, with AWS's own error code.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from patchkeep.sandbox.world import Account, Site, World

Params = Mapping[str, Any]
Answer = dict[str, Any]


class AwsError(Exception):
    """AWS's refusal: its error code, its sentence, its HTTP status."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True, slots=True)
class Request:
    """One call as the server received it, already authenticated and parsed by botocore's model."""

    world: World
    account: str
    region: str
    caller: str  # ARN of the caller
    params: Params = field(default_factory=dict)

    @property
    def site(self) -> Site:
        return self.world.site(self.account, self.region)

    @property
    def home(self) -> Account:
        return self.world.accounts[self.account]

    @property
    def now(self) -> datetime:
        return self.world.clock.now()


Operation = Callable[[Request], Answer]
OPERATIONS: dict[tuple[str, str], Operation] = {}


def operation(service: str, name: str) -> Callable[[Operation], Operation]:
    """Register a function as the emulation of one AWS operation (names as in botocore: "ssm", "SendCommand")."""

    def register(function: Operation) -> Operation:
        if (service, name) in OPERATIONS:
            raise ValueError(f"{service}:{name} is emulated twice")
        OPERATIONS[service, name] = function
        return function

    return register


_MOST_ROWS: ContextVar[int] = ContextVar("most rows of a page", default=0)


@contextmanager
def pages_of(most: int) -> Iterator[None]:
    """Until the block ends no page has more rows than `most`, whatever was asked for, as AWS may do; 0 changes nothing."""
    token = _MOST_ROWS.set(most)
    try:
        yield
    finally:
        _MOST_ROWS.reset(token)


def page(
    rows: Sequence[Any], params: Params, *, most: int, default: int | None = None, size: str = "MaxResults"
) -> tuple[list[Any], dict[str, str]]:
    """Cut one page. Returns its rows and `{"NextToken": ...}` when more follow, else `{}`."""
    start = _start(params.get("NextToken"))
    count = min(int(params.get(size) or default or most), most, _MOST_ROWS.get() or most)
    end = start + count
    token = base64.urlsafe_b64encode(f"from-{end}".encode()).decode()
    return list(rows[start:end]), ({"NextToken": token} if end < len(rows) else {})


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from-"))
    except ValueError as error:
        raise AwsError("InvalidNextToken", "The specified token is not valid.") from error
