"""Serverless workgroups of Redshift: which version they run, and the track that says how early they get the next one.

AWS updates a workgroup by itself, mostly when it is idle, and nobody can ask for it: a newer version of its track is no lack. Only the
track is its owner's to set. https://docs.aws.amazon.com/redshift/latest/mgmt/tracks.html

- redshift-serverless:ListWorkgroups, redshift-serverless:ListTagsForResource: which there are
- redshift-serverless:ListTracks: which version a track is on
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Existing, Found, Update, UpdateState
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services import _told
from patchkeep.services._automation import Fields, present
from patchkeep.services._versions import order

WORKGROUP = "serverless workgroup"
TRACK = "trackName"
BY_ITSELF = "AWS updates a serverless workgroup by itself, when it is idle: nobody can ask for it"
LIST = Call.of("redshift-serverless", "list_workgroups")
Row = Mapping[str, Any]


def workgroups(target: Target, rows: Sequence[Row]) -> Dialogue[Found]:
    """Assets of what ListWorkgroups told; a refused read of tags or tracks leaves those facts unread."""
    if not rows:
        return Found()
    tracks, *tags = yield (
        Call.of("redshift-serverless", "list_tracks"),
        *(Call.of("redshift-serverless", "list_tags_for_resource", resourceArn=row["workgroupArn"]) for row in rows),
    )
    versions = {row["trackName"]: row["workgroupVersion"] for row in _told.rows(tracks, "tracks")}
    assets = []
    for row, labels in zip(rows, tags, strict=True):
        asset = workgroup(target, row, versions)
        borne = Frozen({tag["key"]: tag["value"] for tag in _told.rows(labels, "tags")})
        doubts = _told.unread(tracks=tracks, tags=labels)
        assets.append(replace(asset, tags=borne, updates=None if isinstance(tracks, Refused) else asset.updates, unread=doubts))
    settings = tuple(present("redshift", asset, {TRACK: asset.facts["track"]}) for asset in assets)
    return Found(tuple(assets), _told.gaps_about(assets, (tracks, *tags)), settings)


def workgroup(target: Target, row: Row, versions: Mapping[str, str]) -> Asset:
    """One workgroup, but for its tags. `versions`: by track."""
    track, coming = row.get(TRACK, ""), row.get("pendingTrackName", "")
    version, newest = row.get("workgroupVersion", ""), versions.get(coming or track, "")
    newer = bool(order(version)) and order(newest) > order(version)
    return Asset(
        id=row["workgroupArn"],
        kind=WORKGROUP,
        target=target,
        name=row["workgroupName"],
        os="",
        updates=(_by_itself(newest),) if newer else (),
        facts=Frozen(status=row.get("status", ""), track=coming or track),
        version=version,
        remarks=(f"changes from track {track} to {coming}",) if coming and coming != track else (),
    )


def _by_itself(version: str) -> Update:
    title = f"Redshift Serverless {version}"
    return Update("release", title, UpdateState.OPTIONAL, classification="maintenance", version=version, disruption=Disruption.NONE)


def changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    return (Call.of("redshift-serverless", "update_workgroup", workgroupName=existing.name, trackName=fields[TRACK]),)
