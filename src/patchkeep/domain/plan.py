"""A plan: the settings to change, the rings to patch in order, and what is left out and why. A value that people approve."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from patchkeep.domain.asset import Disruption, Update
from patchkeep.domain.call import Gap, Target
from patchkeep.domain.cost import Cost
from patchkeep.domain.frozen import NOTHING, Frozen, content_hash
from patchkeep.domain.policy import Amount, Approval, Gate
from patchkeep.domain.setting import Action, Setting

IRREVERSIBLE = "irreversible"  # scope of the approvals for what cannot be undone
STALE_AFTER = timedelta(hours=24)  # a look that is older is nothing to plan from, and a plan that is older nothing to carry out


@dataclass(frozen=True, slots=True)
class Change:
    """One update run on one asset. `steps` in order; each begins when the one before it is done."""

    id: str
    asset: str
    resource: str
    name: str
    os: str
    target: Target
    environment: str
    updates: tuple[Update, ...]  # the planned versions: what the plan's scan found missing
    steps: tuple[str, ...] = ("scan", "install", "reboot", "verify")
    window: str = ""  # window of this asset; "" for any time
    apart: tuple[str, ...] = ()  # names of the groups whose members don't change together
    service: str = "commands"  # the one in services/ that carries it out
    asks: Frozen = NOTHING  # what that service needs to know of it
    lot: str = ""  # changes of one lot may go with one call...
    together: int = 50  # ... so many of them (SendCommand takes 50 instance ids: botocore)
    after: tuple[str, ...] = ()  # ids of the changes that must be done first
    disruption: Disruption | None = None
    undo: str = ""  # the way back, in words; "" where none is known of
    irreversible: bool = False  # once begun it cannot be undone: more people must agree
    snapshot_gb: float = 0.0  # size of the snapshot that is taken first
    gates: tuple[Gate, ...] = ()  # metrics that are looked at before a step of it begins


@dataclass(frozen=True, slots=True)
class Skip:
    """An asset for which nothing is planned, and why."""

    asset: str
    name: str
    reason: str
    better: str = ""  # the better way


@dataclass(frozen=True, slots=True)
class Ring:
    name: str
    changes: tuple[Change, ...]
    at_once: Amount
    may_fail: Amount
    bake_seconds: int
    window: str
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Made from one snapshot and one policy; refused when stale. `id` is the hash of the rest."""

    id: str
    made_at: datetime
    author: str  # ARN of the verified caller
    organization_id: str
    snapshot_id: str
    policy_hash: str
    policy_name: str
    settings: tuple[Setting, ...] = ()
    rings: tuple[Ring, ...] = ()
    skips: tuple[Skip, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    apart_limits: tuple[tuple[str, int], ...] = ()
    apart_away: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of those groups, the assets that are known to be away already
    only: tuple[str, ...] = field(default=())  # "ou=Workloads/Dev": the plan covers no more than that
    costs: tuple[Cost, ...] = ()  # by the month, with the prices it was planned by

    @property
    def writable(self) -> tuple[Setting, ...]:
        """The settings that `apply` would write; the others are blocked by something that isn't ours, and said."""
        return tuple(setting for setting in self.settings if setting.action is not Action.BLOCKED)


def plan_id(plan: Plan) -> str:
    """The id that a plan's content gives it: whoever alters a saved plan alters its id."""
    return f"plan-{content_hash(replace(plan, id=''))[:16]}"
