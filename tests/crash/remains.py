"""Reads what is left when all is over: from the store's tables, and in the sandbox's own process from its world."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from patchkeep.domain.asset import Asset
from patchkeep.domain.ledger import Entry
from patchkeep.doors.store import from_json, open_store
from patchkeep.doors.store.tables import ledger
from patchkeep.sandbox.aftermath import Aftermath
from patchkeep.sandbox.identity import admin_arn
from patchkeep.sandbox.managed.resource import Resource, everything
from patchkeep.sandbox.operation import OPERATIONS, Request
from patchkeep.sandbox.world import CallRecord, Site
from tests.crash.processes import Seat, Trap
from tests.crash.resources import PASSING as MARKS
from tests.crash.resources import said
from tests.crash.stages import DATABASE

PASSING = re.compile(r"Date$|Time$|^Overview$|^Status$|^RequestId$")
GIVEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # ids that AWS gives, another at each making
Row = Mapping[str, Any]


def remains(seat: Seat) -> Aftermath:
    """All that is left; the store must open."""
    objects, nodes, commands, writes = seat.sandbox.ask(aws)
    with open_store(seat.variables[DATABASE]) as store:
        with store.database.reading() as connection:
            bodies = connection.scalars(sa.select(ledger.c.body).order_by(ledger.c.seq)).all()
        seen = store.snapshots.latest()
        looks = store.snapshots.verdicts()
        return Aftermath(
            tuple(from_json(Entry, body.encode()) for body in bodies),
            store.ledger.verify(),
            store.rollouts.all()[::-1],
            commands,
            objects,
            nodes,
            {
                "assets": str(sorted(_seen(asset) for asset in seen.assets)) if seen else "",
                "verdicts": str(sorted((name, one.status, one.reasons) for name, one in looks[-1].verdicts.items())) if looks else "",
                "exposures": str(sorted((one.asset, one.update, one.resolved_at is None) for one in store.snapshots.exposures())),
            },
            writes,
        )


def _seen(asset: Asset) -> tuple[str, ...]:
    """What a look holds of an asset, but for its times: a few virtual seconds more pass where two processes wait for a rate."""
    scan, inventory = asset.scan, asset.inventory
    scanned = (scan.operation, scan.baseline_id, scan.counts, scan.patch_group) if scan else ()
    packages = inventory.packages.digest.hex() if inventory else ""
    told = scanned, asset.updates, packages, asset.tags, asset.unread, [one.cause for one in asset.obstacles]
    return asset.id, *map(str, told)


def aws(trap: Trap) -> tuple[list[tuple[str, str]], dict[str, Any], list[dict[str, Any]], list[str]]:
    """In the sandbox's process: objects by place, kind and name, machines, commands sent, and all else that was written."""
    world = trap.world
    ids: dict[str, str] = {}
    rows = [(site, kind, name, row) for site in world.sites.values() for kind, name, row in _objects(trap, site, ids)]
    objects = [(f"{site.account}/{site.region} {kind} {name}", _settled(row, ids)) for site, kind, name, row in rows]
    nodes = {node.id: _machine(node) for site in world.sites.values() for node in site.nodes.values()}
    resources = [one for site in world.sites.values() for one in everything(site)]
    objects += [(GIVEN.sub("<id>", MARKS.sub("<mark>", f"resource {one.arn}")), _resource(one)) for one in resources]
    sent = [call.params for call in world.log if call.operation == "SendCommand" and not call.error]
    written = [call for call in world.log if not call.error and not _reads(call)]
    return sorted(objects), nodes, sent, [_named(said(f"{call.account} {call.operation}", call.params), ids) for call in written]


def _reads(call: CallRecord) -> bool:
    """Also a session, and a command, whose marks are looked at on their own."""
    return call.operation.startswith(("Describe", "List", "Get", "BatchGet")) or call.operation in {"AssumeRole", "SendCommand"}


def _resource(one: Resource) -> str:
    return f"{one.status} on {getattr(one, 'version', '')}, tagged {sorted(one.tags)}"


def _machine(node: Any) -> dict[str, Any]:
    packages = sorted(f"{row.name} {row.version}-{row.release}" for row in node.agent.applications())
    return {"tags": sorted(node.tags.items()), "state": node.state, "online": node.online, "packages": packages}


def _objects(trap: Trap, site: Site, ids: dict[str, str]) -> Iterator[tuple[str, str, Row]]:
    def ask(operation: str, **params: object) -> Any:
        return OPERATIONS["ssm", operation](Request(trap.world, site.account, site.region, admin_arn(site.account), params))

    def named(kind: str, name: str, there: str, row: Row) -> tuple[str, str, Row]:
        ids[there] = f"<{kind} {name}>"
        tags = ask("ListTagsForResource", ResourceType=kind, ResourceId=there)["TagList"]
        return kind, name, {**row, "tags": sorted((tag["Key"], tag["Value"]) for tag in tags)}

    for one in ask("DescribePatchBaselines", Filters=[{"Key": "OWNER", "Values": ["Self"]}])["BaselineIdentities"]:
        yield named("PatchBaseline", one["BaselineName"], one["BaselineId"], ask("GetPatchBaseline", BaselineId=one["BaselineId"]))
    for one in ask("ListAssociations")["Associations"]:
        described = ask("DescribeAssociation", AssociationId=one["AssociationId"])["AssociationDescription"]
        yield named("Association", one.get("AssociationName") or one["Name"], one["AssociationId"], described)
    for one in ask("DescribeMaintenanceWindows")["WindowIdentities"]:
        yield named("MaintenanceWindow", one["Name"], one["WindowId"], ask("GetMaintenanceWindow", WindowId=one["WindowId"]))
    for one in ask("ListDocuments", Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]:
        yield named("Document", one["Name"], one["Name"], ask("GetDocument", Name=one["Name"]))


def _settled(row: Row, ids: Mapping[str, str]) -> str:
    """Content without times, and with names where AWS gave ids."""
    return _named(json.dumps(_lasting(row), sort_keys=True, default=str), ids)


def _named(text: str, ids: Mapping[str, str]) -> str:
    for there, name in ids.items():
        text = text.replace(there, name)
    return text


def _lasting(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _lasting(inner) for key, inner in value.items() if not PASSING.search(key)}
        case list() | tuple():
            return [_lasting(inner) for inner in value]
        case _:
            return value
