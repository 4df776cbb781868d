"""The door to AWS: whole answers or none, reads that only read, writes that are sent once, and what is kept of each."""

from __future__ import annotations

import io
import json
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
    UnauthorizedSSOTokenError,
)

from patchkeep.domain.call import Answer, Call, Cause, Gap, Refused
from patchkeep.doors.aws.rates import BACK_OFF
from patchkeep.doors.aws.reads import CUT_PAUSES
from patchkeep.doors.aws.sessions import Mode
from tests.doors.script import HERE, NOW, Paused, Reply, Script, door, refusal, told

pytestmark = pytest.mark.http
LIST = Call.of("ssm", "describe_patch_baselines", MaxResults=2)
SEND = Call.of("ssm", "send_command", DocumentName="AWS-RunPatchBaseline", InstanceIds=["i-1"], Comment="pk-1")
ONE, TWO = {"BaselineId": "pb-1"}, {"BaselineId": "pb-2"}


def asking(*calls: Call) -> Generator[Call, Any, list[Any]]:
    answers: list[Any] = []
    for call in calls:
        answer = yield call
        answers.append(answer)
    return answers


def beside(*calls: Call) -> Generator[tuple[Call, ...], Any, Any]:
    return (yield calls)


def test_all_pages_are_one_answer() -> None:
    script = Script([Reply({"BaselineIdentities": [ONE], "NextToken": "more"}), Reply({"BaselineIdentities": [TWO]})])
    with told(script) as endpoint:
        aws = door(endpoint)
        answers = aws.read(HERE, "baselines", asking(LIST))
    assert answers == [{"BaselineIdentities": [ONE, TWO]}]
    assert [params.get("NextToken") for _, params in script.heard] == [None, "more"]
    (read,) = aws.reads()
    assert (read.target, read.service, read.operation, read.calls, read.retries) == (HERE, "baselines", "ssm:DescribePatchBaselines", 2, 0)
    assert (read.request_id, read.at) == ("request-2", NOW.isoformat())


def test_an_answer_without_rows_has_an_empty_list_of_them() -> None:
    with told(Script([Reply({})])) as endpoint:
        assert door(endpoint).read(HERE, "baselines", asking(LIST)) == [{"BaselineIdentities": []}]


def test_a_refused_page_refuses_the_whole_answer() -> None:
    script = Script([Reply({"BaselineIdentities": [ONE], "NextToken": "more"}), refusal("AccessDeniedException", "explicit deny")])
    with told(script) as endpoint:
        gap = door(endpoint).read(HERE, "baselines", asking(LIST))
    assert isinstance(gap, Gap)
    assert (gap.cause, gap.code, gap.reason) == (Cause.REFUSED, "AccessDeniedException", "explicit deny")
    assert (gap.operation, gap.request_id, gap.service, gap.target) == ("ssm:DescribePatchBaselines", "request-2", "baselines", HERE)


def test_a_dialogue_may_catch_a_refusal_and_go_on() -> None:
    def careful() -> Generator[Call, Any, str]:
        try:
            yield LIST
        except Refused as refused:
            answer = yield LIST
            return f"{refused.gap.code}, then {len(answer['BaselineIdentities'])}"
        return "never refused"

    with told(Script([refusal("AccessDeniedException"), Reply({"BaselineIdentities": [ONE]})])) as endpoint:
        assert door(endpoint).read(HERE, "baselines", careful()) == "AccessDeniedException, then 1"


def test_a_refusal_among_calls_side_by_side_stands_in_its_place() -> None:
    document = Call.of("ssm", "describe_document", Name="Patchkeep-Reboot")
    with told(Script([refusal("InvalidDocument", "none")])) as endpoint:
        answers = door(endpoint).read(HERE, "documents", beside(document, document))
    assert isinstance(answers, tuple)
    assert [type(answer) for answer in answers] == [Refused, Refused]


def test_a_dialogue_of_reads_cannot_change_anything() -> None:
    script = Script([Reply({})])
    with told(script) as endpoint, pytest.raises(ValueError, match="ssm:SendCommand is no read: it belongs in a plan"):
        door(endpoint).read(HERE, "commands", asking(SEND))
    assert script.heard == []


