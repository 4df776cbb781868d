"""How many: numbers, percentages, and amounts that are either."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from patchkeep.domain.policy import Amount
from patchkeep.policy.mistakes import Wrong, did_you_mean, kind, written
from patchkeep.policy.values.texts import text

_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")


def count(value: Any) -> int:
    """A whole number from 1 on."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return int(value)
    raise Wrong(f"A whole number from 1 on is expected here, not {kind(value)}.")


def number(value: Any) -> float:
    """Any number, with a fraction or without."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise Wrong(f"A number is expected here, not {kind(value)}.", "Write it without unit and quotes, as in `80`.")


def within(least: int, most: int) -> Callable[[Any], int]:
    """Reads a whole number between two."""

    def read(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise Wrong(f"A whole number from {least} to {most} is expected here, not {kind(value)}.")

    return read


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
