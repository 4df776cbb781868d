"""Other people's and AWS's words, made fit to be shown: names come from tags that anyone may set, sentences bear whole ARNs."""

from __future__ import annotations

import re

_ARN = re.compile(r"\barn:[\w-]+:[\w-]*:[\w-]*:\d*:(\S+)")


def printable(value: object) -> str:
    """One line without control characters: a name must not drive a terminal or break a table."""
    return "".join(character if character.isprintable() else " " for character in str(value))


def without_arns(sentence: str) -> str:
    """Without what an ARN says of partition, region and account."""
    return _ARN.sub(r"\1", sentence)
