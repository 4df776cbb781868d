"""The machines of a fleet: where each stands, what it runs, how far behind it is, which oddity it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from patchkeep.sandbox.catalogue import system
from patchkeep.sandbox.generate import chance, settled
from patchkeep.sandbox.generate.agents import AGENTS, MachineOrder
from patchkeep.sandbox.generate.oddities import make_odd, traits_of
from patchkeep.sandbox.orgschema import AccountEntry, Fleet, Organization, count_of
from patchkeep.sandbox.world import Node

SCANNED_TAG = "HostManagement"  # what the estate's own daily scan goes by
PROFILE = "AmazonSSMRoleForInstancesQuickSetup"
_TYPES = ("t3.medium", "m6i.large", "c6i.xlarge")


def nodes(organization: Organization, account: AccountEntry, fleet: Fleet, region: str) -> Iterator[Node]:
    """The machines of the fleet that stand in that region."""
    name = (organization.seed, account.id, fleet.name)
    regions = spread(fleet.regions or {account.regions[0]: 1}, fleet.count, *name, "region")
    systems = spread(fleet.os, fleet.count, *name, "os")
    odd = _odd(fleet, *name)
    for number in range(fleet.count):
        if regions[number] == region:
            yield _node(organization, account, fleet, _Place(region, number, systems[number], odd[number]))


@dataclass(frozen=True, slots=True)
class _Place:
    """Which machine of its fleet this is."""

    region: str
    number: int
    os: str
    oddity: str


def spread(weights: Mapping[str, int], count: int, *seed: object) -> list[str]:
    """`count` words in proportion to their weights (as near as whole numbers come), in an order that follows from `seed`."""
    whole = sum(weights.values())
    quotas = {word: count * weight // whole for word, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda word: -(count * weights[word] % whole))
    for word in by_remainder[: count - sum(quotas.values())]:
        quotas[word] += 1
    words = [word for word, quota in quotas.items() for _ in range(quota)]
    return _shuffled(words, *seed)


def _odd(fleet: Fleet, *seed: object) -> list[str]:
    words = [str(word) for word, share in fleet.share.items() for _ in range(count_of(share, fleet.count))]
    return _shuffled(words + [""] * (fleet.count - len(words)), *seed, "odd")


def _shuffled(words: list[str], *seed: object) -> list[str]:
    order = sorted(range(len(words)), key=lambda place: settled(*seed, place))
    return [words[place] for place in order]


def _node(organization: Organization, account: AccountEntry, fleet: Fleet, place: _Place) -> Node:
    name = (organization.seed, account.id, place.region, fleet.name, place.number)
    node_id = f"{'mi' if fleet.hybrid else 'i'}-0{settled(*name)[:16]}"
    least, most = fleet.span
    behind = timedelta(days=least + chance(most - least + 1, *name, "behind"))
    traits = traits_of(place.oddity, place.os)
    order = MachineOrder(node_id, place.os, organization.starts - behind, traits)
    launched = organization.starts - max(behind, timedelta(days=30)) - timedelta(hours=chance(200, *name, "launched"))
    node = Node(
        id=node_id,
        os=place.os,
        agent=AGENTS["live" if fleet.live else "simulated"](order),
        tags=_tags(account, fleet, place.number),
        launched=launched,
        profile=None if fleet.hybrid else PROFILE,
        registered=launched + timedelta(minutes=3),
        last_ping=organization.starts,
        ec2=_hybrid(*name) if fleet.hybrid else _ec2(place, *name),
        traits=traits,
    )
    if place.oddity:
        make_odd(node, place.oddity, organization.starts, (account.id, fleet, place.number))
    return node


def _tags(account: AccountEntry, fleet: Fleet, number: int) -> dict[str, str]:
    tags = {"Name": f"{account.name}-{fleet.name}-{number + 1:03}"}
    if fleet.environment:
        tags["Environment"] = fleet.environment
    if fleet.patch_group:
        tags["PatchGroup"] = fleet.patch_group
    if account.scans == "host-management":
        tags[SCANNED_TAG] = "enabled"
    return tags | fleet.tags


def _ec2(place: _Place, *name: object) -> dict[str, Any]:
    windows = system(place.os).family == "windows"
    return {
        "ImageId": f"ami-0{settled(place.region, place.os, 'image')[:16]}",
        "InstanceType": _TYPES[chance(len(_TYPES), *name, "type")],
        "PrivateIpAddress": _address(*name),
        "SubnetId": f"subnet-0{settled(*name[:3], 'subnet')[:16]}",
        "VpcId": f"vpc-0{settled(*name[:3], 'vpc')[:16]}",
        "Placement": {"AvailabilityZone": place.region + "abc"[place.number % 3], "GroupName": "", "Tenancy": "default"},
        "PlatformDetails": "Windows" if windows else "Red Hat Enterprise Linux" if place.os.startswith("redhat") else "Linux/UNIX",
        **({"Platform": "windows"} if windows else {}),
    }


def _hybrid(*name: object) -> dict[str, Any]:
    activation = settled(*name[:3], "activation")
    return {
        "PrivateIpAddress": _address(*name),
        "IamRole": "service-role/AmazonEC2RunCommandRoleForManagedInstances",
        "ActivationId": "-".join((activation[:8], activation[8:12], "4" + activation[13:16], "a" + activation[17:20], activation[20:32])),
    }


def _address(*name: object) -> str:
    return f"10.{chance(64, *name[:3])}.{chance(254, *name, 'third')}.{4 + chance(250, *name, 'fourth')}"
