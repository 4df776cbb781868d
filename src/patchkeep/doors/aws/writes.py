"""Makes writes: with the write role, after a look at the stop, once. Whether one may be sent again is decided from the ledger.

What AWS says it throttled it has not acted on, so that alone is sent again here. Most writes take no client token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's name
    HTTPClientError,
    IncompleteReadError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from patchkeep.domain.call import Answer, Call, Cause, Target
from patchkeep.domain.frozen import thaw
from patchkeep.doors.aws.rates import BACK_OFF, Rates
from patchkeep.doors.aws.refusals import THROTTLED, UNSIGNED, gap_of, operation_name, without_answer
from patchkeep.doors.aws.sessions import Mode, Sessions
from patchkeep.doors.aws.stop import Stop

NO_ANSWER = "NoAnswer"  # an Answer's code: AWS may have acted
NOT_SENT = "NotSent"  # certainly not acted on


@dataclass(frozen=True, slots=True)
class Writes:
    """Makes calls that change something. `sleep` passes time between tries of a throttled one."""

    sessions: Sessions
    rates: Rates
    stop: Stop
    sleep: Callable[[timedelta], None]

    def make(self, target: Target, call: Call) -> Answer:
        """The answer, whatever it is; codes as `AwsDoor.write` tells."""
        for pause in BACK_OFF:
            answer = self._once(target, call)
            if answer.code not in THROTTLED:
                return answer
            self.sleep(timedelta(seconds=pause))
        last = self._once(target, call)
        return replace(last, code=NOT_SENT, message=f"{last.code} {last.message}") if last.code in THROTTLED else last

    def _once(self, target: Target, call: Call) -> Answer:
        self.rates.wait(target.account, target.region, operation_name(call))
        if held := self.stop.before(target):  # the last thing before it leaves: a wait may be long
            return held
        try:
            client = self.sessions.client(target.account, target.region, call.service, Mode.WRITE)
            got = getattr(client, call.operation)(**thaw(call.params))
        except ClientError as error:
            return self._refused(error, target, call)
        except (BotoCoreError, ResponseParserError) as error:
            return Answer({}, "", _code_of(error), without_answer(error))
        return Answer(got, got.get("ResponseMetadata", {}).get("RequestId", ""))

    def _refused(self, error: ClientError, target: Target, call: Call) -> Answer:
        """What AWS's "no" says of whether it acted."""
        gap = gap_of(error, target, "", call)
        said = f"{gap.code} {gap.reason}".strip()
        if gap.cause is Cause.EXPIRED:
            self.sessions.renew(target.account, Mode.WRITE)
            return Answer({}, gap.request_id, NOT_SENT, said)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        server_error = status >= 500 and gap.code not in THROTTLED  # EC2 throttles with 503
        if server_error:
            return Answer({}, gap.request_id, NO_ANSWER, said)
        return Answer({}, gap.request_id, gap.code or "Refused", gap.reason)


def _code_of(error: BotoCoreError | ResponseParserError) -> str:
    """NotSent: no connection or signature came about. NoAnswer: a connection broke, or its answer did. Else botocore's own name for it."""
    if isinstance(error, SSLError | HTTPClientError | IncompleteReadError | ResponseParserError):
        return NO_ANSWER  # TLS breaks in the middle, too, though botocore counts it among what never connected
    if isinstance(error, (ConnectionError, *UNSIGNED)):
        return NOT_SENT
    return type(error).__name__
