"""What a sound policy asks for and does not get yet: said beside it, because nothing in it is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.domain.policy import Policy

DATES = {"release": "the release date", "disclosed": "the date of disclosure", "kev": "the date of known exploitation"}


def notes(policy: Policy) -> tuple[str, ...]:
    """A sentence for each deadline that the report can only call UNKNOWN; none where all can be measured."""
    return tuple(_unmeasurable(policy))


def _unmeasurable(policy: Policy) -> Iterator[str]:
    for sla in policy.slas:
        name = sla.severity.replace("_", " ")
        if sla.start != "first_seen":
            why = f"it counts from {DATES.get(sla.start, sla.start)}, which no feed tells yet"
            yield f"sla {name}: {why}, so it reads UNKNOWN until then (`from: first_seen` is measured today)"
        elif sla.severity == "known_exploited":
            yield f"sla {name}: no feed tells yet which updates are exploited, so it reads UNKNOWN until then"
