"""Whose agreement counts, and how many it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.approval import Blocked, approve, gate, person
from patchkeep.domain.plan import Plan
from patchkeep.domain.policy import Approval
from patchkeep.domain.progress import Rollout
from patchkeep.domain.rollout import begin, halt
from tests.domain.make import AUTHOR, NOW, approval, change, plan, ring, sso

ROLE = AUTHOR.rpartition("/")[0]
OPS = "arn:aws:iam::111122223333:role/team/Ops"


def asking(*approvals: Approval) -> tuple[Plan, Rollout]:
    asked = plan(replace(ring("prod", change("i-0")), approvals=approvals))
    return asked, begin(asked, NOW)


def agreed(asked: Plan, rollout: Rollout, *people: str) -> Rollout:
    for who in people:
        answer = approve(rollout, asked, "prod", who, NOW)
        assert isinstance(answer, Rollout), answer
        rollout = answer
    return rollout


def refusal(asked: Plan, rollout: Rollout, who: str, name: str = "prod") -> str:
    answer = approve(rollout, asked, name, who, NOW)
    assert isinstance(answer, Blocked), answer
    return answer.why


def is_open(asked: Plan, rollout: Rollout) -> bool:
    return gate(rollout, asked, asked.rings[0]) is None


def test_a_ring_that_asks_for_nobody_is_open() -> None:
    assert is_open(*asking())


def test_a_ring_opens_when_enough_different_people_have_agreed() -> None:
    asked, rollout = asking(approval(2))
    once = agreed(asked, rollout, sso("ann"))
    assert not is_open(asked, once)
    assert is_open(asked, agreed(asked, once, sso("bob")))


def test_what_it_waits_for_is_said_anew_when_somebody_has_agreed() -> None:
    asked, rollout = asking(approval(2))
    shut = gate(rollout, asked, asked.rings[0])
    assert shut
    once = agreed(asked, replace(rollout, why=shut.why), sso("ann"))
    assert "1 of 2 people" in once.why
    assert agreed(asked, once, sso("bob")).why == f"ring prod is approved; `patchkeep rollout resume {rollout.id}` goes on"
    assert agreed(asked, replace(rollout, why="outside its window"), sso("ann")).why == "outside its window"


@pytest.mark.parametrize(
    "again", [sso("ann"), sso("Ann"), sso("ann", account="444455556666"), sso("ann", permission_set="Admins")], ids=lambda arn: arn[-30:]
)
def test_one_person_counts_once_in_every_account_and_permission_set(again: str) -> None:
    asked, rollout = asking(approval(2))
    once = agreed(asked, rollout, sso("ann"))
    assert refusal(asked, once, again) == f"{again} has already approved ring prod"


def test_agreement_to_one_ring_does_not_open_another() -> None:
    two = plan(*(replace(ring(name, change(f"i-{name}")), approvals=(approval(),)) for name in ("prod", "rest")))
    rollout = agreed(two, begin(two, NOW), sso("ann"))
    assert gate(rollout, two, two.rings[0]) is None
    assert gate(rollout, two, two.rings[1]) is not None


def test_the_author_does_not_count_where_somebody_else_is_asked_for() -> None:
    asked, rollout = asking(approval(not_author=True))
    assert refusal(asked, rollout, AUTHOR) == f"{AUTHOR} made the plan: prod asks for somebody else"
    assert is_open(asked, agreed(asked, rollout, sso("ann")))


@pytest.mark.parametrize(
    ("allowed", "who", "counts"),
    [
        ("aws-sso:Patchers", sso("ann"), True),
        ("aws-sso:Patchers", sso("ann", permission_set="Patchers_Readonly"), False),
        ("aws-sso:Patch", sso("ann"), False),
        ("aws-sso:Patchers", "arn:aws:sts::111122223333:assumed-role/Patchers/ann", False),
        (OPS, "arn:aws:sts::111122223333:assumed-role/Ops/ann", True),
        (OPS, "arn:aws:sts::444455556666:assumed-role/Ops/ann", False),
        (OPS, "arn:aws:sts::111122223333:assumed-role/Ops2/ann", False),
        (OPS, "arn:aws:iam::111122223333:user/Ops", False),
        ("arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:user/ann", True),
        ("arn:aws:iam::111122223333:user/ann", "arn:aws:iam::444455556666:user/ann", False),
    ],
)
def test_only_those_whom_the_policy_names_count(allowed: str, who: str, counts: bool) -> None:
    asked, rollout = asking(approval(1, allowed))
    if counts:
        assert is_open(asked, agreed(asked, rollout, who))
    else:
        assert refusal(asked, rollout, who) == f"{who} is none of {allowed}, who may approve prod"


def test_each_of_two_approvals_counts_its_own_people() -> None:
    asked, rollout = asking(approval(1, "aws-sso:Patchers"), approval(1, "aws-sso:Owners", scope="irreversible"))
    once = agreed(asked, rollout, sso("ann"))
    closed = gate(once, asked, asked.rings[0])
    assert closed is not None
    assert closed.why.startswith("ring prod waits for approval (irreversible): 0 of 1 people")
    assert is_open(asked, agreed(asked, once, sso("bob", permission_set="Owners")))


def test_agreement_that_got_in_without_the_right_to_it_does_not_open_the_ring() -> None:
    anyone, rollout = asking(approval())
    slipped_in = agreed(anyone, rollout, AUTHOR)
    strict, _ = asking(approval(not_author=True))
    assert not is_open(strict, slipped_in)


def test_what_cannot_be_approved_is_said() -> None:
    asked, rollout = asking(approval())
    assert refusal(asked, rollout, sso("ann"), "beta") == "no ring beta in this rollout; it has prod"
    assert refusal(asked, halt(rollout, "stop", NOW), sso("ann")) == f"rollout {rollout.id} is halted: nothing of it can start any more"
    assert refusal(*asking(), sso("ann")) == "ring prod needs no approval"


def test_two_sessions_of_a_role_whose_names_anybody_may_choose_are_one_person() -> None:
    assert person("arn:aws:sts::1:assumed-role/Ops/ann") == person("arn:aws:sts::1:assumed-role/Ops/bob")
    assert person("arn:aws:sts::1:assumed-role/Ops/ann") != person("arn:aws:sts::1:assumed-role/Owners/ann")
    asked, rollout = asking(approval(2))
    assert "has already approved" in refusal(asked, agreed(asked, rollout, f"{ROLE}/ann"), f"{ROLE}/bob")
    strict, rollout = asking(approval(not_author=True))
    said = f"{ROLE}/another made the plan ({AUTHOR}; sessions of one role are one person): prod asks for somebody else"
    assert refusal(strict, rollout, f"{ROLE}/another") == said
