"""Give a sign of life where the policy asks for one. It never fails what it tells of: that it could not be given is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from patchkeep.domain.call import Answer, Call
from patchkeep.domain.policy import Policy
from patchkeep.services import heartbeat as service


class Publisher(Protocol):
    """The door that metrics go out by."""

    def publish(self, call: Call) -> Answer:
        """Make one PutMetricData in the account signed in to, with the caller's own session."""


def beat(aws: Publisher, policy: Policy, assets: Mapping[str, int]) -> str:
    """Publish one data point; with `assets` their number by status, too. Returns "" or the sentence that says why it was not taken."""
    if policy.heartbeat is None:
        return ""
    answer = aws.publish(service.beat(policy, policy.heartbeat, assets))
    if answer.ok:
        return ""
    alarm = " The alarm on its absence will go off." if policy.heartbeat.topic else ""
    cure = "allow cloudwatch:PutMetricData to whoever runs Patchkeep (`patchkeep iam`)" if "Denied" in answer.code else "see the reason"
    return f"The heartbeat was not published ({answer.code} {answer.message}): {cure}.{alarm}"
