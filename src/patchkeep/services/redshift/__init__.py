"""Data warehouses: provisioned clusters of Redshift, and its serverless workgroups.

A cluster follows a maintenance track: "current", the newest certified release, or "trailing", the one before it. AWS puts the track's
release on by itself, in the cluster's weekly window, and nobody has to agree. So much is settled by settings: the window, the track (which
changes in the next window), whether AWS may upgrade the engine by itself (`auto_minor`, AllowVersionUpgrade: AWS speaks of major versions
there, of which 1.0 is the only one so far), and the deferral of maintenance over freezes (`deferral`), which can be taken back.
A change of track takes a snapshot first where the rule wants snapshots: leaving a release can't be undone.

A rollout brings a cluster to the release sooner, with ModifyClusterDbRevision, where AWS lists the release as one that can be asked for
(`acts`); a rule with `apply: aws-window` leaves it to AWS. To move the window to this very moment would have the same end, and is not
done: everything else that AWS holds ready for the cluster would come along, unnamed in the plan.
Going back a release is offered by AWS's console alone. Of serverless workgroups the track alone is ours to set (`serverless`).
https://docs.aws.amazon.com/redshift/latest/mgmt/rs-cluster-maintenance.html and .../mgmt/tracks.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.calendar.times import WEEK, weeks
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import ManagedRule, Policy
from patchkeep.domain.setting import Estate, Setting
from patchkeep.domain.window import Freeze, Interval
from patchkeep.services import _automation
from patchkeep.services._automation import Automation, Fields
from patchkeep.services._copies import KEPT_FOR, MADE_BY_TAG
from patchkeep.services._grants import Grant, own
from patchkeep.services._service import Service
from patchkeep.services._weekly import Slots
from patchkeep.services.redshift import deferral
from patchkeep.services.redshift.acts import DOING, course
from patchkeep.services.redshift.discover import KIND, discover, snapshot_name
from patchkeep.services.redshift.serverless import TRACK, WORKGROUP, changes

LEAST = timedelta(minutes=30)  # PreferredMaintenanceWindow: "Must be at least 30 minutes" (ModifyCluster)
TRACKS = ("current", "trailing")  # a cluster of a preview is on another one, and has to stay there ("Tracks")
HOLDING = frozenset({"auto_minor", "track", "hold_in_freezes"})  # keys of a rule by which maintenance is put off over freezes
MODIFIED = ("PreferredMaintenanceWindow", "AllowVersionUpgrade", "MaintenanceTrackName")


def _wants(freezes: Iterable[Freeze], present: str, asset: Asset, rule: ManagedRule, week: str) -> Fields:
    """`present`: our deferral as it is. What AWS does by itself here cannot be switched off, only deferred."""
    wanted: dict[str, object] = {}
    track = rule.settings.get("track", asset.facts["track"])
    changes_track = track != asset.facts["track"] and asset.facts["track"] in TRACKS
    if asset.kind == WORKGROUP:
        return {TRACK: track} if changes_track else {}
    if week:
        wanted["PreferredMaintenanceWindow"] = week
    if "auto_minor" in rule.settings:
        wanted["AllowVersionUpgrade"] = rule.settings["auto_minor"]
    if changes_track:
        wanted["MaintenanceTrackName"] = track
        if rule.snapshot:
            wanted["Snapshot"] = snapshot_name(asset)
    if HOLDING & rule.settings.keys():
        holds = rule.settings.get("hold_in_freezes", True)
        wanted["DeferMaintenance"] = deferral.wanted(_next(asset), freezes, present) if holds else ""
    return wanted


def _next(asset: Asset) -> Interval | None:
    """The window in which AWS can maintain it next."""
    start = asset.facts["next"]
    if start is None:
        return None
    coming = weeks(asset.window, Interval(start, start + WEEK)) or ()
    return next((window for window in coming if window.start >= start), Interval(start, start + LEAST))


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    """A window and automatic upgrades take effect at once, a track in the next window (ModifyCluster)."""
    return tuple(_calls(existing, fields))


def _calls(existing: Existing, fields: Fields) -> Iterator[Call]:
    name = existing.name
    if TRACK in fields:
        yield from changes(existing, fields)
        return
    if taken := fields.get("Snapshot"):
        tags = [{"Key": MADE_BY_TAG, "Value": "track"}]
        named = {"SnapshotIdentifier": taken, "ClusterIdentifier": name, "ManualSnapshotRetentionPeriod": KEPT_FOR.days}
        yield Call.of("redshift", "create_cluster_snapshot", named, Tags=tags)
    if asked := {key: fields[key] for key in MODIFIED if key in fields}:
        yield Call.of("redshift", "modify_cluster", asked, ClusterIdentifier=name)
    if "DeferMaintenance" in fields:
        yield _defer(existing, str(fields["DeferMaintenance"]))


def _defer(existing: Existing, spelt: str) -> Call:
    since, until = deferral.read(spelt)
    if not until:
        ours = existing.fields["DeferMaintenanceIdentifier"]
        named = {"ClusterIdentifier": existing.name, "DeferMaintenanceIdentifier": ours}
        return Call.of("redshift", "modify_cluster_maintenance", named, DeferMaintenance=False)
    named = {"ClusterIdentifier": existing.name, "DeferMaintenanceIdentifier": deferral.identifier(until)}
    times = {"DeferMaintenanceEndTime": until, **({"DeferMaintenanceStartTime": since} if since else {})}
    return Call.of("redshift", "modify_cluster_maintenance", {**named, **times}, DeferMaintenance=True)


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Windows, tracks, automatic upgrades and deferrals, where a rule of the policy says how they should be."""
    there = {existing.id: str(existing.fields.get("DeferMaintenance", "")) for existing in estate.objects if existing.service == "redshift"}

    def wants(asset: Asset, rule: ManagedRule, week: str) -> Fields:
        return _wants(estate.policy.freezes, there.get(asset.id, ""), asset, rule, week)

    found = _automation.settings(Automation("redshift", wants, _changes, Slots(LEAST), hurries=True), estate)
    return tuple(_shortened(setting, estate.policy.freezes) for setting in found)


def _shortened(setting: Setting, freezes: Iterable[Freeze]) -> Setting:
    note = deferral.too_short(str(setting.becomes.get("DeferMaintenance", "")), freezes)
    return replace(setting, notes=(*setting.notes, note)) if note else setting


def undo(change: Change) -> Frozen | str:
    """No operation takes a cluster back to the release before."""
    return change.undo or "a release cannot be taken off by a call; AWS's console may offer to roll the cluster version back"


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Clusters of the account, and snapshots that bear the name of ours."""
    clusters, snapshots = own("redshift", "cluster:*"), own("redshift", "snapshot:*/patchkeep-*")
    changing = ("modify_cluster", "modify_cluster_db_revision", "modify_cluster_maintenance")
    return (
        Grant("ChangeWarehouses", "redshift", changing, clusters),
        Grant("ChangeWorkgroups", "redshift-serverless", ("update_workgroup",), own("redshift-serverless", "workgroup/*")),
        Grant("SnapshotWarehouses", "redshift", ("create_cluster_snapshot", "create_tags"), (*clusters, *snapshots)),
    )


SERVICE = DOING.carries(
    Service(
        name="redshift",
        kinds=(KIND, WORKGROUP),
        sources=Frozen(
            state="redshift:DescribeClusters",
            updates="redshift:DescribeClusterTracks",
            versions="redshift:DescribeClusterDbRevisions",
        ),
        discover=discover,
        settings=settings,
        course=course,
        busy=frozenset({"InvalidClusterState"}),
        undo=undo,
    )
)
