"""How policies are evaluated, by the rules of the IAM user guide: deny wins, no is the default, keys and values as written there."""

from __future__ import annotations

from typing import Any

import pytest

from patchkeep.sandbox.permissions.documents import BadDocument, document_of
from patchkeep.sandbox.permissions.evaluation import Verdict, decide
from patchkeep.sandbox.permissions.needs import Need
from patchkeep.sandbox.permissions.patterns import action_like, arn_like

ARN = "arn:aws:ssm:eu-central-1:111122223333:document/Patchkeep-Reboot"


def allow(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "ssm:*", "Resource": "*", **more}


def decided(*statements: dict[str, Any], action: str = "ssm:SendCommand", **context: tuple[str, ...]) -> Verdict:
    named = {key.replace("__", ":").replace("_", "/").lower(): value for key, value in context.items()}
    document = document_of({"Version": "2012-10-17", "Statement": list(statements)})
    return decide([document], Need(action, ARN, named))


def test_what_nothing_allows_is_refused() -> None:
    assert decided() is Verdict.NOT_ALLOWED
    assert decided(allow(Action="ec2:*")) is Verdict.NOT_ALLOWED
    assert decided(allow(Resource=ARN.replace("Reboot", "Other"))) is Verdict.NOT_ALLOWED


def test_a_deny_wins_whatever_allows() -> None:
    assert decided(allow(), {"Effect": "Deny", "Action": "*", "Resource": "*"}, allow()) is Verdict.DENIED


def test_a_deny_whose_condition_does_not_hold_is_not_about_the_request() -> None:
    elsewhere = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    }
    assert decided(allow(), elsewhere, aws__RequestedRegion=("eu-central-1",)) is Verdict.ALLOWED
    assert decided(allow(), elsewhere, aws__RequestedRegion=("eu-west-1",)) is Verdict.DENIED


def test_documents_add_up() -> None:
    first, second = (document_of({"Version": "2012-10-17", "Statement": row}) for row in (allow(Action="ec2:*"), allow()))
    assert decide([first, second], Need("ssm:SendCommand", ARN)) is Verdict.ALLOWED


def test_all_but_some() -> None:
    but = {"Effect": "Allow", "NotAction": ["ssm:Send*"], "NotResource": "arn:aws:ec2:*:*:*"}
    assert decided(but) is Verdict.NOT_ALLOWED
    assert decided(but, action="ssm:ListCommands") is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("operator", "value", "there", "holds"),
    [
        ("StringEquals", "a", ("a",), True),
        ("StringEquals", "a", ("A",), False),
        ("StringEquals", ["a", "b"], ("b",), True),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringEqualsIfExists", "a", ("b",), False),
        ("StringEqualsIgnoreCase", "a", ("A",), True),
        ("StringNotEquals", "a", ("b",), True),
        ("StringNotEquals", ["a", "b"], ("b",), False),
        ("StringNotEquals", "a", None, True),
        ("StringLike", "*/small", ("o-1/small",), True),
        ("StringLike", "*/small", ("o-1/smaller",), False),
        ("StringLike", "a?c", ("abc",), True),
        ("StringNotLike", "a*", ("abc",), False),
        ("ArnLike", "arn:aws:iam::*:role/Patchkeep*", ("arn:aws:iam::111122223333:role/PatchkeepWrite",), True),
        ("ArnNotLike", "arn:aws:iam::*:role/x", ("arn:aws:iam::111122223333:role/x",), False),
        ("Bool", "true", ("true",), True),
        ("Null", "true", None, True),
        ("Null", "true", ("a",), False),
        ("Null", "false", ("a",), True),
        ("Null", False, None, False),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
        ("ForAllValues:StringEquals", ["a"], None, True),
        ("ForAnyValue:StringEquals", ["a", "b"], ("c", "b"), True),
        ("ForAnyValue:StringEquals", ["a", "b"], ("c",), False),
        ("ForAnyValue:StringEquals", ["a"], None, False),
    ],
)
def test_each_operator(operator: str, value: Any, there: tuple[str, ...] | None, holds: bool) -> None:
    asked = allow(Condition={operator: {"aws:RequestTag/x": value}})
    verdict = decided(asked) if there is None else decided(asked, aws__RequestTag_x=there)
    assert (verdict is Verdict.ALLOWED) is holds


def test_every_key_of_every_operator_must_hold() -> None:
    both = {"StringEquals": {"aws:RequestTag/x": "1", "aws:RequestTag/y": "2"}}
    assert decided(allow(Condition=both), aws__RequestTag_x=("1",)) is Verdict.NOT_ALLOWED
    assert decided(allow(Condition=both), aws__RequestTag_x=("1",), aws__RequestTag_y=("2",)) is Verdict.ALLOWED


def test_keys_and_actions_ignore_case_and_values_do_not() -> None:
    asked = allow(Action="SSM:sendcommand", Condition={"StringEquals": {"AWS:requesttag/X": "One"}})
    assert decided(asked, aws__RequestTag_x=("One",)) is Verdict.ALLOWED
    assert decided(asked, aws__RequestTag_x=("one",)) is Verdict.NOT_ALLOWED


@pytest.mark.parametrize(
    ("value", "pattern", "fits"),
    [
        (ARN, "*", True),
        (ARN, "arn:aws:ssm:*:*:document/Patchkeep-*", True),
        (ARN, "arn:aws:ssm:*::document/Patchkeep-Reboot", False),
        (ARN, "arn:aws:ssm:*:document/Patchkeep-Reboot", False),
        ("arn:aws:ssm:eu-central-1::document/AWS-RunPatchBaseline", "arn:aws:ssm:*::document/AWS-RunPatchBaseline", True),
        (ARN, "arn:aws:ssm:eu-central-1:111122223333:document/patchkeep-reboot", False),
        ("*", "arn:aws:ssm:*:*:*", False),
    ],
)
def test_arns_fit_part_by_part(value: str, pattern: str, fits: bool) -> None:
    assert arn_like(value, pattern) is fits


def test_a_dot_is_a_dot() -> None:
    assert not action_like("ssmxGet", "ssm.Get")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ([], '"Version"'),
        ({"Version": "2008-10-17", "Statement": []}, '"Version"'),
        ({"Version": "2012-10-17", "Statement": [allow(Effect="Maybe")]}, "Allow or Deny"),
        ({"Version": "2012-10-17", "Statement": [allow(Principal="*")]}, "Principal"),
        ({"Version": "2012-10-17", "Statement": [allow(NotAction="x")]}, "either Action or NotAction"),
        ({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "x"}]}, "either Resource or NotResource"),
        ({"Version": "2012-10-17", "Statement": [allow(Condition={"NumericEquals": {"a": "1"}})]}, "NumericEquals is not emulated"),
        ({"Version": "2012-10-17", "Statement": [allow(Resource="arn:aws:s3:::${aws:username}")]}, "variables are not emulated"),
    ],
)
def test_what_is_not_emulated_is_refused_and_not_passed_over(written: Any, sentence: str) -> None:
    with pytest.raises(BadDocument, match=sentence):
        document_of(written)
