"""Databases, the whole way over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.managed.walking import POLICY, desk_at, members, rolled_out, settled, verified

ORDERS = '- {kind: db-instance, name: orders, engine: postgres, version: "15.14", window: sun:03:00-sun:04:00, environment: dev}'
BROKEN = '- {kind: db-instance, name: broken, engine: postgres, version: "15.14", environment: dev, traits: [upgrade-fails]}'
WAITING = ORDERS.replace("}", ", settings: {pending: [{action: os-upgrade, auto_after: 14, forced: 21}]}}")


def test_a_database_is_upgraded_after_a_snapshot_and_proved(tmp_path: Path) -> None:
    with desk_at(tmp_path, ORDERS) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["snapshot", "upgrade", "verify"], True)
        assert members(rolled_out(desk)) == {"db:orders": ("done", "versions seen as planned")}
        assert verified(desk) == {"db:orders": "patched"}
        (kept,) = desk.admin("rds", "130000000003").describe_db_snapshots()["DBSnapshots"]
        assert {tag["Key"] for tag in kept["TagList"]} == {"patchkeep:made-by", "patchkeep:expires"}


def test_an_upgrade_that_aws_gives_up_halts_the_rollout_with_the_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN) as desk:
        settled(desk)
        status = rolled_out(desk)
        phase, why = members(status)["db:broken"]
        assert (status["status"], phase) == ("halted", "failed")
        assert "still on 15.14: AWS did not upgrade it" in why
        assert verified(desk) == {"db:broken": "partly patched"}


def test_maintenance_is_agreed_for_aws_s_own_window_where_the_policy_says_so(tmp_path: Path) -> None:
    policy = POLICY.replace("updates: [maintenance, minor]", "updates: maintenance\n    apply: aws-window")
    with desk_at(tmp_path, WAITING, policy) as desk:
        settled(desk)
        assert members(rolled_out(desk)) == {"db:orders": ("done", "opt in done")}
        assert verified(desk) == {"db:orders": "patched, restart pending"}


REPLICA = """
- {kind: db-instance, name: shop, engine: mysql, version: 8.4.7, environment: dev}
- {kind: db-instance, name: shop-replica, engine: mysql, version: 8.4.7, environment: dev, traits: [replica-lags], settings: {source: shop}}
"""


def test_a_lagging_replica_keeps_its_gate_shut_and_its_source_is_not_upgraded_before_it(tmp_path: Path) -> None:
    policy = f"{POLICY}gates:\n  lag: {{metric: ReplicaLag, above: 30}}\n".replace("above: 30", "above: 30, of: {kind: [db instance]}")
    with desk_at(tmp_path, REPLICA, policy) as desk:
        plan = settled(desk)
        first, then = plan["rings"][0]["changes"]
        assert (first["resource"], then["resource"]) == ("db:shop", "db:shop-replica")
        assert first["after"] == [then["id"]]
        told = members(rolled_out(desk))
        assert "gate lag: ReplicaLag is" in told["db:shop-replica"][1]
        assert told["db:shop-replica"][0] == "failed"
        assert told["db:shop"][0] != "done"
        assert [call for call in desk.sandbox.log(0, "ModifyDBInstance") if "EngineVersion" in call["params"]] == []


def test_a_word_given_for_aws_s_window_is_taken_back(tmp_path: Path) -> None:
    policy = POLICY.replace("updates: [maintenance, minor]", "updates: maintenance\n    apply: aws-window")
    with desk_at(tmp_path, WAITING, policy) as desk:
        settled(desk)
        done = rolled_out(desk)["id"]
        assert "take back New Operating System update" in desk("rollout", "undo", done, "orders", "-o", "plan.json", status=3).out
        assert members(rolled_out(desk)) == {"db:orders": ("done", "undo done")}
        assert verified(desk) == {"db:orders": "taken back"}
        assert "changes nothing that is called wiki" in desk("rollout", "undo", done, "wiki", status=2).err


def test_an_upgrade_that_is_done_has_no_way_back_and_the_reason_is_said(tmp_path: Path) -> None:
    with desk_at(tmp_path, ORDERS) as desk:
        settled(desk)
        said = desk("rollout", "undo", rolled_out(desk)["id"]).sentence
        assert "restore its snapshot beside it" in said
        assert said.endswith("Nothing can be taken back.")
