"""The small languages inside a policy's values: durations, amounts, ids, time zones, moments. Each reader raises `Wrong`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from patchkeep.domain.policy import Amount
from patchkeep.domain.severity import RATINGS, rating
from patchkeep.policy.mistakes import Wrong, did_you_mean, kind, nearest, written

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?")
_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_CALLER = r"(role|user|assumed-role|federated-user)/[\w+=,.@/-]+|root"
_APPROVER = re.compile(rf"aws-sso:[\w+=,.@-]{{1,32}}|arn:aws[a-z-]*:(iam|sts)::[0-9]{{12}}:({_CALLER})", re.ASCII)
_REFERENCE = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|ssm:/?[A-Za-z0-9_./-]+|secretsmanager:[A-Za-z0-9/_+=.@:-]+)")
LONGEST = timedelta(days=3650)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format, half a character, ends of lines and paragraphs


def text(value: Any) -> str:
    """Text that says something; a number or truth value is an error with a hint to quote."""
    match value:
        case str() if value.strip():
            return value
        case str() | None:
            raise Wrong("A text is expected here, and there is none.")
        case bool() | int() | float():
            raise Wrong(f"A text is expected here; {written(value)} is read as {kind(value)}.", f'Put it in quotes: "{written(value)}".')
        case _:
            raise Wrong(f"A text is expected here, not {kind(value)}.")


def one_line(value: Any) -> str:
    """Text without line breaks and other characters that nobody sees: what is read is all there is."""
    found = text(value)
    if unseen := next((letter for letter in found if unicodedata.category(letter) in _UNSEEN), ""):
        raise Wrong(f"{found!r} holds a character that nobody sees, {unseen!r}.", "Write it in one line, without that character.")
    return found


def listed(value: Any) -> Any:
    """One value or a list of them, as a list."""
    match value:
        case []:
            raise Wrong("An empty list says nothing.", "Name something, or remove the key.")
        case list():
            return value
        case dict():
            raise Wrong("One value or a list is expected here, not a map.")
        case _:
            return [value]


def name(value: Any) -> str:
    """A name that may go into names and tags of AWS objects."""
    found = text(value)
    if not _NAME.fullmatch(found):
        raise Wrong(f"{found!r} cannot be a name.", "Use letters, digits, `-`, `_` and `.`, at most 64, beginning with a letter or digit.")
    return found


def account(value: Any) -> str:
    """An account id: twelve digits, in quotes, because YAML would read it as a number and drop a leading zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise Wrong(f"The account id {written(value)} is read as a number.", f'Put it in quotes: "{written(value)}".')
    found = text(value)
    if not re.fullmatch(r"[0-9]{12}", found):
        raise Wrong(f"{found!r} is no account id.", 'An account id is twelve digits in quotes: "111122223333".')
    return found


def organizational_unit(value: Any) -> str:
    """A path of names: "Workloads/Prod"."""
    found = one_line(value)
    if re.fullmatch(r"ou-[0-9a-z]{4,}-[0-9a-z]{8,}|r-[0-9a-z]{4,}", found):
        raise Wrong(f"{found} is an id; environments are matched by the path of names.", "Write it as in `Workloads/Prod`.")
    if found != "/".join(part.strip() for part in found.split("/") if part.strip()):
        fixed = "/".join(part.strip() for part in found.split("/") if part.strip())
        raise Wrong(f"{found!r} has slashes or spaces to spare.", f"Write `{fixed}`." if fixed else "Write it as in `Workloads/Prod`.")
    return found


def role(value: Any) -> str:
    """The name of an IAM role, the same in every account; no ARN."""
    found = text(value)
    if not _ROLE.fullmatch(found):
        raise Wrong(f"{found!r} is no role name.", "Write the name alone, without ARN or path: `PatchkeepRead`.")
    return found


def region(value: Any) -> str:
    found = text(value)
    if not _REGION.fullmatch(found):
        raise Wrong(f"{found!r} is no region.", "Write it as in `eu-central-1`, or `all-enabled` instead of a list.")
    return found


def approver(value: Any) -> str:
    """Somebody whom AWS can vouch for: whoever signed in with a permission set, or the ARN of a role or user."""
    found = text(value)
    if not _APPROVER.fullmatch(found):
        fix = "Write `aws-sso:PermissionSet`, or an ARN as in `arn:aws:iam::111122223333:role/Ops`."
        raise Wrong(f"Nobody can ever approve as {found!r}: AWS knows no such caller.", fix)
    return found


