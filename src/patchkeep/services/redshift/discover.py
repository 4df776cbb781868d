"""Discovery of Redshift's clusters, and the releases that their maintenance tracks offer; of workgroups in `serverless`.

- redshift:DescribeClusters: version and revision, track, window, deferrals, what is pending
- redshift:DescribeClusterTracks: which release a track is on
- redshift:DescribeClusterDbRevisions: to which release a cluster can be brought by its owner
- redshift:DescribeClusterVersions: engine lines beside the one in use
- redshift:DescribeClusterSnapshots, manual ones that bear our tag: which were taken before a track was changed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Existing, Found, Update, UpdateState
from patchkeep.domain.call import Call, Cause, Dialogue, Refused, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services import _told
from patchkeep.services._answers import granted
from patchkeep.services._automation import present
from patchkeep.services._copies import MADE_BY_TAG
from patchkeep.services._owners import tags_of
from patchkeep.services._versions import ENGINE, order
from patchkeep.services.redshift.deferral import ours_among
from patchkeep.services.redshift.serverless import LIST, workgroups

KIND = "warehouse"
RELEASE = "release"  # the id of an update
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offers:
    """What AWS tells beside the clusters themselves: rows by track, by cluster, and engine lines."""

    tracks: Mapping[str, Row]
    revisions: Mapping[str, Row]
    engines: tuple[str, ...]


def discover(target: Target) -> Dialogue[Found]:
    """Clusters and serverless workgroups of one account and region; where one of the two is refused, the other is still told.

    A region without serverless workgroups (or without clusters) has none.
    """
    described, listed = yield (Call.of("redshift", "describe_clusters"), LIST)
    if isinstance(described, Refused) and isinstance(listed, Refused):
        granted((described, listed))
    clusters = yield from _clusters(target, _told.rows(described, "Clusters"))
    groups = yield from workgroups(target, _told.rows(listed, "workgroups"))
    gaps = (answer.gap for answer in (described, listed) if isinstance(answer, Refused))
    refused = tuple(replace(gap, hides=True) for gap in gaps if gap.cause is not Cause.NOT_OFFERED)
    return Found(clusters.assets + groups.assets, refused + clusters.gaps + groups.gaps, clusters.objects + groups.objects)


def _clusters(target: Target, clusters: Sequence[Row]) -> Dialogue[Found]:
    """A refused read of offers leaves those facts unread."""
    if not clusters:
        return Found()
    tracks, revisions, engines, snapshots = yield (
        Call.of("redshift", "describe_cluster_tracks"),
        Call.of("redshift", "describe_cluster_db_revisions"),
        Call.of("redshift", "describe_cluster_versions"),
        Call.of("redshift", "describe_cluster_snapshots", SnapshotType="manual", TagKeys=[MADE_BY_TAG]),
    )
    offers = Offers(
        {row["MaintenanceTrackName"]: row for row in _told.rows(tracks, "MaintenanceTracks")},
        {row["ClusterIdentifier"]: row for row in _told.rows(revisions, "ClusterDbRevisions")},
        tuple(row["ClusterVersion"] for row in _told.rows(engines, "ClusterVersions")),
    )
    doubts = _told.unread(tracks=tracks, revisions=revisions, engine_versions=engines, snapshots=snapshots)
    assets = tuple(warehouse(target, row, offers) for row in clusters)
    if doubts:
        assets = tuple(replace(one, updates=None if isinstance(tracks, Refused) else one.updates, unread=doubts) for one in assets)
    taken = frozenset(row["SnapshotIdentifier"] for row in _told.rows(snapshots, "Snapshots"))
    automation = tuple(_automation(asset, row, taken) for asset, row in zip(assets, clusters, strict=True))
    return Found(assets, _told.gaps_about(assets, (tracks, revisions, engines, snapshots)), automation)


def warehouse(target: Target, row: Row, offers: Offers) -> Asset:
    """One cluster. AWS's answer names no ARN of it, only of its namespace: it follows from its name."""
    name, version, pending = row["ClusterIdentifier"], version_of(row), row.get("PendingModifiedValues") or {}
    track = row.get("MaintenanceTrackName", "")
    coming = pending.get("MaintenanceTrackName") or track
    facts = {
        "status": row["ClusterStatus"],
        "track": coming,
        "next": row.get("NextMaintenanceWindowStartTime"),
        "storage": _storage(row),
    }
    return Asset(
        id=target.arn("redshift", f"cluster:{name}"),
        kind=KIND,
        target=target,
        name=name,
        os="",
        tags=tags_of(row.get("Tags", ())),
        updates=tuple(_updates(row, version, coming, offers)),
        facts=Frozen(facts),
        version=version,
        window=row.get("PreferredMaintenanceWindow", "").lower(),
        remarks=tuple(_remarks(row, track, coming)),
    )


