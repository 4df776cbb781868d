"""Answers of calls made side by side."""

from __future__ import annotations

from typing import Any

from patchkeep.domain.call import Refused


def granted(answers: tuple[Any, ...]) -> tuple[Any, ...]:
    """The answers to a tuple of calls, when all were given; a refusal among them is raised."""
    for answer in answers:
        if isinstance(answer, Refused):
            raise answer
    return answers
