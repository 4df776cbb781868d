"""How the updates of one managed resource are put on: its service decides it, and the plan shows it."""

from __future__ import annotations

from dataclasses import dataclass

from patchkeep.domain.asset import Disruption, Update
from patchkeep.domain.frozen import NOTHING, Frozen


@dataclass(frozen=True, slots=True)
class Course:
    """`updates` are put on by `steps`, each begun when the one before it is done.

    `asks` is what the service will need to know of it. Resources of one `lot` may share a call, `together` of them. `after`:
    ids of assets whose changes must be done first, where they have any. `apart`: names of groups of which one member changes at a time.
    `undo`: the way back, in words.
    """

    updates: tuple[Update, ...]
    steps: tuple[str, ...]
    asks: Frozen = NOTHING
    lot: str = ""
    together: int = 1
    after: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    disruption: Disruption = Disruption.RESTART
    undo: str = ""
    irreversible: bool = True
    snapshot_gb: float = 0.0
    pins: str = ""  # what a template that owns the resource would set back: "EngineVersion 14.12"; "" where it pins nothing
