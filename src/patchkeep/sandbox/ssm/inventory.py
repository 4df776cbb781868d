"""Reading and writing inventory: GetInventory, ListInventoryEntries, PutInventory, GetInventorySchema.

A filter names a type and one of its attributes ("AWS:InstanceInformation.InstanceId"). Aggregators are not emulated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.inventory_store import APPLICATION, INSTANCE, Entry, instance_row, inventory_of, stamp
from patchkeep.sandbox.ssm.listing import listing, without_none
from patchkeep.sandbox.ssm.select import known, managed

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Node

_TYPES = {
    APPLICATION: ("1.1", "Name Version Release Epoch Architecture Publisher Summary InstalledTime ApplicationType PackageId URL"),
    INSTANCE: (
        "1.0",
        "AgentType AgentVersion ComputerName IpAddress PlatformName PlatformType PlatformVersion ResourceType InstanceId InstanceStatus",
    ),
}
_COMPARES: dict[str, Callable[[str, Sequence[str]], bool]] = {
    "Equal": lambda present, values: present in values,
    "NotEqual": lambda present, values: present not in values,
    "BeginWith": lambda present, values: present.startswith(tuple(values)),
    "LessThan": lambda present, values: present < values[0],
    "GreaterThan": lambda present, values: present > values[0],
    "Exists": lambda present, _: bool(present),
}
_SIZE = (1, 50, 50)
Filter = Mapping[str, Any]


@operation("ssm", "GetInventory")
def get_inventory(request: Request) -> Answer:
    """Entities are nodes; a node without the type asked for has an entity without it, as has one without any inventory.

    AWS:InstanceInformation is SSM's own knowledge and is there for every managed node, whatever was collected.
    """
    if request.params.get("Aggregators"):
        raise AwsError("EmulatorNotImplemented", "Aggregators of inventory are not emulated.")
    wanted = [one["TypeName"] for one in request.params.get("ResultAttributes") or ()] or [INSTANCE]
    filters = request.params.get("Filters") or ()
    nodes = [node for node in managed(request.site) if all(_passes(request, node, one) for one in filters)]
    rows = [{"Id": node.id, "Data": {name: _result(entry) for name in wanted if (entry := _entry(request, node, name))}} for node in nodes]
    return listing(request, "Entities", rows, size=_SIZE)


def _result(entry: Entry) -> Answer:
    return {"TypeName": entry.type, "SchemaVersion": entry.schema, "CaptureTime": stamp(entry.captured), "Content": entry.rows()}


def _entry(request: Request, node: Node, name: str) -> Entry | None:
    if name == INSTANCE:
        return Entry(INSTANCE, "1.0", request.now, [instance_row(request.site, node)])
    return inventory_of(request.site, node.id, request.now).get(name)


def _passes(request: Request, node: Node, one: Filter) -> bool:
    name, _, attribute = one["Key"].rpartition(".")
    if not name.startswith(("AWS:", "Custom:")):
        raise AwsError("InvalidFilter", f"The filter key '{one['Key']}' is not TYPE.ATTRIBUTE.")
    compare = _COMPARES[one.get("Type") or "Equal"]
    entry = _entry(request, node, name)
    return any(compare(row.get(attribute, ""), one["Values"]) for row in (entry.rows() if entry else ()))


@operation("ssm", "ListInventoryEntries")
def list_inventory_entries(request: Request) -> Answer:
    node, name = known(request.site, request.params["InstanceId"]), request.params["TypeName"]
    entry = _entry(request, node, name)
    filters = request.params.get("Filters") or ()
    rows = [row for row in (entry.rows() if entry else ()) if all(_row_passes(row, one) for one in filters)]
    shown = listing(request, "Entries", rows, size=_SIZE)
    captured = stamp(entry.captured) if entry else None
    return without_none(TypeName=name, InstanceId=node.id, SchemaVersion=entry.schema if entry else None, CaptureTime=captured, **shown)


def _row_passes(row: Mapping[str, str], one: Filter) -> bool:
    attribute = one["Key"].rpartition(".")[2]
    return _COMPARES[one.get("Type") or "Equal"](row.get(attribute, ""), one["Values"])


@operation("ssm", "PutInventory")
def put_inventory(request: Request) -> Answer:
    """Replace the given types of a node."""
    node = known(request.site, request.params["InstanceId"])
    entries = inventory_of(request.site, node.id, request.now)
    for item in request.params["Items"]:
        captured = datetime.fromisoformat(item["CaptureTime"])
        content = [dict(row) for row in item.get("Content") or ()]
        entries[item["TypeName"]] = Entry(item["TypeName"], item["SchemaVersion"], captured, content)
    request.site.kept["ssm.inventory"][node.id] = entries
    return {"Message": "Inventory was successfully put."}


@operation("ssm", "GetInventorySchema")
def get_inventory_schema(request: Request) -> Answer:
    asked = request.params.get("TypeName") or ""
    rows = [
        {"TypeName": name, "Version": version, "Attributes": [{"Name": one, "DataType": "STRING"} for one in attributes.split()]}
        for name, (version, attributes) in _TYPES.items()
        if name.startswith(asked)
    ]
    return listing(request, "Schemas", rows, size=(50, 200, 50))