def test_an_answer_that_a_service_cannot_digest_is_a_gap_with_the_traceback() -> None:
    def digest() -> Generator[Call, Any, str]:
        answer = yield LIST
        return str(answer["BaselineIdentities"][0]["Surprise"])

    with told(Script([Reply({"BaselineIdentities": [ONE]})])) as endpoint:
        gap = door(endpoint).read(HERE, "baselines", digest())
    assert isinstance(gap, Gap)
    assert (gap.cause, gap.reason) == (Cause.NOT_UNDERSTOOD, "KeyError: 'Surprise'")
    assert (gap.operation, gap.request_id) == ("ssm:DescribePatchBaselines", "request-1")
    assert "in digest" in gap.traceback
    assert gap.fix


def test_an_answer_that_nobody_can_read_is_a_gap() -> None:
    with told(Script([Reply(text="<html>The proxy is tired")])) as endpoint:
        gap = door(endpoint).read(HERE, "accounts", asking(Call.of("ec2", "describe_regions")))
    assert isinstance(gap, Gap)
    assert (gap.cause, gap.operation) == (Cause.NOT_UNDERSTOOD, "ec2:DescribeRegions")
    assert "ResponseParserError" in gap.traceback


def test_a_read_that_aws_throttles_is_asked_again_and_counted() -> None:
    script = Script([refusal("ThrottlingException"), Reply({"BaselineIdentities": [ONE]})])
    with told(script) as endpoint:
        aws = door(endpoint)
        assert aws.read(HERE, "baselines", asking(LIST)) == [{"BaselineIdentities": [ONE]}]
    assert [read.retries for read in aws.reads()] == [1]


def test_a_page_that_broke_off_in_the_middle_is_asked_for_again_and_counted() -> None:
    first, second = Reply({"BaselineIdentities": [ONE], "NextToken": "more"}), Reply({"BaselineIdentities": [TWO]})
    script, paused = Script([first, replace(second, cut=True), replace(second, cut=True), second]), Paused()
    with told(script) as endpoint:
        aws = door(endpoint, paused)
        assert aws.read(HERE, "baselines", asking(LIST)) == [{"BaselineIdentities": [ONE, TWO]}]
    assert [params.get("NextToken") for _, params in script.heard] == [None, "more", "more", "more"]
    assert paused.long == list(CUT_PAUSES[:2])
    assert [(read.calls, read.retries) for read in aws.reads()] == [(4, 2)]


def test_a_read_whose_answers_break_off_to_the_last_is_a_gap() -> None:
    script, paused = Script([Reply({"Name": "Patchkeep-Reboot"}, cut=True)]), Paused()
    with told(script) as endpoint:
        gap = door(endpoint, paused).read(HERE, "documents", asking(Call.of("ssm", "get_document", Name="Patchkeep-Reboot")))
    assert isinstance(gap, Gap)
    assert (gap.cause, gap.code, gap.operation) == (Cause.UNREACHABLE, "IncompleteReadError", "ssm:GetDocument")
    assert (len(script.heard), paused.long) == (len(CUT_PAUSES) + 1, list(CUT_PAUSES))


def test_a_write_whose_answer_broke_off_is_not_sent_again() -> None:
    script, paused = Script([Reply({"Command": {"CommandId": "c-1"}}, cut=True)]), Paused()
    with told(script) as endpoint:
        answer = door(endpoint, paused).write(HERE, SEND)
    assert (answer.code, script.operations, paused.slept) == ("NoAnswer", ["SendCommand"], [])


def test_a_write_is_answered_with_its_request_id() -> None:
    with told(Script([Reply({"Command": {"CommandId": "c-1"}})])) as endpoint:
        answer = door(endpoint).write(HERE, SEND)
    assert (answer.ok, answer.request_id, answer.content["Command"]) == (True, "request-1", {"CommandId": "c-1"})


def test_a_write_that_is_refused_is_sent_once_and_says_awss_words() -> None:
    script, paused = Script([refusal("InvalidInstanceId", "Instances [[i-1]] not in a valid state")]), Paused()
    with told(script) as endpoint:
        answer = door(endpoint, paused).write(HERE, SEND)
    assert answer == Answer({}, "request-1", "InvalidInstanceId", "Instances [[i-1]] not in a valid state")
    assert (script.operations, paused.slept) == (["SendCommand"], [])


@pytest.mark.parametrize(
    "reply", [refusal("InternalServerError", "oops", 500), refusal("ServiceUnavailable", "later", 503), Reply(broken=True)]
)
def test_a_write_that_aws_may_have_acted_on_is_never_sent_again(reply: Reply) -> None:
    script, paused = Script([reply]), Paused()
    with told(script) as endpoint:
        answer = door(endpoint, paused).write(HERE, SEND)
    assert (answer.code, answer.ok) == ("NoAnswer", False)
    assert answer.message
    assert (script.operations, paused.slept) == (["SendCommand"], [])


