"""Passes a role and does not say which."""

from __future__ import annotations

from patchkeep.domain.call import Call
from patchkeep.domain.policy import Policy
from patchkeep.services._grants import Grant

CALL = Call.of("ssm", "register_task_with_maintenance_window", ServiceRoleArn="arn:aws:iam::111122223333:role/any")


def grants(_: Policy) -> tuple[Grant, ...]:
    return (Grant("Tasks", "ssm", ("register_task_with_maintenance_window",)),)
