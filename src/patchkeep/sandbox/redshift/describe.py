"""What there is: clusters, tracks, revisions and engine versions, in the shapes of the Redshift API Reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import AVAILABLE, kept, tag_list
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.redshift.state import ENGINE, TRACKS, Cluster, ahead, cluster, release_of, releases, revision


def asked(request: Request) -> Iterable[Cluster]:
    """The cluster that is named, or all that bear one of the tag keys and one of the values that are asked for."""
    if request.params.get("ClusterIdentifier"):
        return [cluster(request)]
    keys, values = set(request.params.get("TagKeys", ())), set(request.params.get("TagValues", ()))
    found = kept(request.site, Cluster).values()
    return [one for one in found if (not keys or keys & one.tags.keys()) and (not values or values & set(one.tags.values()))]


@operation("redshift", "DescribeClusters")
def describe_clusters(request: Request) -> Answer:
    return paged(request.params, "Clusters", [shown(request, one) for one in asked(request)])


def shown(request: Request, one: Cluster) -> dict[str, Any]:
    now, ready = request.now, one.status == AVAILABLE
    deferrals = [
        {"DeferMaintenanceIdentifier": each.name, "DeferMaintenanceStartTime": each.since, "DeferMaintenanceEndTime": each.until}
        for each in one.deferrals
        if each.until > now
    ]
    return {
        "ClusterIdentifier": one.name,
        "NodeType": "ra3.xlplus",
        "ClusterStatus": one.status,
        "ClusterAvailabilityStatus": "Available" if ready else "Maintenance" if one.status == "modifying" else "Unavailable",
        "MasterUsername": "adminuser",
        "DBName": "dev",
        "Endpoint": {"Address": f"{one.name}.coqoarplqhsn.{request.region}.redshift.amazonaws.com", "Port": 5439},
        "ClusterCreateTime": one.made,
        "AutomatedSnapshotRetentionPeriod": 1,
        "ManualSnapshotRetentionPeriod": -1,
        "ClusterSecurityGroups": [],
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-123abc", "Status": "active"}],
        "ClusterParameterGroups": [{"ParameterGroupName": "default.redshift-1.0", "ParameterApplyStatus": "in-sync"}],
        "ClusterSubnetGroupName": "default",
        "VpcId": "vpc-6594f31c",
        "AvailabilityZone": f"{request.region}a",
        "PreferredMaintenanceWindow": str(one.window),
        "PendingModifiedValues": {"MaintenanceTrackName": one.coming_track} if one.coming_track else {},
        "ClusterVersion": ENGINE,
        "AllowVersionUpgrade": one.allows,
        "NumberOfNodes": 2,
        "PubliclyAccessible": False,
        "Encrypted": True,
        "ClusterRevisionNumber": revision(one.release),
        "Tags": tag_list(one.tags),
        "EnhancedVpcRouting": False,
        "IamRoles": [],
        "MaintenanceTrackName": one.track,
        "DeferredMaintenanceWindows": deferrals,
        "NextMaintenanceWindowStartTime": one.next_window(now),
    }


@operation("redshift", "DescribeClusterTracks")
def describe_cluster_tracks(request: Request) -> Answer:
    wanted = request.params.get("MaintenanceTrackName")
    if wanted not in {None, *TRACKS}:
        raise AwsError("InvalidClusterTrack", f"The provided cluster track name {wanted} is not valid.")
    release = {track: release_of(track, request.now).number for track in TRACKS}
    rows = [
        {
            "MaintenanceTrackName": track,
            "DatabaseVersion": release[track],
            "UpdateTargets": [
                {
                    "MaintenanceTrackName": other,
                    "DatabaseVersion": release[other],
                    "SupportedOperations": [{"OperationName": "restore-from-cluster-snapshot"}, {"OperationName": "modify-cluster"}],
                }
                for other in TRACKS
                if other != track
            ],
        }
        for track in TRACKS
        if wanted in {None, track}
    ]
    return paged(request.params, "MaintenanceTracks", rows)


@operation("redshift", "DescribeClusterDbRevisions")
def describe_cluster_db_revisions(request: Request) -> Answer:
    """What each cluster can be brought to: the release of its track (our reading: AWS names no other rule)."""
    dates = {version.number: version.at for version in releases(request.now)}
    rows = []
    for one in asked(request):
        target = ahead(one, request.now)
        offered = {"Description": f"Release {target.number}", "DatabaseRevisionReleaseDate": target.at} if target else {}
        rows.append(
            {
                "ClusterIdentifier": one.name,
                "CurrentDatabaseRevision": revision(one.release),
                "DatabaseRevisionReleaseDate": dates[one.release],
                "RevisionTargets": [{"DatabaseRevision": revision(target.number), **offered}] if target else [],
            }
        )
    return paged(request.params, "ClusterDbRevisions", rows)


@operation("redshift", "DescribeClusterVersions")
def describe_cluster_versions(request: Request) -> Answer:
    rows = [{"ClusterVersion": ENGINE, "ClusterParameterGroupFamily": f"redshift-{ENGINE}", "Description": "Initial release"}]
    return paged(request.params, "ClusterVersions", [row for row in rows if request.params.get("ClusterVersion") in {None, ENGINE}])
