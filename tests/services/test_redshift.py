"""What Redshift's rows tell of a cluster, how it is brought to its track's release, and when its maintenance is put off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchkeep.domain.asset import Asset, Found, UpdateState
from patchkeep.domain.call import Cause, Refused, Target
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.domain.progress import Batch, Phase
from patchkeep.domain.window import Freeze, Interval
from patchkeep.services.redshift import SERVICE, deferral
from patchkeep.services.redshift.acts import DOING, course
from patchkeep.services.redshift.discover import discover
from tests.services.asked import automated
from tests.services.managed.redshift import FOLLOWING, READS, cluster, workgroup
from tests.services.samples import NOW
from tests.services.talk import HERE, carry, refused

RULE = ManagedRule("all", updates=("maintenance",))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WINDOW = Interval(FOLLOWING, FOLLOWING + HOUR / 2)


def found(*rows: dict[str, Any], **told: Any) -> Found:
    alone = {"describe_clusters": {"Clusters": list(rows)}, "list_workgroups": {"workgroups": []}}
    return carry(discover(HERE), {**READS, **alone, **told})[0]


def seen(row: dict[str, Any], **told: Any) -> Asset:
    (asset,) = found(row, **told).assets
    return asset


def test_a_release_that_can_be_asked_for_is_missing_and_one_that_cannot_is_aws_s_own() -> None:
    assert [update.state for update in seen(cluster("sales")).updates or ()] == [UpdateState.MISSING]
    assert [update.state for update in seen(cluster("stock")).updates or ()] == [UpdateState.SCHEDULED]
    assert course(seen(cluster("stock")), RULE, {}) == ("AWS puts Redshift release 1.0.161730 on in its own window sat:03:00-sat:03:30")


def test_a_cluster_ahead_of_its_track_lacks_nothing() -> None:
    assert seen(cluster("sales", MaintenanceTrackName="trailing")).updates == ()


def test_a_track_that_is_pending_says_what_is_on_offer() -> None:
    row = cluster("sales", MaintenanceTrackName="trailing", PendingModifiedValues={"MaintenanceTrackName": "current"})
    asset = seen(row)
    assert [update.version for update in asset.updates or ()] == ["1.0.161730"]
    assert "changes from track trailing to current in its next window" in asset.remarks


def test_versions_that_do_not_parse_and_tracks_nobody_knows_offer_nothing() -> None:
    assert seen(cluster("sales", ClusterVersion="", ClusterRevisionNumber="")).updates == ()
    assert seen(cluster("sales", MaintenanceTrackName="preview_2026")).updates == ()


def test_an_engine_line_beyond_its_own_is_optional_and_left_to_aws() -> None:
    lines = {"ClusterVersions": [{"ClusterVersion": "1.0"}, {"ClusterVersion": "2.0"}]}
    asset = seen(cluster("sales", MaintenanceTrackName="trailing"), describe_cluster_versions=lines)
    assert [(update.version, update.state) for update in asset.updates or ()] == [("2.0", UpdateState.OPTIONAL)]
    assert course(asset, replace(RULE, updates=("major",)), {}) == ("what is on offer AWS puts on by itself alone: nobody can ask for it")


def test_refused_tracks_leave_the_updates_unread() -> None:
    asset = seen(cluster("sales"), describe_cluster_tracks=refused("DescribeClusterTracks"))
    assert (asset.updates, asset.unread) == (None, ("tracks not read: not authorized",))


def test_an_account_without_warehouses_costs_two_reads() -> None:
    nothing, calls = carry(discover(HERE), {"describe_clusters": {"Clusters": []}, "list_workgroups": {"workgroups": []}})
    assert (nothing, [call.operation for call in calls]) == (Found(), ["describe_clusters", "list_workgroups"])


def groups(**told: Any) -> tuple[Asset, ...]:
    return carry(discover(HERE), {**READS, "describe_clusters": {"Clusters": []}, **told})[0].assets


def test_a_workgroup_behind_its_track_lacks_nothing_as_aws_updates_it_by_itself() -> None:
    (asset,) = groups()
    assert [(update.version, update.state.lacking) for update in asset.updates or ()] == [("1.0.161730", False)]
    assert course(asset, RULE, {}) == "AWS updates a serverless workgroup by itself, when it is idle: nobody can ask for it"


def test_a_track_that_waits_for_a_workgroup_is_the_one_it_is_held_against() -> None:
    (asset,) = groups(list_workgroups={"workgroups": [workgroup("adhoc", pendingTrackName="trailing")]})
    assert (asset.updates, asset.remarks) == ((), ("changes from track current to trailing",))


def test_refused_workgroups_cost_no_clusters_and_the_other_way_round() -> None:
    looked, _ = carry(discover(HERE), {**READS, "list_workgroups": refused("ListWorkgroups")})
    assert {asset.kind for asset in looked.assets} == {"warehouse"}
    assert [(gap.operation, gap.hides) for gap in looked.gaps] == [("ListWorkgroups", True)]
    assert [asset.kind for asset in groups(describe_clusters=refused("DescribeClusters"))] == ["serverless workgroup"]


def test_arns_are_of_their_partition() -> None:
    for region, partition in (("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")):
        (asset,) = carry(
            discover(Target(HERE.account, region, partition)),
            {**READS, "describe_clusters": {"Clusters": [cluster("sales")]}, "list_workgroups": {"workgroups": []}},
        )[0].assets
        assert asset.id == f"arn:{partition}:redshift:{region}:{HERE.account}:cluster:sales"


def test_a_paused_cluster_and_one_left_to_aws_s_window_are_not_touched() -> None:
    assert course(seen(cluster("sales", ClusterStatus="paused")), RULE, {}) == "is paused: resume it first"
    left = course(seen(cluster("sales")), replace(RULE, apply=Apply.AWS_WINDOW), {})
    assert left == "AWS puts Redshift release 1.0.161730 on by itself, in its own window sat:03:00-sat:03:30"


@pytest.mark.parametrize(("nodes", "gb"), [("dc2.large", 320.0), ("ra3.4xlarge", 0.0)])
def test_a_snapshot_is_at_most_as_large_as_its_nodes_and_of_managed_storage_nobody_knows(nodes: str, gb: float) -> None:
    row = cluster("sales", NodeType=nodes, TotalStorageCapacityInMegaBytes=320 * 1024)
    sizes = [
        way.snapshot_gb for snapshot in (True, False) if isinstance(way := course(seen(row), replace(RULE, snapshot=snapshot), {}), Course)
    ]
    assert sizes == [gb, 0.0]


def step(name: str, row: dict[str, Any] | None) -> tuple[Batch, dict[str, Any]]:
    way = course(seen(cluster("sales")), RULE, {})
    assert isinstance(way, Course)
    asks = Frozen({"cluster:sales": way.asks})
    batch = Batch("pk-0123456789abcdef", "canary", name, HERE, ("cluster:sales",), FOLLOWING, "taken", "redshift", asks)
    answer = {"Clusters": [row]} if row else refused("DescribeClusters", code="ClusterNotFound")
    return batch, {**READS, "describe_clusters": answer}


def test_another_change_in_progress_is_waited_for() -> None:
    batch, told = step("maintain", cluster("sales", ClusterStatus="resizing"))
    assert dict(carry(DOING.prepare(batch), told)[0].busy) == {"cluster:sales": "is resizing"}


def test_a_cluster_deleted_since_the_plan_is_lost() -> None:
    batch, told = step("maintain", None)
    assert dict(carry(DOING.prepare(batch), told)[0].lost) == {"cluster:sales": "is not there any more"}


def test_an_order_that_aws_took_and_never_began_has_failed_after_an_hour() -> None:
    batch, told = step("maintain", cluster("sales"))
    early, _ = carry(DOING.check(batch, FOLLOWING + timedelta(minutes=59)), told)
    late, _ = carry(DOING.check(batch, FOLLOWING + timedelta(minutes=61)), told)
    assert (early["cluster:sales"].phase, late["cluster:sales"].phase) == (Phase.RUNNING, Phase.FAILED)


def freeze(start: datetime, days: float) -> tuple[Freeze, ...]:
    return (Freeze("year-end", (Interval(start, start + days * DAY),)),)


def test_a_freeze_that_holds_the_next_window_is_deferred_over_from_now_on() -> None:
    assert deferral.wanted(WINDOW, freeze(FOLLOWING - DAY, 10), "") == "now/2026-12-07T03:00:00Z"
    assert deferral.wanted(WINDOW, freeze(FOLLOWING + HOUR / 4, 10), "") == "now/2026-12-08T03:15:00Z", "the window reaches into it"


def test_a_freeze_of_a_later_window_is_deferred_over_from_its_start() -> None:
    assert deferral.wanted(WINDOW, freeze(FOLLOWING + 13 * DAY, 3), "") == "2026-12-11T03:00:00Z/2026-12-14T03:00:00Z"


def test_freezes_that_hold_no_window_or_are_too_far_are_let_be() -> None:
    assert deferral.wanted(WINDOW, freeze(FOLLOWING + DAY, 5), "") == ""
    assert deferral.wanted(WINDOW, freeze(FOLLOWING + 69 * DAY, 5), "") == ""
    assert deferral.wanted(None, freeze(FOLLOWING, 5), "") == ""


def test_no_deferral_is_longer_than_sixty_days_and_a_longer_freeze_is_named() -> None:
    shortened = deferral.wanted(WINDOW, freeze(FOLLOWING + 6 * DAY, 90), "")
    assert shortened == "2026-12-04T03:00:00Z/2027-02-02T03:00:00Z"
    longer, whole = (deferral.too_short(shortened, freeze(FOLLOWING + 6 * DAY, days)) for days in (90, 60))
    assert (longer, whole) == ("AWS defers for 60 days at most: freeze year-end goes on after that", "")


def test_a_rule_that_lets_aws_upgrade_has_maintenance_put_off_unless_it_says_otherwise() -> None:
    assert SERVICE.settings
    estate = automated(SERVICE)
    for rule, becomes in (
        ({"auto_minor": True}, True),
        ({"auto_minor": True, "hold_in_freezes": False}, False),
        ({"window": "night"}, False),
        ({"hold_in_freezes": True}, True),
    ):
        policy = replace(estate.policy, freezes=freeze(NOW, 200), managed=(ManagedRule("all", settings=Frozen(rule), in_place=True),))
        found = SERVICE.settings(replace(estate, policy=policy))
        assert any("60 days at most" in note for setting in found for note in setting.notes) is becomes, rule


def test_a_deferral_of_ours_stays_while_its_freeze_does() -> None:
    ours = "2026-11-20T00:00:00Z/2026-11-28T00:00:00Z"
    holding = freeze(datetime(2026, 11, 20, tzinfo=UTC), 8)
    assert deferral.wanted(WINDOW, holding, ours) == ours
    assert deferral.wanted(WINDOW, (), ours) == ""


def test_deferrals_of_others_are_no_business_of_ours() -> None:
    theirs = {"DeferMaintenanceIdentifier": "dfm-1", "DeferMaintenanceStartTime": FOLLOWING, "DeferMaintenanceEndTime": FOLLOWING + DAY}
    (existing,) = found(cluster("sales", DeferredMaintenanceWindows=[theirs])).objects
    assert existing.fields["DeferMaintenance"] == ""


def test_what_was_put_on_is_not_taken_off() -> None:
    assert SERVICE.undo is not None
    way = course(seen(cluster("sales")), RULE, {})
    assert isinstance(way, Course)
    assert way.irreversible
    assert way.undo == "restore its snapshot beside it: loses what was written since"


def test_a_region_without_serverless_has_no_gap() -> None:
    away = Refused(replace(refused("ListWorkgroups").gap, cause=Cause.NOT_OFFERED))
    assert carry(discover(HERE), {**READS, "list_workgroups": away})[0].gaps == ()
