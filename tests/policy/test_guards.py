"""The keys that hold everything back or tell that nothing moves: stop, heartbeat, blast."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchkeep.domain.policy import Amount, Blast, Heartbeat, Policy, PolicyErrors
from patchkeep.policy import load
from tests.policy.reading import NOW

TOPIC = "arn:aws:sns:us-east-1:111122223333:oncall"


def read(more: str) -> Policy:
    return load(f"environments: {{all: {{match: all}}}}\n{more}\n", "patchkeep.yaml", NOW)


def mistake(more: str) -> str:
    with pytest.raises(PolicyErrors) as found:
        read(more)
    (error,) = found.value.errors
    return f"{error.what} {error.fix}"


def test_a_policy_that_says_nothing_has_the_stop_no_heartbeat_and_no_caps() -> None:
    policy = read("")
    assert (policy.stop_parameter, policy.heartbeat, policy.blast) == ("/patchkeep/stop", None, Blast())


def test_what_is_said_is_read() -> None:
    policy = read(f"heartbeat: {{every: 30m, alarm: {{topic: '{TOPIC}', after: 2h}}}}\nblast: {{per_account: 20%, per_hour: 50}}")
    assert policy.heartbeat == Heartbeat("Patchkeep", timedelta(minutes=30), TOPIC, timedelta(hours=2))
    assert policy.blast == Blast(Amount(share=0.2), 50)
    assert read("heartbeat: {}").heartbeat == Heartbeat(after=timedelta(hours=1))
    assert read("stop: {parameter: /ops/no}").stop_parameter == "/ops/no"


@pytest.mark.parametrize("value", ["no-slash", "/aws/stop", "/ssm-stop", "/", "/a b", "/" + "/".join("x" * 16)])
def test_a_stop_that_aws_could_not_hold_is_refused(value: str) -> None:
    assert "/patchkeep/stop" in mistake(f"stop: {{parameter: '{value}'}}")


def test_the_stop_cannot_be_switched_off() -> None:
    assert "`stop` is a map" in mistake("stop: null")
    assert "`stop` is a map" in mistake("stop: false")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("every: 90s", "whole minutes"),
        (f"alarm: {{topic: '{TOPIC}', after: 90m}}", "no multiple of `every` (1h). Write `2h`."),
        (f"every: 10m, alarm: {{topic: '{TOPIC}', after: 25h}}", "looks back"),
        ("alarm: {topic: 'arn:aws:sns:eu-central-1:111122223333:oncall'}", "The alarm is in us-east-1"),
        ("alarm: {topic: oncall}", "is no SNS topic"),
        ("namespace: AWS/SSM", "no namespace of ours"),
    ],
)
def test_a_heartbeat_that_cloudwatch_cannot_count_is_refused(more: str, said: str) -> None:
    assert said in mistake(f"heartbeat: {{{more}}}")


@pytest.mark.parametrize("more", ["per_account: 0", "per_hour: 0", "per_hour: 5%", "per_region: 4"])
def test_a_cap_that_lets_nobody_begin_is_refused(more: str) -> None:
    assert mistake(f"blast: {{{more}}}")
