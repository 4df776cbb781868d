"""The stop: what every write looks at first, and that what cannot be read holds everything back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from patchkeep.domain.call import Call, Cause, Gap, Refused, Target
from patchkeep.doors.aws.sessions import Mode
from patchkeep.doors.aws.stop import PAUSES, Stop
from tests.doors.script import ACCOUNT, HERE, Paused, Reply, Script, door, refusal, told

SEND = Call.of("ssm", "send_command", DocumentName="AWS-RunPatchBaseline", InstanceIds=["i-1"])
ELSEWHERE = Target("444455556666", "eu-central-1")
SENT = Reply({"Command": {"CommandId": "c-1"}})


def parameter(value: str) -> dict[str, Any]:
    return {"Parameter": {"Name": "/patchkeep/stop", "Type": "String", "Value": value}}


def no(cause: Cause, code: str, place: Target = HERE) -> Refused:
    return Refused(Gap(place, "stop", cause, "no", "ssm:GetParameter", code, fix="sign in again"))


class Accounts:
    """Parameters by account; the places asked, in order."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, list[tuple[Target, Mode]]()

    def __call__(self, place: Target, call: Call, mode: Mode) -> Any:
        assert call == Call.of("ssm", "get_parameter", Name="/patchkeep/stop")
        self.asked.append((place, mode))
        return self.answers.get("home" if not place.account else "there", no(Cause.REFUSED, "ParameterNotFound"))


def stop(accounts: Accounts, slept: list[float] | None = None) -> Stop:
    def sleep(duration: timedelta) -> None:
        (slept if slept is not None else []).append(duration.total_seconds())

    return Stop("/patchkeep/stop", accounts, sleep, lambda: ACCOUNT)


def test_both_switches_are_looked_at_in_the_home_region_each_by_its_own_identity() -> None:
    accounts = Accounts()
    assert stop(accounts).before(ELSEWHERE) is None
    assert accounts.asked == [(Target("", "us-east-1"), Mode.READ), (Target(ELSEWHERE.account, "us-east-1"), Mode.WRITE)]


def test_in_the_account_signed_in_to_both_switches_are_one() -> None:
    accounts = Accounts()
    assert stop(accounts).before(HERE) is None
    assert accounts.asked == [(Target(ACCOUNT, "us-east-1"), Mode.WRITE)]


def test_a_partition_has_a_home_of_its_own() -> None:
    accounts = Accounts()
    stop(accounts).before(Target("444455556666", "cn-north-1", "aws-cn"))
    assert {place.region for place, _ in accounts.asked} == {"cn-northwest-1"}


@pytest.mark.parametrize("value", ["go", " Go\n"])
def test_go_lets_writes_go(value: str) -> None:
    assert stop(Accounts(home=parameter(value), there=parameter(value))).before(ELSEWHERE) is None


@pytest.mark.parametrize("switch", ["home", "there"])
def test_any_other_text_in_either_account_stops_and_is_the_reason(switch: str) -> None:
    held = stop(Accounts(**{switch: parameter("checkout is down, ask ann")})).before(ELSEWHERE)
    assert held is not None
    assert (held.code, held.ok) == ("Stopped", False)
    assert "'checkout is down, ask ann'" in held.message
    assert f"account {ACCOUNT if switch == 'home' else ELSEWHERE.account} (us-east-1)" in held.message
    assert "aws ssm delete-parameter --name /patchkeep/stop --region us-east-1" in held.message


@pytest.mark.parametrize(("switch", "who"), [("home", "to whoever runs Patchkeep"), ("there", "to Patchkeep's write role there")])
def test_a_stop_that_may_not_be_read_holds_everything_back_and_names_the_permission(switch: str, who: str) -> None:
    held = stop(Accounts(**{switch: no(Cause.REFUSED, "AccessDeniedException")})).before(ELSEWHERE)
    assert held is not None
    assert held.code == "Stopped"
    assert f"allow ssm:GetParameter on parameter/patchkeep/stop in us-east-1 {who}" in held.message


