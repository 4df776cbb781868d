"""What the store says when it cannot do its work: one sentence, and what to do about it."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be opened, read or written. `what` is a sentence, `fix` the remedy."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what} {fix}".rstrip())
        self.what = what
        self.fix = fix


class WrongAddress(StoreError):  # noqa: N818 - it says what is wrong
    """The address given for the store is none that can be used."""