def reference(value: Any) -> str:
    """Where a secret is kept, never the secret itself."""
    found = text(value)
    if not _REFERENCE.fullmatch(found):
        raise Wrong(
            "A secret must not stand in the policy file.",
            "Write where it is kept: `env:NAME`, `ssm:/path/of/parameter` or `secretsmanager:name`.",
        )
    return found


def duration(value: Any) -> timedelta:
    """`15m`, `36h`, `3d`, `2w`, `1d12h`; `now` is none at all."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Wrong(f"{written(value)} of what?", f"Write a unit: `{written(value)}m`, `{written(value)}h` or `{written(value)}d`.")
    found = text(value).strip()
    if found == "now":
        return timedelta(0)
    if not _DURATION.fullmatch(found):
        raise Wrong(f"{found!r} is no duration.", "Write it as in `15m`, `36h`, `3d` or `1d12h`.")
    parts = {_UNITS[part[-1]]: int(part[:-1]) for part in _DURATION.fullmatch(found).groups() if part}  # type: ignore[union-attr]
    if any(number > LONGEST.days * 24 * 3600 for number in parts.values()) or timedelta(**parts) > LONGEST:
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


def count(value: Any) -> int:
    """A whole number from 1 on."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return int(value)
    raise Wrong(f"A whole number from 1 on is expected here, not {kind(value)}.")


def share(value: Any) -> float:
    """`5%` as 0.05."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Wrong(f"A share is a percentage; {written(value)} has no sign.", f"Write `{written(value)}%`.")
    found = _SHARE.fullmatch(text(value))
    if not found or not 0 <= float(found[1]) <= 100:
        raise Wrong(f"{value!r} is no share.", "Write a percentage from 0% to 100%, as in `5%`.")
    return float(found[1]) / 100


def positive_share(value: Any) -> float:
    found = share(value)
    if not found:
        raise Wrong("A share of 0% is nobody.", "Write a percentage above 0%, as in `5%`.")
    return found


def amount(value: Any) -> Amount:
    """`5`, `5%` or `{share: 5%, at_least: 1}`."""
    match value:
        case bool():
            raise Wrong(f"An amount is expected here, not {kind(value)}.", "Write a number or a percentage: `5` or `5%`.")
        case int() if value >= 0:
            return Amount(count=int(value))
        case str():
            return Amount(share=share(value))
        case dict():
            return _amount_of_map(value)
        case _:
            raise Wrong(f"An amount is expected here, not {kind(value)}.", "Write a number or a percentage: `5` or `5%`.")


def positive_amount(value: Any) -> Amount:
    found = amount(value)
    if not (found.count or found.share or found.at_least):
        raise Wrong("Nobody at once means that the ring never begins.", "Write 1 or more, or a percentage above 0%.")
    return found


def _amount_of_map(value: Mapping[str, Any]) -> Amount:
    if unknown := next((key for key in value if key not in {"share", "count", "at_least"}), None):
        raise Wrong(f"An amount has no key `{unknown}`.", did_you_mean(unknown, ("share", "count", "at_least")))
    if ("share" in value) == ("count" in value):
        raise Wrong("An amount needs either `share` or `count`.", "Write it as in `{share: 1%, at_least: 1}`.")
    least = count(value["at_least"]) if "at_least" in value else 0
    if "count" in value:
        return Amount(count=count(value["count"]), at_least=least)
    return Amount(share=share(value["share"]), at_least=least)


def spelt_amount(found: Amount) -> str:
    """An amount as a person would write it: `5`, `5%`."""
    return str(found.count) if found.count is not None else f"{(found.share or 0) * 100:g}%"


def offset(value: Any) -> timedelta:
    """Whole days by which a window is put off, 1 to 28."""
    found = duration(value)
    if found % timedelta(days=1) or not timedelta(days=1) <= found <= timedelta(days=28):
        raise Wrong(f"A window is put off by 1 to 28 whole days, not by {written(value)}.", "Write it as in `4d`.")
    return found


def one_of(*allowed: str) -> Callable[[Any], str]:
    """A reader that takes one of these words."""

    def read(value: Any) -> str:
        found = text(value)
        if found not in allowed:
            raise Wrong(f"{found!r} is not known here.", did_you_mean(found, allowed))
        return found

    return read


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


def sla_name(value: Any) -> str:
    """A severity that a deadline is written for."""
    found = text(value)
    if (meant := rating(found)) != found.lower():
        raise Wrong(f"Deadlines are not written for {found}.", f"Write `{meant}`; it holds for what vendors call {found}.")
    return one_of(*RATINGS)(found)
