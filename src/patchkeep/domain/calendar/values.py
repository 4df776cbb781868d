"""What a calendar of changes is made of: entries with stable identities, and what was known when it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.frozen import fingerprint
from patchkeep.domain.policy import Environment, Policy
from patchkeep.domain.progress import Rollout
from patchkeep.domain.window import Interval


class What(StrEnum):
    """Kinds of entries, in the order in which those of one moment are told."""

    FREEZE = "freeze"
    WINDOW = "window"
    AWS_WINDOW = "AWS window"
    FORCED = "forced by AWS"
    DUE = "recommended"  # by AWS
    SUPPORT = "end of support"
    EVENT = "AWS event"
    ROLLOUT = "rollout"


@dataclass(frozen=True, slots=True)
class Entry:
    """From `start` until just before `end`, in UTC; a moment where they are equal. `uid` stays the same from one look to the next."""

    uid: str
    what: What
    title: str
    start: datetime
    end: datetime
    whole_days: bool = False
    environment: str = ""
    names: tuple[str, ...] = ()  # of the assets that it is about
    conflicts: tuple[str, ...] = ()  # why something has to be decided, a sentence each


@dataclass(frozen=True, slots=True)
class Calendar:
    """Entries in the order of time. `notes`: what is not in it, and why."""

    period: Interval
    made_at: datetime
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()

    @property
    def conflicts(self) -> int:
        return sum(len(entry.conflicts) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Known:
    """What a calendar is made from. `environments`: by asset id, of assets in exactly one."""

    policy: Policy
    now: datetime
    assets: tuple[Asset, ...] = ()
    environments: Mapping[str, Environment] = field(default_factory=dict)
    objects: tuple[Existing, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    seen: bool = True  # whether there was a look at all

    def environment_of(self, asset: Asset) -> str:
        """Its name; "" where it is in none, or in several."""
        found = self.environments.get(asset.id)
        return found.name if found else ""


def uid(what: What, *parts: object) -> str:
    """The same for the same thing at the same time, whoever makes the calendar and whenever."""
    return f"{fingerprint([what.value, *map(str, parts)])[:24]}@patchkeep"


def names_of(assets: Iterable[Asset]) -> tuple[str, ...]:
    return tuple(sorted({asset.name or asset.resource for asset in assets}))


def kinds_of(assets: Iterable[Asset]) -> str:
    """So many of each kind: "2 db instances and 1 cache cluster"."""
    counts: dict[str, int] = {}
    for asset in assets:
        counts[asset.kind] = counts.get(asset.kind, 0) + 1
    return " and ".join(f"{number} {kind}{'' if number == 1 else 's'}" for kind, number in sorted(counts.items()))
