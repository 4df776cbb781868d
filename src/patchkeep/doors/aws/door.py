"""Carries dialogues to their end and makes writes: the only module that calls a client by an operation's name."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import IO, Any, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's name
    HTTPClientError,
    IncompleteReadError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from patchkeep.domain.call import Answer, Call, Caller, Cause, Dialogue, Gap, Read, Refused, Target, home_region
from patchkeep.domain.frozen import thaw
from patchkeep.domain.policy import STOP_PARAMETER
from patchkeep.doors.aws.rates import Rates
from patchkeep.doors.aws.refusals import THROTTLED, UNSIGNED, gap_of, operation_name
from patchkeep.doors.aws.room import Room, share_one_heap
from patchkeep.doors.aws.sessions import Mode, Sessions
from patchkeep.doors.aws.stop import Stop

T = TypeVar("T")
PUBLISHES = ("cloudwatch", "put_metric_data")
SIDE_BY_SIDE = 8  # calls of one tuple under way at once, each in a thread
LARGE_AT_ONCE, LARGE_WAIT = 2, 2.0  # single pages in memory at once, as they come; seconds for which another waits for that
WRITE_PAUSES = (1, 2, 4, 8, 15)  # seconds between tries of a write that AWS throttled: it has not acted on it


@dataclass(slots=True)
class _Counter:
    calls: int = 0
    seconds: float = 0.0
    retries: int = 0
    request_id: str = ""
    at: str = ""


@dataclass(slots=True)
class AwsDoor:
    """Fulfils `work.seams.Aws`. `sleep` passes time between tries of a throttled write; `trace` gets each read as a JSON line."""

    sessions: Sessions
    now: Callable[[], datetime]
    sleep: Callable[[timedelta], None]
    trace: IO[str] | None = None
    share: float = 0.25  # of each documented API rate
    stop: str = STOP_PARAMETER  # the parameter that every write looks at first
    _rates: Rates = field(init=False)
    _stop: Stop = field(init=False)
    _counters: dict[tuple[Target, str, str], _Counter] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _room: Room = field(default_factory=lambda: Room(LARGE_AT_ONCE, LARGE_WAIT))

    def __post_init__(self) -> None:
        share_one_heap()
        self._rates = Rates(self.share, self.now, self.sleep)
        self._stop = Stop(
            self.stop, lambda place, call, mode: self._ask(place, "stop", call, mode), self.sleep, lambda: self.caller().account
        )

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
            return self._ask(target, service, request)
        if len(request) < 2:
            return tuple(self._ask(target, service, call) for call in request)
        with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(request)), "aws-call") as pool:
            return tuple(pool.map(lambda call: self._ask(target, service, call), request))

    def _ask(self, target: Target, service: str, call: Call, mode: Mode = Mode.READ) -> Any:
        if not call.reads:
            raise ValueError(f"{operation_name(call)} is no read: it belongs in a plan")
        return self._counted(target, service, call, mode)

    def publish(self, call: Call) -> Answer:
        """Publish metrics in the account signed in to, as whoever that is. It changes nothing, so no stop holds it back.

        Raises ValueError for any other call than PutMetricData.
        """
        if (call.service, call.operation) != PUBLISHES:
            raise ValueError(f"{operation_name(call)} publishes nothing: it belongs in a plan")
        partition = self.caller().arn.split(":")[1]
        answer = self._counted(Target("", home_region(partition), partition), "heartbeat", call, Mode.READ)
        if isinstance(answer, Refused):
            return Answer({}, answer.gap.request_id, answer.gap.code or str(answer.gap.cause), answer.gap.reason)
        return Answer(answer, answer.get("ResponseMetadata", {}).get("RequestId", ""))

    def _counted(self, target: Target, service: str, call: Call, mode: Mode) -> Any:
        """The answer to a call that may be made again, or `Refused`; counted and traced."""
        started = perf_counter()
        metadata: dict[str, Any] = {}
        try:
            answer = self._perform(target, call, metadata, mode)
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            gap = gap_of(error, target, service, call)
            if gap.cause is Cause.EXPIRED:
                self.sessions.renew(target.account, mode)
            self._count(target, service, call, started, {**metadata, "RequestId": gap.request_id})
            self._write_trace(target, call, gap.code or str(gap.cause))
            return Refused(gap)
        self._count(target, service, call, started, metadata)
        self._write_trace(target, call, "ok")
        return answer

    def _perform(self, target: Target, call: Call, metadata: dict[str, Any], mode: Mode) -> Any:
        """Make a read: all its pages, or the one it names. `metadata`: the last answer's request id; calls and retries of all pages."""
        place = (target.account, target.region, operation_name(call))
        self._rates.wait(*place)
        client = self._client(target, call, mode)
        params = {name: value for name, value in thaw(call.params).items() if name != "NextToken" or value}
        if "NextToken" in call.params or not client.can_paginate(call.operation):
            answer = getattr(client, call.operation)(**params)
            _add_up(metadata, answer)
            return answer
        pages = client.get_paginator(call.operation).paginate(**params)
        return _whole(pages, metadata, lambda: self._rates.wait(*place))

    def _client(self, target: Target, call: Call, mode: Mode) -> Any:
        if not target.account:
            return self.sessions.home_client(call.service)
        return self.sessions.client(target.account, target.region, call.service, mode)

    def write(self, target: Target, call: Call) -> Answer:
        """Make one call with the write role, once; again only when AWS said it throttled it, so has not acted.

        A broken connection comes back as code "NoAnswer": AWS may have acted, look before you repeat. Where none came about, nobody
        could sign the call, or AWS throttles it to the last, the code is "NotSent"; where the stop says so, "Stopped".
        """
        for pause in WRITE_PAUSES:
            answer = self._write_once(target, call)
            if answer.code not in THROTTLED:
                return answer
            self.sleep(timedelta(seconds=pause))
        last = self._write_once(target, call)
        return replace(last, code="NotSent") if last.code in THROTTLED else last

    def _write_once(self, target: Target, call: Call) -> Answer:
        self._rates.wait(target.account, target.region, operation_name(call))
        if held := self._stop.before(target):  # the last thing before it leaves: a wait may be long
            return held
        try:
            got = getattr(self._client(target, call, Mode.WRITE), call.operation)(**thaw(call.params))
        except ClientError as error:
            gap = gap_of(error, target, "", call)
            if gap.cause is Cause.EXPIRED:
                self.sessions.renew(target.account, Mode.WRITE)
                return Answer({}, gap.request_id, "NotSent", f"{gap.code} {gap.reason}".strip())
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            server_error = status >= 500 and gap.code not in THROTTLED  # EC2 throttles with 503
            return Answer({}, gap.request_id, "NoAnswer" if server_error else gap.code or "Refused", f"{gap.code} {gap.reason}".strip())
        except (BotoCoreError, ResponseParserError) as error:
            return Answer({}, "", _code_of(error), str(error))
        return Answer(got, got.get("ResponseMetadata", {}).get("RequestId", ""))

    def reads(self) -> tuple[Read, ...]:
        """Counters of all reads so far. Seconds are wall time, retries included; calls count pages."""
        with self._lock:
            return tuple(
                Read(target, service, operation, c.calls, round(c.seconds, 3), c.retries, c.request_id, c.at)
                for (target, service, operation), c in sorted(self._counters.items())
            )

    def _count(self, target: Target, service: str, call: Call, started: float, metadata: dict[str, Any]) -> None:
        with self._lock:
            counter = self._counters.setdefault((target, service, operation_name(call)), _Counter())
            counter.calls += metadata.get("Calls", 1)
            counter.seconds += perf_counter() - started
            counter.retries += metadata.get("RetryAttempts", 0)
            counter.request_id = metadata.get("RequestId", "")
            counter.at = self.now().isoformat()

    def _write_trace(self, target: Target, call: Call, outcome: str) -> None:
        if self.trace is None:
            return
        line = {"at": self.now(), "target": str(target), "operation": operation_name(call), "params": thaw(call.params), "outcome": outcome}
        with self._lock:
            self.trace.write(json.dumps(line, default=str) + "\n")

    def _not_understood(self, target: Target, service: str, error: Exception) -> Gap:
        with self._lock:
            last = [(c.at, operation, c.request_id) for (t, s, operation), c in self._counters.items() if (t, s) == (target, service)]
        _, operation, request_id = max(last, default=("", "", ""))
        reason = f"{type(error).__name__}: {error}"
        fix = "report it with the traceback (discover --format json shows it)"
        return Gap(
            target,
            service,
            Cause.NOT_UNDERSTOOD,
            reason,
            operation,
            "",
            request_id,
            fix,
            traceback="".join(traceback.format_exception(error)),
        )


