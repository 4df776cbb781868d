"""Ctrl-C: what was stopped, and what goes on without us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Interrupted(Exception):  # noqa: N818 - it says what happened
    """The command was interrupted; the sentence says what goes on, and what to type."""


@contextmanager
def interruptible(what_goes_on: str) -> Iterator[None]:
    """Say so where somebody presses Ctrl-C inside the block."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"Interrupted. {what_goes_on}") from None
