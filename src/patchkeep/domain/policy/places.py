"""Where a thing stands in a policy file, what is wrong with it, and which assets a part of it means."""

from __future__ import annotations

from dataclasses import dataclass

from patchkeep.domain.frozen import NOTHING, Frozen


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing stands in a file."""

    path: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class PolicyError:
    """One mistake in a policy file: where, what is wrong, and what to write instead."""

    place: Place
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what} {self.fix}".rstrip()


class PolicyErrors(Exception):  # noqa: N818 - a collection of errors
    """All the mistakes found in a policy file, in the file's order."""

    def __init__(self, errors: tuple[PolicyError, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Match:
    """Which assets: every condition given must hold; within one condition any value does."""

    ous: tuple[str, ...] = ()  # "Workloads/Prod" holds for everything below it
    accounts: tuple[str, ...] = ()
    tags: Frozen = NOTHING  # key -> tuple of values
    kinds: tuple[str, ...] = ()


NOWHERE = Place()
ANYTHING = Match()
