"""What was judged of everything at one look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from patchkeep.domain.compliance import Compliance


@dataclass(frozen=True, slots=True)
class Look:
    """The verdicts of one look, by asset; an asset that was not there then has none."""

    at: datetime
    snapshot_id: str
    verdicts: Mapping[str, Compliance]


def turns(changes: Iterable[tuple[datetime, Compliance]]) -> Iterator[tuple[datetime, Compliance]]:
    """Of the changes of one asset's verdict, oldest first, those at which its status became another, and not only a reason."""
    stood = None
    for at, verdict in changes:
        if verdict.status is not stood:
            yield at, verdict
        stood = verdict.status
