"""What Trusted Advisor answers an account with a paid plan: one check about runtimes that flags two functions, one about something else."""

from __future__ import annotations

from typing import Any

RUNTIMES, OTHER = "L4dfs2Q4C5", "zXCkfM1nI3"


def check(name: str, said: str, *columns: str) -> dict[str, Any]:
    return {"id": name, "name": said, "description": "", "category": "security", "metadata": list(columns)}


def row(number: int, *values: str, **more: Any) -> dict[str, Any]:
    return {"status": "warning", "resourceId": f"row-{number}", "isSuppressed": False, "metadata": list(values), **more}


def summary(name: str, status: str) -> dict[str, Any]:
    counts = {"resourcesProcessed": 9, "resourcesFlagged": 2, "resourcesIgnored": 0, "resourcesSuppressed": 0}
    return {
        "checkId": name,
        "timestamp": "2026-11-23T00:00:00Z",
        "status": status,
        "resourcesSummary": counts,
        "categorySpecificSummary": {},
    }


FUNCTIONS = (
    row(1, "Red", "eu-central-1", "arn:aws:lambda:eu-central-1:111122223333:function:old"),
    row(2, "Red", "eu-central-1", "arn:aws:lambda:eu-central-1:111122223333:function:older"),
    row(3, "Green", "eu-central-1", "arn:aws:lambda:eu-central-1:111122223333:function:new", status="ok"),
    row(4, "Red", "eu-central-1", "arn:aws:lambda:eu-central-1:111122223333:function:known", isSuppressed=True),
)
READS: dict[str, Any] = {
    "describe_trusted_advisor_checks": {
        "checks": [
            check(RUNTIMES, "AWS Lambda Functions Using Deprecated Runtimes", "Status", "Region", "Function ARN"),
            check(OTHER, "IAM Use"),
        ]
    },
    "describe_trusted_advisor_check_summaries": {"summaries": [summary(RUNTIMES, "error")]},
    "describe_trusted_advisor_check_result": {
        "result": {**summary(RUNTIMES, "error"), "flaggedResources": list(FUNCTIONS)},
    },
}
