"""What is wrong with one value and what to write instead: raised where values are read, placed where the file is known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class Wrong(ValueError):  # noqa: N818 - it is a finding about the file, said as such
    """One mistake, without its place: `what` is a sentence, `fix` says what to write."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what} {fix}".rstrip())
        self.what = what
        self.fix = fix


def written(value: Any) -> str:
    """A scalar as it stands in the file."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case _:
            return str(getattr(value, "text", value))


def kind(value: Any) -> str:
    """What a value is, in a reader's words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the truth value {written(value)}"
        case int() | float():
            return f"the number {written(value)}"
        case str():
            return f"the text {value!r}"
        case dict():
            return "a map"
        case _:
            return "a list"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that somebody most likely meant."""
    by_lower = {each.lower(): each for each in known}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), by_lower, n=1, cutoff=0.6) or difflib.get_close_matches(
        word.lower(), by_lower, n=1, cutoff=0.6
    )
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known word, or all of them where none is near."""
    known = tuple(known)
    if meant := nearest(word, known):
        return f"Did you mean `{meant}`?"
    return f"Known: {', '.join(known)}." if known else ""