def _storage(row: Row) -> float:
    """GB that its nodes have; 0.0 where that is not told.

    Of RA3 nodes it is a quota of managed storage (Redshift Management Guide, "RA3 nodes"), far from what a cluster holds.
    """
    return 0.0 if row.get("NodeType", "").startswith("ra3") else row.get("TotalStorageCapacityInMegaBytes", 0) / 1024


def version_of(row: Row) -> str:
    """Version and revision as tracks spell a release: "1.0.11420"."""
    return ".".join(filter(None, (row.get("ClusterVersion", ""), row.get("ClusterRevisionNumber", ""))))


def _updates(row: Row, version: str, track: str, offers: Offers) -> Iterator[Update]:
    """The release of its track, where it runs an older one; and engine lines beyond its own."""
    release = offers.tracks.get(track, {}).get("DatabaseVersion", "")
    if order(version) and order(release) > order(version):
        targets = offers.revisions.get(row["ClusterIdentifier"], {}).get("RevisionTargets", ())
        yield _release(row, release, next((one for one in targets if _names(one, release)), None))
    beyond = max((one for one in offers.engines if order(one) > order(row.get("ClusterVersion", ""))), key=order, default="")
    if beyond and order(version):
        title = f"Redshift engine {beyond}"
        yield Update(ENGINE, title, UpdateState.OPTIONAL, classification="major", version=beyond, disruption=Disruption.RESTART)


def _names(target: Row, release: str) -> bool:
    """A revision is the last part of a release's version: "11420" of "1.0.11420"."""
    return bool(release) and release.rpartition(".")[2] == str(target.get("DatabaseRevision", "")).rpartition(".")[2]


def _release(row: Row, release: str, target: Row | None) -> Update:
    """`target`: how its owner can ask for it; None where AWS alone puts it on."""
    if row.get("ClusterAvailabilityStatus") == "Maintenance" or (row.get("PendingModifiedValues") or {}).get("ClusterVersion"):
        state = UpdateState.RUNNING
    else:
        state = UpdateState.MISSING if target else UpdateState.SCHEDULED
    return Update(
        id=RELEASE,
        title=f"Redshift release {release}",
        state=state,
        classification="maintenance",
        version=release,
        disruption=Disruption.RESTART,
        released_at=target.get("DatabaseRevisionReleaseDate") if target else None,
        due_at=row.get("NextMaintenanceWindowStartTime"),
        facts=Frozen(revision=target["DatabaseRevision"]) if target else Frozen(),
    )


def _remarks(row: Row, track: str, coming: str) -> Iterator[str]:
    if not row.get("AllowVersionUpgrade"):
        yield "automatic engine upgrades are off"
    if coming != track:
        yield f"changes from track {track} to {coming} in its next window"
    for one in row.get("DeferredMaintenanceWindows") or ():
        yield f"its maintenance is deferred until {one['DeferMaintenanceEndTime'].astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _automation(asset: Asset, row: Row, taken: Iterable[str]) -> Existing:
    """The track that it is on or changes to; snapshots of ours that are there; our deferral, "" for none."""
    deferral = ours_among(row.get("DeferredMaintenanceWindows") or ())
    fields = {
        "PreferredMaintenanceWindow": asset.window,
        "AllowVersionUpgrade": bool(row.get("AllowVersionUpgrade")),
        "MaintenanceTrackName": asset.facts["track"],
        "Snapshot": snapshot_name(asset) if snapshot_name(asset) in taken else "",
        "DeferMaintenance": deferral.spelt if deferral else "",
        "DeferMaintenanceIdentifier": deferral.id if deferral else "",
    }
    return present("redshift", asset, fields)


def snapshot_name(asset: Asset) -> str:
    """Of the snapshot before a change of track: one for each release that a cluster is taken from."""
    return f"patchkeep-{asset.name}-{asset.version.replace('.', '-')}"
