"""AWS's rows about one node, turned into our values. Shapes: botocore models of EC2 and SSM."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from patchkeep.domain.asset import Asset, Inventory
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.packages import Package, Packages, text_of
from patchkeep.services._platforms import os_of, os_of_instance

Row = Mapping[str, Any]


def asset_of(target: Target, node: str, instance: Row | None, managed: Row | None, tags: Frozen) -> Asset:
    """The node's identity: from EC2 and from SSM, whichever knows it."""
    hybrid = instance is None and node.startswith("mi-")
    arn = target.arn("ssm", f"managed-instance/{node}") if hybrid else target.arn("ec2", f"instance/{node}")
    name = tags.get("Name") or (managed or {}).get("Name") or (managed or {}).get("ComputerName") or node
    return Asset(id=arn, kind="node", target=target, name=name, os=_os(instance, managed), tags=tags, facts=_facts(instance, managed))


def _os(instance: Row | None, managed: Row | None) -> str:
    if managed:
        return os_of(managed.get("PlatformName", ""), managed.get("PlatformVersion", ""))
    return os_of_instance((instance or {}).get("PlatformDetails", ""))


def _facts(instance: Row | None, managed: Row | None) -> Frozen:
    """What reports show of a node beside its compliance; nothing volatile, so that an unchanged estate keeps its snapshot id."""
    facts: dict[str, str] = {}
    if instance:
        facts["state"] = instance["State"]["Name"]
        facts["image"] = instance.get("ImageId", "")
        facts["type"] = instance.get("InstanceType", "")
        facts["profile"] = instance.get("IamInstanceProfile", {}).get("Arn", "")
    if managed:
        facts["ping"] = managed.get("PingStatus", "")
        facts["agent"] = managed.get("AgentVersion", "")
        facts["platform"] = f"{managed.get('PlatformName', '')} {managed.get('PlatformVersion', '')}".strip()
    return Frozen(facts)


def inventory_of(entity: Row) -> Inventory | None:
    """One entity of GetInventory; None where no AWS:Application was ever collected from it."""
    item = entity.get("Data", {}).get("AWS:Application")
    if not item or "CaptureTime" not in item:
        return None
    return Inventory(datetime.fromisoformat(item["CaptureTime"]), Packages.of(map(_package, item.get("Content", ()))))


def _package(row: Row) -> str:
    get = row.get
    return _text(row["Name"], get("Version", ""), get("Release", ""), get("Epoch", ""), get("Architecture", ""))


@lru_cache(1 << 15)
def _text(name: str, version: str, release: str, epoch: str, architecture: str) -> str:
    """SSM gives epoch, version and release apart; together they are what rpm and dpkg compare.

    A fleet has the same few thousand packages again and again, so most rows were met before.
    """
    if release:
        version = f"{version}-{release}"
    if epoch and epoch != "0":
        version = f"{epoch}:{version}"
    return text_of(Package(name, version, architecture))
