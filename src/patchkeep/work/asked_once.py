"""One look at one place asks AWS once, however many services want to know the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from patchkeep.domain.call import Call, Dialogue, Refused

T = TypeVar("T")


def asked_once(dialogue: Dialogue[T], service: str, known: dict[Call, Any]) -> Dialogue[T]:
    """The same dialogue, in which calls of earlier ones are answered from `known`, which takes up the others' answers.

    A refusal is an answer, too: `service` gets it as its own. Single pages are not kept: they are asked for because they are large.
    """
    outcome: Any = None
    while True:
        try:
            request = dialogue.throw(outcome) if isinstance(outcome, Refused) else dialogue.send(outcome)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        calls = request if isinstance(request, tuple) else (request,)
        fresh = tuple(dict.fromkeys(call for call in calls if call not in known))
        outcome = None  # let go before the next answers come
        told = dict(zip(fresh, (yield fresh), strict=True)) if fresh else {}
        answers = tuple(told.pop(call) if "NextToken" in call.params else _own(told, known, call, service) for call in calls)
        known.update(told)
        outcome = answers if isinstance(request, tuple) else answers[0]
        del answers


def _own(told: dict[Call, Any], known: dict[Call, Any], call: Call, service: str) -> Any:
    if call in told:
        return told[call]
    answer = known[call]
    return Refused(replace(answer.gap, service=service)) if isinstance(answer, Refused) else answer
