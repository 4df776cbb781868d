"""Kafka clusters in virtual time: the revision that a change must name, how long it takes, what is refused."""

from __future__ import annotations

from typing import Any

from patchkeep.domain.frozen import Frozen
from patchkeep.services.kafka import measured
from tests.sandbox.managed.asking import Place, place

ORDERS = """
- {kind: kafka-cluster, name: orders, version: 3.6.0, environment: dev, settings: {brokers: 2}}
- {kind: kafka-cluster, name: modern, version: 3.9.x.kraft, environment: dev}
- {kind: kafka-cluster, name: small, environment: dev, settings: {serverless: true}}
"""


def cluster(there: Place, name: str = "orders") -> dict[str, Any]:
    (row,) = there("ListClustersV2", ClusterNameFilter=name)["ClusterInfoList"]
    assert there("DescribeClusterV2", ClusterArn=row["ClusterArn"])["ClusterInfo"] == row
    return dict(row)


def test_a_change_must_name_the_revision_that_is_there() -> None:
    there = place("kafka", ORDERS)
    row = cluster(there)
    asked = {"ClusterArn": row["ClusterArn"], "TargetKafkaVersion": "3.9.x"}
    assert there.refuses("UpdateClusterKafkaVersion", **asked, CurrentVersion="KOLD") == "BadRequestException"
    operation = there("UpdateClusterKafkaVersion", **asked, CurrentVersion=row["CurrentVersion"])["ClusterOperationArn"]
    assert cluster(there)["ActiveOperationArn"] == operation
    assert there.refuses("UpdateClusterKafkaVersion", **asked, CurrentVersion=row["CurrentVersion"]) == "BadRequestException"
    there.wait(minutes=29)
    assert (
        there("DescribeClusterOperationV2", ClusterOperationArn=operation)["ClusterOperationInfo"]["OperationState"] == "UPDATE_IN_PROGRESS"
    )
    there.wait(minutes=2)
    assert [
        one["OperationState"] for one in there("ListClusterOperationsV2", ClusterArn=row["ClusterArn"])["ClusterOperationInfoList"]
    ] == ["UPDATE_COMPLETE"]
    after = cluster(there)
    assert after["Provisioned"]["CurrentBrokerSoftwareInfo"]["KafkaVersion"] == "3.9.x"
    assert after["CurrentVersion"] != row["CurrentVersion"]


def test_a_cluster_with_zookeeper_never_becomes_one_with_kraft() -> None:
    there = place("kafka", ORDERS)
    rows = there("GetCompatibleKafkaVersions", ClusterArn=cluster(there)["ClusterArn"])["CompatibleKafkaVersions"]
    assert rows == [{"SourceVersion": "3.6.0", "TargetVersions": ["3.7.x", "3.8.x", "3.9.x"]}]
    modern = there("GetCompatibleKafkaVersions", ClusterArn=cluster(there, "modern")["ClusterArn"])["CompatibleKafkaVersions"]
    assert modern[0]["TargetVersions"] == ["4.0.x.kraft", "4.1.x.kraft", "4.2.x.kraft"]


def test_a_serverless_cluster_and_one_that_is_not_there_are_refused() -> None:
    there = place("kafka", ORDERS)
    arn = cluster(there, "small")["ClusterArn"]
    assert there.refuses("GetCompatibleKafkaVersions", ClusterArn=arn) == "BadRequestException"
    assert there.refuses("ListClusterOperationsV2", ClusterArn=arn.replace("small", "nowhere")) == "NotFoundException"


def test_metrics_are_told_of_the_cluster_and_of_each_of_its_brokers() -> None:
    there = place("kafka", ORDERS.replace("settings: {brokers: 2}", "settings: {brokers: 2}, traits: [under-replicated]"))
    namespace, parts = measured("", Frozen(name="orders", brokers=2))
    behind = [there.metric(namespace, "UnderReplicatedPartitions", part) for part in parts]
    assert behind == [None, 12.0, 0.0]
    assert there.metric(namespace, "OfflinePartitionsCount", parts[0]) == 0.0
    assert there.metric(namespace, "OfflinePartitionsCount", {"Cluster Name": "nowhere"}) is None
