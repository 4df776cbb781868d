"""Discovery of Lightsail's databases and instances, where a region has Lightsail.

- lightsail:GetRelationalDatabases, lightsail:GetInstances: which there are
- lightsail:GetRelationalDatabaseBlueprints, lightsail:GetBlueprints: which versions there are by now
- ssm:DescribeInstanceInformation: which instances an agent manages as hybrid nodes
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Asset, Found
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.services import _told
from patchkeep.services._answers import granted
from patchkeep.services._automation import BACKUPS, present
from patchkeep.services._instances import MANAGED
from patchkeep.services.lightsail.digest import Row, database, instance

DATABASES = Call.of("lightsail", "get_relational_databases")
INSTANCES = Call.of("lightsail", "get_instances")
VERSIONS = Call.of("lightsail", "get_relational_database_blueprints")
BLUEPRINTS = Call.of("lightsail", "get_blueprints", includeInactive=True)


def discover(target: Target) -> Dialogue[Found]:
    """All of one account and region; what was refused about them leaves those facts unread."""
    told = granted((yield (DATABASES, INSTANCES)))
    rows, machines = told[0]["relationalDatabases"], told[1]["instances"]
    databases: tuple[Asset, ...] = ()
    instances: tuple[Asset, ...] = ()
    answers: list[Any] = []
    if rows:
        versions = yield from _asked(VERSIONS)
        answers.append(versions)
        doubts = _told.unread(versions=versions)
        made = (database(target, row, _told.rows(versions, "blueprints")) for row in rows)
        databases = tuple(replace(one, updates=None, unread=doubts) if doubts else one for one in made)
    if machines:
        blueprints, managed = yield (BLUEPRINTS, MANAGED)
        answers += [blueprints, managed]
        instances = tuple(_instances(target, machines, blueprints, managed))
    kept = (row.get("preferredBackupWindow", "") for row in rows)
    fields = ({"preferredMaintenanceWindow": one.window, BACKUPS: when} for one, when in zip(databases, kept, strict=True))
    objects = (present("lightsail", one, its) for one, its in zip(databases, fields, strict=True))
    gaps = (*_told.gaps_about(databases, answers[:1] if rows else ()), *_told.gaps_about(instances, answers[1 if rows else 0 :]))
    return Found((*databases, *instances), gaps, tuple(objects))


def _asked(call: Call) -> Dialogue[Any]:
    """The answer, or the refusal in its place."""
    (answer,) = yield (call,)
    return answer


def _instances(target: Target, rows: Iterable[Row], blueprints: Any, managed: Any) -> Iterable[Asset]:
    by_id = {row["blueprintId"]: row for row in _told.rows(blueprints, "blueprints")}
    nodes = _told.rows(managed, "InstanceInformationList")
    for row in rows:
        asset = instance(target, row, by_id.get(row.get("blueprintId", "")), _node_of(row, nodes))
        doubts = _told.unread(managed_nodes=managed)
        yield replace(asset, unread=doubts, obstacles=()) if isinstance(managed, Refused) else asset


def _node_of(row: Row, nodes: Iterable[Mapping[str, Any]]) -> str:
    """The hybrid node with its address and its name: that of the activation, or the host name that AWS gives by the address.

    The address alone would not do: those of other networks may be the same.
    """
    address = row.get("privateIpAddress", "")
    host = f"ip-{address.replace('.', '-')}"
    for node in nodes:
        hybrid = node.get("ResourceType") == "ManagedInstance" and bool(address) and node.get("IPAddress") == address
        if hybrid and (node.get("Name") == row["name"] or str(node.get("ComputerName", "")).split(".")[0] == host):
            return str(node["InstanceId"])
    return ""
