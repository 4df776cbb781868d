"""Services that look at one place ask AWS once for what they both want to know."""

from __future__ import annotations

from typing import Any

import pytest

from patchkeep.domain.call import Call, Dialogue, Refused
from patchkeep.work.asked_once import asked_once
from tests.services.talk import carry, refused

ONE, TWO = Call.of("ssm", "describe_one"), Call.of("ssm", "describe_two")
ANSWERS = {"describe_one": {"n": 1}, "describe_two": {"n": 2}}


def told(*requests: Call | tuple[Call, ...]) -> Dialogue[list[Any]]:
    """Asks, and says what it was told."""
    answers = []
    for request in requests:
        try:
            answers.append((yield request))
        except Refused as no:
            answers.append(no)
    return answers


def test_what_one_service_asked_the_next_is_told_without_a_call() -> None:
    known: dict[Call, Any] = {}
    first, made = carry(asked_once(told(ONE, (ONE, TWO)), "first", known), ANSWERS)
    second, again = carry(asked_once(told((TWO, ONE), TWO), "second", known), ANSWERS)
    assert (first, made) == ([{"n": 1}, ({"n": 1}, {"n": 2})], [ONE, TWO])
    assert (second, again) == ([({"n": 2}, {"n": 1}), {"n": 2}], [])


def test_a_refusal_is_told_to_each_as_its_own() -> None:
    known: dict[Call, Any] = {}
    no = {"describe_one": refused("ssm:DescribeOne")}
    told_to = [carry(asked_once(told(ONE, (ONE,)), service, known), no)[0] for service in ("first", "second")]
    assert [type(alone) for alone, _ in told_to] == [Refused, Refused]
    assert [told_to[1][0].gap.service, told_to[1][1][0].gap.service] == ["second", "second"]


def test_single_pages_are_asked_anew_and_not_kept() -> None:
    known: dict[Call, Any] = {}
    pages = [carry(asked_once(told(ONE.page("")), "first", known), ANSWERS)[1] for _ in range(2)]
    assert pages == [[ONE.page("")], [ONE.page("")]]
    assert known == {}


def test_what_the_dialogue_itself_raises_is_raised() -> None:
    def broken() -> Dialogue[None]:
        answer = yield ONE
        answer["missing"]

    with pytest.raises(KeyError):
        carry(asked_once(broken(), "first", {}), ANSWERS)
