"""What was judged of everything at one look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from patchkeep.domain.compliance import Compliance


@dataclass(frozen=True, slots=True)
class Look:
    """The verdicts of one look, by asset; an asset that was not there then has none."""

    at: datetime
    snapshot_id: str
    verdicts: Mapping[str, Compliance]
