"""Times in which things may change, or must not: the policy's windows and freezes, and the weekly windows in which AWS itself acts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta

from patchkeep.domain.asset import Asset
from patchkeep.domain.calendar.values import Entry, Known, What, kinds_of, names_of, uid
from patchkeep.domain.window import Freeze, Interval

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY = re.compile(r"(?i)(mon|tue|wed|thu|fri|sat|sun):(\d\d):(\d\d)-(mon|tue|wed|thu|fri|sat|sun):(\d\d):(\d\d)")
WEEK = timedelta(days=7)


def overlaps(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end


def freezes(known: Known, period: Interval) -> Iterator[Entry]:
    for freeze in known.policy.freezes:
        for interval in freeze.intervals:
            if overlaps(interval, period):
                yield _entry(What.FREEZE, freeze.name, interval)


def windows(known: Known, period: Interval) -> Iterator[Entry]:
    """The policy's own; one that a freeze covers wholly stays shut, and says so."""
    for window in known.policy.windows:
        for interval in window.intervals:
            if overlaps(interval, period):
                shut = next((freeze.name for freeze in known.policy.freezes if _within(interval, freeze)), "")
                yield _entry(What.WINDOW, f"{window.name}, shut by freeze {shut}" if shut else window.name, interval, window.name)


def _within(interval: Interval, freeze: Freeze) -> bool:
    return any(frozen.start <= interval.start and interval.end <= frozen.end for frozen in freeze.intervals)


def _entry(what: What, title: str, interval: Interval, name: str = "") -> Entry:
    start, end = interval.start.astimezone(UTC), interval.end.astimezone(UTC)
    whole = start.time() == end.time() == time() and what is What.FREEZE
    return Entry(uid(what, name or title, start.isoformat()), what, title, start, end, whole_days=whole)


def weeks(text: str, period: Interval) -> tuple[Interval, ...] | None:
    """When a weekly window of AWS's ("sun:03:00-sun:03:30", UTC) is open in a period; None where it isn't one."""
    found = _WEEKLY.fullmatch(text.strip())
    if found is None:
        return None
    opens, closes = (_in_week(*found.groups()[at : at + 3]) for at in (0, 3))
    lasts = (closes - opens) % WEEK
    first = period.start.astimezone(UTC).date()
    monday = datetime.combine(first - timedelta(days=first.weekday()), time(), UTC) - WEEK  # a window may last into the period
    intervals = []
    while monday < period.end:
        interval = Interval(monday + opens, monday + opens + lasts)
        if overlaps(interval, period):
            intervals.append(interval)
        monday += WEEK
    return tuple(intervals)


def _in_week(day: str, hour: str, minute: str) -> timedelta:
    return timedelta(days=_DAYS.index(day.lower()), hours=int(hour), minutes=int(minute))


def aws_windows(known: Known, period: Interval) -> Iterator[Entry]:
    """Those of assets that share a window and an environment in one entry each week."""
    for (window, environment), assets in _sharing(known).items():
        for interval in weeks(window, period) or ():
            title = f"{kinds_of(assets)}{f' in {environment}' if environment else ''}"
            conflicts = tuple(_against(interval, known.policy.freezes))
            name = uid(What.AWS_WINDOW, window, environment, interval.start.isoformat())
            yield Entry(name, What.AWS_WINDOW, title, interval.start, interval.end, False, environment, names_of(assets), conflicts)


def not_understood(known: Known, period: Interval) -> tuple[Asset, ...]:
    """Assets whose window is none that we know how to read."""
    return tuple(asset for asset in known.assets if asset.window and weeks(asset.window, period) is None)


def _sharing(known: Known) -> dict[tuple[str, str], list[Asset]]:
    found: dict[tuple[str, str], list[Asset]] = {}
    for asset in known.assets:
        if asset.window:
            found.setdefault((asset.window.lower(), known.environment_of(asset)), []).append(asset)
    return dict(sorted(found.items()))


def _against(interval: Interval, freezes_: Iterable[Freeze]) -> Iterator[str]:
    for freeze in freezes_:
        if any(overlaps(interval, frozen) for frozen in freeze.intervals):
            yield f"freeze {freeze.name} holds then, but what is scheduled AWS puts on all the same"
