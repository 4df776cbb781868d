"""What people decided: environments, baselines, windows, rings, approvals and deadlines, as read from the policy file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.policy.managed import BASE_IMAGE_AGE, Apply, Gate, ImageRule, ManagedRule, Order
from patchkeep.domain.policy.places import ANYTHING, NOWHERE, Match, Place, PolicyError, PolicyErrors
from patchkeep.domain.window import Freeze, MaintenanceWindow


class Installer(StrEnum):
    """Who installs in an environment (RULES 1)."""

    PATCHKEEP = "patchkeep"
    AWS = "aws"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An account that is not looked at, and why."""

    account: str
    why: str


@dataclass(frozen=True, slots=True)
class Organization:
    """How to get in: member roles, the external id's reference ("env:NAME"), and which regions."""

    read_role: str = "PatchkeepRead"
    write_role: str = "PatchkeepWrite"
    external_id: str = ""  # a reference, never the value (RULES 27)
    regions: tuple[str, ...] = ()  # empty: all that an account has enabled
    exclude: tuple[Exclusion, ...] = ()
    api_share: float = 0.25  # how much of each documented API rate we take (RULES 24)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old an answer may be and still count."""

    scan: timedelta = timedelta(hours=36)
    inventory: timedelta = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the store keeps what nothing refers to any more; None: for ever. The ledger and rollouts are never pruned."""

    snapshots: timedelta | None = None  # looks, with their verdicts
    exposures: timedelta | None = None  # windows that are over
    plans: timedelta | None = None  # from which no rollout began


@dataclass(frozen=True, slots=True)
class Environment:
    name: str
    match: Match
    installer: Installer = Installer.PATCHKEEP
    window: str = ""  # installer aws: the window whose Install task AWS runs
    patch_group: str = ""  # the patch group that its nodes bear already; "": one of ours
    in_place: tuple[str, ...] = ()  # kinds of owners whose machines are patched all the same (`domain.inplace.OWNERS`)
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Approve:
    """One approval rule: patches of a classification ("security", "bugfix", or AWS's own word) after a delay."""

    classification: str
    severities: tuple[str, ...] = ()  # empty: all
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Reject:
    name: str
    as_dependency: bool = False  # True: allowed in when another package needs it


@dataclass(frozen=True, slots=True)
class BaselineRule:
    """What a patch baseline approves, for some operating systems, in some environments (empty: all)."""

    name: str
    os: tuple[str, ...]
    approve: tuple[Approve, ...] = ()
    reject: tuple[Reject, ...] = ()
    approved: tuple[str, ...] = ()  # by id, whatever the rules say
    environments: tuple[str, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Amount:
    """So many, or such a share (0 to 1) of the ring's members at start."""

    count: int | None = None
    share: float | None = None
    at_least: int = 0

    def of(self, members: int, *, least: int = 0) -> int:
        """Rounded down, but never below `least` or `at_least`, and never above the members there are."""
        wished = self.count if self.count is not None else int((self.share or 0.0) * members + 1e-9)
        return min(members, max(wished, least, self.at_least))


EVERYONE = Amount(share=1.0)
NOBODY = Amount(count=0)


@dataclass(frozen=True, slots=True)
class RingRule:
    """One slice of the fleet. `size` None: all that match and are in no earlier ring."""

    name: str
    environments: tuple[str, ...] = ()
    match: Match = ANYTHING
    size: Amount | None = None
    at_once: Amount = EVERYONE
    may_fail: Amount = NOBODY
    bake: timedelta = timedelta(0)
    window: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Apart:
    """Assets that must not be changed together: those that share a tag's value, or those that bear certain tags."""

    same_tag: str = ""
    tags: Frozen = NOTHING
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class Blast:
    """How much a rollout touches at most, whatever its rings allow (RULES 12); None: no cap of this kind."""

    per_account: Amount | None = None  # under way at once in one account; a share is of the account's members in the ring
    per_hour: int | None = None  # begun within any 60 minutes, in all rings together


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A metric whose absence is an alarm (RULES 16), in the account signed in to. `topic` "": no alarm."""

    namespace: str = "Patchkeep"
    every: timedelta = timedelta(hours=1)  # how often a data point is expected: the alarm's period
    topic: str = ""  # ARN of the SNS topic that the alarm tells
    after: timedelta = timedelta(hours=3)  # of silence, until it tells


STOP_PARAMETER = "/patchkeep/stop"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who must agree before a ring of an environment (or "irreversible" steps) may start."""

    scope: str
    people: int = 1
    approvers: tuple[str, ...] = ()  # "aws-sso:PatchApprovers", "arn:aws:iam::111122223333:role/Ops"; empty: anyone verified
    not_author: bool = False


@dataclass(frozen=True, slots=True)
class Sla:
    """Time allowed for a severity ("critical", "high", "known_exploited"), counted from `start`."""

    severity: str
    within: timedelta
    start: str = "first_seen"  # release | disclosed | first_seen | kev


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole file. `hash` is that of its text: a plan made from another text is stale."""

    name: str
    hash: str
    organization: Organization = Organization()
    freshness: Freshness = Freshness()
    retention: Retention = Retention()
    environments: tuple[Environment, ...] = ()
    baselines: tuple[BaselineRule, ...] = ()
    windows: tuple[MaintenanceWindow, ...] = ()
    window_tag: str = ""  # windows.by_tag: the tag whose value names an asset's window
    freezes: tuple[Freeze, ...] = ()
    rings: tuple[RingRule, ...] = ()
    apart: tuple[Apart, ...] = ()
    managed: tuple[ManagedRule, ...] = ()
    order: tuple[Order, ...] = ()
    gates: tuple[Gate, ...] = ()
    approvals: tuple[Approval, ...] = ()
    slas: tuple[Sla, ...] = ()
    defer_at_most: timedelta = timedelta(days=90)  # the longest that a change may be postponed
    owner_tag: str = "Owner"
    template_tags: tuple[str, ...] = ()  # further tags by which a template marks what it owns
    owner_fallback: bool = True  # to the account's contact, where the tag says nothing
    blast: Blast = Blast()
    stop_parameter: str = STOP_PARAMETER  # in every account: what it says stops every write (RULES 15)
    heartbeat: Heartbeat | None = None
    scan_schedule: str = "cron(0 5 * * ? *)"  # of our Scan associations: AWS cron, UTC
    scan_every: timedelta = timedelta(hours=24)  # the longest time between two of these scans

    def environment(self, name: str) -> Environment:
        return next(environment for environment in self.environments if environment.name == name)

    def window(self, name: str) -> MaintenanceWindow | None:
        return next((window for window in self.windows if window.name == name), None)


__all__ = [
    "BASE_IMAGE_AGE",
    "EVERYONE",
    "NOBODY",
    "STOP_PARAMETER",
    "Amount",
    "Apart",
    "Apply",
    "Approval",
    "Approve",
    "BaselineRule",
    "Blast",
    "Environment",
    "Exclusion",
    "Freshness",
    "Gate",
    "Heartbeat",
    "ImageRule",
    "Installer",
    "ManagedRule",
    "Match",
    "Order",
    "Organization",
    "Place",
    "Policy",
    "PolicyError",
    "PolicyErrors",
    "Reject",
    "Retention",
    "RingRule",
    "Sla",
]
