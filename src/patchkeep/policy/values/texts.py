"""Words and lists of them: what is text at all, and what nobody sees in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from patchkeep.policy.mistakes import Wrong, did_you_mean, kind, written

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


def one_of(*allowed: str) -> Callable[[Any], str]:
    """A reader that takes one of these words."""

    def read(value: Any) -> str:
        found = text(value)
        if found not in allowed:
            raise Wrong(f"{found!r} is not known here.", did_you_mean(found, allowed))
        return found

    return read
