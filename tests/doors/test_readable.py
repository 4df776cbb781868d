"""A page that is no answer of AWS must never pass for an empty list."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from botocore.exceptions import IncompleteReadError
from botocore.parsers import ResponseParserError
from botocore.session import get_session

from patchkeep.domain.call import Call, Cause, Gap
from patchkeep.doors.aws.readable import refuse_unreadable
from tests.doors.script import HERE, Reply, Script, door, told

MODELS = {service: get_session().get_service_model(service) for service in ("ssm", "ec2", "sts", "account")}
PAGE = "<html><body>Sign in to the guest network</body></html>"


def listing(service: str, operation: str) -> Generator[Call, Any, Any]:
    return (yield Call.of(service, operation))


@pytest.mark.http
@pytest.mark.parametrize(("service", "operation"), [("ssm", "describe_patch_baselines"), ("ec2", "describe_instances")])
@pytest.mark.parametrize("text", [PAGE, "", "null", '"tired"'])
def test_a_success_that_is_no_answer_is_a_gap_and_not_an_empty_list(service: str, operation: str, text: str) -> None:
    with told(Script([Reply(text=text)])) as endpoint:
        gap = door(endpoint).read(HERE, "nodes", listing(service, operation))
    assert isinstance(gap, Gap)
    assert gap.cause is Cause.NOT_UNDERSTOOD


@pytest.mark.http
def test_a_write_whose_answer_is_none_may_have_acted() -> None:
    with told(Script([Reply(text=PAGE)])) as endpoint:
        answer = door(endpoint).write(HERE, Call.of("ssm", "send_command", DocumentName="AWS-RunPatchBaseline", InstanceIds=["i-1"]))
    assert answer.code == "NoAnswer"


@pytest.mark.http
def test_what_stood_in_an_answer_that_cannot_be_read_is_kept_nowhere() -> None:
    broken = "<AnyResponse><userData>hunter2\b</userData></AnyResponse>"
    with told(Script([Reply(text=broken)])) as endpoint:
        gap = door(endpoint).read(HERE, "nodes", listing("ec2", "describe_instances"))
        answer = door(endpoint).write(HERE, Call.of("ec2", "stop_instances", InstanceIds=["i-1"]))
    assert isinstance(gap, Gap)
    assert gap.reason.startswith("Unable to parse response (not well-formed")
    assert "hunter2" not in repr((gap, answer))
    assert "ResponseParserError" in gap.traceback
    assert answer.code == "NoAnswer"


def passes(service: str, operation: str, status: int, body: bytes) -> bool:
    """Whether an answer is left to botocore, which reads it or raises AWS's error."""
    try:
        refuse_unreadable(MODELS[service].operation_model(operation), {"status_code": status, "headers": {}, "body": body})
    except ResponseParserError:
        return False
    return True


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("ssm", "DescribePatchBaselines", b'\n {"BaselineIdentities": []}\n'),
        ("ssm", "AddTagsToResource", b""),
        ("ssm", "AddTagsToResource", b"{}"),
        ("account", "ListRegions", b'{"Regions": []}'),
        (
            "ec2",
            "DescribeInstances",
            b'<?xml version="1.0"?>\n<DescribeInstancesResponse xmlns="x"><reservationSet/></DescribeInstancesResponse>',
        ),
        ("sts", "GetCallerIdentity", b"<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"),
        ("ec2", "DeleteTags", b"<DeleteTagsResponse><return>true</return></DeleteTagsResponse>"),
    ],
)
def test_answers_of_aws_pass(service: str, operation: str, body: bytes) -> None:
    assert passes(service, operation, 200, body)


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("ssm", "DescribePatchBaselines", b""),
        ("ssm", "DescribePatchBaselines", b'{"BaselineIdentities": ['),
        ("account", "ListRegions", b"[]"),
        ("ec2", "DescribeInstances", b""),
        ("sts", "GetCallerIdentity", PAGE.encode()),
    ],
)
def test_anything_else_is_refused_with_what_came(service: str, operation: str, body: bytes) -> None:
    with pytest.raises(ResponseParserError, match=f"no answer of {service} .*{len(body)} bytes of text/html"):
        refuse_unreadable(
            MODELS[service].operation_model(operation), {"status_code": 200, "headers": {"content-type": "text/html"}, "body": body}
        )


@pytest.mark.parametrize("service", ["ssm", "ec2"])
def test_half_an_answer_is_none_even_where_it_ends_well(service: str) -> None:
    """Cut behind the first row of a list it may look whole."""
    operation = {"ssm": "DescribeInstanceInformation", "ec2": "DescribeInstances"}[service]
    answer = {"status_code": 200, "headers": {"content-length": "40"}, "body": b'{"NextToken": "abc"}'}
    with pytest.raises(IncompleteReadError, match="20 read, but total bytes expected is 40"):
        refuse_unreadable(MODELS[service].operation_model(operation), answer)


def test_a_refusal_is_left_to_botocore() -> None:
    assert passes("ssm", "DescribePatchBaselines", 502, b"Bad gateway")
    assert not passes("ssm", "DescribePatchBaselines", 200, b"Bad gateway")
