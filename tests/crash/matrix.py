"""One seed of crashes: a verb killed at a moment that the seed draws, gone on with as a person would, held against it undisturbed.

Real processes and SIGKILL, botocore over HTTP against the sandbox, the real store, and the checker of `patchkeep.sandbox.aftermath`.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from patchkeep.domain.progress import Phase, Rollout
from patchkeep.doors.store import open_store
from patchkeep.sandbox.aftermath import Aftermath, harm
from tests.crash.processes import Moment, Seat, asked
from tests.crash.remains import remains
from tests.crash.stages import DATABASE, Stage, stage
from tests.crash.statements import Fuse
from tests.e2e.desk import Said

STORE = "the store"
OF_THE_STORE = 0.35  # of the moments
READS = ("Describe", "List", "Get")
KEPT = Path(__file__).parent / "seeds.txt"
GOES_ON = 4  # so often a person goes on with a rollout before something must be wrong


@dataclass(frozen=True, slots=True)
class Calm:
    """A verb undisturbed: what is left of it, and at which moments it could have been killed."""

    left: Aftermath
    asked: Mapping[str, int]
    instants: int  # of the store

    def drawn(self, seed: str) -> Moment:
        """The moment of a seed. AWS's writes are few among its reads, and weigh as much."""
        chance = random.Random(seed)
        if chance.random() < OF_THE_STORE:
            return Moment(STORE, chance.randint(1, self.instants))
        writes = sorted(name for name in self.asked if not name.partition(":")[2].startswith(READS))
        among = writes if writes and chance.random() < 0.5 else sorted(self.asked)
        name = chance.choice(among)
        return Moment(name, chance.randint(1, self.asked[name]), chance.random() < 0.5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed brought. `harm`: sentences, none when all held. `person`: whether somebody had to say what became of a step."""

    verb: str
    seed: int
    moment: Moment
    harm: tuple[str, ...]
    person: bool = False

    @property
    def held(self) -> bool:
        return not self.harm


def run(verb: str, seed: int) -> Outcome:
    return run_at(verb, seed, calm(verb).drawn(f"{verb} {seed}"))


def run_at(verb: str, seed: int, moment: Moment) -> Outcome:
    """Kill the verb there, go on, and look."""
    with stage(verb).entered() as seat:
        said = _killed(seat, stage(verb), moment)
        if said.status != -signal.SIGKILL:
            return Outcome(verb, seed, moment, (f"not killed, but status {said.status}: {said.err[-300:]}",))
        try:
            person = go_on(seat, stage(verb))
        except WentWrong as error:
            return Outcome(verb, seed, moment, (str(error),))
        left = remains(seat)
    return Outcome(verb, seed, moment, harm(calm(verb).left, left), person)


def _killed(seat: Seat, before: Stage, moment: Moment) -> Said:
    if moment.asked == STORE:
        return seat.try_out(*before.words, hooks=[Fuse(moment.number)])
    return seat.caught(before.words, moment)[0].end()


@cache
def calm(verb: str) -> Calm:
    """The verb undisturbed, once."""
    before = stage(verb)
    with before.entered() as seat:
        told = seat.folder / "instants"
        said = seat.try_out(*before.words, hooks=[Fuse(0, told)])
        if said.status:
            raise WentWrong(f"{before.words}: {said}")
        passed = seat.sandbox.ask(asked)
        left = remains(seat)
        if wrong := harm(left, left):
            raise WentWrong(f"undisturbed, {verb} has {wrong}")
        return Calm(left, passed, int(told.read_text(encoding="utf-8")))


class WentWrong(Exception):  # noqa: N818 - it says what happened
    """A command did not end as it must; the sentence says which, and what it said."""


def well(said: Said, *words: str) -> None:
    if said.status or "Traceback" in said.err:
        raise WentWrong(f"patchkeep {' '.join(words)}: status {said.status}: {said.out[-600:]} {said.err[-600:]}")


def again(seat: Seat, before: Stage) -> bool:
    """Type it again."""
    well(seat.try_out(*before.words), *before.words)
    return False


def resumed(seat: Seat, before: Stage) -> bool:
    """Begin the rollout where there is none, else go on with it; a step that AWS lists nowhere was never sent, and a person says so."""
    person = False
    words: tuple[str, ...]
    for _ in range(GOES_ON):
        there = rollouts(seat)
        if there and there[0].status.final:
            break
        if there and any(member.phase is Phase.LOST for ring in there[0].rings for member in ring.members):
            _never_sent(seat, there[0])
            person, words = True, ("rollout", "resume", there[0].id, "--wait", "--lost", "never-sent")
        else:
            words = ("rollout", "resume", there[0].id, "--wait") if there else before.words
        well(seat.try_out(*words), *words)
    else:
        raise WentWrong(f"the rollout came to no end: {rollouts(seat)[0].why}")
    return person


def _never_sent(seat: Seat, rollout: Rollout) -> None:
    """A person is only asked of what really never came to AWS."""
    marks = {command.get("Comment") for command in remains(seat).commands}
    if there := [batch.id for batch in rollout.batches if batch.id in marks]:
        raise WentWrong(f"a person was asked of {there[0]}, which AWS lists")


def rollouts(seat: Seat) -> tuple[Rollout, ...]:
    """Newest first."""
    with open_store(seat.variables[DATABASE]) as store:
        return store.rollouts.all()


def go_on(seat: Seat, before: Stage) -> bool:
    """What a person does after a crash. Returns whether one had to say what became of a step; raises WentWrong."""
    return resumed(seat, before) if before.words[0] == "rollout" else again(seat, before)


def kept_seeds() -> tuple[tuple[str, int], ...]:
    """Verb and seed of those that once failed."""
    lines = [line.split() for line in KEPT.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return tuple((verb, int(seed)) for verb, seed, *_ in lines)
