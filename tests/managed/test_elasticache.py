"""Caches, the whole way over HTTP."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.e2e.desk import Desk
from tests.managed.beside import fed, undone
from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified

UPDATE = "settings: {updates: [{name: elasticache-20260801-001, severity: critical}]}"
NODES = UPDATE.replace("{updates", "{replicas: 2, updates")
ORDERS = (
    '- {kind: cache-group, name: orders, engine: redis, version: "6.0", environment: dev, settings: {replicas: 1, shards: 2}}\n'
    '- {kind: cache-serverless, name: carts, engine: valkey, version: "8.1", environment: dev}'
)
FEED = f'- {{kind: cache-group, name: feed, engine: valkey, version: "8.1", environment: dev, {NODES}}}'
SESSIONS = f'- {{kind: cache-cluster, name: sessions, engine: memcached, version: "1.6.22", environment: dev, {UPDATE}}}'
STUBBORN = SESSIONS.replace("sessions", "stubborn").replace("environment: dev", "environment: dev, traits: [update-refused]")
BROKEN = FEED.replace("feed", "broken").replace("environment: dev", "environment: dev, traits: [upgrade-fails]")
CRAWLING = FEED.replace("environment: dev", "environment: dev, traits: [slow]")


def caches(desk: Desk) -> Any:
    return desk.admin("elasticache", MEMBER)


def applied(desk: Desk) -> list[dict[str, Any]]:
    """What BatchApplyUpdateAction was asked, call by call."""
    return [call["params"] for call in desk.sandbox.log(operation="BatchApplyUpdateAction")]


def test_a_group_is_upgraded_after_a_snapshot_and_a_serverless_cache_is_aws_s_own_business(tmp_path: Path) -> None:
    with desk_at(tmp_path, ORDERS) as desk:
        plan = settled(fed(desk))
        (change,) = plan["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["snapshot", "upgrade", "verify"], True)
        assert [skip["reason"] for skip in plan["skips"]] == ["AWS patches serverless caches by itself: not yours to patch"]
        assert members(rolled_out(desk)) == {"replicationgroup:orders": ("done", "versions seen as planned")}
        assert verified(desk) == {"replicationgroup:orders": "patched"}
        (kept,) = caches(desk).describe_snapshots()["Snapshots"]
        tags = caches(desk).list_tags_for_resource(ResourceName=kept["ARN"])["TagList"]
        assert {tag["Key"] for tag in tags} == {"patchkeep:made-by", "patchkeep:expires"}
        assert {row["PreferredMaintenanceWindow"] for row in caches(desk).describe_cache_clusters()["CacheClusters"]} == {
            "sat:22:00-sun:04:00"
        }


def test_one_call_applies_a_service_update_to_all_that_lack_it(tmp_path: Path) -> None:
    with desk_at(tmp_path, f"{FEED}\n{SESSIONS}") as desk:
        settled(fed(desk))
        assert set(members(rolled_out(desk)).values()) == {("done", "versions seen as planned")}
        assert verified(desk) == {"replicationgroup:feed": "patched", "cluster:sessions": "patched"}
        (call,) = applied(desk)
        assert (call["ReplicationGroupIds"], call["CacheClusterIds"]) == (["feed"], ["sessions"])


def test_a_call_that_aws_takes_in_part_fails_those_members_alone(tmp_path: Path) -> None:
    with desk_at(tmp_path, f"{FEED}\n{STUBBORN}", POLICY.replace("env: dev}", "env: dev}, may_fail: 1")) as desk:
        settled(fed(desk))
        status = rolled_out(desk)
        said = members(status)
        assert status["status"] == "done"
        assert said["replicationgroup:feed"] == ("done", "versions seen as planned")
        assert said["cluster:stubborn"][0] == "failed"
        assert "InvalidCacheClusterState: stubborn is not in a valid state" in said["cluster:stubborn"][1]


def test_a_service_update_that_aws_gives_up_halts_the_rollout_with_the_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN) as desk:
        settled(desk)
        status = rolled_out(desk)
        phase, why = members(status)["replicationgroup:broken"]
        assert (status["status"], phase) == ("halted", "failed")
        assert "is not-applied, 0/3 nodes done: AWS took the order, but did not carry it out" in why


def test_a_service_update_under_way_is_stopped_after_the_node_at_work(tmp_path: Path) -> None:
    with desk_at(tmp_path, CRAWLING) as desk:
        settled(desk)
        caches(desk).batch_apply_update_action(ServiceUpdateName="elasticache-20260801-001", ReplicationGroupIds=["feed"])
        desk.sandbox.advance(timedelta(minutes=30))
        assert undone(desk, "replicationgroup:feed") == "done"
        (action,) = caches(desk).describe_update_actions()["UpdateActions"]
        assert (action["UpdateActionStatus"], action["NodesUpdated"]) == ("stopped", "1/3")


def test_an_engine_version_waits_for_the_cache_s_own_window_where_the_policy_says_so(tmp_path: Path) -> None:
    policy = POLICY.replace("updates: [maintenance, minor]", "updates: minor\n    apply: aws-window")
    with desk_at(tmp_path, ORDERS, policy) as desk:
        settled(fed(desk))
        assert members(rolled_out(desk)) == {"replicationgroup:orders": ("done", "schedule done")}
        desk.days(7)
        assert {row["EngineVersion"] for row in caches(desk).describe_cache_clusters()["CacheClusters"]} == {"6.2.6"}
        assert verified(desk) == {"replicationgroup:orders": "patched"}


def test_a_group_that_evicts_keeps_its_gate_shut(tmp_path: Path) -> None:
    gates = "gates:\n  calm: {metric: Evictions, above: 100, of: {kind: [cache replication group]}}\nrings:"
    evicting = FEED.replace("environment: dev", "environment: dev, traits: [evicting]")
    with desk_at(tmp_path, evicting, POLICY.replace("rings:", gates)) as desk:
        settled(fed(desk))
        phase, why = members(rolled_out(desk))["replicationgroup:feed"]
        assert phase == "failed"
        assert "gate calm: Evictions is 4000, and may be 100 at most" in why
        assert applied(desk) == []
