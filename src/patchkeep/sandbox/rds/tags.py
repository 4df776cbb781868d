"""Tags of everything that RDS keeps, by ARN, and the events that databases had."""

from __future__ import annotations

from datetime import timedelta

from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import everything, put_tags, tag_list
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.rds.state import Cluster, Database, Instance, at_arn

SORTS = {"db-instance": Instance, "db-cluster": Cluster}
RECENT = timedelta(hours=1)


@operation("rds", "ListTagsForResource")
def list_tags_for_resource(request: Request) -> Answer:
    return {"TagList": tag_list(at_arn(request, request.params["ResourceName"]).tags)}


@operation("rds", "AddTagsToResource")
def add_tags_to_resource(request: Request) -> Answer:
    put_tags(at_arn(request, request.params["ResourceName"]), {tag["Key"]: tag.get("Value", "") for tag in request.params["Tags"]})
    return {}


@operation("rds", "RemoveTagsFromResource")
def remove_tags_from_resource(request: Request) -> Answer:
    tags = at_arn(request, request.params["ResourceName"]).tags
    for key in request.params["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("rds", "DescribeEvents")
def describe_events(request: Request) -> Answer:
    """Of the last hour, or of as many minutes (Duration) or between such times as are asked for; oldest first."""
    params = request.params
    kind, wanted = params.get("SourceType"), params.get("SourceIdentifier")
    if wanted and not kind:
        raise AwsError("InvalidParameterCombination", "Cannot specify SourceIdentifier without SourceType")
    since = params.get("StartTime") or request.now - timedelta(minutes=params.get("Duration") or RECENT.total_seconds() / 60)
    until = params.get("EndTime") or request.now
    rows = [
        {
            "SourceIdentifier": one.name,
            "SourceType": name,
            "Message": event.message,
            "EventCategories": list(event.categories),
            "Date": event.at,
            "SourceArn": one.arn,
        }
        for name, sort in SORTS.items()
        for one in everything(request.site)
        if isinstance(one, sort) and isinstance(one, Database) and kind in {None, name} and wanted in {None, one.name}
        for event in one.events
        if since <= event.at <= until and set(event.categories) >= set(params.get("EventCategories", ()))
    ]
    return paged(params, "Events", sorted(rows, key=lambda row: row["Date"]))
