"""How numbers, times and names read in every report. What is not known says UNKNOWN, never 0 and never 100 %."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

UNKNOWN = "UNKNOWN"


def number(count: int | None) -> str:
    return UNKNOWN if count is None else str(count)


def percent(ratio: float | None) -> str:
    """To a tenth, rounded down: 99.96 % is not 100 %, and what is not nothing never reads 0.0 %."""
    if ratio is None:
        return UNKNOWN
    if 0 < ratio < 0.001:
        return "<0.1 %"
    return f"{math.floor(ratio * 1000 + 1e-9) / 10:.1f} %"


def span(duration: timedelta | None) -> str:
    """Minutes, hours or days, whichever reads best."""
    if duration is None:
        return UNKNOWN
    hours = duration / timedelta(hours=1)
    if hours < 1:
        return f"{duration / timedelta(minutes=1):.0f} min"
    if hours < 72:
        return f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"
    return f"{hours / 24:.1f} d" if hours < 240 else f"{hours / 24:.0f} d"


def when(moment: datetime | None) -> str:
    return UNKNOWN if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def change(ratio: float | None) -> str:
    """-0.9 reads "down 90 %"; rounded towards no change."""
    if ratio is None:
        return UNKNOWN
    if not ratio:
        return "unchanged"
    return f"{'down' if ratio < 0 else 'up'} {math.floor(abs(ratio) * 100 + 1e-9)} %"
