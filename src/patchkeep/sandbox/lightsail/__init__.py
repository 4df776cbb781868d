"""Lightsail, emulated: databases that AWS maintains in their window, and instances that nobody patches.

Facts are those of the Lightsail user guide and API reference, named where they are used. Only some regions have Lightsail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from patchkeep.sandbox.lightsail.plant import (
    DATABASE_SETTINGS,
    DATABASE_TRAITS,
    INSTANCE_SETTINGS,
    plant_database,
    plant_instance,
)
from patchkeep.sandbox.lightsail.state import Database, Snapshot
from patchkeep.sandbox.managed.resource import Resource, kept
from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.operation import Request

NAMED: Mapping[str, tuple[type[Resource], str]] = {
    "relationalDatabaseName": (Database, "RelationalDatabase"),
    "relationalDatabaseSnapshotName": (Snapshot, "RelationalDatabaseSnapshot"),
}


def arns(_operation: str, request: Request) -> Iterator[str]:
    """Of each thing that a request names; of what is not there yet, any of its kind."""
    for parameter, (sort, kind) in NAMED.items():
        if name := request.params.get(parameter):
            there = kept(request.site, sort).get(name)
            yield there.arn if there else f"arn:aws:lightsail:{request.region}:{request.account}:{kind}/*"


SERVICE = Managed(
    "lightsail",
    kinds={
        "lightsail-database": Kind(plant_database, DATABASE_TRAITS, DATABASE_SETTINGS),
        "lightsail-instance": Kind(plant_instance, frozenset(), INSTANCE_SETTINGS),
    },
    arns=arns,
    tagging="TagResource",
)
