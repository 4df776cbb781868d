"""Tags of everything that ElastiCache keeps, by ARN, and the events that caches had."""

from __future__ import annotations

from datetime import timedelta

from patchkeep.sandbox.elasticache.state import Cluster, Group, at_arn
from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import kept, put_tags, tag_list
from patchkeep.sandbox.operation import Answer, Request, operation

RECENT = timedelta(hours=1)


@operation("elasticache", "ListTagsForResource")
def list_tags_for_resource(request: Request) -> Answer:
    return {"TagList": tag_list(at_arn(request, request.params["ResourceName"]).tags)}


@operation("elasticache", "AddTagsToResource")
def add_tags_to_resource(request: Request) -> Answer:
    one = at_arn(request, request.params["ResourceName"])
    put_tags(one, {tag["Key"]: tag.get("Value", "") for tag in request.params["Tags"]})
    return {"TagList": tag_list(one.tags)}


@operation("elasticache", "DescribeEvents")
def describe_events(request: Request) -> Answer:
    """Of the last hour, or of as many minutes (Duration) as are asked for; oldest first."""
    params = request.params
    since = params.get("StartTime") or request.now - timedelta(minutes=params.get("Duration") or RECENT.total_seconds() / 60)
    sorts = (("replication-group", Group), ("cache-cluster", Cluster))
    rows = [
        {"SourceIdentifier": one.name, "SourceType": kind, "Message": event.message, "Date": event.at}
        for kind, sort in sorts
        if params.get("SourceType") in {None, kind}
        for one in kept(request.site, sort).values()
        if params.get("SourceIdentifier") in {None, one.name}
        for event in one.events
        if since <= event.at <= request.now
    ]
    return paged(params, "Events", sorted(rows, key=lambda row: row["Date"]))
