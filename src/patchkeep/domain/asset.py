"""What runs software and can be patched, what it lacks, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from patchkeep.domain.call import Gap, Target
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.packages import Packages

# Patched by APT: their baselines take no approval delay and no classification, and AWS reports archive priorities as severities
# (CreatePatchBaseline's documentation).
APT = frozenset({"debian", "raspbian", "ubuntu"})
NODE = "node"  # the kind of machines, whose truth comes of a scan; of every other kind AWS tells at each look


class UpdateState(StrEnum):
    """Why an update is not simply installed and running."""

    MISSING = "missing"
    FAILED = "failed"
    PENDING_REBOOT = "pending reboot"
    REJECTED = "rejected"  # installed though the baseline rejects it
    DELAYED = "delayed"  # available, but inside the baseline's approval delay (Windows alone reports it)
    SCHEDULED = "scheduled"  # AWS puts it on by itself, at a moment that is agreed
    RUNNING = "running"  # being put on
    OPTIONAL = "optional"  # a newer line of versions: to lack it is no lack

    @property
    def lacking(self) -> bool:
        """Whether an asset with such an update is not as it should be."""
        return self not in {UpdateState.DELAYED, UpdateState.OPTIONAL}


class Disruption(StrEnum):
    """What an update does to those who use the asset."""

    NONE = "none"
    FAILOVER = "failover"
    RESTART = "restart"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Update:
    """A newer version on offer for an asset that the asset doesn't run yet."""

    id: str  # "KB5044277", "openssl.x86_64", "libssl3"
    title: str
    state: UpdateState
    severity: str = ""  # as the source spells it: "Critical", "Important"
    classification: str = ""  # "Security", "Bugfix", "SecurityUpdates"
    cves: tuple[str, ...] = ()
    installed_at: datetime | None = None
    version: str = ""  # that it brings: "14.12"; "" where none is named
    disruption: Disruption | None = None
    released_at: datetime | None = None
    due_at: datetime | None = None  # by when AWS recommends it
    forced_at: datetime | None = None  # when AWS puts it on, whether anybody agreed or not
    in_time: bool | None = None  # whether AWS says that its recommended date is kept
    facts: Frozen = NOTHING  # what its service needs to put it on

    @property
    def key(self) -> str:
        """What names this very version: Linux ids name the package only, the title its version."""
        return f"{self.id}|{self.title}"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many patches a scan put into each state."""

    installed: int = 0
    other: int = 0
    missing: int = 0
    failed: int = 0
    pending_reboot: int = 0
    rejected: int = 0
    not_applicable: int = 0
    delayed: int = 0  # AvailableSecurityUpdateCount, Windows alone

    @property
    def open(self) -> int:
        return self.missing + self.failed + self.pending_reboot + self.rejected


@dataclass(frozen=True, slots=True)
class Scan:
    """The last record that a scan or an install left of an asset; the next one overwrites it."""

    at: datetime  # when it ended
    operation: str  # "Scan" | "Install"
    baseline_id: str
    snapshot_id: str
    counts: Counts
    patch_group: str = ""
    override_list: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an asset's package database, or its manifests, said when they were last read."""

    at: datetime
    packages: Packages


@dataclass(frozen=True, slots=True)
class Manifests:
    """Files inside an asset that name what its application brings along, and what they leave open, as sentences.

    Without any file nothing is known of it, and `open` says why.
    """

    files: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """What is inside one asset, as its manifests name it."""

    packages: Packages
    manifests: Manifests


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A reason why an asset cannot be seen or patched as it is, with the cure."""

    cause: str  # short and stable, to group by: "stopped", "agent too old", "in auto scaling group"
    why: str
    fix: str
    stops_seeing: bool = False  # what we know of it is not to be trusted
    stops_patching: bool = False  # nothing of ours may be started on it
    leave_alone: bool = False  # nor may any setting of ours reach it (RULES 3, 4)


@dataclass(frozen=True, slots=True)
class Support:
    """Until when a line of versions is looked after, and who says so. Dates are the last days; None: no end is known."""

    product: str  # as the source spells it: "amazon-rds-postgresql"
    line: str  # "14"
    standard_until: date | None
    extended_until: date | None  # paid for: "Extended Support"
    source: str  # "rds:DescribeDBMajorEngineVersions", "https://endoflife.date/..."
    as_of: date | None = None  # of the source; None: told at this very look
    over: bool = False  # the standard support has ended, and nobody says when

    def ended(self, today: date) -> bool:
        """Whether the standard support is over."""
        return self.over or (self.standard_until is not None and self.standard_until < today)


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that runs software and can be patched.

    `id` is its ARN. `facts` are what only its service understands; no decision outside that service reads them.
    `scan`, `updates` and `inventory` are None where that was not read or never was: never an empty answer.
    """

    id: str
    kind: str  # "node"
    target: Target
    name: str
    os: str  # "amazon-linux-2023", "windows-2022"; "" where unknown
    tags: Frozen = NOTHING
    ou: str = ""  # path of the account's organizational unit: "Workloads/Prod"
    owner: str = ""
    service: str = ""  # the service that discovered it
    scan: Scan | None = None
    updates: tuple[Update, ...] | None = None
    inventory: Inventory | None = None
    obstacles: tuple[Obstacle, ...] = ()
    unread: tuple[str, ...] = ()  # facts that AWS did not give, each with its reason
    unseen: bool = False  # this look did not see it at all: what is known of it is of an earlier one
    facts: Frozen = NOTHING
    engine: str = ""  # what it runs, where that is no operating system: "aurora-postgresql", "redis"
    version: str = ""  # of the engine or platform
    product: str = ""  # as lifecycle feeds spell it: "amazon-rds-postgresql"; "" where no feed knows its versions
    support: Support | None = None  # of its line of versions; None: not known
    window: str = ""  # in which AWS itself maintains it, in UTC: "sun:03:00-sun:03:30"
    upgrade_order: str = ""  # when AWS's own automatic upgrades reach it among others: "first", "second", "last"
    manifests: Manifests | None = None  # what its inventory was read from, where that is an application's; None: it has no such thing
    remarks: tuple[str, ...] = ()  # what doesn't count against it, but should be known: "automatic minor upgrades are off"

    @property
    def is_node(self) -> bool:
        return self.kind == NODE

    @property
    def resource(self) -> str:
        """What names it among the assets of its account and region: "i-0abc", "mi-0abc", "db:orders"."""
        named = self.id.split(":", 5)[-1]
        return named.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Existing:
    """One AWS configuration object as it is: a baseline, an association, a window, a document."""

    service: str  # the module in services/ that knows it
    kind: str  # "patch baseline"
    target: Target
    id: str
    name: str
    owner: str  # value of our ownership tag; "" where it isn't ours
    fields: Frozen = NOTHING


@dataclass(frozen=True, slots=True)
class Found:
    """What discovery of one service in one account and region brought back."""

    assets: tuple[Asset, ...] = ()
    gaps: tuple[Gap, ...] = ()
    objects: tuple[Existing, ...] = ()
