"""What is answered of two elastic clusters: one with maintenance of engine and operating system pending, one that lacks nothing."""

from __future__ import annotations

from typing import Any

from tests.services.talk import HERE

FORCED = "2027-03-01T00:00:00.000Z"
IDS = {"shop": "b9f1d489-6c3e-4764-bb42-da62ceb7bda2", "forum": "0c7f4a11-93d5-4b0e-8f5e-5f0c8e2d7a90"}


def arn(name: str) -> str:
    return HERE.arn("docdb-elastic", f"cluster/{IDS[name]}")


def listed(name: str, status: str = "ACTIVE") -> dict[str, Any]:
    return {"clusterArn": arn(name), "clusterName": name, "status": status}


def cluster(name: str, **more: Any) -> dict[str, Any]:
    return {
        **listed(name),
        "adminUserName": "keeper",
        "authType": "SECRET_ARN",
        "backupRetentionPeriod": 7,
        "clusterEndpoint": f"{name}-111122223333.eu-central-1.docdb-elastic.amazonaws.com",
        "createTime": "2026-01-05T09:00:00.000Z",
        "kmsKeyId": "AWS_OWNED_KMS_KEY",
        "preferredBackupWindow": "02:00-02:30",
        "preferredMaintenanceWindow": "Sun:03:00-Sun:03:30",
        "shardCapacity": 2,
        "shardCount": 2,
        "shardInstanceCount": 2,
        "subnetIds": ["subnet-9253c6a3"],
        "vpcSecurityGroupIds": ["sg-65f40350"],
        **more,
    }


def action(name: str, **more: Any) -> dict[str, Any]:
    return {"action": name, "description": f"New {name} is available", **more}


def pending(name: str, *actions: dict[str, Any]) -> dict[str, Any]:
    row = {"resourceArn": arn(name), "pendingMaintenanceActionDetails": [*actions]}
    return {"resourcePendingMaintenanceActions": [row]}


def _cluster(params: dict[str, Any]) -> dict[str, Any]:
    return {"cluster": next(cluster(name) for name in IDS if arn(name) == params["clusterArn"])}


READS: dict[str, Any] = {
    "list_clusters": {"clusters": [listed(name) for name in IDS]},
    "get_cluster": _cluster,
    "list_pending_maintenance_actions": pending(
        "shop",
        action("OS_UPDATE"),
        action("ENGINE_UPDATE", autoAppliedAfterDate="2027-02-01T00:00:00.000Z", forcedApplyDate=FORCED),
    ),
    "list_tags_for_resource": {"tags": {"Environment": "prod"}},
    "list_cluster_snapshots": {"snapshots": []},
}
LATER = ({"list_pending_maintenance_actions": pending("shop", action("ENGINE_UPDATE", optInStatus="NEXT_MAINTENANCE"))},)
