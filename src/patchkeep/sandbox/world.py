"""The emulated organization's state: accounts, and in each account and region a site with its nodes and SSM objects."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from patchkeep.sandbox.agent import Agent
from patchkeep.sandbox.clock import VirtualClock
from patchkeep.sandbox.faults.board import Faults
from patchkeep.sandbox.permissions.documents import Document


@dataclass(slots=True)
class Role:
    """An IAM role that can be assumed: by whom, and with which external id."""

    name: str
    trusted: tuple[str, ...]  # account ids or principal ARNs
    external_id: str | None = None
    refuses: tuple[str, ...] = ()  # "ssm:DescribeInstancePatches", "ssm:*": actions answered with AccessDenied
    policies: tuple[Document, ...] | None = None  # what it may do; None: everything


def always_on(regions: Iterable[str]) -> tuple[str, ...]:
    """An account's regions, with the one that AWS lets nobody switch off."""
    return tuple(dict.fromkeys((*regions, "us-east-1")))


@dataclass(slots=True)
class Account:
    id: str
    name: str
    email: str
    ou: str  # path below the root: "Workloads/Prod"; "" is the root
    tags: dict[str, str] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    regions: tuple[str, ...] = ()  # enabled regions
    suspended: bool = False
    contacts: dict[str, str] = field(default_factory=dict)  # alternate contact type -> e-mail: {"SECURITY": "..."}
    support: str = "business"  # its support plan; "basic" has no API


@dataclass(slots=True)
class Node:
    """A machine: an EC2 instance ("i-...") or a hybrid node ("mi-...")."""

    id: str
    os: str  # key of the catalogue: "amazon-linux-2023"
    agent: Agent
    tags: dict[str, str] = field(default_factory=dict)
    state: str = "running"  # EC2: pending running shutting-down terminated stopping stopped
    launched: datetime | None = None
    profile: str | None = None  # name of the instance profile; None: none
    registered: datetime | None = None  # None: SSM has never heard of it
    agent_version: str = "3.3.3050.0"
    last_ping: datetime | None = None
    online: bool = True  # False: the agent lost its way though the machine may run
    ec2: dict[str, Any] = field(default_factory=dict)  # further fields of DescribeInstances
    traits: frozenset[str] = frozenset()  # how the machine misbehaves: "fails-install", "never-comes-back", ...


@dataclass(slots=True)
class Site:
    """One region of one account. Each emulated capability keeps its objects under a name of its own in `kept`."""

    account: str
    region: str
    nodes: dict[str, Node] = field(default_factory=dict)
    kept: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One line of the sandbox's own command log."""

    at: datetime
    account: str
    region: str
    caller: str
    service: str
    operation: str
    params: dict[str, Any]
    error: str | None = None


@dataclass(slots=True)
class World:
    clock: VirtualClock
    seed: int
    organization_id: str
    management: str  # account id
    accounts: dict[str, Account] = field(default_factory=dict)
    ous: dict[str, str] = field(default_factory=dict)  # path -> ou id; "" -> root id
    sites: dict[tuple[str, str], Site] = field(default_factory=dict)
    log: list[CallRecord] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - repeatable worlds, not secrets

    def site(self, account: str, region: str) -> Site:
        key = (account, region)
        if key not in self.sites:
            self.sites[key] = Site(account, region)
        return self.sites[key]
