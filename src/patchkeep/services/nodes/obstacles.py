"""Why a node cannot be seen or patched as it is, each with its cure (doctor's findings about single nodes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from patchkeep.domain.asset import Asset, Inventory, Obstacle
from patchkeep.services._owners import owned

Row = Mapping[str, Any]

# Agents below this no longer receive commands: ec2messages was retired on 2026-09-30 (AWS notice, as copied in public threads).
AGENT_FLOOR = (3, 3, 40, 0)


def obstacles_of(asset: Asset, instance: Row | None, managed: Row | None, *, managed_known: bool) -> tuple[Obstacle, ...]:
    """Everything that stands in the way, the weightiest first. `managed_known`: SSM answered, so absence means something."""
    return tuple(_all(asset, instance, managed, managed_known=managed_known))


def _all(asset: Asset, instance: Row | None, managed: Row | None, *, managed_known: bool) -> Iterator[Obstacle]:
    if owner := owned(asset, instance):
        yield owner
    state = instance["State"]["Name"] if instance else "running"
    if state != "running":
        yield Obstacle("stopped", f"is {state}", "start it, or terminate it if it is not needed", stops_seeing=True, stops_patching=True)
    elif managed is None:
        if managed_known:
            yield _unmanaged(instance, owner)
    elif managed.get("PingStatus") != "Online":
        yield Obstacle(
            "offline",
            f"runs, but its agent has lost the connection ({managed.get('PingStatus')})",
            "see whether the agent runs and reaches the ssm and ssmmessages endpoints and S3",
            stops_seeing=True,
            stops_patching=True,
        )
    if managed and (version := _version(managed.get("AgentVersion", ""))) and version < AGENT_FLOOR:
        floor = ".".join(map(str, AGENT_FLOOR))
        why = f"has SSM Agent {managed['AgentVersion']}, below {floor}: commands no longer reach it"
        yield Obstacle("agent too old", why, "update SSM Agent (AWS-UpdateSSMAgent, or from its package repository)", stops_patching=True)


def _unmanaged(instance: Row | None, owner: Obstacle | None) -> Obstacle:
    """A machine that its owner replaces needs no command to be patched; but nobody has looked at what runs on it either."""
    unseen = "; its owner replaces it, but what runs on it now nobody sees" if owner else ""
    if (instance or {}).get("IamInstanceProfile"):
        why = f"has an instance profile, but Systems Manager has never heard of it{unseen}"
        fix = "check agent, AmazonSSMManagedInstanceCore in the profile, and the way to the ssm and ssmmessages endpoints"
        return Obstacle("unmanaged", why, fix, stops_seeing=True, stops_patching=True)
    why = f"has no instance profile, so Systems Manager cannot manage it{unseen}"
    fix = "turn on Default Host Management Configuration for its account and region (one setting for all such instances)"
    return Obstacle("unmanaged, no profile", why, fix, stops_seeing=True, stops_patching=True)


def _version(text: str) -> tuple[int, ...]:
    """A dotted version as numbers; () where it isn't one."""
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


# Packages whose business is to install updates on their own schedule (Debian, Fedora and RHEL manuals).
_BY_THEMSELVES = frozenset({"unattended-upgrades", "dnf-automatic", "yum-cron"})


def installs_by_itself(inventory: Inventory | None) -> Obstacle | None:
    """A package on the machine that may install past every plan; whether it is switched on, inventory doesn't tell."""
    found = inventory.packages.named(_BY_THEMSELVES) if inventory else ()
    if not found:
        return None
    why = f"has {' and '.join(found)}, which may install updates past every plan, window and freeze"
    return Obstacle("installs by itself", why, f"switch {' and '.join(found)} off, or accept that patches come unplanned there")
