"""Databases, snapshots, instances and blueprints as the Get operations show them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.lightsail.state import Database, Instance, Snapshot, blueprint_of, database, newest_of
from patchkeep.sandbox.managed.engines import engines
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

PAGE = 100
LISTED = frozenset({"mysql"})  # what the model lets a blueprint's engine be; AWS's own example shows PostgreSQL, too
PORTS = {"mysql": 3306, "postgres": 5432}
RECENT = 60  # minutes


def _paged(request: Request, key: str, rows: list[dict[str, Any]]) -> Answer:
    try:
        cut, more = page(rows, {"NextToken": request.params.get("pageToken")}, most=PAGE)
    except AwsError as error:
        raise AwsError("InvalidInputException", "The pageToken is not valid.") from error
    return {key: cut, **({"nextPageToken": more["NextToken"]} if more else {})}


def _place(request: Request) -> dict[str, str]:
    return {"availabilityZone": f"{request.region}a", "regionName": request.region}


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


@operation("lightsail", "GetRelationalDatabases")
def get_relational_databases(request: Request) -> Answer:
    return _paged(request, "relationalDatabases", [_shown(request, one) for one in kept(request.site, Database).values()])


def _shown(request: Request, one: Database) -> dict[str, Any]:
    actions = [
        {
            "action": offer.action,
            "description": offer.description,
            **({"currentApplyDate": date} if (date := offer.applied_at(one.window, request.now)) else {}),
        }
        for offer in one.offers.values()
    ]
    return {
        "name": one.name,
        "arn": one.arn,
        "supportCode": f"6EXAMPLE3362/ls-{one.name}",
        "createdAt": one.made,
        "location": _place(request),
        "resourceType": "RelationalDatabase",
        "tags": _tags(one.tags),
        "relationalDatabaseBlueprintId": one.blueprint,
        "relationalDatabaseBundleId": "micro_2_0",
        "masterDatabaseName": "dbmaster",
        "hardware": {"cpuCount": 1, "diskSizeInGb": one.storage, "ramSizeInGb": 1.0},
        "state": one.status,
        "backupRetentionEnabled": True,
        "pendingModifiedValues": {"engineVersion": one.pending} if one.pending else {},
        "engine": one.engine,
        "engineVersion": one.version,
        "latestRestorableTime": request.now - timedelta(minutes=5),
        "masterUsername": "dbmasteruser",
        "parameterApplyStatus": "in-sync",
        "preferredBackupWindow": "06:19-06:49",
        "preferredMaintenanceWindow": str(one.window),
        "publiclyAccessible": False,
        "masterEndpoint": {"port": PORTS[one.engine], "address": f"ls-{one.name}.{request.region}.rds.amazonaws.com"},
        "pendingMaintenanceActions": actions,
    }


@operation("lightsail", "GetRelationalDatabaseBlueprints")
def get_relational_database_blueprints(request: Request) -> Answer:
    """One for each line, with the newest version of it."""
    rows = []
    for engine in engines("lightsail").values():
        lines = [(line, newest_of(engine, line.number, request.now)) for line in engine.majors]
        there = [(line, version) for line, version in lines if version is not None]
        rows += [
            {
                "blueprintId": blueprint_of(engine.name, line.number),
                **({"engine": engine.name} if engine.name in LISTED else {}),
                "engineVersion": version.number,
                "engineDescription": engine.title,
                "engineVersionDescription": f"{engine.title.split()[0]} {version.number}",
                "isEngineDefault": line is there[-1][0],
            }
            for line, version in there
        ]
    return _paged(request, "blueprints", rows)


@operation("lightsail", "GetRelationalDatabaseEvents")
def get_relational_database_events(request: Request) -> Answer:
    """Of the last hour, or of as many minutes as are asked for; oldest first."""
    one = database(request)
    since = request.now - timedelta(minutes=request.params.get("durationInMinutes") or RECENT)
    rows = [
        {"resource": one.name, "createdAt": event.at, "message": event.message, "eventCategories": list(event.categories)}
        for event in one.events
        if event.at >= since
    ]
    return _paged(request, "relationalDatabaseEvents", rows)


@operation("lightsail", "GetRelationalDatabaseSnapshots")
def get_relational_database_snapshots(request: Request) -> Answer:
    rows = [
        {
            "name": one.name,
            "arn": one.arn,
            "supportCode": f"6EXAMPLE3362/ls-{one.name}",
            "createdAt": one.made,
            "location": {"availabilityZone": "all", "regionName": request.region},
            "resourceType": "RelationalDatabaseSnapshot",
            "tags": _tags(one.tags),
            "engine": one.engine,
            "engineVersion": one.version,
            "sizeInGb": one.storage,
            "state": one.status,
            "fromRelationalDatabaseName": one.of.name,
            "fromRelationalDatabaseArn": one.of.arn,
            "fromRelationalDatabaseBundleId": "micro_2_0",
            "fromRelationalDatabaseBlueprintId": one.of.blueprint,
        }
        for one in kept(request.site, Snapshot).values()
    ]
    return _paged(request, "relationalDatabaseSnapshots", rows)


# --- instances ------------------------------------------------------------------------------------------------------


@operation("lightsail", "GetInstances")
def get_instances(request: Request) -> Answer:
    return _paged(request, "instances", [_instance(request, one) for one in kept(request.site, Instance).values()])


def _instance(request: Request, one: Instance) -> dict[str, Any]:
    disk = {"createdAt": one.made, "sizeInGb": 40, "isSystemDisk": True, "iops": 120, "path": "/dev/sda1", "attachedTo": one.name}
    return {
        "name": one.name,
        "arn": one.arn,
        "supportCode": f"6EXAMPLE3362/{one.name}",
        "createdAt": one.made,
        "location": _place(request),
        "resourceType": "Instance",
        "tags": _tags(one.tags),
        "blueprintId": one.blueprint,
        "blueprintName": one.title,
        "bundleId": "small_3_0",
        "isStaticIp": False,
        "privateIpAddress": one.address,
        "publicIpAddress": "192.0.2.7",
        "hardware": {"cpuCount": 2, "disks": [{**disk, "attachmentState": "attached"}], "ramSizeInGb": 2.0},
        "networking": {"monthlyTransfer": {"gbPerMonthAllocated": 3072}, "ports": []},
        "state": {"code": 16 if one.power == "running" else 80, "name": one.power},
        "username": "ubuntu",
        "sshKeyName": "LightsailDefaultKeyPair",
    }


@operation("lightsail", "GetBlueprints")
def get_blueprints(request: Request) -> Answer:
    """Blueprints of the instances that there are; outdated ones only when they are asked for."""
    everything = {one.blueprint: one for one in kept(request.site, Instance).values()}
    rows = [
        {
            "blueprintId": identity,
            "name": one.title,
            "group": identity.rpartition("_")[0] or identity,
            "type": "os",
            "description": f"{one.title}, as its maker gives it out.",
            "isActive": one.active,
            "minPower": 0,
            "version": one.title.split()[1] if " " in one.title else "1",
            "versionCode": "1",
            "productUrl": "https://aws.amazon.com/marketplace/",
            "licenseUrl": "https://aws.amazon.com/marketplace/",
            "platform": "LINUX_UNIX",
        }
        for identity, one in everything.items()
        if one.active or request.params.get("includeInactive")
    ]
    return _paged(request, "blueprints", rows)
