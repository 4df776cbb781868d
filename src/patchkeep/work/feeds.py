"""Bring what is known of lifecycles up to date: read documents, join them to what is kept, and say what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from patchkeep.domain.asset import Support
from patchkeep.domain.lifecycle import Lifecycles
from patchkeep.feeds import FeedError, endoflife
from patchkeep.work.seams import KeptLifecycles

SKEW = timedelta(days=1)  # a day begins earlier elsewhere


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update came to: `read` products are in the documents, those `older` than what was kept were left out."""

    lifecycles: Lifecycles
    read: frozenset[str]
    older: frozenset[str]


def update(kept: KeptLifecycles, documents: Iterable[tuple[str, bytes]], now: datetime, as_of: date | None = None) -> Updated:
    """Keep what the documents tell, all or nothing. `as_of`: of documents that don't say of when they are. Raises FeedError."""
    lines = [line for address, content in documents for line in endoflife.read(content, address, as_of)]
    if not lines:
        raise FeedError("No line of any product was found: nothing was kept")
    for line in lines:
        if line.as_of and line.as_of > (now + SKEW).date():
            raise FeedError(f"{line.source} is of {line.as_of}, which lies in the future: nothing was kept")
    before = kept.latest()
    after = before.joined(lines, now)
    kept.keep(after)
    told = frozenset(line.product for line in lines)
    return Updated(after, told, frozenset(_older(before.lines, lines)))


def _older(known: Iterable[Support], lines: Iterable[Support]) -> Iterable[str]:
    dates = {line.product: line.as_of for line in known}
    return (line.product for line in lines if (there := dates.get(line.product)) and line.as_of and line.as_of < there)
