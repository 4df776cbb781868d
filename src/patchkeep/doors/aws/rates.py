"""How often AWS lets an operation be called, and our share of it: other people's automation needs the rest (RULES 24).

Documented rates, per account and region, of the operations that we call, as of 2026-11:
- Systems Manager: https://docs.aws.amazon.com/general/latest/gr/ssm.html ("Systems Manager endpoints and quotas")
- EC2, the refill rate of each operation's bucket: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
- Account Management: https://docs.aws.amazon.com/accounts/latest/reference/quotas.html; in China it is 3 a second: lower `api_share`
An operation that is not in the table is slowed by botocore's adaptive retries when AWS throttles it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

BACK_OFF = (1, 2, 4, 8, 15)  # seconds between tries of what AWS throttled, or answered by half
PER_SECOND = {
    "ssm:CreateAssociation": 3,
    "ssm:UpdateAssociation": 3,
    "ssm:DeleteAssociation": 2,
    "ssm:DescribeAssociation": 2,
    "ssm:ListAssociations": 4,
    "ssm:StartAssociationsOnce": 2,
    "ssm:GetParameter": 40,  # with GetParameters and GetParametersByPath, at standard throughput
    "ec2:DescribeInstances": 20,  # paged: without pages and filters it is 10
    "ec2:DescribeRegions": 20,
    "account:GetAlternateContact": 10,
}


@dataclass(slots=True)
class Rates:
    """Spaces the calls of each account, region and operation. `share`: of the documented rate, above 0 and up to 1."""

    share: float
    now: Callable[[], datetime]
    sleep: Callable[[timedelta], None]
    _free: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, account: str, region: str, operation: str) -> None:
        """Return when the next call of the operation may leave; several waiters are served one after the other."""
        allowed = PER_SECOND.get(operation)
        if allowed is None:
            return
        pause = self._book((account, region, operation), timedelta(seconds=1 / (allowed * self.share)))
        if pause > timedelta(0):
            self.sleep(pause)

    def _book(self, key: tuple[str, str, str], apart: timedelta) -> timedelta:
        """Take the next free moment, and say how long it is until then."""
        with self._lock:
            now = self.now()
            turn = max(now, self._free.get(key, now))
            self._free[key] = turn + apart
            return turn - now
