"""Other people's and AWS's words, made fit to be shown: names come from tags that anyone may set, sentences bear whole ARNs."""

from __future__ import annotations

import re
from datetime import timedelta

_ARN = re.compile(r"\barn:[\w-]+:[\w-]*:[\w-]*:\d*:(\S+)")


def printable(value: object) -> str:
    """One line without control characters: a name must not drive a terminal or break a table."""
    return "".join(character if character.isprintable() else " " for character in str(value))


def without_arns(sentence: str) -> str:
    """Without what an ARN says of partition, region and account."""
    return _ARN.sub(r"\1", sentence)


def counted(number: int, noun: str) -> str:
    """So many of them: "1 update", "3 updates"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def stated(number: int, noun: str, one: str, more: str) -> str:
    """So many of them, and a verb that agrees: "1 asset is", "3 assets are"."""
    return f"{counted(number, noun)} {one if number == 1 else more}"


def lasting(length: timedelta) -> str:
    """In hours, from four days on in days: "36 h", "5.5 d"."""
    hours = length.total_seconds() / 3600
    return f"{hours:.3g} h" if hours < 96 else f"{hours / 24:.3g} d"
