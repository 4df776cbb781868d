"""What DMS answers of two replication instances: one with maintenance pending and a newer version on offer, one that AWS will force."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE

FORCED = datetime(2027, 3, 1, tzinfo=UTC)


def arn(name: str) -> str:
    return HERE.arn("dms", f"rep:{name.upper()}T3OM7OUB5NM2LCV")


def instance(name: str, **more: Any) -> dict[str, Any]:
    return {
        "ReplicationInstanceIdentifier": name,
        "ReplicationInstanceArn": arn(name),
        "ReplicationInstanceStatus": "available",
        "EngineVersion": "3.5.3",
        "PreferredMaintenanceWindow": "sun:03:00-sun:03:30",
        "AutoMinorVersionUpgrade": False,
        "MultiAZ": True,
        "PendingModifiedValues": {},
        **more,
    }


def version(number: str, *upgrades: str, **more: Any) -> dict[str, Any]:
    return {"Version": number, "Lifecycle": "ACTIVE", "ReleaseStatus": "prod", "AvailableUpgrades": [*upgrades], **more}


def pending(name: str, action: str, **more: Any) -> dict[str, Any]:
    detail = {"Action": action, "Description": f"New {action} is available", "ForcedApplyDate": FORCED, **more}
    return {"ResourceIdentifier": arn(name), "PendingMaintenanceActionDetails": [detail]}


INSTANCES = [instance("movers"), instance("shakers", EngineVersion="3.4.7", MultiAZ=False)]
VERSIONS = [
    version("3.4.7", "3.5.3", "3.5.4", DeprecationDate=datetime(2026, 3, 31, tzinfo=UTC), ForceUpgradeDate=FORCED),
    version("3.5.3", "3.5.4", "3.6.1", "3.6.2", DeprecationDate=FORCED),
    version("3.5.4", "3.6.1"),
    version("3.6.1"),
    version("3.6.2", ReleaseStatus="beta"),
]
PENDING = [pending("movers", "os-upgrade")]


def _instances(params: dict[str, Any]) -> dict[str, Any]:
    wanted = [value for one in params.get("Filters", ()) for value in one["Values"]]
    return {"ReplicationInstances": [row for row in INSTANCES if not wanted or row["ReplicationInstanceArn"] in wanted]}


def _pending(params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("ReplicationInstanceArn")
    return {"PendingMaintenanceActions": [row for row in PENDING if wanted in {None, row["ResourceIdentifier"]}]}


READS: dict[str, Any] = {
    "describe_replication_instances": _instances,
    "describe_pending_maintenance_actions": _pending,
    "describe_engine_versions": {"EngineVersions": VERSIONS},
    "list_tags_for_resource": {"TagList": [{"Key": "Environment", "Value": "prod"}]},
}
LATER = (
    {
        "describe_pending_maintenance_actions": {
            "PendingMaintenanceActions": [pending("movers", "os-upgrade", OptInStatus="next-maintenance")],
        },
    },
)
