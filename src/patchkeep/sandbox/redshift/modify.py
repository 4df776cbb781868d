"""What a cluster's owner may change: window and automation at once, the track in the next window, the release now, and deferrals."""

from __future__ import annotations

from datetime import timedelta

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import rearrange
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.redshift.describe import shown
from patchkeep.sandbox.redshift.maintain import update
from patchkeep.sandbox.redshift.state import TRACKS, Cluster, Deferral, ahead, cluster, must_be_available, revision

MOST = timedelta(days=60)  # DeferMaintenanceDuration: "The duration must be 60 days or less"


@operation("redshift", "ModifyCluster")
def modify_cluster(request: Request) -> Answer:
    """A track stays among the pending values until the next window; a change back to the present one takes it out."""
    one, params = cluster(request), request.params
    must_be_available(one)
    track = params.get("MaintenanceTrackName", one.coming_track or one.track)
    if track not in TRACKS:
        raise AwsError("InvalidClusterTrack", f"The provided cluster track name {track} is not valid.")
    one.window = _window(request, one)
    one.allows = params.get("AllowVersionUpgrade", one.allows)
    one.coming_track = "" if track == one.track else track
    rearrange(request.world, one)
    return {"Cluster": shown(request, one)}


def _window(request: Request, one: Cluster) -> Weekly:
    text = request.params.get("PreferredMaintenanceWindow")
    try:
        return Weekly.read(text) if text else one.window
    except ValueError as error:
        raise AwsError("InvalidParameterValue", str(error)) from error


@operation("redshift", "ModifyClusterDbRevision")
def modify_cluster_db_revision(request: Request) -> Answer:
    """Begins at once (our reading: the API Reference does not say when)."""
    one, wanted = cluster(request), request.params["RevisionTarget"]
    must_be_available(one)
    target = ahead(one, request.now)
    if target is None:
        raise AwsError("ClusterOnLatestRevision", f"Cluster {one.name} is already on the latest database revision.")
    if wanted != revision(target.number):
        raise AwsError("UnsupportedOperation", f"Cluster {one.name} cannot be brought to revision {wanted}.")
    update(request.world, one)
    return {"Cluster": shown(request, one)}


@operation("redshift", "ModifyClusterMaintenance")
def modify_cluster_maintenance(request: Request) -> Answer:
    """Puts maintenance off, or takes that back: the deferral that is named, or all."""
    one, params = cluster(request), request.params
    name = params.get("DeferMaintenanceIdentifier", "")
    if params.get("DeferMaintenance"):
        deferral = _deferral(request, name)
        one.deferrals = [each for each in one.deferrals if each.name != deferral.name] + [deferral]
    else:
        one.deferrals = [each for each in one.deferrals if name and each.name != name]
    rearrange(request.world, one)
    return {"Cluster": shown(request, one)}


def _deferral(request: Request, name: str) -> Deferral:
    params = request.params
    if params.get("DeferMaintenanceEndTime") and params.get("DeferMaintenanceDuration"):
        raise AwsError("InvalidParameterCombination", "Specify either an end time or a duration of the deferral, not both.")
    since = params.get("DeferMaintenanceStartTime") or request.now
    until = params.get("DeferMaintenanceEndTime") or since + timedelta(days=params.get("DeferMaintenanceDuration") or 0)
    if since < request.now:
        raise AwsError("InvalidParameterValue", "The start time of the deferral is in the past.")
    if not timedelta(0) < until - since <= MOST:
        raise AwsError("InvalidParameterValue", f"Maintenance can be deferred for {MOST.days} days at most.")
    return Deferral(name or f"dfm-{settled(request.account, params['ClusterIdentifier'], since)[:20]}", since, until)
