"""How a report measures: shares, and how long windows lasted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Spread:
    """How long windows lasted; None where there is none to measure."""

    count: int = 0
    mean: timedelta | None = None
    median: timedelta | None = None
    p90: timedelta | None = None
    longest: timedelta | None = None


def share(part: int, whole: int) -> float | None:
    """None without a denominator: a ratio of nothing is not known."""
    return part / whole if whole else None


def spread(durations: Iterable[timedelta]) -> Spread:
    """Median and p90 are durations that occur (nearest rank), so that no number stands for something nobody saw."""
    ordered = sorted(durations)
    if not ordered:
        return Spread()
    mean = sum(ordered, timedelta()) / len(ordered)
    median, p90 = (ordered[math.ceil(part * len(ordered)) - 1] for part in (0.5, 0.9))
    return Spread(len(ordered), mean, median, p90, ordered[-1])