def test_a_write_whose_answer_cannot_be_read_may_have_been_acted_on() -> None:
    script = Script([Reply(text="<html>The proxy is tired")])
    tag = Call.of("ec2", "create_tags", Resources=["i-1"], Tags=[{"Key": "a", "Value": "b"}])
    with told(script) as endpoint:
        answer = door(endpoint).write(HERE, tag)
    assert answer.code == "NoAnswer"
    assert len(script.heard) == 1


def test_a_write_that_reached_nobody_is_known_to_be_unsent() -> None:
    with told(Script([Reply({})])) as endpoint:
        pass
    assert door(endpoint).write(HERE, SEND).code == "NotSent"


def test_a_write_that_aws_throttled_is_sent_again_after_a_pause() -> None:
    script = Script([refusal("ThrottlingException"), refusal("RequestLimitExceeded", status=503), Reply({"Command": {"CommandId": "c-1"}})])
    paused = Paused()
    with told(script) as endpoint:
        assert door(endpoint, paused).write(HERE, SEND).ok
    assert (script.operations, paused.long) == (["SendCommand"] * 3, list(BACK_OFF[:2]))


def test_a_write_that_aws_goes_on_throttling_is_given_up() -> None:
    script, paused = Script([refusal("ThrottlingException", "Rate exceeded")]), Paused()
    with told(script) as endpoint:
        answer = door(endpoint, paused).write(HERE, SEND)
    assert (answer.code, paused.long) == ("NotSent", list(BACK_OFF))
    assert "ThrottlingException Rate exceeded" in answer.message
    assert len(script.heard) == len(BACK_OFF) + 1


def test_a_write_with_wrong_parameters_never_leaves() -> None:
    script = Script([Reply({})])
    with told(script) as endpoint:
        answer = door(endpoint).write(HERE, Call.of("ssm", "send_command", InstanceIds="i-1"))
    assert (answer.ok, answer.code, script.heard) == (False, "ParamValidationError", [])


def test_each_read_is_a_line_of_the_trace_file() -> None:
    trace = io.StringIO()
    with told(Script([Reply({"BaselineIdentities": [ONE]}), refusal("AccessDeniedException")])) as endpoint:
        aws = door(endpoint, trace=trace)
        aws.read(HERE, "baselines", asking(LIST, LIST))
    lines = [json.loads(line) for line in trace.getvalue().splitlines()]
    assert [line["outcome"] for line in lines] == ["ok", "AccessDeniedException"]
    assert {(line["operation"], line["target"], line["params"]["MaxResults"]) for line in lines} == {
        ("ssm:DescribePatchBaselines", f"{HERE.account}/{HERE.region}", 2)
    }


def test_counters_are_kept_by_place_service_and_operation() -> None:
    with told(Script([Reply({"BaselineIdentities": []})])) as endpoint:
        aws = door(endpoint)
        for service in ("baselines", "baselines", "nodes"):
            aws.read(HERE, service, asking(LIST))
    assert [(read.service, read.calls) for read in aws.reads()] == [("baselines", 2), ("nodes", 1)]
    assert all(read.seconds >= 0 for read in aws.reads())


def test_each_page_waits_for_its_turn() -> None:
    """Four a second, of which we take a quarter."""
    script, paused = Script([Reply({"Associations": [], "NextToken": "more"}), Reply({"Associations": []})]), Paused()
    with told(script) as endpoint:
        door(endpoint, paused).read(HERE, "associations", asking(Call.of("ssm", "list_associations")))
    assert (script.operations, paused.slept) == (["ListAssociations"] * 2, [1.0])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SSLError(endpoint_url="https://ssm", error=OSError("decryption failed or bad record mac")), "NoAnswer"),
        (ReadTimeoutError(endpoint_url="https://ssm"), "NoAnswer"),
        (ConnectTimeoutError(endpoint_url="https://ssm"), "NotSent"),
        (UnauthorizedSSOTokenError(), "NotSent"),
        (NoCredentialsError(), "NotSent"),
    ],
    ids=lambda case: type(case).__name__ if isinstance(case, Exception) else case,
)
def test_only_what_certainly_never_left_is_called_unsent(error: BotoCoreError, code: str) -> None:
    with told(Script([Reply({})])) as endpoint:
        aws = door(endpoint)

        def broken(**_: Any) -> None:
            raise error

        aws.sessions.client(HERE.account, HERE.region, "ssm", Mode.WRITE).meta.events.register("before-send.ssm", broken)
        assert aws.write(HERE, SEND).code == code
