"""What RDS answers of a small estate: an instance with a replica, and an Aurora cluster with a reader, each with something on offer; and a
cluster that is a member of a global database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE

FORCED = datetime(2026, 10, 1, tzinfo=UTC)


def arn(sort: str, name: str) -> str:
    return HERE.arn("rds", f"{sort}:{name}")


def instance(name: str, **more: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": arn("db", name),
        "DBInstanceStatus": "available",
        "Engine": "postgres",
        "EngineVersion": "15.10",
        "AllocatedStorage": 100,
        "PreferredMaintenanceWindow": "sun:03:00-sun:03:30",
        "AutoMinorVersionUpgrade": False,
        "MultiAZ": True,
        "PendingModifiedValues": {},
        "ReadReplicaDBInstanceIdentifiers": [],
        "TagList": [{"Key": "Environment", "Value": "prod"}],
        **more,
    }


def cluster(name: str, **more: Any) -> dict[str, Any]:
    return {
        "DBClusterIdentifier": name,
        "DBClusterArn": arn("cluster", name),
        "Status": "available",
        "Engine": "aurora-postgresql",
        "EngineVersion": "15.10",
        "PreferredMaintenanceWindow": "sun:04:00-sun:04:30",
        "AutoMinorVersionUpgrade": True,
        "DBClusterMembers": [
            {"DBInstanceIdentifier": f"{name}-1", "IsClusterWriter": True},
            {"DBInstanceIdentifier": f"{name}-2", "IsClusterWriter": False},
        ],
        "TagList": [],
        **more,
    }


def member(name: str) -> dict[str, Any]:
    owned = {"Engine": "aurora-postgresql", "DBClusterIdentifier": name.rpartition("-")[0], "MultiAZ": False}
    return instance(name, **owned)


def pending(resource: str, action: str, **more: Any) -> dict[str, Any]:
    detail = {"Action": action, "Description": f"New {action} is available", "ForcedApplyDate": FORCED, **more}
    return {"ResourceIdentifier": resource, "PendingMaintenanceActionDetails": [detail]}


INSTANCES = [
    instance("orders", ReadReplicaDBInstanceIdentifiers=["orders-copy"]),
    instance("orders-copy", ReadReplicaSourceDBInstanceIdentifier="orders", MultiAZ=False),
    member("ledger-1"),
    member("ledger-2"),
]
CLUSTERS = [cluster("ledger"), cluster("payments", DBClusterMembers=[], GlobalClusterIdentifier="payments-world")]
PENDING = [
    pending(arn("db", "orders"), "os-upgrade"),
    pending(arn("db", "ledger-1"), "system-update"),
    pending(arn("db", "ledger-2"), "system-update"),
]


def _filtered(rows: list[dict[str, Any]], key: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    names = [value for one in params.get("Filters", ()) for value in one["Values"]]
    return [row for row in rows if not names or row[key] in names]


def _versions(params: dict[str, Any]) -> dict[str, Any]:
    targets = [
        {"Engine": params["Engine"], "EngineVersion": "15.12", "AutoUpgrade": True, "IsMajorVersionUpgrade": False},
        {"Engine": params["Engine"], "EngineVersion": "16.8", "AutoUpgrade": False, "IsMajorVersionUpgrade": True},
    ]
    return {"DBEngineVersions": [{**params, "ValidUpgradeTarget": targets}]}


def _life(engine: str) -> dict[str, Any]:
    ends = [("open-source-rds-standard-support", 2028), ("open-source-rds-extended-support", 2031)]
    cycles = [
        {
            "LifecycleSupportName": name,
            "LifecycleSupportStartDate": datetime(2023, 3, 1, tzinfo=UTC),
            "LifecycleSupportEndDate": datetime(year, 2, 29 if year == 2028 else 28, tzinfo=UTC),
        }
        for name, year in ends
    ]
    return {"Engine": engine, "MajorEngineVersion": "15", "SupportedEngineLifecycles": cycles}


def _pending(params: dict[str, Any]) -> dict[str, Any]:
    asked = params.get("ResourceIdentifier")
    return {"PendingMaintenanceActions": [row for row in PENDING if asked in {None, row["ResourceIdentifier"]}]}


READS: dict[str, Any] = {
    "describe_db_instances": lambda params: {"DBInstances": _filtered(INSTANCES, "DBInstanceIdentifier", params)},
    "describe_db_clusters": lambda params: {"DBClusters": _filtered(CLUSTERS, "DBClusterIdentifier", params)},
    "describe_pending_maintenance_actions": _pending,
    "describe_db_engine_versions": _versions,
    "describe_db_major_engine_versions": {"DBMajorEngineVersions": [_life("postgres"), _life("aurora-postgresql")]},
    "describe_db_snapshots": {"DBSnapshots": []},
    "describe_db_cluster_snapshots": {"DBClusterSnapshots": []},
    "describe_blue_green_deployments": {"BlueGreenDeployments": []},
}
_GREEN = {
    "BlueGreenDeploymentIdentifier": "bgd-0123456789abcdef",
    "BlueGreenDeploymentName": "orders-green",
    "Source": arn("db", "orders"),
    "Status": "AVAILABLE",
}
LATER: tuple[dict[str, Any], ...] = ({"describe_blue_green_deployments": {"BlueGreenDeployments": [_GREEN]}},)
