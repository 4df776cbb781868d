"""What a report rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patchkeep.domain.deferral import Deferral
from patchkeep.domain.exposure import Exposure
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.look import Look
from patchkeep.domain.plan import Skip
from patchkeep.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a report rests on.

    `history`: every look, each complete. `changed_at`: when our first write was made, or
    None where nothing was changed yet. `environments`: asset id -> environment, for the assets that are in one.
    """

    snapshot: Snapshot
    history: tuple[Look, ...]
    exposures: tuple[Exposure, ...]
    environments: Frozen = NOTHING
    changed_at: datetime | None = None
    skips: tuple[Skip, ...] = ()
    deferrals: tuple[Deferral, ...] = ()  # in force
