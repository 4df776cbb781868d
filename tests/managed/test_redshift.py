"""Warehouses, the whole way over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.desk import apply
from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified

SALES = '- {kind: warehouse, name: sales, version: "1.0.153886", window: sun:03:00-sun:04:00, environment: dev}'
ADHOC = "- {kind: serverless-workgroup, name: adhoc, environment: dev}"
ORDERS = "- {kind: db-instance, name: orders, engine: postgres, version: '15.14', window: sun:03:00-sun:04:00, environment: dev}"
BROKEN = SALES.replace("}", ", traits: [upgrade-fails]}")
TRAILING = POLICY.replace("settings: {window: night, auto_minor: true}", "settings: {track: trailing}")
FREEZE = """
freezes:
  - {name: inventory, from: 2026-09-04T00:00, to: 2026-09-20T00:00, timezone: UTC}
"""
FREEZE_ENDS = datetime(2026, 9, 20, tzinfo=UTC)
DEFERRED = POLICY + FREEZE


def test_a_warehouse_is_brought_to_its_track_s_release_after_a_snapshot_and_proved(tmp_path: Path) -> None:
    with desk_at(tmp_path, SALES) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["snapshot", "maintain", "verify"], True)
        done = rolled_out(desk)
        assert members(done) == {"cluster:sales": ("done", "versions seen as planned")}
        assert "restore its snapshot beside it" in desk("rollout", "undo", done["id"]).sentence
        assert verified(desk) == {"cluster:sales": "patched"}
        (kept,) = desk.admin("redshift", MEMBER).describe_cluster_snapshots()["Snapshots"]
        assert ({tag["Key"] for tag in kept["Tags"]}, kept["ManualSnapshotRetentionPeriod"]) == (
            {"patchkeep:made-by", "patchkeep:expires"},
            30,
        )


def test_an_update_that_aws_takes_back_halts_the_rollout_with_the_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN) as desk:
        settled(desk)
        status = rolled_out(desk)
        phase, why = members(status)["cluster:sales"]
        assert (status["status"], phase) == ("halted", "failed")
        assert "still on 1.0.153886 an hour after AWS took the order" in why
        assert verified(desk) == {"cluster:sales": "partly patched"}


def test_maintenance_is_put_off_over_a_freeze_and_comes_back_when_the_freeze_is_called_off(tmp_path: Path) -> None:
    with desk_at(tmp_path, f"{SALES}\n{ORDERS}", DEFERRED) as desk:
        settled(desk)
        aws = desk.admin("redshift", MEMBER)
        (deferral,) = aws.describe_clusters()["Clusters"][0]["DeferredMaintenanceWindows"]
        (orders,) = desk.admin("rds", MEMBER).describe_db_instances()["DBInstances"]
        assert not orders["AutoMinorVersionUpgrade"], "a database's automatic upgrades are held"
        assert (deferral["DeferMaintenanceIdentifier"], deferral["DeferMaintenanceEndTime"]) == ("patchkeep-20260920t000000z", FREEZE_ENDS)
        desk.sandbox.advance(timedelta(days=10))
        assert aws.describe_clusters()["Clusters"][0]["ClusterRevisionNumber"] == "153886", "two windows have passed"
        desk.write_policy(DEFERRED.replace(FREEZE, ""))
        desk("discover")
        settings = desk.json("plan", "-o", "back.json", status=3)["plan"]["settings"]
        assert [setting["becomes"] for setting in settings] == [{"AutoMinorVersionUpgrade": True}, {"DeferMaintenance": ""}]
        apply(desk, "back.json")
        assert aws.describe_clusters()["Clusters"][0]["DeferredMaintenanceWindows"] == []


def test_a_track_is_changed_after_a_snapshot_and_holds_from_the_next_window_on(tmp_path: Path) -> None:
    with desk_at(tmp_path, SALES, TRAILING) as desk:
        desk("discover")
        (setting,) = desk.json("plan", "-o", "settings.json", status=3)["plan"]["settings"]
        assert [call["operation"] for call in setting["calls"]] == ["create_cluster_snapshot", "modify_cluster"]
        apply(desk, "settings.json")
        aws = desk.admin("redshift", MEMBER)
        assert aws.describe_clusters()["Clusters"][0]["PendingModifiedValues"]["MaintenanceTrackName"] == "trailing"
        desk("discover")
        assert desk.json("plan", "-o", "again.json")["plan"]["settings"] == []
        desk.sandbox.advance(timedelta(days=7))
        (after,) = aws.describe_clusters()["Clusters"]
        assert (after["MaintenanceTrackName"], after["ClusterRevisionNumber"]) == ("trailing", "153886")


def test_a_workgroup_s_track_is_set_and_aws_does_the_rest(tmp_path: Path) -> None:
    with desk_at(tmp_path, ADHOC, TRAILING) as desk:
        desk("discover")
        (setting,) = desk.json("plan", "-o", "settings.json", status=3)["plan"]["settings"]
        assert [call["operation"] for call in setting["calls"]] == ["update_workgroup"]
        apply(desk, "settings.json")
        desk("discover")
        assert desk.json("plan", "-o", "again.json")["plan"]["settings"] == []
        desk.sandbox.advance(timedelta(hours=2))
        (now,) = desk.admin("redshift-serverless", MEMBER).list_workgroups()["workgroups"]
        assert now["trackName"] == "trailing"