@pytest.mark.parametrize("cause", [Cause.THROTTLED, Cause.UNREACHABLE])
def test_a_stop_that_cannot_be_reached_is_asked_again_and_then_holds_back_for_now(cause: Cause) -> None:
    slept: list[float] = []
    accounts = Accounts(home=no(cause, "Later"))
    held = stop(accounts, slept).before(ELSEWHERE)
    assert held is not None
    assert held.code == "NotSent"
    assert (slept, len(accounts.asked)) == (list(PAUSES), len(PAUSES) + 1)


@pytest.mark.parametrize("cause", [Cause.EXPIRED, Cause.NO_CREDENTIALS])
def test_credentials_that_ran_out_hold_back_until_somebody_signs_in_again(cause: Cause) -> None:
    held = stop(Accounts(there=no(cause, "ExpiredToken"))).before(ELSEWHERE)
    assert held is not None
    assert held.code == "NotSent"
    assert "sign in again" in held.message


@pytest.mark.http
def test_a_stopped_write_never_leaves() -> None:
    script = Script([SENT], stop=[Reply(parameter("stop"))])
    with told(script) as endpoint:
        answer = door(endpoint).write(HERE, SEND)
    assert (answer.code, script.heard, script.looks) == ("Stopped", [], 1)


@pytest.mark.http
def test_each_write_looks_anew() -> None:
    script = Script([SENT], stop=[refusal("ParameterNotFound"), Reply(parameter("stop")), Reply(parameter("go"))])
    with told(script) as endpoint:
        aws = door(endpoint)
        codes = [aws.write(HERE, SEND).code for _ in range(3)]
    assert (codes, script.looks, len(script.heard)) == (["", "Stopped", ""], 3, 2)


@pytest.mark.http
def test_a_write_that_aws_throttled_looks_again_before_it_is_sent_again() -> None:
    script = Script([refusal("ThrottlingException"), SENT], stop=[refusal("ParameterNotFound"), Reply(parameter("stop"))])
    with told(script) as endpoint:
        answer = door(endpoint, Paused()).write(HERE, SEND)
    assert (answer.code, script.operations) == ("Stopped", ["SendCommand"])


@pytest.mark.http
@pytest.mark.parametrize(
    ("reply", "code"), [(refusal("AccessDeniedException"), "Stopped"), (Reply(broken=True), "NotSent"), (Reply(text="<html>"), "NotSent")]
)
def test_what_is_no_answer_stops_a_write(reply: Reply, code: str) -> None:
    script = Script([SENT], stop=[reply])
    with told(script) as endpoint:
        answer = door(endpoint, Paused()).write(HERE, SEND)
    assert (answer.code, script.heard) == (code, [])


@pytest.mark.http
def test_looks_at_the_stop_are_counted_with_the_reads() -> None:
    with told(Script([SENT])) as endpoint:
        aws = door(endpoint)
        aws.write(HERE, SEND)
    assert [(read.service, read.operation, read.calls) for read in aws.reads()] == [("stop", "ssm:GetParameter", 1)]


def test_what_stands_is_told_for_home_and_for_every_account_once() -> None:
    accounts = Accounts(home=parameter("checkout is down"), there=parameter("go"))
    (said,) = stop(accounts).standing([ELSEWHERE, replace(ELSEWHERE, region="us-east-1")])
    assert "'checkout is down'" in said
    assert sorted(accounts.asked, key=str) == sorted(
        [(Target("", "us-east-1"), Mode.READ), (Target(ELSEWHERE.account, "us-east-1"), Mode.WRITE)], key=str
    )


def test_an_unread_stop_is_told_and_is_not_none() -> None:
    (said,) = stop(Accounts(there=no(Cause.REFUSED, "AccessDeniedException"))).standing([ELSEWHERE])
    assert "cannot be read" in said


def test_where_no_stop_stands_nothing_is_told() -> None:
    assert stop(Accounts()).standing([HERE, ELSEWHERE]) == ()
