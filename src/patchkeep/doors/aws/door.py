"""Carries dialogues to their end: the door that the verbs know. `reads` and `writes` beside it make the calls."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any, TypeVar

from patchkeep.domain.call import Answer, Call, Caller, Cause, Dialogue, Gap, Read, Refused, Target, home_region
from patchkeep.domain.policy import STOP_PARAMETER
from patchkeep.doors.aws.rates import Rates
from patchkeep.doors.aws.reads import Reads
from patchkeep.doors.aws.refusals import operation_name
from patchkeep.doors.aws.room import Room, share_one_heap
from patchkeep.doors.aws.sessions import Mode, Sessions
from patchkeep.doors.aws.stop import Stop
from patchkeep.doors.aws.writes import Writes

T = TypeVar("T")
PUBLISHES = ("cloudwatch", "put_metric_data")
SIDE_BY_SIDE = 8  # calls of one tuple under way at once, each in a thread
LARGE_AT_ONCE, LARGE_WAIT = 2, 2.0  # single pages in memory at once, as they come; seconds for which another waits for that


@dataclass(slots=True)
class AwsDoor:
    """Fulfils `work.seams.Aws`. `sleep` passes time between tries; `trace` gets each read as a JSON line."""

    sessions: Sessions
    now: Callable[[], datetime]
    sleep: Callable[[timedelta], None]
    trace: IO[str] | None = None
    share: float = 0.25  # of each documented API rate
    stop: str = STOP_PARAMETER  # the parameter that every write looks at first
    _reads: Reads = field(init=False)
    _stop: Stop = field(init=False)
    _writes: Writes = field(init=False)
    _room: Room = field(default_factory=lambda: Room(LARGE_AT_ONCE, LARGE_WAIT))

    def __post_init__(self) -> None:
        share_one_heap()
        rates = Rates(self.share, self.now, self.sleep)
        self._reads = Reads(self.sessions, rates, self.now, self.sleep, self.trace)
        stop = Stop(
            self.stop, lambda place, call, mode: self._reads.ask(place, "stop", call, mode), self.sleep, lambda: self.caller().account
        )
        self._stop, self._writes = stop, Writes(self.sessions, rates, stop, self.sleep)

    def caller(self) -> Caller:
        return self.sessions.caller()

    def ready(self) -> None:
        """Say at once what would keep every role from being assumed; raises `NoCredentials` and `SecretError`."""
        self.sessions.ready()

    def read(self, target: Target, service: str, dialogue: Dialogue[T]) -> T | Gap:
        """The dialogue's result, or the gap it left: a refusal that it did not catch, or an answer it could not digest."""
        with ExitStack() as held:
            return self._carry(target, service, dialogue, held)

    def _carry(self, target: Target, service: str, dialogue: Dialogue[T], held: ExitStack) -> T | Gap:
        """`held`: the room that a large answer takes until it is digested."""
        outcome: Any = None
        while True:
            try:
                request = dialogue.throw(outcome) if isinstance(outcome, Refused) else dialogue.send(outcome)
            except StopIteration as ended:
                return ended.value  # type: ignore[no-any-return]
            except Refused as refused:
                return refused.gap
            except Exception as error:  # noqa: BLE001 - one odd answer in one of a thousand accounts must not end the scan
                return self._not_understood(target, service, error)
            outcome = None  # digested: let go before the next one comes
            held.close()
            if any("NextToken" in call.params for call in (request if isinstance(request, tuple) else (request,))):
                held.enter_context(self._room)
            outcome = self._answer(target, service, request)

    def _answer(self, target: Target, service: str, request: Call | tuple[Call, ...]) -> Any:
        """The answer to one call, or a refusal; to a tuple of calls a tuple of those.

        Threads of its own, because calls wait: for their rate, for a throttled account, for an answer. Nobody else waits with them.
        """
        if isinstance(request, Call):
            return self._reads.ask(target, service, request)
        if len(request) < 2:
            return tuple(self._reads.ask(target, service, call) for call in request)
        with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(request)), "aws-call") as pool:
            return tuple(pool.map(lambda call: self._reads.ask(target, service, call), request))

    def publish(self, call: Call) -> Answer:
        """Publish metrics in the account signed in to, as whoever that is. It changes nothing, so no stop holds it back.

        Raises ValueError for any other call than PutMetricData.
        """
        if (call.service, call.operation) != PUBLISHES:
            raise ValueError(f"{operation_name(call)} publishes nothing: it belongs in a plan")
        partition = self.caller().arn.split(":")[1]
        answer = self._reads.counted(Target("", home_region(partition), partition), "heartbeat", call, Mode.READ)
        if isinstance(answer, Refused):
            return Answer({}, answer.gap.request_id, answer.gap.code or str(answer.gap.cause), answer.gap.reason)
        return Answer(answer, answer.get("ResponseMetadata", {}).get("RequestId", ""))

    def write(self, target: Target, call: Call) -> Answer:
        """Make one call with the write role, once; again only when AWS said it throttled it, so has not acted.

        A broken connection or half an answer comes back as code "NoAnswer": AWS may have acted, look before you repeat. Where no
        connection came about, nobody could sign the call, or AWS throttles it to the last, the code is "NotSent"; where the stop says
        so, "Stopped".
        """
        return self._writes.make(target, call)

    def stops(self, targets: Iterable[Target] = ()) -> tuple[str, ...]:
        """What holds writes back now, at home and in the accounts of the targets: a sentence each, also for a stop that cannot be read.

        Raises `NoCredentials` and `SecretError` where nobody can be asked.
        """
        return self._stop.standing(targets, self.caller().arn.split(":")[1])

    def reads(self) -> tuple[Read, ...]:
        """Counters of all reads so far. Seconds are wall time, retries included; calls count pages."""
        return self._reads.all()

    def _not_understood(self, target: Target, service: str, error: Exception) -> Gap:
        operation, request_id = self._reads.last(target, service)
        return Gap(
            target,
            service,
            Cause.NOT_UNDERSTOOD,
            f"{type(error).__name__}: {error}",
            operation,
            request_id=request_id,
            fix="report it with the traceback (discover --format json shows it)",
            traceback="".join(traceback.format_exception(error)),
        )
