"""The way of an update through the rings, as stages: each ring's windows, its rounds of `at_once`, and its bake."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from patchkeep.domain.forecast.openings import Openings, Stage, openings
from patchkeep.domain.forecast.pace import Pace, hours
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.policy import Amount, Environment, Policy, RingRule
from patchkeep.domain.window import Interval

NO_TIME, HOUR = timedelta(0), timedelta(hours=1)
MOST_ROUNDS = 500  # beyond, a ring of single machines would be calculated machine by machine


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a snapshot tells of rings. `members`: ring -> how many; `windows`: ring -> windows that its members' tags name.

    `paces`: ring -> what caps beside its `at_once` ask of it.
    """

    members: Frozen = NOTHING
    windows: Frozen = NOTHING
    paces: tuple[tuple[str, Pace], ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """One ring on the way. `windows`: their names, "" for any time. `rounds`: how often some must start until all have.

    `because`: the cap that asks for so many. `hours`: in how many hours all may begin.
    """

    ring: str
    windows: tuple[str, ...]
    openings: tuple[Openings, ...]
    rounds: int = 1
    bake: timedelta = NO_TIME
    because: str = Pace().because
    hours: int = 1

    def stages(self, each_round: timedelta, *, last: bool) -> Iterator[Stage]:
        """Its starts one after the other; the last ring's bake holds up nobody."""
        rounds = self.rounds if each_round else 1
        for number in range(1, max(rounds, self.hours)):
            yield Stage(self.openings, max(each_round, HOUR) if number < self.hours else each_round)
        yield Stage(self.openings, each_round + (NO_TIME if last else self.bake))


@dataclass(frozen=True, slots=True)
class Stop:
    """A ring on the way of one update: ready for it, the last of its members started, and over (installed and baked)."""

    ring: str
    ready: datetime
    starts: datetime | None
    over: datetime | None


def lanes(policy: Policy, known: Interval, crowd: Crowd) -> tuple[Lane, ...]:
    """All rings of the policy, in order."""
    cached: dict[str, Openings] = {}

    def times(name: str) -> Openings:
        if name not in cached:
            cached[name] = openings(policy.window(name), policy.freezes, known.start, known.end)
        return cached[name]

    found = []
    for ring in policy.rings:
        names = tuple(crowd.windows.get(ring.name, ())) or (ring.window,)
        own = Pace(rounds(ring, crowd.members))
        slow = max((own, *(one for name, one in crowd.paces if name == ring.name)), key=lambda one: one.rounds)
        capped = min(hours(policy.blast.per_hour, crowd.members.get(ring.name, 0)), MOST_ROUNDS)
        most = min(slow.rounds, MOST_ROUNDS)
        found.append(Lane(ring.name, names, tuple(map(times, names)), most, ring.bake, slow.because, capped))
    return tuple(found)


def lane_of_aws(policy: Policy, environment: Environment, known: Interval) -> Lane:
    """Where AWS installs there is one window, and no freeze holds it."""
    times = openings(policy.window(environment.window), (), known.start, known.end)
    return Lane(environment.name, (environment.window,), (times,))


def rounds(ring: RingRule, members: Mapping[str, int]) -> int:
    """How often `at_once` of the ring must start. Without a number of members: as many as a large ring needs."""
    size = members.get(ring.name) or (ring.size.count if ring.size and ring.size.count else 0)
    if size:
        return min(math.ceil(size / ring.at_once.of(size, least=1)), MOST_ROUNDS)
    return _rounds_of_share(ring.at_once)


def _rounds_of_share(at_once: Amount) -> int:
    """A count says nothing without the number of members."""
    return min(math.ceil(1 / at_once.share - 1e-9), MOST_ROUNDS) if at_once.share else 1


def stages(way: Sequence[Lane], each_round: timedelta) -> tuple[Stage, ...]:
    """From the first ring until everybody in the last one is done."""
    return tuple(stage for lane in way for stage in lane.stages(each_round, last=lane is way[-1]))


def stages_before(whole: Sequence[Lane], each_round: timedelta) -> tuple[Stage, ...]:
    """All of a rollout, its last bake too: what the next rollout waits for."""
    return tuple(stage for lane in whole for stage in lane.stages(each_round, last=False))


def stops(way: Sequence[Lane], each_round: timedelta, ready: datetime) -> tuple[Stop, ...]:
    """Where what is ready at that moment is when; ends at the first ring that it does not get through in the time that is known."""
    found = []
    for lane in way:
        moment: datetime | None = ready
        started: datetime | None = None
        for stage in lane.stages(each_round, last=lane is way[-1]):
            started = stage.start(moment) if moment else None
            moment = started + stage.then if started else None
        found.append(Stop(lane.ring, ready, started, moment))
        if moment is None:
            break
        ready = moment
    return tuple(found)
