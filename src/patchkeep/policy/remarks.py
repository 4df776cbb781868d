"""What a sound policy asks for and does not get yet, or will hardly mean: said beside it, because nothing in it is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from patchkeep.domain.policy import ManagedRule, Policy

DATES = {"release": "the release date", "disclosed": "the date of disclosure", "kev": "the date of known exploitation"}


def notes(policy: Policy) -> tuple[str, ...]:
    """A sentence for each deadline that the report can only call UNKNOWN, and for environments that AWS would maintain all at once."""
    return (*_unmeasurable(policy), *_at_once(policy))


def _unmeasurable(policy: Policy) -> Iterator[str]:
    for sla in policy.slas:
        name = sla.severity.replace("_", " ")
        if sla.start != "first_seen":
            why = f"it counts from {DATES.get(sla.start, sla.start)}, which no feed tells yet"
            yield f"sla {name}: {why}, so it reads UNKNOWN until then (`from: first_seen` is measured today)"
        elif sla.severity == "known_exploited":
            yield f"sla {name}: no feed tells yet which updates are exploited, so it reads UNKNOWN until then"


def _at_once(policy: Policy) -> Iterator[str]:
    """Rings put one environment after another, but a weekly window that both have lets AWS act on both in the same hours."""
    for earlier, later in pairwise(_ringed(policy)):
        for first in _windowed(policy, earlier):
            second = next((rule for rule in _windowed(policy, later) if _same(policy, first, rule) and _alike(first, rule)), None)
            if second:
                rules = " and ".join(dict.fromkeys((first.name, second.name)))
                why = f"AWS acts on {earlier} and {later} in the same hours, though the rings put {later} after {earlier}"
                yield f"managed {rules}: {why}: give {earlier} a `window` of its own that opens earlier in the week"
                break


def _ringed(policy: Policy) -> Iterable[str]:
    """Environments in the order in which rings come to them."""
    every = tuple(environment.name for environment in policy.environments)
    return dict.fromkeys(name for ring in policy.rings for name in ring.environments or every)


def _windowed(policy: Policy, environment: str) -> tuple[ManagedRule, ...]:
    """Rules that give its resources a window."""
    rules = (rule for rule in policy.managed if not rule.environments or environment in rule.environments)
    return tuple(rule for rule in rules if rule.settings.get("window"))


def _same(policy: Policy, one: ManagedRule, other: ManagedRule) -> bool:
    windows = [policy.window(rule.settings["window"]) for rule in (one, other)]
    openings = [window.intervals if window else () for window in windows]
    return windows[0] == windows[1] or openings[0] == openings[1]


def _alike(one: ManagedRule, other: ManagedRule) -> bool:
    """Whether both may take resources of one kind."""
    kinds = set(one.match.kinds), set(other.match.kinds)
    return not all(kinds) or bool(kinds[0] & kinds[1])
