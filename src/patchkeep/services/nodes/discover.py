"""Discovery of nodes: five kinds of reads, joined by instance id. One refused read costs its facts, not the nodes.

- ec2:DescribeInstances, ssm:DescribeInstanceInformation (50 a page): which machines there are, and which are managed
- ssm:DescribeInstancePatchStates (50 ids a call): the last scan's counts of each managed node
- ssm:DescribeInstancePatches: what is open, asked only for nodes whose counts say that something is
- ssm:GetInventory with AWS:Application (50 nodes a page): what is installed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from patchkeep.domain.asset import Asset, Found, Inventory, Scan, Update
from patchkeep.domain.call import Call, Dialogue, Gap, Refused, Target
from patchkeep.services.nodes.digest import asset_of, inventory_of, scan_of, update_of
from patchkeep.services.nodes.obstacles import obstacles_of

LIVING = ("pending", "running", "stopping", "stopped")
OPEN_STATES = ("Missing", "Failed", "InstalledPendingReboot", "InstalledRejected", "AvailableSecurityUpdate")
CHUNK = 50  # DescribeInstancePatchStates.InstanceIds max (botocore)

INSTANCES = Call.of("ec2", "describe_instances", Filters=[{"Name": "instance-state-name", "Values": LIVING}])
MANAGED = Call.of("ssm", "describe_instance_information", MaxResults=50)
APPLICATIONS = Call.of("ssm", "get_inventory", ResultAttributes=[{"TypeName": "AWS:Application"}], MaxResults=50)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What one kind of read brought: values by node id, ids whose read was refused, and the refusals."""

    values: Mapping[str, Any]
    refused: Mapping[str, str]
    gaps: tuple[Gap, ...] = ()


def discover(target: Target) -> Dialogue[Found]:
    """All nodes of one account and region, as assets; refused reads come back as gaps and leave their facts None."""
    instances, managed = yield (INSTANCES, MANAGED)
    if isinstance(instances, Refused) and isinstance(managed, Refused):
        raise managed
    gaps = tuple(answer.gap for answer in (instances, managed) if isinstance(answer, Refused))
    seen = _instances(instances)
    informed = _informed(managed)
    scans = yield from _scans(sorted(informed))
    updates = yield from _updates(scans.values)
    inventories = yield from _inventories()
    doubt = f"not known to be managed: {managed.gap.reason}" if isinstance(managed, Refused) else ""
    assets = []
    for node in sorted({*seen, *informed}):
        asset = asset_of(target, node, seen.get(node), informed.get(node))
        asset = _with_facts(asset, (scans, updates, inventories), doubt)
        assets.append(replace(asset, obstacles=obstacles_of(asset, seen.get(node), informed.get(node), managed_known=not doubt)))
    return Found(tuple(assets), (*gaps, *_placed((scans, updates, inventories), assets)))


def _instances(answer: Any) -> dict[str, Mapping[str, Any]]:
    if isinstance(answer, Refused):
        return {}
    return {instance["InstanceId"]: instance for reservation in answer["Reservations"] for instance in reservation["Instances"]}


def _informed(answer: Any) -> dict[str, Mapping[str, Any]]:
    return {} if isinstance(answer, Refused) else {row["InstanceId"]: row for row in answer["InstanceInformationList"]}


def _scans(nodes: list[str]) -> Dialogue[_Facts]:
    chunks = [nodes[start : start + CHUNK] for start in range(0, len(nodes), CHUNK)]
    answers = yield tuple(Call.of("ssm", "describe_instance_patch_states", InstanceIds=chunk, MaxResults=100) for chunk in chunks)
    values: dict[str, Scan] = {}
    refused: dict[str, str] = {}
    for chunk, answer in zip(chunks, answers, strict=True):
        if isinstance(answer, Refused):
            refused.update(dict.fromkeys(chunk, answer.gap.reason))
        else:
            values.update({row["InstanceId"]: scan_of(row) for row in answer["InstancePatchStates"]})
    return _Facts(values, refused, _gaps(answers))


def _updates(scans: Mapping[str, Scan]) -> Dialogue[_Facts]:
    asked = sorted(node for node, scan in scans.items() if scan.counts.open or scan.counts.delayed)
    wanted = [{"Key": "State", "Values": OPEN_STATES}]
    answers = yield tuple(Call.of("ssm", "describe_instance_patches", InstanceId=node, Filters=wanted, MaxResults=100) for node in asked)
    values: dict[str, tuple[Update, ...]] = {node: () for node in scans if node not in asked}
    refused: dict[str, str] = {}
    for node, answer in zip(asked, answers, strict=True):
        if isinstance(answer, Refused):
            refused[node] = answer.gap.reason
        else:
            values[node] = tuple(sorted((update_of(row) for row in answer["Patches"]), key=lambda update: update.key))
    return _Facts(values, refused, _gaps(answers))


def _inventories() -> Dialogue[_Facts]:
    """A node without collected inventory has none here: not an empty one."""
    (answer,) = yield (APPLICATIONS,)
    if isinstance(answer, Refused):
        return _Facts({}, {}, (answer.gap,))
    found = {entity["Id"]: inventory_of(entity) for entity in answer["Entities"]}
    values: dict[str, Inventory] = {node: inventory for node, inventory in found.items() if inventory is not None}
    return _Facts(values, {})


def _gaps(answers: Iterable[Any]) -> tuple[Gap, ...]:
    return tuple(answer.gap for answer in answers if isinstance(answer, Refused))


def _with_facts(asset: Asset, facts: tuple[_Facts, _Facts, _Facts], doubt: str) -> Asset:
    scans, updates, inventories = facts
    node = asset.resource
    unread = [doubt] if doubt else []
    if node in scans.refused:
        unread.append(f"patch state not read: {scans.refused[node]}")
    if node in updates.refused:
        unread.append(f"patches not read: {updates.refused[node]}")
    return replace(
        asset,
        scan=scans.values.get(node),
        updates=updates.values.get(node),
        inventory=inventories.values.get(node),
        unread=tuple(unread),
    )


def _placed(facts: tuple[_Facts, ...], assets: Iterable[Asset]) -> tuple[Gap, ...]:
    """The gaps of node facts, each with the assets it is about; refusals of one operation become one gap."""
    ids = {asset.resource: asset.id for asset in assets}
    merged: dict[tuple[str, str], Gap] = {}
    for fact in facts:
        about = tuple(sorted(ids[node] for node in fact.refused)) if fact.refused else tuple(sorted(ids.values()))
        for gap in fact.gaps:
            merged.setdefault((gap.operation, gap.code), replace(gap, assets=about))
    return tuple(merged.values())
