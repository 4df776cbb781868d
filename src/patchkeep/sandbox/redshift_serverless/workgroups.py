"""Workgroups, their tracks and tags, in the shapes of the Redshift Serverless API Reference; and AWS's own updates of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from patchkeep.sandbox.managed.engines import engines, ordered
from patchkeep.sandbox.managed.resource import Resource, found, kept
from patchkeep.sandbox.managed.work import Job, begin, tell
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page
from patchkeep.sandbox.world import Site, World

TRACKS = ("current", "trailing")
LASTS = timedelta(minutes=5)
IDLE = timedelta(hours=1)  # how often AWS looks whether a workgroup is idle; our assumption


@dataclass(slots=True, kw_only=True)
class Workgroup(Resource):
    READY: ClassVar[str] = "AVAILABLE"
    version: str
    track: str
    identity: str
    coming_track: str = ""


def version_of(track: str, now: datetime) -> str:
    """The newest release, or the one before it."""
    known = engines("redshift")["redshift"].known(now)
    return known[-1 if track == "current" else -2].number


def look_after(world: World, site: Site, one: Workgroup) -> None:
    """In an hour's time AWS finds it idle: it takes on its new track, and that track's version where it is newer."""

    def found_idle() -> None:
        if found(site, one.arn) is not one:
            return
        one.track, one.coming_track = one.coming_track or one.track, ""
        version = version_of(one.track, world.clock.now())
        if ordered(version) > ordered(one.version):
            begin(world, one, Job("MODIFYING", LASTS, partial(_updated, world, one, version)))
        look_after(world, site, one)

    world.clock.after(IDLE, found_idle)


def _updated(world: World, one: Workgroup, version: str) -> None:
    one.version = version
    tell(world, one, f"The workgroup has been updated to {version}.", "management")


@operation("redshift-serverless", "ListWorkgroups")
def list_workgroups(request: Request) -> Answer:
    rows, more = page([_shown(request, one) for one in kept(request.site, Workgroup).values()], _paging(request), most=100)
    return {"workgroups": rows, **_next(more)}


@operation("redshift-serverless", "ListTracks")
def list_tracks(request: Request) -> Answer:
    versions = {track: version_of(track, request.now) for track in TRACKS}
    listed = [
        {
            "trackName": track,
            "workgroupVersion": versions[track],
            "updateTargets": [{"trackName": other, "workgroupVersion": versions[other]} for other in TRACKS if other != track],
        }
        for track in TRACKS
    ]
    rows, more = page(listed, _paging(request), most=100)
    return {"tracks": rows, **_next(more)}


def _paging(request: Request) -> dict[str, Any]:
    return {"NextToken": request.params.get("nextToken"), "MaxResults": request.params.get("maxResults")}


def _next(more: Answer) -> Answer:
    return {"nextToken": more["NextToken"]} if more else {}


@operation("redshift-serverless", "ListTagsForResource")
def list_tags_for_resource(request: Request) -> Answer:
    one = found(request.site, request.params["resourceArn"])
    if not isinstance(one, Workgroup):
        raise AwsError("ResourceNotFoundException", f"There is no resource {request.params['resourceArn']}.")
    return {"tags": [{"key": key, "value": value} for key, value in one.tags.items()]}


@operation("redshift-serverless", "UpdateWorkgroup")
def update_workgroup(request: Request) -> Answer:
    """A track is pending until AWS finds the workgroup idle (`pendingTrackName`)."""
    name, track = request.params["workgroupName"], request.params.get("trackName")
    one = kept(request.site, Workgroup).get(name)
    if one is None:
        raise AwsError("ResourceNotFoundException", f"There is no workgroup {name}.")
    if one.status != one.READY:
        raise AwsError("ConflictException", f"There is an operation running on the workgroup {name}.")
    if track not in {None, *TRACKS}:
        raise AwsError("ValidationException", f"There is no track {track}.")
    one.coming_track = "" if track in {None, one.track} else str(track)
    return {"workgroup": _shown(request, one)}


def _shown(request: Request, one: Workgroup) -> dict[str, Any]:
    pending = {"pendingTrackName": one.coming_track} if one.coming_track else {}
    return {
        "workgroupName": one.name,
        "workgroupArn": one.arn,
        "workgroupId": one.identity,
        "namespaceName": one.name,
        "baseCapacity": 128,
        "creationDate": one.made,
        "enhancedVpcRouting": False,
        "publiclyAccessible": False,
        "port": 5439,
        "endpoint": {"address": f"{one.name}.{request.account}.{request.region}.redshift-serverless.amazonaws.com", "port": 5439},
        "configParameters": [],
        "securityGroupIds": ["sg-123abc"],
        "subnetIds": ["subnet-0a", "subnet-0b", "subnet-0c"],
        "status": one.status,
        "trackName": one.track,
        "workgroupVersion": one.version,
        "patchVersion": "patch 190",
        **pending,
    }
