"""The stop (RULES 15): what every write looks at first, so that it works also when Patchkeep itself is down or out of control.

A parameter of Parameter Store, in the partition's home region: in the account that the write goes to, read with the write role,
and in the account signed in to, read with the caller's own session: one switch for an account, one for all. It is read anew each
time. Where it cannot be read nothing is written: an unread stop may be a stop.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from patchkeep.domain.call import Answer, Call, Cause, Gap, Refused, Target, home_region
from patchkeep.doors.aws.sessions import Mode
from patchkeep.services import read_stop

STOPPED = "Stopped"  # an Answer's code: certainly not sent, and a person must lift it
GO = "go"
NOT_THERE = "ParameterNotFound"
PASSING = frozenset({Cause.THROTTLED, Cause.UNREACHABLE, Cause.EXPIRED, Cause.NO_CREDENTIALS, Cause.NOT_UNDERSTOOD})
AT_ONCE = 16  # accounts looked at side by side
PAUSES = (1, 4)  # seconds between tries, where AWS throttles or doesn't answer

Ask = Callable[[Target, Call, Mode], Any]  # the answer, or Refused


@dataclass(frozen=True, slots=True)
class Stop:
    """`ask` makes one read in one place; `home` says which account is signed in to."""

    parameter: str
    ask: Ask
    sleep: Callable[[timedelta], None]
    home: Callable[[], str]

    def before(self, target: Target) -> Answer | None:
        """None where a write to the target may go. Else why it was not sent.

        Code "Stopped" until a person changes something; "NotSent" where the look itself may succeed a little later.
        """
        return next((held for place, mode in self._places(target) if (held := self._held(place, mode))), None)

    def standing(self, targets: Iterable[Target] = (), partition: str = "aws") -> tuple[str, ...]:
        """What holds writes back now, in the account signed in to and in those of the targets: a sentence for each, none where all may go.

        A stop that cannot be read is such a sentence, too.
        """
        home = Target("", home_region(partition), partition)
        others = {one.account: Target(one.account, home_region(one.partition), one.partition) for one in targets}
        places = [(home, Mode.READ), *((others[name], Mode.WRITE) for name in sorted(others) if name != self.home())]
        with ThreadPoolExecutor(min(AT_ONCE, len(places)), "stop") as pool:
            held = pool.map(lambda place: self._held(*place), places)
            return tuple(answer.message for answer in held if answer)

    def _places(self, target: Target) -> Iterator[tuple[Target, Mode]]:
        """The whole organization's switch first; a target without an account is in the account signed in to."""
        region = home_region(target.partition)
        if target.account != self.home():
            yield Target("", region, target.partition), Mode.READ
        yield Target(target.account, region, target.partition), Mode.WRITE

    def _held(self, place: Target, mode: Mode) -> Answer | None:
        answer = self._read(place, mode)
        where = f"{self.parameter} in account {place.account or self.home()} ({place.region})"
        if isinstance(answer, Gap):
            if answer.code == NOT_THERE:
                return None
            code = "NotSent" if answer.cause in PASSING else STOPPED
            return Answer({}, answer.request_id, code, self._unread(where, answer, place))
        value = answer.get("Parameter", {}).get("Value")
        if value is None:
            return Answer({}, "", "NotSent", f"the stop {where} cannot be read (what answered is not Parameter Store), so nothing is sent")
        if value.strip().lower() == GO:
            return None
        return Answer({}, answer.get("ResponseMetadata", {}).get("RequestId", ""), STOPPED, self._said(where, value.strip(), place))

    def _read(self, place: Target, mode: Mode) -> Any:
        """The answer, or the gap that is left after a few tries."""
        call = read_stop(self.parameter)
        for pause in PAUSES:
            answer = self.ask(place, call, mode)
            if not (isinstance(answer, Refused) and answer.gap.cause in {Cause.THROTTLED, Cause.UNREACHABLE}):
                break
            self.sleep(timedelta(seconds=pause))
        else:
            answer = self.ask(place, call, mode)
        return answer.gap if isinstance(answer, Refused) else answer

    def _said(self, where: str, value: str, place: Target) -> str:
        lift = f"aws ssm delete-parameter --name {self.parameter} --region {place.region}"
        return f"stopped by {where}: {value!r}. Nothing is sent; commands in flight go on. To lift it, in that account: {lift}"

    def _unread(self, where: str, gap: Gap, place: Target) -> str:
        cure = gap.fix
        if gap.cause is Cause.REFUSED:
            who = "Patchkeep's write role there" if place.account else "whoever runs Patchkeep"
            cure = f"allow ssm:GetParameter on parameter{self.parameter} in {place.region} to {who}"
        return f"the stop {where} cannot be read ({gap.code} {gap.reason}), so nothing is sent. Cure: {cure}"
