"""Warehouses, the whole way over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified

SALES = '- {kind: warehouse, name: sales, version: "1.0.153886", window: sun:03:00-sun:04:00, environment: dev}'
BROKEN = SALES.replace("}", ", traits: [upgrade-fails]}")
TRAILING = POLICY.replace("settings: {window: night, auto_minor: true}", "settings: {track: trailing}")
CURRENT = POLICY.replace("settings: {window: night, auto_minor: true}", "settings: {track: current}")
FREEZE = """
freezes:
  - {name: inventory, from: 2026-09-04T00:00, to: 2026-09-20T00:00, timezone: UTC}
"""
DEFERRED = POLICY.replace("auto_minor: true", "defer_in_freezes: true") + FREEZE


def test_a_warehouse_is_brought_to_its_track_s_release_after_a_snapshot_and_proved(tmp_path: Path) -> None:
    with desk_at(tmp_path, SALES) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["snapshot", "maintain", "verify"], True)
        assert members(rolled_out(desk)) == {"cluster:sales": ("done", "versions seen as planned")}
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
