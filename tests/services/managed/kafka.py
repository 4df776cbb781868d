"""What MSK answers of a small estate: a cluster that lags behind, one being changed, one with KRaft, and a serverless one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE

COMPATIBLE = {
    "3.5.1": ["3.6.0", "3.7.x", "3.9.x"],
    "3.9.x.kraft": ["4.0.x.kraft", "4.1.x.kraft"],
}


def arn(name: str) -> str:
    return HERE.arn("kafka", f"cluster/{name}/6357e0b2-0e6a-4b86-a0b4-{name:0>12.12}-5")


def cluster(name: str, version: str, **more: Any) -> dict[str, Any]:
    """A provisioned one; `more` goes into its brokers' part, where AWS has most of its fields."""
    provisioned = {
        "BrokerNodeGroupInfo": {"ClientSubnets": ["subnet-1"], "InstanceType": "kafka.m5.large"},
        "CurrentBrokerSoftwareInfo": {"KafkaVersion": version},
        "NumberOfBrokerNodes": 3,
        "CustomerActionStatus": "NONE",
        **more,
    }
    return {
        "ClusterType": "PROVISIONED",
        "ClusterArn": arn(name),
        "ClusterName": name,
        "CurrentVersion": "K3AEGXETSR30VB",
        "State": "ACTIVE",
        "Tags": {"Environment": "prod"},
        "Provisioned": provisioned,
    }


OPERATION = HERE.arn("kafka", "cluster-operation/moving/6357e0b2-5/b1")
CLUSTERS = [
    cluster(
        "orders", "3.5.1", CurrentBrokerSoftwareInfo={"KafkaVersion": "3.5.1", "ConfigurationArn": arn("own"), "ConfigurationRevision": 4}
    ),
    cluster("modern", "3.9.x.kraft"),
    {**cluster("moving", "3.5.1"), "State": "UPDATING", "ActiveOperationArn": OPERATION},
    {
        "ClusterType": "SERVERLESS",
        "ClusterArn": arn("small"),
        "ClusterName": "small",
        "State": "ACTIVE",
        "Tags": {},
        "Serverless": {"VpcConfigs": [{"SubnetIds": ["subnet-1"]}]},
    },
]


def _listed(params: dict[str, Any]) -> dict[str, Any]:
    return {"ClusterInfoList": [row for row in CLUSTERS if row["ClusterName"].startswith(params.get("ClusterNameFilter", ""))]}


def _compatible(params: dict[str, Any]) -> dict[str, Any]:
    (row,) = (row for row in CLUSTERS if row["ClusterArn"] == params["ClusterArn"])
    version = row["Provisioned"]["CurrentBrokerSoftwareInfo"]["KafkaVersion"]
    return {"CompatibleKafkaVersions": [{"SourceVersion": version, "TargetVersions": COMPATIBLE[version]}]}


READS: dict[str, Any] = {
    "list_clusters_v2": _listed,
    "get_compatible_kafka_versions": _compatible,
    "list_cluster_operations_v2": {"ClusterOperationInfoList": []},
}
FAILED = {
    "ClusterArn": arn("orders"),
    "ClusterType": "PROVISIONED",
    "OperationArn": OPERATION,
    "OperationState": "UPDATE_FAILED",
    "OperationType": "UPDATE_CLUSTER_KAFKA_VERSION",
    "StartTime": datetime(2026, 12, 24, tzinfo=UTC),
}
ERROR = {"ErrorCode": "INTERNAL", "ErrorString": "A broker did not come back"}
LATER: tuple[dict[str, Any], ...] = (
    {
        "list_cluster_operations_v2": {"ClusterOperationInfoList": [FAILED]},
        "describe_cluster_operation_v2": {"ClusterOperationInfo": {**FAILED, "ErrorInfo": ERROR}},
    },
)
