"""What MSK's rows tell of a cluster, and how it comes to a newer version of Kafka."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.domain.asset import Asset, Found
from patchkeep.domain.call import Target
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen, thaw
from patchkeep.domain.policy import ManagedRule
from patchkeep.domain.progress import Batch, Phase
from patchkeep.services.kafka import BY_ITSELF, DOING, SERVERLESS, course, discover
from tests.services.managed.kafka import CLUSTERS, READS, arn, cluster
from tests.services.talk import HERE, carry, refused

RULE = ManagedRule("all", updates=("minor",))
NOW = datetime(2026, 11, 23, 22, tzinfo=UTC)
ORDERS = arn("orders")
RESOURCE = ORDERS.rpartition("/")[2]


def found(*rows: dict[str, Any], **told: Any) -> Found:
    return carry(discover(HERE), {**READS, "list_clusters_v2": {"ClusterInfoList": list(rows)}, **told})[0]


def seen(version: str, *targets: str, **more: Any) -> Asset:
    told = {"CompatibleKafkaVersions": [{"SourceVersion": version, "TargetVersions": list(targets)}]}
    (asset,) = found(cluster("orders", version, **more), get_compatible_kafka_versions=told).assets
    return asset


def offered(version: str, *targets: str) -> list[tuple[str, str]]:
    return [(update.version, update.classification) for update in seen(version, *targets).updates or ()]


def test_the_newest_of_its_line_and_the_newest_beyond_are_on_offer() -> None:
    assert offered("2.8.1", "2.8.2.tiered", "3.5.1", "3.9.x") == [("2.8.2.tiered", "minor"), ("3.9.x", "major")]
    assert offered("3.9.x.kraft", "4.0.x.kraft", "4.1.x.kraft") == [("4.1.x.kraft", "major")]


def test_a_version_that_does_not_parse_or_has_no_target_offers_nothing() -> None:
    assert offered("newest", "3.9.x") == offered("3.9.x") == offered("") == []


def test_a_serverless_cluster_has_nothing_to_put_on_and_no_version_to_look_up() -> None:
    small = next(row for row in CLUSTERS if row["ClusterType"] == "SERVERLESS")
    (asset,) = found(small, get_compatible_kafka_versions=refused("must not be asked")).assets
    assert (asset.engine, asset.product, asset.updates, asset.remarks) == ("", "", (), (SERVERLESS,))
    assert course(asset, RULE, {}) == "nothing to do: nothing on offer that it lacks"


def test_brokers_are_patched_by_aws_and_its_wishes_are_said() -> None:
    remarks = seen("3.9.x", CustomerActionStatus="CRITICAL_ACTION_REQUIRED").remarks
    assert remarks == (BY_ITSELF, "AWS asks its owner to act (critical action required): see the cluster in the console")


def test_versions_that_may_not_be_read_leave_those_of_their_cluster_in_doubt() -> None:
    result = found(cluster("orders", "3.5.1"), get_compatible_kafka_versions=refused("kafka:GetCompatibleKafkaVersions"))
    assert result.assets[0].unread == ("compatible versions not read: not authorized",)
    assert result.gaps[0].assets == (ORDERS,)


def test_an_empty_account_costs_one_read() -> None:
    _, calls = carry(discover(HERE), {"list_clusters_v2": {"ClusterInfoList": []}})
    assert len(calls) == 1


def test_other_partitions_are_named_as_they_are() -> None:
    there = Target("111122223333", "us-gov-west-1", "aws-us-gov")
    row = {**cluster("orders", "3.5.1"), "ClusterArn": there.arn("kafka", "cluster/orders/6357e0b2-5")}
    (asset,) = found(row, get_compatible_kafka_versions={"CompatibleKafkaVersions": []}).assets
    assert asset.resource == "6357e0b2-5"


def batch(step: str = "upgrade") -> Batch:
    asks = Frozen({RESOURCE: Frozen(arn=ORDERS, name="orders", version="3.9.x", key="engine|Kafka 3.9.x")})
    return Batch("pk-1", "all", step, HERE, (RESOURCE,), NOW, "taken", "kafka", asks)


def change(state: str, at: datetime = NOW, kind: str = "UPDATE_CLUSTER_KAFKA_VERSION") -> dict[str, Any]:
    return {"ClusterArn": ORDERS, "OperationArn": "arn:1", "OperationState": state, "OperationType": kind, "StartTime": at}


def told(*operations: dict[str, Any], version: str = "3.5.1", **more: Any) -> dict[str, Any]:
    row = {**cluster("orders", version), **more}
    return {"list_clusters_v2": {"ClusterInfoList": [row]}, "list_cluster_operations_v2": {"ClusterOperationInfoList": list(operations)}}


def test_a_change_names_the_revision_that_was_just_seen_and_keeps_the_cluster_s_own_configuration() -> None:
    row = CLUSTERS[0]
    answers = {**told(), "list_clusters_v2": {"ClusterInfoList": [{**row, "CurrentVersion": "K2NEW"}]}}
    started, _ = carry(DOING.prepare(batch()), answers)
    assert started.call
    assert thaw(started.call.params) == {
        "ClusterArn": ORDERS,
        "CurrentVersion": "K2NEW",
        "TargetKafkaVersion": "3.9.x",
        "ConfigurationInfo": {"Arn": arn("own"), "Revision": 4},
    }


def test_a_cluster_that_is_healing_is_waited_for() -> None:
    started, _ = carry(DOING.prepare(batch()), told(State="HEALING"))
    assert list(started.busy.values()) == ["is HEALING"]


def test_a_namesake_made_anew_is_another_cluster() -> None:
    started, _ = carry(DOING.prepare(batch()), told(ClusterArn=arn("another")))
    assert list(started.lost.values()) == ["is not there any more"]


def test_only_a_change_of_version_that_began_since_is_ours() -> None:
    earlier, other = change("UPDATE_FAILED", NOW - timedelta(days=1)), change("UPDATE_COMPLETE", kind="UPDATE_BROKER_STORAGE")
    assert carry(DOING.adopt(batch()), told(earlier, other))[0] is None
    assert carry(DOING.adopt(batch()), told(earlier, change("PENDING")))[0] == "taken"


def test_a_change_that_failed_tells_why() -> None:
    why = {"ClusterOperationInfo": {**change("UPDATE_FAILED"), "ErrorInfo": {"ErrorString": "A broker did not come back"}}}
    answers = {**told(change("UPDATE_FAILED")), "describe_cluster_operation_v2": why}
    (result,) = carry(DOING.check(batch(), NOW), answers)[0].values()
    assert (result.phase, result.message) == (Phase.FAILED, "is still on 3.5.1: A broker did not come back")


def test_an_order_that_aws_never_took_up_has_failed_after_a_while() -> None:
    phases = [next(iter(carry(DOING.check(batch(), NOW + after), told())[0].values())).phase for after in (timedelta(), timedelta(hours=1))]
    assert phases == [Phase.RUNNING, Phase.FAILED]


def test_it_is_done_when_the_version_is_there_and_the_cluster_active() -> None:
    (result,) = carry(DOING.check(batch(), NOW), told(change("UPDATE_COMPLETE"), version="3.9.x"))[0].values()
    assert result.phase is Phase.DONE


def test_there_is_no_way_back() -> None:
    made = course(seen("3.5.1", "3.9.x"), RULE, {})
    assert isinstance(made, Course)
    assert (made.irreversible, made.undo, made.pins) == (True, "", "KafkaVersion 3.9.x")
