"""What everything that moves a rollout needs, and how its row is read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from patchkeep.domain.ledger import Entry, Overtaken
from patchkeep.domain.plan import Plan
from patchkeep.domain.policy import Policy
from patchkeep.domain.progress import Batch, Rollout
from patchkeep.domain.turn import Times
from patchkeep.services import Service
from patchkeep.work.seams import Aws, Clock, Deferrals, Ledger, NotThere, Rollouts

Change = Callable[[Rollout], Rollout]


@dataclass(frozen=True, slots=True)
class Rolling:
    """Everything that carrying out one rollout needs."""

    plan: Plan
    policy: Policy
    aws: Aws
    services: Mapping[str, Service]
    rollouts: Rollouts
    ledger: Ledger
    clock: Clock
    caller: str
    deferrals: Deferrals | None = None  # None: where nobody can postpone anything
    policy_now: Callable[[], str] | None = None  # hash of the policy file as it stands: somebody may write a freeze into it meanwhile
    beat: Callable[[], None] | None = None  # gives a sign of life

    @property
    def times(self) -> Times:
        return Times(self.policy.windows, self.policy.freezes, self.policy.blast)

    def service(self, batch: Batch) -> Service:
        return self.services[batch.service]


def loaded(rolling: Rolling, rollout_id: str) -> Rollout:
    """The rollout as it stands; raises NotThere."""
    return stored(rolling.rollouts, rollout_id)


def stored(rollouts: Rollouts, rollout_id: str) -> Rollout:
    """The same, of whoever carries out nothing."""
    rollout = rollouts.get(rollout_id)
    if rollout is None:
        raise NotThere(f"There is no rollout {rollout_id}; `patchkeep rollout status` lists those there are.")
    return rollout


def save(rolling: Rolling, rollout_id: str, change: Change, entries: Iterable[Entry] = ()) -> Rollout:
    """Bring a fact into the newest state, however often another process moves it meanwhile: what AWS answered must not be lost."""
    entries = tuple(entries)
    while True:
        try:
            return rolling.rollouts.replace(change(loaded(rolling, rollout_id)), entries)
        except Overtaken:
            continue
