"""What a patch baseline cannot say in AWS, and baselines that take each other's place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

from patchkeep.domain.asset import APT
from patchkeep.domain.policy import PolicyError
from patchkeep.policy.checks.placed import error, unknown
from patchkeep.policy.nodes import Loc
from patchkeep.policy.platforms import LINUX, WINDOWS
from patchkeep.policy.rules import BaselineKeys
from patchkeep.policy.structure import Entry, Shape

MOST_RULES = 10  # CreatePatchBaseline: ApprovalRules.PatchRules
MOST_PATCHES = 50  # ApprovedPatches, RejectedPatches


def baselines(shape: Shape) -> Iterator[PolicyError]:
    for entry in shape.entries("baselines", BaselineKeys):
        for index, name in enumerate(entry.keys.environments):
            yield from unknown(shape, (*entry.loc, "environments", index), "environments", name)
        yield from _limits(shape, entry)
        yield from _classifications(shape, entry)
        if APT.intersection(entry.keys.os):
            yield from _apt(shape, entry)


def _limits(shape: Shape, entry: Entry[BaselineKeys]) -> Iterator[PolicyError]:
    for key, length, most in (
        ("approve", len(entry.keys.approve), MOST_RULES),
        ("reject", len(entry.keys.reject), MOST_PATCHES),
        ("approved", len(entry.keys.approved), MOST_PATCHES),
    ):
        if length > most:
            yield error(shape, (*entry.loc, key), f"A patch baseline takes {most} entries in `{key}`; here are {length}.", "Remove some.")
    raw = shape.document.tree["baselines"][entry.key].get("approve") or {}
    for first, second in pairwise(sorted(raw, key=str.lower)):
        if first.lower() == second.lower():
            yield error(
                shape, (*entry.loc, "approve", second), f"`{first}` and `{second}` are the same classification.", "Keep one of them."
            )
    if not entry.keys.approve and not entry.keys.approved:
        yield PolicyError(
            shape.document.key(entry.loc),
            f"The baseline `{entry.key}` approves nothing.",
            "Add `approve`, for example `approve: {security: 3d}`.",
        )


def _classifications(shape: Shape, entry: Entry[BaselineKeys]) -> Iterator[PolicyError]:
    """Classifications that one of the operating systems does not have, and choices that one baseline cannot make twice."""
    for name in entry.keys.approve:
        without = [each for each in entry.keys.os if name in (LINUX if each == "windows" else WINDOWS)]
        if without:
            what = f"There is no classification {name} on {', '.join(without)}."
            fix = "Write `security` or `bugfix`, or give it a baseline of its own."
            yield error(shape, (*entry.loc, "approve", _as_written(shape, entry, name)), what, fix)
    if len({each.as_dependency for each in entry.keys.reject}) > 1:
        what = "A patch baseline lets in all that it rejects as dependencies, or none."
        yield error(shape, (*entry.loc, "reject"), what, "Give all of them the same `as_dependency`.")


def _as_written(shape: Shape, entry: Entry[BaselineKeys], classification: str) -> str:
    """The key as the file spells it, so that its place can be found."""
    keys = shape.document.tree["baselines"][entry.key]["approve"]
    return next(str(key) for key in keys if key.lower() == classification.lower())


def _apt(shape: Shape, entry: Entry[BaselineKeys]) -> Iterator[PolicyError]:
    """Debian and its kin: AWS delays nothing there and knows no severities."""
    others = [each for each in entry.keys.os if each not in APT]
    apart = f" and give {', '.join(others)} a baseline of their own" if others else ""
    for name, approve in entry.keys.approve.items():
        written = _as_written(shape, entry, name)
        at: Loc = (*entry.loc, "approve", written)
        if approve.after:
            place: Loc = (*at, "after") if (*at, "after") in shape.document.values else at
            yield error(
                shape, place, "AWS delays no approval on Ubuntu and Debian.", f"Write `{written}: now`{apart}; later rings give the delay."
            )
        if approve.severity:
            what = "Patch baselines know no severity on Ubuntu and Debian."
            yield error(shape, (*at, "severity"), what, f"Remove `severity`{apart}.")


def two_baselines(shape: Shape) -> Iterator[PolicyError]:
    """Two baselines for one operating system of one environment: AWS takes one per patch group."""
    seen: dict[tuple[str, str], Entry[BaselineKeys]] = {}
    for entry in shape.entries("baselines", BaselineKeys):
        clashes: dict[tuple[str, int], list[str]] = {}
        for environment, system in product(entry.keys.environments or shape.names("environments"), sorted(set(entry.keys.os))):
            first = seen.setdefault((environment, system), entry)
            if first is not entry:
                clashes.setdefault((first.key, shape.document.key(first.loc).line), []).append(f"{system} in {environment}")
        for (name, line), systems in clashes.items():
            listed = ", ".join(systems)
            yield error(
                shape,
                (*entry.loc, "os"),
                f"The baseline `{name}` in line {line} already covers {listed}.",
                "Limit one of them by `environments`.",
            )
