"""Events and the resources that they are about.

"If you call the AWS Health API from an AWS account that doesn't have a Business, Enterprise On-Ramp, or Enterprise Support plan, you
receive a SubscriptionRequiredException": AWS Health User Guide, "Accessing the AWS Health API".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import Resource, keep, kept
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.support.plan import require_plan

SETTINGS = frozenset({"service", "type", "starts", "lasts", "entities", "category"})
NAMES, BOUNDS = ("maxResults", "nextToken"), (10, 100)
_MATCHED = {  # a filter's key -> the field that it is held against
    "eventArns": "arn",
    "eventTypeCodes": "eventTypeCode",
    "eventTypeCategories": "eventTypeCategory",
    "services": "service",
    "regions": "region",
    "eventStatusCodes": "statusCode",
}


@dataclass(slots=True, kw_only=True)
class HealthEvent(Resource):
    """`ends` None: it stays open."""

    READY = "open"
    service: str
    code: str
    region: str
    category: str = "scheduledChange"
    starts: datetime
    ends: datetime | None = None
    entities: list[str] = field(default_factory=list)

    def state(self, now: datetime) -> str:
        if now < self.starts:
            return "upcoming"
        return "closed" if self.ends and self.ends <= now else "open"


def plant_event(planting: Planting) -> None:
    """An announcement that stands from the beginning. Raises ValueError without a service and a type."""
    wish, site, now = planting.declared, planting.site, planting.world.clock.now()
    if not {"service", "type"} <= wish.settings.keys():
        raise ValueError("announces nothing; write settings: {service: RDS, type: AWS_RDS_PLANNED_LIFECYCLE_EVENT}")
    service, code = wish.settings["service"], wish.settings["type"]
    starts = now + timedelta(days=wish.settings.get("starts", 14))
    lasts = wish.settings.get("lasts", 0)
    event = HealthEvent(
        name=wish.name,
        arn=f"arn:aws:health:{site.region}::event/{service}/{code}/{code}_{wish.name}-{site.account}",
        made=now,
        service=service,
        code=code,
        region=site.region,
        category=wish.settings.get("category", "scheduledChange"),
        starts=starts,
        ends=starts + timedelta(hours=lasts) if lasts else None,
        entities=list(wish.settings.get("entities", ())),
    )
    keep(site, event)


@operation("health", "DescribeEvents")
def describe_events(request: Request) -> Answer:
    """Raises SubscriptionRequiredException without a paid plan, InvalidPaginationToken for a token that was not given."""
    require_plan(request)
    wanted = request.params.get("filter") or {}
    rows = [_row(event, request.now) for event in _events(request)]
    return _paged(request, "events", [row for row in rows if _matches(row, wanted)])


@operation("health", "DescribeAffectedEntities")
def describe_affected_entities(request: Request) -> Answer:
    require_plan(request)
    arns = request.params["filter"]["eventArns"]
    events = [event for event in _events(request) if event.arn in arns]
    rows = [
        {
            "entityArn": f"arn:aws:health:{event.region}:{request.account}:entity/{event.name}-{number}",
            "eventArn": event.arn,
            "entityValue": name,
            "awsAccountId": request.account,
            "lastUpdatedTime": event.made,
        }
        for event in events
        for number, name in enumerate(event.entities, 1)
    ]
    return _paged(request, "entities", rows)


def _events(request: Request) -> Iterator[HealthEvent]:
    """Of all regions of the account."""
    for (account, _), site in sorted(request.world.sites.items()):
        if account == request.account:
            yield from kept(site, HealthEvent).values()


def _row(event: HealthEvent, now: datetime) -> dict[str, Any]:
    return {
        "arn": event.arn,
        "service": event.service,
        "eventTypeCode": event.code,
        "eventTypeCategory": event.category,
        "region": event.region,
        "startTime": event.starts,
        **({"endTime": event.ends} if event.ends else {}),
        "lastUpdatedTime": event.made,
        "statusCode": event.state(now),
        "eventScopeCode": "ACCOUNT_SPECIFIC",
    }


def _matches(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(row[name] in wanted[key] for key, name in _MATCHED.items() if wanted.get(key))


def _paged(request: Request, key: str, rows: list[dict[str, Any]]) -> Answer:
    try:
        return paged(request.params, key, rows, BOUNDS, NAMES)
    except AwsError as error:
        raise AwsError("InvalidPaginationToken", error.message) from error
