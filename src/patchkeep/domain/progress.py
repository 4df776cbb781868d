"""What a rollout is made of: members on their way through steps, batches under way, and what comes back of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from patchkeep.domain.call import Target
from patchkeep.domain.frozen import NOTHING, Frozen, fingerprint


class Phase(StrEnum):
    """Where a member stands with its present step, or a result with its call."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LEFT_OUT = "left out"  # deferred since the plan was made: not patched, and no failure either
    LOST = "lost"  # AWS can't tell: a person is asked


class Status(StrEnum):
    """Of a whole rollout. HALTED and DONE are final."""

    RUNNING = "running"
    WAITING = "waiting"  # for a window, a bake, an approval
    PAUSED = "paused"
    HALTED = "halted"
    DONE = "done"

    @property
    def final(self) -> bool:
        return self in {Status.HALTED, Status.DONE}


class Unsure(StrEnum):
    """What nobody can be sure of just now, for which a rollout goes on less than it might."""

    NONE = ""
    UNTOLD = "untold"  # AWS does not tell what became of what was sent
    OLDER = "older"  # the store doesn't know of all that was sent: it was restored from a backup


@dataclass(frozen=True, slots=True)
class Member:
    """One change on its way. `step` is the step it is at, or "" when all its steps are behind it."""

    change: str
    resource: str
    target: Target
    step: str
    phase: Phase = Phase.WAITING
    batch: str = ""
    why: str = ""
    window: str = ""
    apart: tuple[str, ...] = ()
    service: str = "commands"  # the one in services/ that carries it out
    begun_at: datetime | None = None  # when its first step was sent
    unreached_since: datetime | None = None  # between two steps: since when its agent is not online

    @property
    def ended(self) -> bool:
        return self.phase in {Phase.DONE, Phase.FAILED, Phase.LEFT_OUT} and not self.batch


@dataclass(frozen=True, slots=True)
class Batch:
    """Members of one account and region sent one step together, by one call. `id` is the mark in AWS."""

    id: str
    ring: str
    step: str
    target: Target
    resources: tuple[str, ...]
    intended_at: datetime
    handle: str = ""  # AWS's id of what was begun, a command's say; "" until the start was answered
    service: str = "commands"
    asks: Frozen = NOTHING  # by resource: what the service needs to know of each
    looked_at: datetime | None = None  # when AWS last showed nothing of its call, looked at without a break since it was intended


def marks_of(rollout_id: str) -> str:
    """How the marks of all batches of a rollout begin: a store older than a command can still tell whose it is."""
    return f"pk-{fingerprint(rollout_id)[:6]}"


@dataclass(frozen=True, slots=True)
class Marked:
    """A command that AWS lists, and the mark of the batch that it carried."""

    mark: str
    at: datetime  # when AWS took it


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of one member's step. `open` are keys of updates still missing, failed or waiting."""

    phase: Phase
    message: str = ""
    pending_reboot: int = 0
    open: tuple[str, ...] = ()


ASKED, BORNE = "asked", "borne"


@dataclass(frozen=True, slots=True)
class RingState:
    name: str
    members: tuple[Member, ...]
    opened_at: datetime | None = None
    emptied_at: datetime | None = None  # when its last member ended: the bake counts from here
    unproved: str = ""  # nobody in it was patched: ASKED whether the next ring may open, then BORNE by a person's word


@dataclass(frozen=True, slots=True)
class Approved:
    """Who agreed to a ring: the verified ARN of the caller."""

    ring: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rollout:
    """A row in the store; `version` is compared and set. `next_at`: when looking again makes sense."""

    id: str
    plan_id: str
    started_at: datetime
    rings: tuple[RingState, ...]
    version: int = 0
    status: Status = Status.RUNNING
    why: str = ""
    unsure: Unsure = Unsure.NONE
    batches: tuple[Batch, ...] = ()  # under way
    approvals: tuple[Approved, ...] = ()
    next_at: datetime | None = None
    ended_at: datetime | None = field(default=None)
