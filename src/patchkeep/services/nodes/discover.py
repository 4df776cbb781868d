"""Discovery of nodes: six kinds of reads, joined by instance id. One refused read costs its facts, not the nodes.

- ec2:DescribeInstances, ssm:DescribeInstanceInformation (50 a page): which machines there are, and which are managed
- ssm:DescribeInstancePatchStates (50 ids a call): the last scan's counts of each managed node
- ssm:DescribeInstancePatches: what is open, asked only for nodes whose counts say that something is, or don't say
- ssm:GetInventory with AWS:Application (50 nodes a page): what is installed
- ssm:ListTagsForResource: the tags of each hybrid node; those of instances come with them
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from patchkeep.domain.asset import Asset, Found, Inventory, Obstacle, Scan, Update
from patchkeep.domain.call import Call, Dialogue, Gap, Refused, Target
from patchkeep.domain.frozen import NOTHING
from patchkeep.services._answers import granted
from patchkeep.services._instances import INSTANCES, MANAGED, hybrid_tags
from patchkeep.services._owners import tags_of
from patchkeep.services._patches import counts_all, scan_of, update_of
from patchkeep.services.nodes.digest import asset_of, inventory_of
from patchkeep.services.nodes.obstacles import installs_by_itself, obstacles_of

OPEN_STATES = ("Missing", "Failed", "InstalledPendingReboot", "InstalledRejected", "AvailableSecurityUpdate")
CHUNK = 50  # DescribeInstancePatchStates.InstanceIds max (botocore)

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
        granted((managed, instances))
    seen = _instances(instances)
    informed = _informed(managed, None if isinstance(instances, Refused) else seen)
    scans, uncounted = yield from _scans(sorted(informed))
    updates = yield from _updates(scans.values, uncounted)
    inventories = yield from _inventories()
    tags = yield from _tags(sorted(node for node in informed if node not in seen and node.startswith("mi-")))
    facts = (scans, updates, inventories, tags)
    refused = _Refusals(*(answer.gap.reason if isinstance(answer, Refused) else "" for answer in (instances, managed)))
    assets = []
    for node in sorted({*seen, *informed}):
        rows = seen.get(node), informed.get(node)
        borne = tags_of(rows[0].get("Tags", ())) if rows[0] else tags.values.get(node, NOTHING)
        asset = _with_facts(asset_of(target, node, *rows, borne), facts, refused.doubts(node))
        stood = (*refused.obstacles(node), *obstacles_of(asset, *rows, managed_known=not refused.managed))
        by_itself = installs_by_itself(asset.inventory)
        assets.append(replace(asset, obstacles=(*stood, by_itself) if by_itself else stood))
    # A node whose tags are unread may belong to any environment: that gap is the whole place's, and no setting is planned there.
    return Found(tuple(assets), (*_gaps((instances, managed)), *_once(tags.gaps), *_placed((scans, updates, inventories), assets)))


@dataclass(frozen=True, slots=True)
class _Refusals:
    """What it means for a node that EC2 or Systems Manager didn't list machines: AWS's reasons, "" where it did."""

    instances: str
    managed: str

    def doubts(self, node: str) -> list[str]:
        doubts = [f"not known to be managed: {self.managed}"] if self.managed else []
        return [*doubts, f"tags and owner not read: {self.instances}"] if self.instances and node.startswith("i-") else doubts

    def obstacles(self, node: str) -> tuple[Obstacle, ...]:
        """An instance whose tags are unread may belong to a group or cluster that must be left alone."""
        if not self.instances or not node.startswith("i-"):
            return ()
        why = f"is known from Systems Manager alone, so who owns it is not: {self.instances}"
        fix = "allow ec2:DescribeInstances to the role that looks"
        return (Obstacle("instance not read", why, fix, stops_patching=True, leave_alone=True),)


def _instances(answer: Any) -> dict[str, Mapping[str, Any]]:
    if isinstance(answer, Refused):
        return {}
    return {instance["InstanceId"]: instance for reservation in answer["Reservations"] for instance in reservation["Instances"]}


def _informed(answer: Any, seen: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Managed nodes by id. SSM lists terminated instances for a while: where EC2 told what lives (`seen`), they are left out."""
    rows = [] if isinstance(answer, Refused) else answer["InstanceInformationList"]
    alive = (row for row in rows if seen is None or row["InstanceId"] in seen or not row["InstanceId"].startswith("i-"))
    return {row["InstanceId"]: row for row in alive}


