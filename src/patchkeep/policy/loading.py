"""A policy file's text, read whole: either the policy, or every mistake in it at once, in the file's order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from patchkeep.domain.asset import NODE
from patchkeep.domain.policy import Place, Policy, PolicyError, PolicyErrors
from patchkeep.policy import build
from patchkeep.policy.checks import contradictions, unknown_kinds
from patchkeep.policy.nodes import read
from patchkeep.policy.structure import shape

NONE: Mapping[str, str] = MappingProxyType({})
Kinds = Callable[[], Collection[str]]


def load(text: str, path: str, now: datetime, calendars: Mapping[str, str | None] = NONE, kinds: Kinds = lambda: (NODE,)) -> Policy:
    """The policy of `text`; raises PolicyErrors. `path` is for messages only.

    `kinds`: of assets that there are, asked where the policy names one besides machines; others are mistakes.

    `now` (aware) is where windows and freezes are expanded from, for 400 days. `calendars` holds the texts of the files that
    `calendars_of` names; one that is None or left out is a mistake at its place, beside the others. The hash covers both: a plan
    made from another calendar is as stale as one from another policy.
    """
    document = read(text, path)
    if document.tree is None:
        empty = PolicyError(Place(path, 1, 1), "The file is empty.", "`patchkeep init` writes one to begin with.")
        raise PolicyErrors(document.errors or (empty,))
    found = shape(document)
    windows = tuple(build.windows(found, now))
    freezes = tuple(build.freezes(found, calendars, now))
    errors = [*document.errors, *found.errors, *contradictions(found), *unknown_kinds(found, kinds)]
    errors += [each for each in (*windows, *freezes) if isinstance(each, PolicyError)]
    if errors:
        raise PolicyErrors(tuple(sorted(dict.fromkeys(errors), key=lambda error: (error.place.line, error.place.column))))
    return build.policy(
        found,
        digest(text, calendars),
        tuple(each for each in windows if not isinstance(each, PolicyError)),
        tuple(each for each in freezes if not isinstance(each, PolicyError)),
    )


@lru_cache(maxsize=4)  # a rollout asks again at every tick
def calendars_of(text: str) -> tuple[str, ...]:
    """Names of the calendar files that a policy asks for, each once; none where the text cannot be read as far as that."""
    document = read(text, "")
    named = (entry.get("calendar") for _, entry in document.entries("freezes") if isinstance(entry, dict))
    return tuple(dict.fromkeys(name for name in named if isinstance(name, str) and name))


def digest(text: str, calendars: Mapping[str, str | None]) -> str:
    """The policy's hash: SHA-256 of the text, and of the calendars that it uses."""
    found = hashlib.sha256(text.encode())
    for name in sorted(calendars_of(text)):
        found.update(f"\0{name}\0{calendars[name] or ''}".encode())
    return found.hexdigest()
