"""Passes a role, and says which and to whom."""

from __future__ import annotations

from patchkeep.domain.call import Call
from patchkeep.domain.policy import Policy
from patchkeep.services._grants import Grant, when

ROLE = "arn:{partition}:iam::{account}:role/patchkeep-windows"
CALL = Call.of("ssm", "start_automation_execution", {"DocumentName": "x"}, Parameters={"AutomationAssumeRoleArn": [ROLE]})


def grants(_: Policy) -> tuple[Grant, ...]:
    to_ssm = when(StringEquals={"iam:PassedToService": "ssm.amazonaws.com"})
    return (
        Grant("Run", "ssm", ("start_automation_execution",), ("arn:{partition}:ssm:*:{account}:automation-definition/x:*",)),
        Grant("PassRole", "iam", ("pass_role",), (ROLE,), to_ssm),
    )
