"""What a fault may say, and whom it strikes: the same for the same seed, whatever the order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.sandbox.faults.board import Faults, Seen
from patchkeep.sandbox.faults.fault import Fault, Kind, read_fault
from patchkeep.sandbox.operation import AwsError

NOW = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
PLACE = ("222222222222", "eu-central-1")
HOUR = timedelta(hours=1)


def seen(number: int = 0, operation: str = "DescribeInstancePatches", token: str = "") -> Seen:
    params = {"InstanceId": f"i-{number}"} | ({"NextToken": token} if token else {})
    return Seen("ssm", operation, *PLACE, "arn:aws:iam::222222222222:user/ann", params)


def struck(fault: Fault, calls: list[Seen]) -> set[int]:
    """Numbers of the calls that are struck when they come in this order."""
    board = Faults()
    board.add(fault)
    return {calls.index(call) for call in calls if board.on_call(call, NOW)}


@given(st.permutations(range(60)), st.integers(0, 5))
def test_the_same_seed_strikes_the_same_calls_in_whatever_order_they_come(order: list[int], seed: int) -> None:
    fault = read_fault({"kind": "throttle", "share": 0.3, "seed": seed})
    board = Faults()
    board.add(fault)
    hit = {number for number in order if board.on_call(seen(number), NOW)}
    assert hit == struck(fault, [seen(number) for number in range(60)])


def test_about_its_share_is_struck_and_other_seeds_and_kinds_strike_others() -> None:
    calls = [seen(number) for number in range(2000)]
    first = struck(read_fault({"kind": "throttle", "share": 0.1, "seed": 1}), calls)
    assert 150 < len(first) < 250
    assert first != struck(read_fault({"kind": "throttle", "share": 0.1, "seed": 2}), calls)
    assert first != struck(read_fault({"kind": "cut", "share": 0.1, "seed": 1}), calls)


def test_the_same_call_again_is_another_attempt() -> None:
    board = Faults()
    board.add(read_fault({"kind": "throttle", "share": 0.5, "seed": 3}))
    assert {board.on_call(seen(), NOW) is None for _ in range(20)} == {True, False}


def test_a_fault_strikes_so_often_and_no_more() -> None:
    board = Faults()
    placed = board.add(read_fault({"kind": "throttle", "times": 2}))
    assert [board.on_call(seen(number), NOW) is not None for number in range(4)] == [True, True, False, False]
    assert (placed.hits, placed.shown()["last"]) == (2, "ssm:DescribeInstancePatches in 222222222222/eu-central-1")


@pytest.mark.parametrize(
    ("chosen", "hit"),
    [
        ({}, True),
        ({"accounts": ["222222222222"], "regions": ["eu-central-1"]}, True),
        ({"accounts": ["333333333333"]}, False),
        ({"regions": ["us-east-1"]}, False),
        ({"services": ["ec2", "ssm"]}, True),
        ({"services": ["ec2"]}, False),
        ({"operations": ["Describe*"]}, True),
        ({"operations": ["List*", "Send*"]}, False),
        ({"from": (NOW + HOUR).isoformat()}, False),
        ({"from": NOW.isoformat()}, True),
        ({"until": NOW.isoformat()}, False),
        ({"until": (NOW + HOUR).isoformat()}, True),
    ],
)
def test_it_strikes_where_and_when_it_says(chosen: dict[str, object], hit: bool) -> None:
    assert bool(struck(read_fault({"kind": "unavailable", **chosen}), [seen()])) is hit


def test_only_asking_for_the_page_it_names_is_struck() -> None:
    board = Faults()
    board.add(read_fault({"kind": "page-token", "page": 3}))
    walk = [seen(), seen(token="from-5"), seen(token="from-9"), seen(token="from-12")]
    for _ in range(2):
        assert [board.on_call(call, NOW) is not None for call in walk] == [False, False, True, False]


def test_a_fault_of_nodes_strikes_its_share_of_them_for_good() -> None:
    board = Faults()
    board.add(read_fault({"kind": "never-back", "share": 0.5, "seed": 4}))
    hit = [board.on_node(Kind.NEVER_BACK, PLACE, f"i-{number}", NOW) is not None for number in range(40)]
    assert 10 < sum(hit) < 30
    assert hit == [board.on_node(Kind.NEVER_BACK, PLACE, f"i-{number}", NOW) is not None for number in range(40)]
    assert board.on_node(Kind.STUCK, PLACE, "i-0", NOW) is None
    assert board.on_call(seen(), NOW) is None


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "There is no kind of fault 'None'"),
        ({"kind": "throtle"}, "did you mean throttle?"),
        ({"kind": "slow", "secnds": 3}, "A fault has no 'secnds'"),
        ({"kind": "slow", "seconds": 61}, "60 seconds at most"),
        ({"kind": "slow", "seconds": "long"}, "seconds is a number"),
        ({"kind": "throttle", "share": 0}, "share is a number above 0"),
        ({"kind": "throttle", "share": "10%"}, "share is a number above 0"),
        ({"kind": "throttle", "times": 0}, "times is a number, 1 or more"),
        ({"kind": "throttle", "services": "ssm"}, "services is a list"),
        ({"kind": "throttle", "from": "tomorrow"}, "from is a time with a zone"),
        ({"kind": "throttle", "until": "2026-11-01T06:00:00"}, "until is a time with a zone"),
        ({"kind": "throttle", "nodes": ["i-1"]}, "takes no nodes"),
        ({"kind": "never-back", "operations": ["Describe*"]}, "takes no operations"),
        ({"kind": "never-back", "package": "openssl"}, "A package is for patch-fails"),
        ({"kind": "foreign-scan", "seconds": 1}, "60 or more"),
    ],
)
def test_a_mistake_is_a_sentence_that_says_what_to_write(body: dict[str, object], sentence: str) -> None:
    with pytest.raises(AwsError, match="BadRequest") as refusal:
        read_fault(body)
    assert sentence in refusal.value.message


def test_what_is_shown_can_be_read_again() -> None:
    body = {"kind": "slow", "accounts": ["222222222222"], "share": 0.25, "seed": 7, "from": NOW.isoformat(), "times": 3, "seconds": 1.5}
    assert read_fault(body).shown() == body
    assert read_fault(read_fault({"kind": "page-token"}).shown()) == read_fault({"kind": "page-token"})
