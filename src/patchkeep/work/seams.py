"""What the verbs ask of the world: small protocols that `doors` fulfil and `wire` hands over.

Doors fulfil them by shape and never import this module; the values that pass are in `domain`.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from patchkeep.domain.call import Answer, Call, Caller, Dialogue, Gap, Read, Target
from patchkeep.domain.census import Census, Counted
from patchkeep.domain.compliance import Compliance
from patchkeep.domain.deferral import Deferral
from patchkeep.domain.exposure import Exposure
from patchkeep.domain.ledger import Entry
from patchkeep.domain.lifecycle import Lifecycles
from patchkeep.domain.look import Look
from patchkeep.domain.plan import Plan
from patchkeep.domain.progress import Rollout
from patchkeep.domain.snapshot import Snapshot

T = TypeVar("T")


class NotThere(Exception):  # noqa: N818 - it says what is wrong
    """Something asked for by name does not exist; the sentence says what lists those that do."""


class Clock(Protocol):
    """Time as the verbs know it; always aware, in UTC."""

    def now(self) -> datetime: ...

    def sleep(self, duration: timedelta) -> None:
        """Let time pass (in the sandbox: virtual time)."""


class Aws(Protocol):
    """The door to AWS. Refusals come back as values, never as empty answers."""

    def caller(self) -> Caller:
        """The verified STS identity of whoever runs this; raises `NoCredentials`."""

    def read(self, target: Target, service: str, dialogue: Dialogue[T]) -> T | Gap:
        """Carry a dialogue of reads to its end with the read role; any call that isn't a read is refused before it leaves."""

    def write(self, target: Target, call: Call) -> Answer:
        """Make one call with the write role. Never retried blindly when AWS may have acted on it.

        Codes that are not AWS's: "NoAnswer" when it may have acted; "NotSent" when it certainly has not; "Stopped" when it
        certainly has not because the stop says so, or cannot be read until a person changes something (docs/how-to: stop everything).
        """

    def reads(self) -> tuple[Read, ...]:
        """Counters of all reads so far, by target and operation."""


class Snapshots(Protocol):
    """Immutable looks at the organization, and what follows from them over time."""

    def save(self, snapshot: Snapshot) -> None: ...

    def latest(self) -> Snapshot | None: ...

    def get(self, snapshot_id: str) -> Snapshot | None: ...

    def record(self, at: datetime, snapshot_id: str, verdicts: Iterable[Compliance], exposures: Iterable[Exposure]) -> None:
        """Keep the verdicts of one look, and the exposure windows that it opened, saw again or closed."""

    def verdicts(self, since: datetime | None = None) -> tuple[Look, ...]:
        """Every look with the verdict on each asset, oldest first."""

    def changes_of(self, asset: str) -> tuple[tuple[datetime, Compliance], ...]:
        """When the verdict on one asset became another, oldest first: its status at any time is that of the last one before."""

    def exposures(self, *, open_only: bool = False, since: datetime | None = None, asset: str | None = None) -> tuple[Exposure, ...]:
        """Exposure windows, oldest first. `since`: those closed before are left out. `asset`: those of one alone."""


class Censuses(Protocol):
    """Who has which package at the last look: asked of an index, not of every machine."""

    def keep(self, snapshot_id: str, census: Counted) -> None:
        """Keep the census of a look in place of the one before."""

    def latest(self) -> AbstractContextManager[Census | None]:
        """The census of the last look, for as long as the block lasts; None where that look was not counted."""


class Plans(Protocol):
    def save(self, plan: Plan) -> None: ...

    def get(self, plan_id: str) -> Plan | None: ...


class Rollouts(Protocol):
    """Rollouts as rows with a version."""

    def add(self, rollout: Rollout) -> None: ...

    def get(self, rollout_id: str) -> Rollout | None: ...

    def all(self) -> tuple[Rollout, ...]:
        """Newest first."""

    def replace(self, rollout: Rollout, entries: Iterable[Entry] = ()) -> Rollout:
        """Store it if its version is still the stored one, with the ledger's entries that belong to the move, all or nothing.

        Returns it with the next version; raises `Overtaken`, and stores nothing, when another process was first.
        """


class Deferrals(Protocol):
    """Postponed changes, of all times."""

    def add(self, made: Iterable[Deferral], entries: Iterable[Entry]) -> None:
        """Keep new ones with their ledger entries, all or nothing."""

    def end(self, ended: Iterable[Deferral], entries: Iterable[Entry]) -> None:
        """Keep who ended them; raises `Overtaken`, and stores nothing, where one was ended already."""

    def all(self) -> tuple[Deferral, ...]:
        """Oldest first."""


class KeptLifecycles(Protocol):
    """What a lifecycle feed told last."""

    def keep(self, lifecycles: Lifecycles) -> None:
        """In place of what was kept before."""

    def latest(self) -> Lifecycles:
        """What was kept last; nothing where no feed was ever read."""


class Ledger(Protocol):
    """The append-only log of writes and refusals; rows are hash-chained."""

    def append(self, entry: Entry) -> None: ...

    def of(self, subject: str) -> tuple[Entry, ...]:
        """Entries of one plan or rollout, oldest first."""

    def verify(self) -> int | None:
        """Number of the first entry that was altered, or whose forerunner was removed; None when the chain holds."""

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Held by one process at a time; raises `Busy` when another holds it. Freed when the process dies."""
