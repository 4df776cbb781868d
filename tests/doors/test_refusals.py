"""AWS's "no" in our words: which cause an error stands for, and what to do about it."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    InvalidEndpointConfigurationError,
    NoCredentialsError,
    ParamValidationError,
    UnauthorizedSSOTokenError,
)

from patchkeep.domain.call import Call, Cause, Target
from patchkeep.doors.aws.refusals import gap_of, operation_name

HERE = Target("111122223333", "eu-south-1")
CALL = Call.of("ssm", "describe_instance_patch_states", InstanceIds=["i-1"])


def no(code: str, status: int = 400, operation: str = "DescribeInstancePatchStates") -> ClientError:
    answer = {"Error": {"Code": code, "Message": "AWS's own words"}, "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r-1"}}
    return ClientError(answer, operation)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "status", "cause"),
    [
        ("AccessDeniedException", 400, Cause.REFUSED),
        ("UnauthorizedOperation", 403, Cause.REFUSED),
        ("ThrottlingException", 400, Cause.THROTTLED),
        ("RequestLimitExceeded", 503, Cause.THROTTLED),
        ("ExpiredTokenException", 400, Cause.EXPIRED),
        ("RequestExpired", 400, Cause.EXPIRED),
        ("OptInRequired", 403, Cause.REGION_OFF),
        ("UnrecognizedClientException", 400, Cause.REGION_OFF),
        ("AuthFailure", 401, Cause.REGION_OFF),
        ("InternalServerError", 500, Cause.UNREACHABLE),
        ("ServiceUnavailable", 503, Cause.UNREACHABLE),
        ("RequestTimeout", 400, Cause.UNREACHABLE),
        ("InvalidDocument", 400, Cause.REFUSED),
    ],
)
def test_each_code_stands_for_a_cause(code: str, status: int, cause: Cause) -> None:
    gap = gap_of(no(code, status), HERE, "nodes", CALL)
    assert (gap.cause, gap.code, gap.reason, gap.request_id) == (cause, code, "AWS's own words", "r-1")
    assert (gap.target, gap.service, gap.operation) == (HERE, "nodes", "ssm:DescribeInstancePatchStates")
    assert gap.fix


def test_a_permission_that_is_lacking_is_named() -> None:
    gap = gap_of(no("AccessDeniedException"), HERE, "nodes", CALL)
    assert gap.fix == "allow ssm:DescribeInstancePatchStates to Patchkeep's role there: `patchkeep iam` prints the policy"


def test_what_is_no_permission_is_not_called_one() -> None:
    assert gap_of(no("InvalidDocument"), HERE, "nodes", CALL).fix == "see what AWS means by InvalidDocument"


def test_a_role_that_cannot_be_assumed_is_its_own_cause_whatever_was_asked() -> None:
    gap = gap_of(no("AccessDenied", 403, "AssumeRole"), HERE, "nodes", CALL)
    assert (gap.cause, gap.operation) == (Cause.NO_ROLE, "sts:AssumeRole")
    assert "external id" in gap.fix


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (NoCredentialsError(), Cause.NO_CREDENTIALS),
        (UnauthorizedSSOTokenError(), Cause.NO_CREDENTIALS),
        (EndpointConnectionError(endpoint_url="https://ssm.eu-south-1.amazonaws.com"), Cause.UNREACHABLE),
        (ConnectTimeoutError(endpoint_url="https://ssm.eu-south-1.amazonaws.com"), Cause.UNREACHABLE),
    ],
)
def test_what_never_reached_aws_has_a_cause_too(error: BotoCoreError, cause: Cause) -> None:
    gap = gap_of(error, HERE, "nodes", CALL)
    assert (gap.cause, gap.code) == (cause, type(error).__name__)
    assert gap.reason
    assert gap.fix


@pytest.mark.parametrize("error", [ParamValidationError(report="too short"), InvalidEndpointConfigurationError(msg="notaurl")])
def test_what_botocore_itself_refuses_is_not_said_to_pass(error: BotoCoreError) -> None:
    gap = gap_of(error, HERE, "nodes", CALL)
    assert gap.cause is Cause.REFUSED
    assert "later" not in gap.fix


def test_operations_are_spelt_as_iam_does() -> None:
    assert operation_name(CALL) == "ssm:DescribeInstancePatchStates"
    assert operation_name(Call.of("ec2", "create_tags")) == "ec2:CreateTags"
    assert operation_name(Call.of("rds", "describe_db_instances")) == "rds:DescribeDBInstances"
