"""Whether a cluster's maintenance is to be put off over a freeze of the policy, and how that is taken back. Pure.

A deferral keeps AWS's maintenance away for 60 days at most (botocore's model of ModifyClusterMaintenance), but for what AWS calls
mandatory: hardware replacements and urgent security updates come all the same ("Cluster maintenance" in the Redshift Management Guide).

No clock is needed: AWS says when the next maintenance can begin. Of the windows from then on and within 60 days, the first one that
reaches into a freeze is deferred to that freeze's end. A deferral that begins before that next window opens begins when it is asked for, as
nothing can happen until then. Ours are known by the identifier that we give them; those of others are left alone, as is one of ours that
still ends in a freeze. Each expires by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.domain.calendar.times import WEEK, overlaps
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


def wanted(following: Interval | None, freezes: Iterable[Freeze], present: str) -> str:
    """The deferral that there should be, `present` where that is well as it is, "" for none.

    `following`: the window in which the next maintenance can be.
    """
    intervals = tuple(interval for freeze in freezes for interval in freeze.intervals)
    needed = _over(following, intervals) if following else None
    if needed:
        return needed.spelt
    _, until = read(present)
    return present if until and _ends_in(intervals, datetime.fromisoformat(until)) else ""


def _over(following: Interval, intervals: Iterable[Interval]) -> Deferral | None:
    """Over the first freeze that a window reaches into."""
    for week in range(MOST // WEEK + 1):
        window = Interval(following.start + week * WEEK, following.end + week * WEEK)
        if holding := next((interval for interval in intervals if overlaps(window, interval)), None):
            since = min(holding.start, window.start) if week else None
            return Deferral(since, min(holding.end, (since or following.start - WEEK) + MOST))
    return None


def too_short(spelt: str, freezes: Iterable[Freeze]) -> str:
    """That a deferral ends before its freeze does; "" where it doesn't."""
    _, until = read(spelt)
    ends = datetime.fromisoformat(until) if until else None
    longer = next((one.name for one in freezes for interval in one.intervals if ends and interval.start < ends < interval.end), "")
    return f"AWS defers for {MOST.days} days at most: freeze {longer} goes on after that" if longer else ""


def _ends_in(intervals: Iterable[Interval], until: datetime) -> bool:
    return any(interval.start < until <= interval.end for interval in intervals)
