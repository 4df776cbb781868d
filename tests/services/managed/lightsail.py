"""What Lightsail answers of two databases, and of two instances: one that an agent manages, and one that nobody looks into."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE

MADE = datetime(2022, 3, 4, tzinfo=UTC)
APPLIED = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)


def arn(sort: str, name: str) -> str:
    return HERE.arn("lightsail", f"{sort}/8529020c-{name}")


def database(name: str, blueprint: str = "mysql_8_0", version: str = "8.0.40", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "arn": arn("RelationalDatabase", name),
        "createdAt": MADE,
        "tags": [{"key": "Environment", "value": "prod"}, {"key": "bare"}],
        "relationalDatabaseBlueprintId": blueprint,
        "hardware": {"cpuCount": 1, "diskSizeInGb": 40, "ramSizeInGb": 1.0},
        "state": "available",
        "pendingModifiedValues": {},
        "engine": blueprint.partition("_")[0],
        "engineVersion": version,
        "preferredMaintenanceWindow": "tue:12:18-tue:12:48",
        "pendingMaintenanceActions": [],
        **more,
    }


def instance(name: str, blueprint: str = "ubuntu_20_04", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "arn": arn("Instance", name),
        "createdAt": MADE,
        "tags": [],
        "blueprintId": blueprint,
        "blueprintName": "Ubuntu",
        "privateIpAddress": "172.26.1.7",
        "state": {"code": 16, "name": "running"},
        **more,
    }


def blueprint(identity: str, version: str) -> dict[str, Any]:
    """botocore's model names one engine only, mysql; of others the blueprint's id tells."""
    named = {"engine": "mysql"} if identity.startswith("mysql") else {}
    return {"blueprintId": identity, **named, "engineVersion": version, "isEngineDefault": False}


PENDING = {"action": "system-update", "description": "New patch", "currentApplyDate": APPLIED}
NODE = {
    "InstanceId": "mi-0123456789abcdef0",
    "ResourceType": "ManagedInstance",
    "IPAddress": "172.26.1.9",
    "Name": "shop-cron",
    "ComputerName": "cron",
    "PingStatus": "Online",
}
READS: dict[str, Any] = {
    "get_relational_databases": {
        "relationalDatabases": [
            database("shop", pendingMaintenanceActions=[PENDING]),
            database("archive", "postgres_12", "12.22"),
        ]
    },
    "get_instances": {"instances": [instance("shop-blog"), instance("shop-cron", privateIpAddress="172.26.1.9")]},
    "get_relational_database_blueprints": {
        "blueprints": [
            blueprint("mysql_8_0", "8.0.43"),
            blueprint("mysql_8_4", "8.4.6"),
            blueprint("postgres_15", "15.14"),
            blueprint("postgres_17", "17.6"),
        ]
    },
    "get_blueprints": {"blueprints": [{"blueprintId": "ubuntu_20_04", "name": "Ubuntu", "group": "ubuntu_20", "isActive": False}]},
    "describe_instance_information": {"InstanceInformationList": [NODE]},
    "get_relational_database_events": {"relationalDatabaseEvents": []},
    "get_relational_database_snapshots": {"relationalDatabaseSnapshots": []},
}
