"""The seams, near at hand: the emulated AWS without HTTP, virtual time, and a fuse that ends everything at one instruction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from patchkeep.domain.call import Answer, Call, Caller, Cause, Dialogue, Gap, Read, Refused, Target
from patchkeep.domain.frozen import thaw
from patchkeep.domain.ledger import Entry
from patchkeep.domain.progress import Rollout
from patchkeep.doors.aws.refusals import operation_name
from patchkeep.doors.store import Store
from patchkeep.sandbox.identity import admin_arn
from patchkeep.sandbox.operation import OPERATIONS, AwsError, Request
from patchkeep.sandbox.world import World
from patchkeep.work.seams import Ledger, Rollouts

T = TypeVar("T")


class Crash(BaseException):
    """The process dies here; nothing catches it."""


@dataclass(slots=True)
class Fuse:
    """Counts instructions and blows at one of them. 0: never."""

    at: int = 0
    passed: list[str] = field(default_factory=list)

    def __call__(self, what: str) -> None:
        self.passed.append(what)
        if len(self.passed) == self.at:
            raise Crash(what)


@dataclass(frozen=True, slots=True)
class NearClock:
    """Fulfils `work.seams.Clock` with a world's virtual time."""

    world: World

    def now(self) -> datetime:
        return self.world.clock.now()

    def sleep(self, duration: timedelta) -> None:
        self.world.clock.advance(self.world.clock.now() + max(duration, timedelta(0)))


Meddling = Callable[[Call], Answer | Cause | Gap | None]


@dataclass(slots=True)
class NearAws:
    """Fulfils `work.seams.Aws` by the sandbox's operations. `meddle` may answer in AWS's stead, or name why a read is refused."""

    world: World
    fuse: Fuse = field(default_factory=Fuse)
    meddle: Meddling = lambda _: None
    made: list[Call] = field(default_factory=list)
    acted: list[Call] = field(default_factory=list)  # writes that AWS took

    def caller(self) -> Caller:
        return Caller(admin_arn(self.world.management), self.world.management)

    def read(self, target: Target, service: str, dialogue: Dialogue[T]) -> T | Gap:
        outcome: Any = None
        while True:
            try:
                request = dialogue.throw(outcome) if isinstance(outcome, Refused) else dialogue.send(outcome)
            except StopIteration as ended:
                return ended.value  # type: ignore[no-any-return]
            except Refused as refused:
                return refused.gap
            if isinstance(request, Call):
                outcome = self._ask(target, service, request)
            else:
                outcome = tuple(self._ask(target, service, call) for call in request)

    def _ask(self, target: Target, service: str, call: Call) -> Any:
        assert call.reads
        self.fuse(f"before {call.operation}")
        self.made.append(call)
        cause = self.meddle(call)
        if isinstance(cause, Gap):
            return Refused(cause)
        if isinstance(cause, Cause):
            return Refused(Gap(target, service, cause, f"{cause} by the test", operation_name(call), str(cause)))
        try:
            return self._pages(target, call)
        except AwsError as error:
            return Refused(Gap(target, service, Cause.REFUSED, error.message, operation_name(call), error.code))

    def _pages(self, target: Target, call: Call) -> Any:
        whole: dict[str, Any] = {}
        token: dict[str, str] = {}
        while True:
            answer = self._perform(target, call, token)
            for key, value in answer.items():
                whole[key] = whole[key] + value if isinstance(value, list) and key in whole else value
            if "NextToken" not in answer:
                whole.pop("NextToken", None)
                return whole
            token = {"NextToken": answer["NextToken"]}

    def _perform(self, target: Target, call: Call, more: dict[str, str]) -> dict[str, Any]:
        name = operation_name(call).partition(":")[2]
        account = target.account or self.world.management
        params = {**thaw(call.params), **more}
        return OPERATIONS[call.service, name](Request(self.world, account, target.region, admin_arn(account), params))

    def write(self, target: Target, call: Call) -> Answer:
        assert not call.reads
        self.fuse(f"before {call.operation}")
        self.made.append(call)
        instead = self.meddle(call)
        if isinstance(instead, Answer) and not instead.ok and instead.message != "acted":
            return instead
        try:
            answer = Answer(self._perform(target, call, {}), "r-1")
            self.acted.append(call)
        except AwsError as error:
            answer = Answer({}, "r-2", error.code, error.message)
        self.fuse(f"after {call.operation}")
        return instead if isinstance(instead, Answer) else answer

    def reads(self) -> tuple[Read, ...]:
        return ()

    def sent(self, operation: str) -> Counter[str]:
        """How often each node was sent an operation of AWS-RunPatchBaseline; "Reboot" for our document."""
        commands = [thaw(call.params) for call in self.made if call.operation == "send_command"]
        wanted = [c for c in commands if c["Parameters"].get("Operation", ["Reboot"]) == [operation]]
        return Counter(node for command in wanted for node in command["InstanceIds"])


@dataclass(frozen=True, slots=True)
class FusedRollouts:
    """A store's rollouts, each write with a moment before and a moment after it at which the process may die."""

    inner: Rollouts
    fuse: Fuse

    def add(self, rollout: Rollout) -> None:
        self.fuse("before add")
        self.inner.add(rollout)
        self.fuse("after add")

    def get(self, rollout_id: str) -> Rollout | None:
        return self.inner.get(rollout_id)

    def all(self) -> tuple[Rollout, ...]:
        return self.inner.all()

    def replace(self, rollout: Rollout, entries: Iterable[Entry] = ()) -> Rollout:
        self.fuse("before replace")
        moved = self.inner.replace(rollout, entries)
        self.fuse("after replace")
        return moved


@dataclass(frozen=True, slots=True)
class FusedLedger:
    inner: Ledger
    fuse: Fuse

    def append(self, entry: Entry) -> None:
        self.fuse("before append")
        self.inner.append(entry)
        self.fuse("after append")

    def of(self, subject: str) -> tuple[Entry, ...]:
        return self.inner.of(subject)

    def verify(self) -> int | None:
        return self.inner.verify()

    def lock(self, name: str) -> AbstractContextManager[None]:
        return self.inner.lock(name)


def fused(store: Store, fuse: Fuse) -> tuple[FusedRollouts, FusedLedger]:
    return FusedRollouts(store.rollouts, fuse), FusedLedger(store.ledger, fuse)