def _whole(pages: Any, metadata: dict[str, Any], wait: Callable[[], None]) -> Any:
    """All pages as one answer; a failing page fails the whole, for half an answer would look like all of it. `wait`: before each call."""

    def counted() -> Iterator[Any]:
        for page in pages:
            _add_up(metadata, page)
            yield page
            if page.get("NextToken"):  # as all operations with a documented rate name it
                wait()

    whole: dict[str, Any] = {}
    for page in counted():
        for expression in pages.result_keys:
            rows = expression.search(page)
            if rows is not None:
                whole.setdefault(expression.expression, []).extend(rows)
    for expression in pages.result_keys:
        whole.setdefault(expression.expression, [])
    return whole


def _add_up(metadata: dict[str, Any], answer: Any) -> None:
    seen = answer.get("ResponseMetadata", {})
    metadata["Calls"] = metadata.get("Calls", 0) + 1
    metadata["RetryAttempts"] = metadata.get("RetryAttempts", 0) + seen.get("RetryAttempts", 0)
    metadata["RequestId"] = seen.get("RequestId", "")


def _code_of(error: BotoCoreError | ResponseParserError) -> str:
    """NotSent: no connection or signature came about. NoAnswer: a connection broke, or its answer did. Else botocore's own name for it."""
    if isinstance(error, SSLError | HTTPClientError | IncompleteReadError | ResponseParserError):
        return "NoAnswer"  # TLS breaks in the middle, too, though botocore counts it among what never connected
    if isinstance(error, (ConnectionError, *UNSIGNED)):
        return "NotSent"
    return type(error).__name__
