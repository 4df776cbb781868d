"""Versions of engines and platforms as AWS spells them: "14.12", "8.0.mysql_aurora.3.05.2", "7.17.R5"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

ENGINE = "engine"  # the id of an update that is a newer version of what the resource runs
_NUMBER = re.compile(r"\d+")


def order(version: str) -> tuple[int, ...]:
    """Sorts versions of one engine; () for one without a number, which is older than all others."""
    return tuple(map(int, _NUMBER.findall(version)))


def newest(versions: Iterable[str]) -> str:
    """The newest of them; "" for none."""
    return max(versions, key=order, default="")


def of_each_line(
    newer: Iterable[str], is_major: Callable[[str], bool], key: Callable[[str], tuple[Any, ...]] = order
) -> Iterator[tuple[str, str]]:
    """("minor", the newest of the present line) and ("major", the newest beyond it), each where there is such a one."""
    newer = tuple(newer)
    for line, major in (("minor", False), ("major", True)):
        if found := max((one for one in newer if is_major(one) == major), key=key, default=""):
            yield line, found


def at_least(version: str, wanted: str) -> bool:
    """Whether a version is the wanted one or a newer one; one without a number only where it is that very one."""
    return version == wanted or (bool(order(version)) and order(version) >= order(wanted))
