"""What Amazon MQ answers of a small estate: an ActiveMQ pair, a RabbitMQ cluster, and one broker with a version noted already."""

from __future__ import annotations

from typing import Any

from tests.services.talk import HERE


def identity(name: str) -> str:
    return f"b-1234a5b6-78cd-901e-2fgh-{name:0>12.12}"


def broker(name: str, engine: str, version: str, **more: Any) -> dict[str, Any]:
    """As DescribeBroker tells it."""
    return {
        "BrokerArn": HERE.arn("mq", f"broker:{name}:{identity(name)}"),
        "BrokerId": identity(name),
        "BrokerName": name,
        "BrokerState": "RUNNING",
        "DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ" if engine == "ACTIVEMQ" else "CLUSTER_MULTI_AZ",
        "EngineType": engine,
        "EngineVersion": version,
        "HostInstanceType": "mq.m5.large",
        "AutoMinorVersionUpgrade": True,
        "MaintenanceWindowStartTime": {"DayOfWeek": "SUNDAY", "TimeOfDay": "03:00", "TimeZone": "UTC"},
        "ActionsRequired": [],
        "Configurations": {"Current": {"Id": "c-1234", "Revision": 1}, "History": []},
        "Tags": {"Environment": "prod"},
        **more,
    }


BROKERS = [
    broker("orders", "ACTIVEMQ", "5.17.6"),
    broker("events", "RABBITMQ", "3.12.13"),
    broker("edge", "RABBITMQ", "3.13"),
    broker("noted", "ACTIVEMQ", "5.18", PendingEngineVersion="5.19", DeploymentMode="SINGLE_INSTANCE"),
]
LISTED = ("BrokerArn", "BrokerId", "BrokerName", "BrokerState", "DeploymentMode", "EngineType", "HostInstanceType")


def _described(params: dict[str, Any]) -> dict[str, Any]:
    (row,) = (row for row in BROKERS if row["BrokerId"] == params["BrokerId"])
    return row


READS: dict[str, Any] = {
    "list_brokers": {"BrokerSummaries": [{key: row[key] for key in LISTED} for row in BROKERS]},
    "describe_broker": _described,
    "describe_broker_engine_types": {
        "BrokerEngineTypes": [
            {"EngineType": "ACTIVEMQ", "EngineVersions": [{"Name": "5.19"}, {"Name": "5.18"}, {"Name": "5.17.6"}]},
            {"EngineType": "RABBITMQ", "EngineVersions": [{"Name": "4.2"}, {"Name": "3.13"}, {"Name": "3.12.13"}]},
        ]
    },
}


def _noted(params: dict[str, Any]) -> dict[str, Any]:
    newer = {"5.17.6": "5.19", "3.12.13": "3.13", "3.13": "4.2"}
    row = _described(params)
    return {**row, "PendingEngineVersion": newer.get(row["EngineVersion"], "")}


LATER: tuple[dict[str, Any], ...] = ({"describe_broker": _noted},)
