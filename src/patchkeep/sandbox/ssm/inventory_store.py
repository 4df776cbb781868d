"""What inventory SSM keeps of a node: what its agent last reported, for 30 days.

State: `site.kept["ssm.inventory"]` node id -> {type name -> Entry}. A node that no inventory association reaches has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from patchkeep.sandbox.agent import Application
from patchkeep.sandbox.ssm.platforms import platform_of

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Node, Site

APPLICATION, INSTANCE = "AWS:Application", "AWS:InstanceInformation"
KEPT_FOR = timedelta(days=30)  # the user guide: inventory is deleted 30 days after it was last sent
Rows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One inventory type of one node; rows are made from `applications` only when they are read."""

    type: str
    schema: str
    captured: datetime
    content: Rows
    applications: tuple[Application, ...] = ()

    def rows(self) -> Rows:
        return [_application(one) for one in self.applications] if self.applications else self.content


def collected(site: Site, node: Node, now: datetime) -> Callable[[], None]:
    """Take down what the node has now, as AWS-GatherSoftwareInventory does; it is seen once the function returned is called."""
    entry = Entry(APPLICATION, "1.1", now, [], node.agent.applications())

    def shown() -> None:
        entries = inventory_of(site, node.id, now)
        if APPLICATION not in entries or entries[APPLICATION].captured <= now:
            entries[APPLICATION] = entry
        site.kept["ssm.inventory"][node.id] = entries

    return shown


def inventory_of(site: Site, node_id: str, now: datetime) -> dict[str, Entry]:
    """Return the node's entries that are not older than 30 days."""
    kept = cast(dict[str, Entry], site.kept["ssm.inventory"].get(node_id, {}))
    return {name: entry for name, entry in kept.items() if now - entry.captured <= KEPT_FOR}


def stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _application(one: Application) -> dict[str, str]:
    row = {
        "Name": one.name,
        "Version": one.version,
        "Release": one.release,
        "Epoch": one.epoch,
        "Architecture": one.architecture,
        "Publisher": one.publisher,
        "Summary": one.summary,
        "InstalledTime": stamp(one.installed_time) if one.installed_time else "",
        "ApplicationType": "",
        "PackageId": "",
    }
    return {name: value for name, value in row.items() if value or name in {"ApplicationType", "Publisher"}}


def instance_row(site: Site, node: Node) -> dict[str, str]:
    """Return what SSM itself knows of the node, as a row of AWS:InstanceInformation."""
    platform = platform_of(node.os)
    return {
        "InstanceId": node.id,
        "AgentType": "amazon-ssm-agent",
        "AgentVersion": node.agent_version,
        "ComputerName": f"{node.id}.{site.region}.compute.internal",
        "IpAddress": str(node.ec2.get("PrivateIpAddress", "10.0.0.1")),
        "PlatformName": platform.name,
        "PlatformType": platform.type,
        "PlatformVersion": platform.version,
        "ResourceType": "ManagedInstance" if node.id.startswith("mi-") else "EC2Instance",
        "InstanceStatus": "Stopped" if node.state in {"stopping", "stopped"} else "Active",
    }
