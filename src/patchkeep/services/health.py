"""AWS Health: what AWS announces to an account, changes that it will make and lines of versions that end. Only read, never answered.

- health:DescribeEvents: scheduled changes that are open or upcoming (planned lifecycle events are among them)
- health:DescribeAffectedEntities, for ten events a call: which resources each is about

Asked once per account: Health is one service for all regions, at an endpoint in the partition's home region.
https://docs.aws.amazon.com/health/latest/ug/health-api.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from patchkeep.domain.asset import Existing, Found
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services import _told
from patchkeep.services._paid import without_a_plan
from patchkeep.services._service import Service

NAME, KIND = "health", "health event"
TOGETHER = 10  # event ARNs of one DescribeAffectedEntities (botocore: EntityFilter.eventArns)
EVENTS = Call.of("health", "describe_events", filter={"eventStatusCodes": ["open", "upcoming"], "eventTypeCategories": ["scheduledChange"]})
Row = Mapping[str, Any]


def discover(target: Target) -> Dialogue[Found]:
    """The events as objects; without a paid support plan one gap that says so. Entities that are refused are a gap beside the events."""
    try:
        rows: tuple[Row, ...] = tuple((yield EVENTS)["events"])
    except Refused as refused:
        return without_a_plan(refused, "AWS Health")
    arns = [row["arn"] for row in rows]
    lots = [arns[start : start + TOGETHER] for start in range(0, len(arns), TOGETHER)]
    calls = tuple(Call.of("health", "describe_affected_entities", filter={"eventArns": lot}) for lot in lots)
    answers = (yield calls) if calls else ()
    entities = _entities(row for answer in answers for row in _told.rows(answer, "entities"))
    objects = tuple(_existing(target, row, entities.get(row["arn"], ())) for row in rows)
    return Found(gaps=_told.gaps_about((), answers), objects=objects)


def _entities(rows: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """Names or ARNs of the resources, by event, as AWS spells them."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["eventArn"], set()).add(row["entityValue"])
    return {event: tuple(sorted(names)) for event, names in found.items()}


def _existing(target: Target, row: Row, entities: tuple[str, ...]) -> Existing:
    code, service = row["eventTypeCode"], row["service"]
    said = code.removeprefix("AWS_").removeprefix(f"{service}_").replace("_", " ").lower()
    fields = {
        "code": code,
        "status": row["statusCode"],
        "region": row.get("region", ""),
        "start": row.get("startTime"),
        "end": row.get("endTime"),
        "action": row.get("actionability", ""),
        "entities": entities,
    }
    return Existing(NAME, KIND, target, row["arn"], f"{service}: {said}", "", Frozen(fields))


SERVICE = Service(name=NAME, discover=discover, once=True)
