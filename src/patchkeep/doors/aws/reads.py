"""Makes reads: whole answers or none, at AWS's rates, each counted and traced.

botocore asks again, more slowly each time, where AWS throttles, fails, or closes the connection. An answer that broke off in the middle
of its body it does not notice; `readable` does, and here that page is asked for again. Of a read nothing is lost by that.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import IO, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ProxyConnectionError,
)
from botocore.parsers import ResponseParserError

from patchkeep.domain.call import Call, Cause, Gap, Read, Refused, Target
from patchkeep.domain.frozen import thaw
from patchkeep.doors.aws.body import with_body
from patchkeep.doors.aws.rates import BACK_OFF, Rates
from patchkeep.doors.aws.refusals import gap_of, operation_name
from patchkeep.doors.aws.sessions import Mode, Sessions

UNCONNECTED = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)  # nobody answered to the name
CUT_PAUSES = BACK_OFF[:3]  # seconds between tries of a read whose answer broke off


@dataclass(slots=True)
class _Counter:
    calls: int = 0
    seconds: float = 0.0
    retries: int = 0
    request_id: str = ""
    at: str = ""


@dataclass(slots=True)
class Reads:
    """Makes calls that may be made again. `sleep` passes time between tries; `trace` gets each read as a JSON line."""

    sessions: Sessions
    rates: Rates
    now: Callable[[], datetime]
    sleep: Callable[[timedelta], None]
    trace: IO[str] | None = None
    _counters: dict[tuple[Target, str, str], _Counter] = field(default_factory=dict)
    _away: dict[tuple[str, str], Gap] = field(default_factory=dict)  # service and region where nobody answers
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, target: Target, service: str, call: Call, mode: Mode = Mode.READ) -> Any:
        """The whole answer, or `Refused`. `service`: on whose behalf. Raises ValueError for a call that changes something."""
        if not call.reads:
            raise ValueError(f"{operation_name(call)} is no read: it belongs in a plan")
        return self.counted(target, service, call, mode)

    def counted(self, target: Target, service: str, call: Call, mode: Mode) -> Any:
        """The answer to a call that does no harm when it is made again, or `Refused`; counted and traced."""
        if away := self._away.get((call.service, target.region)):
            return Refused(replace(away, target=target, service=service, operation=operation_name(call)))
        started = perf_counter()
        metadata: dict[str, Any] = {}
        try:
            answer = self._perform(target, call, metadata, mode)
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            gap = self._perhaps_not_offered(error, call, gap_of(error, target, service, call))
            if gap.cause is Cause.EXPIRED:
                self.sessions.renew(target.account, mode)
            self._count(target, service, call, started, {**metadata, "RequestId": gap.request_id})
            self._write_trace(target, call, gap.code or str(gap.cause))
            return Refused(gap)
        self._count(target, service, call, started, metadata)
        self._write_trace(target, call, "ok")
        return answer

    def _perhaps_not_offered(self, error: Exception, call: Call, gap: Gap) -> Gap:
        """No connection came about where botocore's data does not list the service: then AWS does not have it there.

        That holds for all accounts, so it is found out once.
        """
        if not isinstance(error, UNCONNECTED) or self.sessions.lists(call.service, gap.target.region):
            return gap
        away = replace(gap, cause=Cause.NOT_OFFERED, reason=f"AWS does not have {call.service} in {gap.target.region}", fix="")
        self._away[call.service, gap.target.region] = away
        return away

    def _perform(self, target: Target, call: Call, metadata: dict[str, Any], mode: Mode) -> Any:
        """All pages of an answer, or the one it names. `metadata`: the last one's request id; calls and retries of all of them."""
        client = self.sessions.client(target.account, target.region, call.service, mode)
        method = getattr(client, call.operation)

        wait = partial(self.rates.wait, target.account, target.region, operation_name(call))

        def asked(**params: Any) -> Any:
            return self._page(wait, lambda: method(**params), metadata)

        params = {name: value for name, value in thaw(call.params).items() if name != "NextToken" or value}
        if "NextToken" in call.params or not client.can_paginate(call.operation):
            return asked(**params)
        return _whole(self.sessions.paginator(client, call.operation, asked).paginate(**params))

    def _page(self, wait: Callable[[], None], ask: Callable[[], Any], metadata: dict[str, Any]) -> Any:
        """One answer in its turn; where it broke off, the same question again after each of the pauses."""
        left = iter(CUT_PAUSES)
        while True:
            wait()
            try:
                answer = with_body(ask())
            except IncompleteReadError:
                _add_up(metadata, {})
                if (pause := next(left, None)) is None:
                    raise
                metadata["RetryAttempts"] += 1
                self.sleep(timedelta(seconds=pause))
            else:
                _add_up(metadata, answer.get("ResponseMetadata", {}))
                return answer

    def all(self) -> tuple[Read, ...]:
        """Counters of all reads so far. Seconds are wall time, retries included; calls count pages."""
        with self._lock:
            return tuple(
                Read(target, service, operation, c.calls, round(c.seconds, 3), c.retries, c.request_id, c.at)
                for (target, service, operation), c in sorted(self._counters.items())
            )

    def last(self, target: Target, service: str) -> tuple[str, str]:
        """Operation and request id of what a service was answered last in one place; "" where it asked nothing."""
        with self._lock:
            made = [(c.at, operation, c.request_id) for (t, s, operation), c in self._counters.items() if (t, s) == (target, service)]
        return max(made, default=("", "", ""))[1:]

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


def _whole(pages: Any) -> Any:
    """All pages as one answer; a failing page fails the whole, for half an answer would look like all of it."""
    whole: dict[str, Any] = {}
    for page in pages:
        for expression in pages.result_keys:
            rows = expression.search(page)
            if rows is not None:
                whole.setdefault(expression.expression, []).extend(rows)
    for expression in pages.result_keys:
        whole.setdefault(expression.expression, [])
    return whole


def _add_up(metadata: dict[str, Any], seen: dict[str, Any]) -> None:
    metadata["Calls"] = metadata.get("Calls", 0) + 1
    metadata["RetryAttempts"] = metadata.get("RetryAttempts", 0) + seen.get("RetryAttempts", 0)
    metadata["RequestId"] = seen.get("RequestId", "")
