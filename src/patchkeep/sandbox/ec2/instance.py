"""An instance as DescribeInstances shows it: what the world says of the node, the rest derived from its id."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from patchkeep.sandbox.ec2.query import looked_up, tag_list
from patchkeep.sandbox.operation import Request
from patchkeep.sandbox.world import Node, Site

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
PLATFORMS = {
    "windows": "Windows",
    "redhat": "Red Hat Enterprise Linux",
    "rhel": "Red Hat Enterprise Linux",
    "suse": "SUSE Linux",
    "sles": "SUSE Linux",
}


def instances(site: Site) -> dict[str, Node]:
    return {node_id: node for node_id, node in site.nodes.items() if node_id.startswith("i-")}


def named_instances(request: Request) -> list[Node]:
    """Those of `InstanceIds`, or all. Raises InvalidInstanceID.NotFound or .Malformed."""
    known, ids = instances(request.site), request.params.get("InstanceIds")
    return looked_up(ids, known, "instance ID", "InvalidInstanceID") if ids else list(known.values())


def resource_id(prefix: str, *parts: str) -> str:
    """An EC2 id that is the same in every run: "vol-0123456789abcdef0"."""
    return f"{prefix}-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:17]}"


def state_of(name: str) -> dict[str, Any]:
    return {"Code": CODES[name], "Name": name}


def platform_details(os: str) -> str:
    return next((details for start, details in PLATFORMS.items() if os.startswith(start)), "Linux/UNIX")


def image_id(node: Node, region: str) -> str:
    return str(node.ec2.get("ImageId") or resource_id("ami", node.os, region))


def zone(node: Node, region: str) -> str:
    return str(node.ec2.get("Placement", {}).get("AvailabilityZone") or f"{region}{'abc'[_number(node) % 3]}")


def architecture(node: Node) -> str:
    return str(node.ec2.get("Architecture", "x86_64"))


def root_device(os: str) -> str:
    return "/dev/sda1" if os.startswith(("windows", "ubuntu", "redhat", "rhel")) else "/dev/xvda"


def devices(node: Node) -> list[dict[str, Any]]:
    """Block devices with their volume ids; one root volume unless the world says more."""
    if "BlockDeviceMappings" in node.ec2:
        return list(node.ec2["BlockDeviceMappings"])
    ebs = {"VolumeId": resource_id("vol", node.id, "root"), "Status": "attached", "DeleteOnTermination": True}
    if attached := first_launched(node):
        ebs["AttachTime"] = attached
    return [{"DeviceName": root_device(node.os), "Ebs": ebs}]


def first_launched(node: Node) -> Any:
    """LaunchTime moves at each start; this one stays."""
    return node.ec2.get("UsageOperationUpdateTime", node.launched)


# What every instance says alike.
SETTINGS: dict[str, Any] = {
    "AmiLaunchIndex": 0,
    "Architecture": "x86_64",
    "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
    "ClientToken": "",
    "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
    "EbsOptimized": False,
    "EnaSupport": True,
    "EnclaveOptions": {"Enabled": False},
    "HibernationOptions": {"Configured": False},
    "Hypervisor": "xen",
    "InstanceType": "t3.medium",
    "MaintenanceOptions": {"AutoRecovery": "default"},
    "MetadataOptions": {
        "State": "applied",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 2,
        "HttpEndpoint": "enabled",
        "HttpProtocolIpv6": "disabled",
        "InstanceMetadataTags": "disabled",
    },
    "Monitoring": {"State": "disabled"},
    "PrivateDnsNameOptions": {
        "HostnameType": "ip-name",
        "EnableResourceNameDnsARecord": False,
        "EnableResourceNameDnsAAAARecord": False,
    },
    "ProductCodes": [],
    "PublicDnsName": "",
    "RootDeviceType": "ebs",
    "SourceDestCheck": True,
    "StateTransitionReason": "",
    "VirtualizationType": "hvm",
}


def described(node: Node, site: Site) -> dict[str, Any]:
    """One row of Instances[]."""
    derived = SETTINGS | _hardware(node, site) | _network(node, site)
    shown = {key: value for key, value in (derived | node.ec2).items() if value is not None}
    return shown | {
        "InstanceId": node.id,
        "ImageId": image_id(node, site.region),
        "State": state_of(node.state),
        "Tags": tag_list(node.tags),
    }


def _hardware(node: Node, site: Site) -> dict[str, Any]:
    account = site.account
    profile = {"Arn": f"arn:aws:iam::{account}:instance-profile/{node.profile}", "Id": f"AIPA{_hex(node.profile or '')[:17].upper()}"}
    return {
        "BlockDeviceMappings": devices(node),
        "IamInstanceProfile": profile if node.profile else None,
        "LaunchTime": node.launched,
        "Placement": {"AvailabilityZone": zone(node, site.region), "GroupName": "", "Tenancy": "default"},
        "Platform": "windows" if node.os.startswith("windows") else None,
        "PlatformDetails": platform_details(node.os),
        "RootDeviceName": root_device(node.os),
        "UsageOperation": "RunInstances:0002" if node.os.startswith("windows") else "RunInstances",
        "UsageOperationUpdateTime": node.launched,
    }


def _network(node: Node, site: Site) -> dict[str, Any]:
    number = _number(node)
    address = str(node.ec2.get("PrivateIpAddress") or f"10.{number % 200}.{number // 200 % 250}.{4 + number // 50_000 % 250}")
    gone = node.state == "terminated"
    return {
        "PrivateDnsName": "" if gone else f"ip-{address.replace('.', '-')}.{site.region}.compute.internal",
        "PrivateIpAddress": None if gone else address,
        "SecurityGroups": [{"GroupName": "default", "GroupId": resource_id("sg", site.account, site.region)}],
        "SubnetId": resource_id("subnet", site.account, zone(node, site.region)),
        "VpcId": resource_id("vpc", site.account, site.region),
    }


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _number(node: Node) -> int:
    return int(_hex(node.id)[:8], 16)


def tags_of(node: Node) -> Mapping[str, str]:
    return node.tags