def _scans(nodes: list[str]) -> Dialogue[tuple[_Facts, frozenset[str]]]:
    """The last record of each node, and the nodes for which it leaves out a count: none is not zero."""
    chunks = [nodes[start : start + CHUNK] for start in range(0, len(nodes), CHUNK)]
    answers = yield tuple(Call.of("ssm", "describe_instance_patch_states", InstanceIds=chunk, MaxResults=100) for chunk in chunks)
    values: dict[str, Scan] = {}
    refused: dict[str, str] = {}
    uncounted: set[str] = set()
    for chunk, answer in zip(chunks, answers, strict=True):
        if isinstance(answer, Refused):
            refused.update(dict.fromkeys(chunk, answer.gap.reason))
        else:
            rows = answer["InstancePatchStates"]
            values.update({row["InstanceId"]: scan_of(row) for row in rows})
            uncounted.update(row["InstanceId"] for row in rows if not counts_all(row))
    return _Facts(values, refused, _gaps(answers)), frozenset(uncounted)


def _updates(scans: Mapping[str, Scan], uncounted: Collection[str]) -> Dialogue[_Facts]:
    asked = sorted(node for node, scan in scans.items() if scan.counts.open or scan.counts.delayed or node in uncounted)
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
    """A node without collected inventory has none here: not an empty one.

    Page by page: one of 50 nodes is megabytes, and what is kept of it kilobytes. A refused page leaves all unread, as with other reads.
    """
    values: dict[str, Inventory] = {}
    seen, token = set[str](), ""
    while token not in seen:
        seen.add(token)
        page = None  # let go before the next one comes
        (page,) = yield (APPLICATIONS.page(token),)
        if isinstance(page, Refused):
            return _Facts({}, {}, (page.gap,))
        values.update((entity["Id"], inventory) for entity in page["Entities"] if (inventory := inventory_of(entity)))
        token = page.get("NextToken", "")
        if not token:
            return _Facts(values, {})
    raise ValueError("AWS gave the same page of ssm:GetInventory twice")


def _tags(nodes: list[str]) -> Dialogue[_Facts]:
    """Tags of hybrid nodes, by which environments match them, too."""
    answers = yield tuple(hybrid_tags(node) for node in nodes)
    told = dict(zip(nodes, answers, strict=True))
    values = {node: tags_of(answer["TagList"]) for node, answer in told.items() if not isinstance(answer, Refused)}
    refused = {node: answer.gap.reason for node, answer in told.items() if isinstance(answer, Refused)}
    return _Facts(values, refused, _gaps(answers))


def _gaps(answers: Iterable[Any]) -> tuple[Gap, ...]:
    return tuple(answer.gap for answer in answers if isinstance(answer, Refused))


def _with_facts(asset: Asset, facts: tuple[_Facts, _Facts, _Facts, _Facts], doubts: list[str]) -> Asset:
    scans, updates, inventories, tags = facts
    node = asset.resource
    read = (("patch state", scans), ("patches", updates), ("tags", tags))
    unread = [*doubts, *(f"{what} not read: {fact.refused[node]}" for what, fact in read if node in fact.refused)]
    return replace(
        asset,
        scan=scans.values.get(node),
        updates=updates.values.get(node),
        inventory=inventories.values.get(node),
        unread=tuple(unread),
    )


def _once(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """One gap for each operation and code, however many nodes it was asked for."""
    return tuple({(gap.operation, gap.code): gap for gap in reversed(tuple(gaps))}.values())


def _placed(facts: tuple[_Facts, ...], assets: Iterable[Asset]) -> tuple[Gap, ...]:
    """The gaps of node facts, each with the assets it is about; refusals of one operation become one gap."""
    ids = {asset.resource: asset.id for asset in assets}
    merged: dict[tuple[str, str], Gap] = {}
    for fact in facts:
        about = tuple(sorted(ids[node] for node in fact.refused)) if fact.refused else tuple(sorted(ids.values()))
        for gap in fact.gaps:
            merged.setdefault((gap.operation, gap.code), replace(gap, assets=about))
    return tuple(merged.values())
