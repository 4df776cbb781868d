"""Whether a cluster's maintenance is to be put off over a freeze of the policy, and how that is taken back. Pure.

A deferral keeps AWS's maintenance away for 60 days at most (botocore's model of ModifyClusterMaintenance), but for what AWS calls
mandatory: hardware replacements and urgent security updates come all the same ("Cluster maintenance" in the Redshift Management Guide).

No clock is needed: AWS says when the next maintenance can begin. Of the windows that open from then on and within 60 days, the first one
that a freeze holds is deferred to that freeze's end. A deferral that begins before that next window opens begins when it is asked for, as
nothing can happen until then. Ours are known by the identifier that we give them; those of others are left alone, as is one of ours that
still ends in a freeze. Each expires by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.domain.calendar.times import WEEK
from patchkeep.domain.setting import MARK
from patchkeep.domain.window import Freeze, Interval

MOST = timedelta(days=60)
AT_ONCE = "now"


@dataclass(frozen=True, slots=True)
class Deferral:
    """`since` None: from the moment at which it is asked for."""

    since: datetime | None
    until: datetime
    id: str = ""

    @property
    def spelt(self) -> str:
        """As a setting shows it, an interval of ISO 8601 but for "now"."""
        return f"{_spelt(self.since) if self.since else AT_ONCE}/{_spelt(self.until)}"


def _spelt(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read(spelt: str) -> tuple[str, str]:
    """Start ("" for at once) and end of what `spelt` says."""
    since, _, until = spelt.partition("/")
    return ("" if since == AT_ONCE else since), until


def ours_among(rows: Iterable[Mapping[str, Any]]) -> Deferral | None:
    """The latest deferral that bears our mark, of a cluster's DeferredMaintenanceWindows."""
    ours = [row for row in rows if row.get("DeferMaintenanceIdentifier", "").startswith(MARK)]
    found = [Deferral(row["DeferMaintenanceStartTime"], row["DeferMaintenanceEndTime"], row["DeferMaintenanceIdentifier"]) for row in ours]
    return max(found, key=lambda deferral: deferral.until, default=None)


def identifier(until: str) -> str:
    """What marks a deferral as ours, by the moment at which it ends."""
    return MARK + until.translate(str.maketrans("", "", "-:")).lower()


def wanted(following: datetime | None, freezes: Iterable[Freeze], present: str) -> str:
    """The deferral that there should be, `present` where that is well as it is, "" for none.

    `following`: when the next maintenance can begin.
    """
    intervals = tuple(interval for freeze in freezes for interval in freeze.intervals)
    needed = _over(following, intervals) if following else None
    if needed:
        return needed.spelt
    _, until = read(present)
    return present if until and _ends_in(intervals, datetime.fromisoformat(until)) else ""


def _over(following: datetime, intervals: Iterable[Interval]) -> Deferral | None:
    """Over the first freeze that a window opens in."""
    for weeks in range(MOST // WEEK + 1):
        opening = following + weeks * WEEK
        if holding := next((interval for interval in intervals if interval.holds(opening)), None):
            since = holding.start if weeks else None
            return Deferral(since, min(holding.end, (since or following - WEEK) + MOST))
    return None


def _ends_in(intervals: Iterable[Interval], until: datetime) -> bool:
    return any(interval.start < until <= interval.end for interval in intervals)
