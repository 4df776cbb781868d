"""One seed of chaos: a look at the organization with faults in a tenth of its reads, held against one without.

Real botocore over HTTP against the sandbox, the real store, and the checker of `patchkeep.sandbox.truth`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.session import Session

from patchkeep.domain.policy import Policy
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.aws import AwsDoor, Sessions
from patchkeep.doors.aws.sessions import Mode, Roles
from patchkeep.doors.store import Store, open_store
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.managed.service import services as managed_services
from patchkeep.sandbox.truth import Log, Look, Refusal, lies
from patchkeep.wire import signed_in
from patchkeep.work.assess import assess
from patchkeep.work.discover import Looking, discover
from patchkeep.work.seams import Clock
from tests.chaos.estate import EXTERNAL_ID, served
from tests.crash.resources import supported
from tests.work.estate import SERVICES, Estate

SHARE = 0.1  # of all reads
READS = ("Describe*", "List*", "Get*")
READ_SERVICES = ["ec2", "ssm", "account", *managed_services()]
ORGANIZATION_EVERY = 8  # so many seeds apart the list of accounts is among the reads: a refusal there hides all the rest
KINDS = ("throttle", "access-denied", "expired-token", "server-error", "unavailable", "cut", "page-token")
RETRIED_EVERY = 20  # so many seeds apart the client tries twice, as real ones do; that takes real time
UNLISTED = frozenset(name for name in READ_SERVICES if not Session().get_available_regions(name, allow_non_regional=True))  # tried twice
KEPT = Path(__file__).parent / "seeds.txt"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed brought. `lies`: what was not true, none when all held."""

    seed: int
    lies: tuple[str, ...]
    reads: int
    refused: int
    unread: int

    @property
    def held(self) -> bool:
        return not self.lies


def faults_of(seed: int) -> list[dict[str, Any]]:
    """The faults of a seed: one to all kinds, together a tenth of the reads; in half of the seeds roles can't always be assumed, either."""
    chance = random.Random(seed)
    kinds = chance.sample(KINDS, chance.randint(1, len(KINDS)))
    services = READ_SERVICES + (["organizations"] if seed % ORGANIZATION_EVERY == 0 else [])
    reads = {"services": services, "operations": READS, "seed": seed}
    faults: list[dict[str, Any]] = [{"kind": "short-pages", "page": chance.randint(1, 6), **reads}]
    faults += [{"kind": kind, "share": SHARE / (1 if kind == "page-token" else len(kinds)), **reads} for kind in kinds]
    if chance.random() < 0.5:
        faults.append({"kind": chance.choice(KINDS[:-1]), "share": SHARE, "services": ["sts"], "operations": ["AssumeRole"], "seed": seed})
    return faults


@dataclass(slots=True)
class Chaos:
    """A settled world, served, with what is true of it; `run(seed)` looks at it under the seed's faults."""

    estate: Estate
    endpoint: str
    store: Store
    steering: SandboxClient = field(init=False)
    clean: Look = field(init=False)
    usual: tuple[Refusal, ...] = ()

    def __post_init__(self) -> None:
        self.steering = SandboxClient(self.endpoint)
        self.clean, log = self._look(None, tries=1)
        self.usual = log.refusals

    def run(self, seed: int) -> Outcome:
        tries = 2 if seed % RETRIED_EVERY == 0 else 1
        for fault in faults_of(seed):
            self.steering.add_fault(**fault)
        try:
            faulty, log = self._look(self.clean.snapshot, tries)
        finally:
            self.steering.clear_faults()
        unread = sum(bool(asset.unread) for asset in faulty.snapshot.assets)
        return Outcome(seed, lies(self.clean, faulty, log, self.usual), len(log.calls), len(log.refusals), unread)

    def _look(self, previous: Snapshot | None, tries: int) -> tuple[Look, Log]:
        """Discover, keep, read back, judge: as `patchkeep discover` and `assess` do."""
        since = self.steering.log_length()
        aws, policy = self._door(tries), self.estate.policy
        seen = discover(Looking(aws, SERVICES, policy, self.estate.clock, previous), lambda *_: None)
        self.store.snapshots.save(seen)
        kept = self.store.snapshots.get(seen.id)
        assert kept is not None
        return _judged(kept, policy, self.estate.clock), Log(self.steering.log(since), tries, UNLISTED)

    def _door(self, tries: int) -> AwsDoor:
        """A new process's door: nothing signed in, nothing cached."""
        config = Config(retries={"mode": "standard", "total_max_attempts": tries}, max_pool_connections=32, read_timeout=20)
        clock = self.estate.clock
        roles = Roles("PatchkeepRead", "PatchkeepWrite", lambda: EXTERNAL_ID)
        sessions = Sessions(Session(), roles, clock.now, dict.fromkeys(Mode, config))
        return AwsDoor(sessions, clock.now, lambda _: None)


def _judged(snapshot: Snapshot, policy: Policy, clock: Clock) -> Look:
    return Look(snapshot, assess(snapshot, policy, SERVICES, clock.now(), supported()).verdicts)


@contextmanager
def let_loose(folder: Path) -> Iterator[Chaos]:
    """Chaos, ready to run seeds, until the block ends; by then the sandbox must have understood every call."""
    with served(folder) as (estate, running), open_store(f"sqlite:///{folder}/patchkeep.db") as store:
        keys = SandboxClient(running.endpoint).environment()
        with signed_in(keys):
            chaos = Chaos(estate, running.endpoint, store)
            yield chaos
            assert chaos.steering.unimplemented() == []


def kept_seeds() -> tuple[int, ...]:
    """Seeds that once failed."""
    lines = KEPT.read_text(encoding="utf-8").splitlines()
    return tuple(int(line.split()[0]) for line in lines if line and not line.startswith("#"))
