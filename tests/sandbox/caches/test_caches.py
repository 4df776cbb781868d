"""ElastiCache and MemoryDB emulated: what AWS does by itself, what it refuses, and the keys of its answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.identity import user_keys
from patchkeep.sandbox.server import RunningSandbox, serving
from tests.e2e.desk import world_of
from tests.managed.walking import MEMBER, organization
from tests.sandbox.http.conftest import client_for
from tests.sandbox.http.test_examples import examples, keys
from tests.sandbox.rds.conftest import refusal

pytestmark = pytest.mark.http
HOME = "eu-central-1"
RESOURCES = """
- kind: cache-group
  name: orders
  engine: redis
  version: "6.0"
  window: sun:03:00-sun:04:00
  traits: [replica-lags, evicting]
  settings: {replicas: 1, auto_minor_version_upgrade: false, updates: [{name: forced, auto: true, recommended: 14, expires: 60}]}
- {kind: cache-group, name: feed, engine: valkey, version: "8.0", window: sun:03:00-sun:04:00, settings: {shards: 2, replicas: 1}}
- {kind: cache-cluster, name: sessions, engine: memcached, version: "1.6.12", settings: {updates: [{name: forced}]}}
- {kind: cache-serverless, name: carts, engine: valkey, version: "8.1"}
- kind: memorydb-cluster
  name: vault
  engine: redis
  version: "6.2"
  window: sun:03:00-sun:04:00
  settings: {updates: [{name: forced, auto: true, recommended: 14}]}
"""
LEFT_OUT = {
    # endpoints, topics and log deliveries mean nothing to patching
    "describe-cache-clusters": frozenset({"NotificationConfiguration", "LogDeliveryConfigurations"}),
    "describe-snapshots": frozenset({"TopicArn"}),
    "describe-replication-groups": frozenset({"LogDeliveryConfigurations", "AuthTokenLastModifiedDate", "UserGroupIds", "Durability"}),
}
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("elasticache", "describe-cache-clusters", {}),
    ("elasticache", "describe-replication-groups", {}),
    ("elasticache", "describe-update-actions", {}),
    ("elasticache", "describe-service-updates", {}),
    ("elasticache", "describe-cache-engine-versions", {"Engine": "Redis"}),
    ("elasticache", "batch-apply-update-action", {"ServiceUpdateName": "forced", "ReplicationGroupIds": ["orders"]}),
    ("elasticache", "batch-stop-update-action", {"ServiceUpdateName": "forced", "ReplicationGroupIds": ["orders"]}),
    ("elasticache", "create-snapshot", {"SnapshotName": "one", "CacheClusterId": "orders-002"}),
    ("elasticache", "describe-snapshots", {}),
    ("memorydb", "describe-clusters", {}),
    ("memorydb", "describe-engine-versions", {}),
    ("memorydb", "create-snapshot", {"SnapshotName": "one", "ClusterName": "vault"}),
    ("memorydb", "describe-snapshots", {}),
)


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    with serving(Sandbox(world_of(organization(RESOURCES)))) as sandbox:
        yield sandbox
        assert sandbox.sandbox.failures == []


def client(running: RunningSandbox, service: str) -> Any:
    known = user_keys(running.world, MEMBER)
    return client_for(running.endpoint, service, HOME, {"AccessKeyId": known.access_key, "SecretAccessKey": known.secret})


def wait(running: RunningSandbox, **by: float) -> None:
    running.world.clock.advance(running.world.clock.now() + timedelta(**by))


def actions(running: RunningSandbox) -> dict[str, tuple[str, str]]:
    """Status and SLA of each cache's update."""
    rows = client(running, "elasticache").describe_update_actions()["UpdateActions"]
    return {row.get("ReplicationGroupId") or row["CacheClusterId"]: (row["UpdateActionStatus"], row["SlaMet"]) for row in rows}


def test_our_answers_have_the_keys_of_aws_s_examples(running: RunningSandbox) -> None:
    for service, command, asked in CALLS:
        answer = getattr(client(running, service), command.replace("-", "_"))(**asked)
        left_out = LEFT_OUT.get(command, frozenset())
        expected = {key for example in examples(service, command) for key in keys(example, left_out)}
        expected -= {key for key in expected if key.startswith("UnprocessedUpdateActions.")}
        assert expected - set(keys(answer, left_out)) == set(), command


def test_after_the_recommended_date_aws_applies_what_it_may_in_the_next_window(running: RunningSandbox) -> None:
    assert set(actions(running).values()) == {("not-applied", "yes")}
    wait(running, days=14, minutes=1)  # a Tuesday
    assert actions(running)["orders"] == ("scheduled", "no")
    (vault,) = client(running, "memorydb").describe_service_updates()["ServiceUpdates"]
    assert vault["Status"] == "scheduled"
    wait(running, days=5)
    assert actions(running)["orders"] == ("complete", "no")
    (vault,) = client(running, "memorydb").describe_service_updates()["ServiceUpdates"]
    assert (vault["Status"], vault["NodesUpdated"]) == ("complete", "2/2")


