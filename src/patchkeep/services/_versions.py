"""Versions of engines and platforms as AWS spells them: "14.12", "8.0.mysql_aurora.3.05.2", "7.17.R5"."""

from __future__ import annotations

import re
from collections.abc import Iterable

ENGINE = "engine"  # the id of an update that is a newer version of what the resource runs
_NUMBER = re.compile(r"\d+")


def order(version: str) -> tuple[int, ...]:
    """Sorts versions of one engine; () for one without a number, which is older than all others."""
    return tuple(map(int, _NUMBER.findall(version)))


def newest(versions: Iterable[str]) -> str:
    """The newest of them; "" for none."""
    return max(versions, key=order, default="")


def at_least(version: str, wanted: str) -> bool:
    """Whether a version is the wanted one or a newer one; one without a number only where it is that very one."""
    return version == wanted or (bool(order(version)) and order(version) >= order(wanted))
