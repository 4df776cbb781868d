"""Answers of calls made side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from patchkeep.domain.call import Cause, Gap, Refused


def granted(answers: tuple[Any, ...]) -> tuple[Any, ...]:
    """The answers to a tuple of calls, when all were given; else the first refusal is raised, and tells of the others, too."""
    gaps = [answer.gap for answer in answers if isinstance(answer, Refused)]
    if gaps:
        raise Refused(together(gaps))
    return answers


def together(gaps: Sequence[Gap]) -> Gap:
    """The first of several gaps, naming in its reason the other operations that were refused beside it.

    That AWS does not have a service in the region comes last: it must not hide that another was refused.
    """
    first = min(gaps, key=lambda gap: gap.cause is Cause.NOT_OFFERED)
    others = {gap.operation: gap.code or str(gap.cause) for gap in gaps if gap.operation not in {"", first.operation}}
    told = ", ".join(f"{operation} ({code})" for operation, code in others.items())
    return replace(first, reason=f"{first.reason} (refused beside it: {told})") if told else first
