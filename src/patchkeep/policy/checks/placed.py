"""Mistakes at their place in the file."""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.domain.policy import PolicyError
from patchkeep.policy.mistakes import did_you_mean
from patchkeep.policy.nodes import Loc
from patchkeep.policy.structure import Shape


def error(shape: Shape, loc: Loc, what: str, fix: str = "") -> PolicyError:
    return PolicyError(shape.document.place(loc), what, fix)


def unknown(shape: Shape, loc: Loc, section: str, name: str) -> Iterator[PolicyError]:
    """An error where `section` ("environments", "windows") has no such name."""
    known = shape.names(section)
    if name not in known:
        fix = did_you_mean(name, known) or f"Add it under `{section}`."
        yield error(shape, loc, f"There is no {section.removesuffix('s')} `{name}`.", fix)
