"""A pretended fleet that answers batches over several looks, and a witness that writes down what was started when.

`Fleet` knows what each node will do; `Drive` steps a rollout until it ends or nobody but a person could move it, with time
jumping to `next_at`. The witness keeps its own books: promises are checked against them, not against the code's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from patchkeep.domain.approval import Blocked, approve
from patchkeep.domain.plan import Plan
from patchkeep.domain.progress import Batch, Member, Phase, Result, Rollout, Status
from patchkeep.domain.rollout import Stepped, answer_for, begin, begun, pause, resume, step
from patchkeep.domain.turn import Times
from tests.domain.make import NOW, SSL, sso

TICK = timedelta(minutes=5)
ANY_TIME = Times()


@dataclass(frozen=True, slots=True)
class Fate:
    """What a node will do. A step named in `fails`, `lost`, `unreached` or `silent` meets that fate."""

    open: tuple[str, ...] = (SSL.key,)  # what its first scan finds
    pending: int = 0  # of these only waiting for a reboot
    reboots: bool = True  # its install asks for one
    after: tuple[str, ...] = ()  # what its verifying scan finds
    looks: int = 1  # so many looks until a step has its result
    fails: str = ""
    lost: str = ""
    unreached: str = ""  # the start's answer says that it was not reached
    silent: str = ""  # no answer at all for long, then lost

    def result(self, step_name: str, looked: int) -> Result | None:
        if step_name == self.silent:
            return None if looked < 6 else Result(Phase.LOST, "no answer for 30 minutes")
        if looked < self.looks:
            return Result(Phase.RUNNING)
        if step_name == self.lost:
            return Result(Phase.LOST, "command not listed")
        if step_name == self.fails:
            return Result(Phase.FAILED, "exit status 1")
        match step_name:
            case "scan":
                return Result(Phase.DONE, open=self.open, pending_reboot=self.pending)
            case "install":
                return Result(Phase.DONE, pending_reboot=int(self.reboots))
            case "verify":
                return Result(Phase.DONE, open=self.after)
            case _:
                return Result(Phase.DONE)


@dataclass(slots=True)
class Fleet:
    fates: Mapping[str, Fate]
    looked: dict[tuple[str, str], int] = field(default_factory=dict)

    def start(self, batch: Batch) -> dict[str, str]:
        """The members that AWS could not reach."""
        return {name: "not connected" for name in batch.resources if self.fates[name].unreached == batch.step}

    def results(self, batches: tuple[Batch, ...]) -> dict[str, dict[str, Result]]:
        return {batch.id: self._look(batch) for batch in batches}

    def _look(self, batch: Batch) -> dict[str, Result]:
        found: dict[str, Result] = {}
        for name in batch.resources:
            key = (name, batch.step)
            self.looked[key] = self.looked.get(key, 0) + 1
            if result := self.fates[name].result(batch.step, self.looked[key]):
                found[name] = result
        return found


Witness = Callable[[Rollout, Mapping[str, Mapping[str, Result]], Stepped, datetime], None]


def no_witness(_before: Rollout, _results: Mapping[str, Mapping[str, Result]], _stepped: Stepped, _now: datetime) -> None:
    """Watches nothing."""


@dataclass(slots=True)
class Drive:
    """One rollout, carried on. `pauses`: numbers of looks at which a person pauses for three looks."""

    plan: Plan
    fates: Mapping[str, Fate]
    times: Times = ANY_TIME
    pauses: frozenset[int] = frozenset()
    person_says: Phase = Phase.FAILED  # of a lost member
    bears: bool = True  # a person lets the next ring open though nobody in this one was patched
    witness: Witness = no_witness
    now: datetime = NOW
    looks: int = 0
    started: list[tuple[Batch, datetime]] = field(default_factory=list)
    whys: list[str] = field(default_factory=list)

    def to_the_end(self, most: int = 600) -> Rollout:
        """The rollout when it is final, or waits for what neither time nor the people of this drive will bring."""
        fleet, rollout = Fleet(self.fates), begin(self.plan, self.now)
        while self.looks < most:
            self.looks += 1
            if self.looks in self.pauses:
                rollout = pause(rollout, "a person wants to look")
            elif self.looks - 3 in self.pauses:
                rollout = resume(rollout)
            rollout = self._look(fleet, rollout)
            moved = rollout if rollout.status.final else self._go_on(rollout)
            if rollout.status.final or moved is None:
                return rollout
            rollout = moved
        raise AssertionError(f"went round in circles: {rollout.status} {rollout.why}")

    def _look(self, fleet: Fleet, before: Rollout) -> Rollout:
        results = fleet.results(before.batches)
        stepped = step(before, self.plan, self.times, results, self.now)
        self.witness(before, results, stepped, self.now)
        rollout = replace(stepped.rollout, version=before.version + 1)
        self.whys.append(rollout.why)
        for batch in stepped.start:
            self.started.append((batch, self.now))
            rollout = begun(rollout, batch.id, f"command-of-{batch.id}", fleet.start(batch))
        return rollout

    def _go_on(self, rollout: Rollout) -> Rollout | None:
        """Let time pass, or let people act; None where neither helps."""
        if rollout.status is Status.PAUSED and "nobody was patched" in rollout.why:
            return resume(rollout) if self.bears else None
        if rollout.status is not Status.WAITING:
            self.now += TICK
            return rollout
        if rollout.next_at:
            self.now = rollout.next_at
            return rollout
        self.now += TICK
        return self._answer_for_lost(rollout) or self._approved(rollout)

    def _answer_for_lost(self, rollout: Rollout) -> Rollout | None:
        lost = [member for member in members(rollout) if member.phase is Phase.LOST]
        for member in lost:
            rollout = answer_for(rollout, self.plan, member.resource, Result(self.person_says, "a person looked"))
        return rollout if lost else None

    def _approved(self, rollout: Rollout) -> Rollout | None:
        """One more person agrees to the first ring that waits for it."""
        for ring in self.plan.rings:
            agreed = sum(approved.ring == ring.name for approved in rollout.approvals)
            if f"ring {ring.name} waits for approval" in rollout.why:
                answer = approve(rollout, self.plan, ring.name, sso(f"person-{agreed}"), self.now)
                return None if isinstance(answer, Blocked) else answer
        return None


def members(rollout: Rollout) -> tuple[Member, ...]:
    return tuple(member for ring in rollout.rings for member in ring.members)
