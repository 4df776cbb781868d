"""How long, when, and in which time zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from patchkeep.policy.mistakes import Wrong, nearest, written
from patchkeep.policy.values.texts import text

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?")
_LONGEST = timedelta(days=3650)


def duration(value: Any) -> timedelta:
    """`15m`, `36h`, `3d`, `2w`, `1d12h`; `now` is none at all."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Wrong(f"{written(value)} of what?", f"Write a unit: `{written(value)}m`, `{written(value)}h` or `{written(value)}d`.")
    found = text(value).strip()
    if found == "now":
        return timedelta(0)
    match = _DURATION.fullmatch(found)
    if match is None:
        raise Wrong(f"{found!r} is no duration.", "Write it as in `15m`, `36h`, `3d` or `1d12h`.")
    parts = {_UNITS[part[-1]]: int(part[:-1]) for part in match.groups() if part}
    if any(number > _LONGEST.days * 24 * 3600 for number in parts.values()) or timedelta(**parts) > _LONGEST:
        raise Wrong(f"{found} is longer than ten years.", "Write a shorter one.")
    return timedelta(**parts)


def spelt(length: timedelta) -> str:
    """A duration as a person would write it: `36h`, `14d`, `1h30m`."""
    seconds = int(length.total_seconds())
    if seconds and seconds % 86400 == 0 and seconds != 86400:
        return f"{seconds // 86400}d"
    hours, rest = divmod(seconds, 3600)
    parts = ((hours, "h"), (rest // 60, "m"), (rest % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0h"


def positive_duration(value: Any) -> timedelta:
    found = duration(value)
    if not found:
        raise Wrong("No time at all makes no sense here.", "Write it as in `15m`, `36h` or `3d`.")
    return found


def kept_for(value: Any) -> timedelta:
    """At least a day: less would prune what the next command still needs."""
    found = duration(value)
    if found < timedelta(days=1):
        raise Wrong("Less than a day is no time to keep anything.", "Write it as in `90d`, or leave the key out to keep it for ever.")
    return found


def approval_delay(value: Any) -> timedelta:
    """Whole days up to 360: what a patch baseline's ApproveAfterDays takes."""
    found = duration(value)
    if found % timedelta(days=1):
        days = -(-found // timedelta(days=1))
        raise Wrong("A patch baseline counts its approval delay in whole days.", f"Write `{days}d`.")
    if found > timedelta(days=360):
        raise Wrong("A patch baseline delays approval by 360 days at most.", "Write `360d` or less.")
    return found


def window_length(value: Any) -> timedelta:
    """From 1 to 24 hours: what a maintenance window of AWS may last."""
    found = duration(value)
    if not timedelta(hours=1) <= found <= timedelta(hours=24):
        raise Wrong("A maintenance window lasts from 1 to 24 hours.", "Write it as in `4h`.")
    return found


def offset(value: Any) -> timedelta:
    """Whole days by which a window is put off, 1 to 28."""
    found = duration(value)
    if found % timedelta(days=1) or not timedelta(days=1) <= found <= timedelta(days=28):
        raise Wrong(f"A window is put off by 1 to 28 whole days, not by {written(value)}.", "Write it as in `4d`.")
    return found


def time_zone(value: Any) -> str:
    """A name of the IANA time zone database: "Europe/Berlin"."""
    found = text(value)
    try:
        ZoneInfo(found)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong(f"There is no time zone {found!r}.", _zone_like(found)) from None
    return found


def _zone_like(wrong: str) -> str:
    zones = sorted(available_timezones())
    city = next((zone for zone in zones if zone.rsplit("/", 1)[-1].lower() == wrong.lower().replace(" ", "_")), None)
    meant = city or (nearest(wrong, zones) if "/" in wrong else None)
    return f"Did you mean `{meant}`?" if meant else "Write it as in `Europe/Berlin` or `UTC`."


def moment(value: Any) -> date:
    """A day (`2026-12-18`) or a day with its time (`2026-12-18T18:00`, also with an offset)."""
    found = text(value)
    try:
        return date.fromisoformat(found) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", found) else datetime.fromisoformat(found)
    except ValueError:
        raise Wrong(f"{found!r} is no date.", "Write it as in `2026-12-18` or `2026-12-18T18:00`.") from None
