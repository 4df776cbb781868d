"""Carries dialogues with answers at hand, as the door does with AWS's: a refusal among side-by-side calls stands in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from patchkeep.domain.call import Call, Cause, Dialogue, Gap, Refused, Target
from patchkeep.domain.frozen import thaw

T = TypeVar("T")
HERE = Target("111122223333", "eu-central-1")
Answers = Mapping[str, Any]  # by operation; a function gets the call's parameters


def refused(operation: str, reason: str = "not authorized", code: str = "AccessDeniedException") -> Refused:
    return Refused(Gap(HERE, "", Cause.REFUSED, reason, operation, code))


def carry(dialogue: Dialogue[T], answers: Answers | Callable[[Call], Any]) -> tuple[T, list[Call]]:
    """The dialogue's result and the calls it made. Raises what it raises."""
    made: list[Call] = []

    def answer(call: Call) -> Any:
        made.append(call)
        if callable(answers):
            return answers(call)
        found = answers[call.operation]
        return found(thaw(call.params)) if callable(found) else found

    outcome: Any = None
    while True:
        try:
            request = dialogue.throw(outcome) if isinstance(outcome, Refused) else dialogue.send(outcome)
        except StopIteration as ended:
            return ended.value, made
        outcome = answer(request) if isinstance(request, Call) else tuple(answer(call) for call in request)
