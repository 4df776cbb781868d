"""Checks of Trusted Advisor and their results. Ids and names of checks are those of the AWS Support User Guide, "check reference"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from patchkeep.sandbox.managed.resource import Resource, keep, kept
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.support.plan import require_plan

SETTINGS = frozenset({"check", "status", "resources"})
CHECKS = {  # id -> name, category
    "L4dfs2Q4C5": ("AWS Lambda Functions Using Deprecated Runtimes", "security"),
    "Qsdfp3A4L3": ("Amazon EC2 instances with Microsoft SQL Server end of support", "security"),
    "Qsdfp3A4L4": ("Amazon EC2 instances with Microsoft Windows Server end of support", "security"),
    "zXCkfM1nI3": ("IAM Use", "security"),
}
LANGUAGES = frozenset({"en", "ja", "zh", "fr", "de", "id", "it", "ko", "pt_BR", "zh_TW", "es"})  # botocore: the parameter's documentation
METADATA = ["Status", "Region", "Resource"]


@dataclass(slots=True, kw_only=True)
class Advice(Resource):
    """What one check flags in one account. The status is "ok", "warning" or "error"."""

    READY = "warning"
    check: str
    resources: list[str] = field(default_factory=list)
    region: str = ""


def plant_advice(planting: Planting) -> None:
    """Raises ValueError for a check that there is not."""
    wish, site = planting.declared, planting.site
    check = wish.settings.get("check", "")
    if check not in CHECKS:
        raise ValueError(f"has no check {check!r}; write one of {', '.join(CHECKS)}")
    keep(
        site,
        Advice(
            name=wish.name,
            arn=f"arn:aws:support:{site.region}:{site.account}:advice/{wish.name}",
            made=planting.world.clock.now(),
            status=wish.settings.get("status", Advice.READY),
            check=check,
            resources=list(wish.settings.get("resources", ())),
            region=site.region,
        ),
    )


@operation("support", "DescribeTrustedAdvisorChecks")
def describe_trusted_advisor_checks(request: Request) -> Answer:
    require_plan(request)
    if request.params["language"] not in LANGUAGES:
        raise AwsError("ValidationException", f"Invalid language: {request.params['language']}")
    return {
        "checks": [
            {"id": key, "name": name, "description": f"Checks: {name}.", "category": category, "metadata": METADATA}
            for key, (name, category) in CHECKS.items()
        ]
    }


@operation("support", "DescribeTrustedAdvisorCheckResult")
def describe_trusted_advisor_check_result(request: Request) -> Answer:
    """Raises InvalidParameterValueException for a check that there is not."""
    require_plan(request)
    if request.params.get("language", "en") not in LANGUAGES:
        raise AwsError("ValidationException", f"Invalid language: {request.params['language']}")
    check = request.params["checkId"]
    return {"result": {**_summary(request, check), "flaggedResources": _rows(request, check)}}


@operation("support", "DescribeTrustedAdvisorCheckSummaries")
def describe_trusted_advisor_check_summaries(request: Request) -> Answer:
    """Raises InvalidParameterValueException for a check that there is not."""
    require_plan(request)
    summaries = [_summary(request, check) for check in request.params["checkIds"]]
    return {"summaries": [{**one, "hasFlaggedResources": one["resourcesSummary"]["resourcesFlagged"] > 0} for one in summaries]}


def _summary(request: Request, check: str) -> dict[str, Any]:
    if check not in CHECKS:
        raise AwsError("InvalidParameterValueException", f"Invalid check id: {check}")
    flagged = _rows(request, check)
    return {
        "checkId": check,
        "timestamp": request.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": next((status for status in ("error", "warning") if any(row["status"] == status for row in flagged)), "ok"),
        "resourcesSummary": {
            "resourcesProcessed": max(len(flagged), 1),
            "resourcesFlagged": len(flagged),
            "resourcesIgnored": 0,
            "resourcesSuppressed": 0,
        },
        "categorySpecificSummary": {"costOptimizing": {"estimatedMonthlySavings": 0.0, "estimatedPercentMonthlySavings": 0.0}},
    }


def _rows(request: Request, check: str) -> list[dict[str, Any]]:
    return [row for advice in _advice(request, check) for row in _flagged(advice)]


def _advice(request: Request, check: str) -> Iterator[Advice]:
    for (account, _), site in sorted(request.world.sites.items()):
        if account == request.account:
            yield from (advice for advice in kept(site, Advice).values() if advice.check == check)


def _flagged(advice: Advice) -> Iterator[dict[str, Any]]:
    for number, name in enumerate(advice.resources, 1):
        yield {
            "status": advice.status,
            "region": advice.region,
            "resourceId": f"{advice.name}-{number}",
            "isSuppressed": False,
            "metadata": [advice.status.title(), advice.region, name],
        }