def test_what_is_scheduled_can_be_called_off_and_an_expired_update_is_applied_no_more(running: RunningSandbox) -> None:
    caches = client(running, "elasticache")
    wait(running, days=15)
    assert caches.batch_stop_update_action(ServiceUpdateName="forced", ReplicationGroupIds=["orders"])["UnprocessedUpdateActions"] == []
    wait(running, days=50)
    assert actions(running)["orders"][0] == "stopped"
    (left,) = caches.batch_apply_update_action(ServiceUpdateName="forced", ReplicationGroupIds=["orders"])["UnprocessedUpdateActions"]
    assert "not available any more" in left["ErrorMessage"]
    assert caches.describe_update_actions(ServiceUpdateStatus=["available"])["UpdateActions"] == []


def test_engine_versions_go_up_alone_with_parameters_of_their_family(running: RunningSandbox) -> None:
    caches = client(running, "elasticache")
    orders = {"ReplicationGroupId": "orders", "ApplyImmediately": True}
    assert "downgrade" in refusal(caches.modify_replication_group, **orders, EngineVersion="5.0.6")[1]
    assert "family redis7" in refusal(caches.modify_replication_group, **orders, EngineVersion="7.1")[1]
    assert refusal(caches.modify_replication_group, **orders, EngineVersion="9.9")[0] == "InvalidParameterValue"
    assert (
        refusal(caches.modify_replication_group, **orders, PreferredMaintenanceWindow="sun:03:00-sun:03:30")[0] == "InvalidParameterValue"
    )
    caches.modify_replication_group(**orders, EngineVersion="7.1", CacheParameterGroupName="default.redis7")
    assert refusal(caches.modify_replication_group, **orders, EngineVersion="7.1")[0] == "InvalidReplicationGroupState"
    wait(running, hours=1)
    (first, *_) = caches.describe_cache_clusters(CacheClusterId="orders-001")["CacheClusters"]
    assert (first["EngineVersion"], first["CacheParameterGroup"]["CacheParameterGroupName"]) == ("7.1.0", "default.redis7")


def test_minor_versions_come_by_themselves_only_where_they_may(running: RunningSandbox) -> None:
    wait(running, days=42)
    rows = client(running, "elasticache").describe_cache_clusters()["CacheClusters"]
    assert {row["EngineVersion"] for row in rows if row.get("ReplicationGroupId") == "feed"} == {"8.1.0"}
    assert {row["EngineVersion"] for row in rows if row.get("ReplicationGroupId") == "orders"} == {"6.0.5"}


def test_what_is_not_there_is_not_found_under_aws_s_own_codes(running: RunningSandbox) -> None:
    caches, memory = client(running, "elasticache"), client(running, "memorydb")
    assert refusal(caches.describe_replication_groups, ReplicationGroupId="none")[0] == "ReplicationGroupNotFoundFault"
    assert refusal(caches.describe_cache_clusters, CacheClusterId="none")[0] == "CacheClusterNotFound"
    assert (
        refusal(caches.batch_apply_update_action, ServiceUpdateName="none", CacheClusterIds=["sessions"])[0] == "ServiceUpdateNotFoundFault"
    )
    assert refusal(caches.create_snapshot, SnapshotName="one", CacheClusterId="sessions")[0] == "SnapshotFeatureNotSupportedFault"
    assert refusal(memory.describe_clusters, ClusterName="none")[0] == "ClusterNotFoundFault"


def test_metrics_follow_how_a_cache_misbehaves(running: RunningSandbox) -> None:
    wait(running, minutes=10)
    watched = {name: measured(running, name, {"CacheClusterId": "orders-002"}) for name in ("Evictions", "ReplicationLag")}
    assert watched == {"Evictions": 4000.0, "ReplicationLag": 120.0}
    assert measured(running, "EngineCPUUtilization", {"ReplicationGroupId": "feed", "Role": "Primary"}) < 50
    assert measured(running, "EngineCPUUtilization", {"CacheClusterId": "sessions"}) == -1, "Memcached has no such metric"


def measured(running: RunningSandbox, metric: str, dimensions: dict[str, str]) -> float:
    """The newest value; -1 for no data."""
    now = running.world.clock.now()
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    stat = {"Metric": {"Namespace": "AWS/ElastiCache", "MetricName": metric, "Dimensions": named}, "Period": 60, "Stat": "Average"}
    asked = {"MetricDataQueries": [{"Id": "q", "MetricStat": stat}], "StartTime": now - timedelta(minutes=5), "EndTime": now}
    values = client(running, "cloudwatch").get_metric_data(**asked)["MetricDataResults"][0]["Values"]
    return float(values[0]) if values else -1.0
