"""Times in which things may change, or must not: the policy's windows and freezes, and the weekly windows in which AWS itself acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from patchkeep.domain.asset import Asset, Update, UpdateState
from patchkeep.domain.calendar.values import Entry, Known, What, kinds_of, names_of, uid
from patchkeep.domain.window import Freeze, Interval

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY, _CLOCK = f"({'|'.join(_DAYS)})", r"(\d\d):(\d\d)"
_WEEKLY = re.compile(rf"(?i){_DAY}:{_CLOCK}-{_DAY}:{_CLOCK}(?: (\S+))?")
_DAILY = re.compile(rf"(?i)daily {_CLOCK}-{_CLOCK}")
DAY, WEEK = timedelta(days=1), timedelta(days=7)


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
    """When a recurring window of AWS's is open in a period; None where the text isn't one.

    "sun:03:00-sun:03:30" and "daily 22:00-08:00" go by UTC, "sat:22:00-sun:00:00 Europe/Berlin" by the zone's clock.
    """
    if found := _WEEKLY.fullmatch(text.strip()):
        zone = _zone(found[7] or "UTC")
        opens, closes = (_in_week(*found.groups()[at : at + 3]) for at in (0, 3))
        return tuple(_recurring(opens, (closes - opens) % WEEK, WEEK, zone, period)) if zone else None
    if found := _DAILY.fullmatch(text.strip()):
        opens, closes = (_in_week("mon", *found.groups()[at : at + 2]) for at in (0, 2))
        return tuple(_recurring(opens, (closes - opens) % DAY, DAY, UTC, period))
    return None


def clear_of(opening: Interval, daily: str) -> tuple[Interval, ...]:
    """The parts of an opening that a daily window in UTC, "04:30-05:00", leaves; the whole of it where the text is none."""
    taken = weeks(f"daily {daily}", opening) or ()
    starts, ends = (opening.start, *(one.end for one in taken)), (*(one.start for one in taken), opening.end)
    return tuple(Interval(start, end) for start, end in zip(starts, ends, strict=True) if start < end)


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):  # no such zone: the window is told as one that isn't understood
        return None


def _recurring(opens: timedelta, lasts: timedelta, every: timedelta, zone: tzinfo, period: Interval) -> Iterator[Interval]:
    """`opens`: since the midnight on which a week begins, on the zone's clock. A window may last into the period."""
    first = (period.start - lasts).astimezone(zone).date()
    clock = datetime.combine(first - timedelta(days=first.weekday()), time()) + opens - WEEK
    while (start := clock.replace(tzinfo=zone).astimezone(UTC)) < period.end:
        if overlaps(interval := Interval(start, start + lasts), period):
            yield interval
        clock += every


def _in_week(day: str, hour: str, minute: str) -> timedelta:
    return timedelta(days=_DAYS.index(day.lower()), hours=int(hour), minutes=int(minute))


def aws_windows(known: Known, period: Interval) -> Iterator[Entry]:
    """Those of assets that share a window and an environment in one entry each week."""
    for (window, environment), assets in _sharing(known).items():
        for interval in weeks(window, period) or ():
            title = f"{kinds_of(assets)}{f' in {environment}' if environment else ''}"
            conflicts = tuple(_against(interval, known, assets))
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


def _against(interval: Interval, known: Known, assets: list[Asset]) -> Iterator[str]:
    for freeze in known.policy.freezes:
        frozen = next((frozen for frozen in freeze.intervals if overlaps(interval, frozen)), None)
        if frozen and any(_acts_on(asset, interval, frozen, known.now) for asset in assets):
            yield f"freeze {freeze.name} holds then, but what is scheduled AWS puts on all the same: {_cure(frozen, known.now)}"


def _acts_on(asset: Asset, opening: Interval, frozen: Interval, now: datetime) -> bool:
    """Whether AWS is to put something on in an opening that a freeze meets; updates that were not read may hold such a thing.

    What is merely open is nothing of the kind: whether AWS's automation would take it up an asset doesn't tell.
    """
    if asset.updates is None:
        return True
    return any(
        _forced_in(update, opening) or opening in (_first(asset.window, moment) for moment in _moments(update, frozen, now))
        for update in asset.updates
    )


def _forced_in(update: Update, opening: Interval) -> bool:
    return update.state.lacking and update.forced_at is not None and opening.holds(update.forced_at)


def _moments(update: Update, frozen: Interval, now: datetime) -> Iterator[datetime]:
    """When AWS begins to wait for the first opening to put it on in; none where nobody told it to."""
    overdue = update.state.lacking and update.forced_at is not None and update.forced_at < now
    scheduled, due = update.state is UpdateState.SCHEDULED, update.due_at
    if overdue or (scheduled and not (due and due >= frozen.end)):  # else it is put off until the freeze is over
        yield now
    if scheduled and due and due > now:
        yield due


def _first(window: str, moment: datetime) -> Interval | None:
    """The opening at a moment, or the next one."""
    return next(iter(weeks(window, Interval(moment, moment + 2 * WEEK)) or ()), None)


def inside(freeze: Freeze, moment: datetime, now: datetime) -> str:
    """That a date which AWS keeps lies in a freeze, and what to do about it."""
    holding = next(interval for interval in freeze.intervals if interval.holds(moment))
    return f"inside freeze {freeze.name}: {_cure(holding, now)}"


def _cure(frozen: Interval, now: datetime) -> str:
    if frozen.start > now:
        return f"carry it out before {frozen.start.astimezone(UTC):%Y-%m-%d %H:%M}"
    return "have AWS defer it, or end the freeze earlier"
