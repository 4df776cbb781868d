"""Loud where the sandbox does not know: operations and filters it lacks, answers AWS could not give, its own bugs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.dispatch import CHECKS, Sandbox, Step
from patchkeep.sandbox.operation import Answer, AwsError, Operation, Request
from patchkeep.sandbox.server import RunningSandbox, serving
from patchkeep.sandbox.ssm.objects import FetchError, fetch
from patchkeep.sandbox.sts import assume_role
from tests.sandbox.http.conftest import HOME, MANAGEMENT, PROD, client_for, small_world

pytestmark = pytest.mark.http
WHEN = datetime(2026, 10, 1, 12, 30, tzinfo=UTC)


def well(request: Request) -> Answer:
    return {"Parameters": [{"Name": name, "Type": "String", "LastModifiedDate": WHEN} for name in request.params["Names"]]}


def unknown_key(request: Request) -> Answer:
    return {"Parameters": [], "Extra": 1}


def wrong_type(request: Request) -> Answer:
    return {"TotalSteps": "three"}


def bug(request: Request) -> Answer:
    return {"Document": request.params["NoSuchParameter"]}


def not_in_enum(request: Request) -> Answer:
    return {"ResourceType": "Toaster", "ResourceId": "x", "TagList": []}


def no_more_today(step: Step) -> None:
    """What a fault of a later part looks like: one more check."""
    if step.operation == "ListDocuments":
        raise AwsError("OpsItemLimitExceededException", "No more today")


OPERATIONS: dict[tuple[str, str], Operation] = {
    ("sts", "AssumeRole"): assume_role,
    ("ssm", "GetParameters"): well,
    ("ssm", "DescribeParameters"): unknown_key,
    ("ssm", "DescribeAutomationStepExecutions"): bug,
    ("ssm", "GetOpsMetadata"): wrong_type,
    ("ssm", "GetDocument"): bug,
    ("ssm", "ListDocuments"): well,
    ("ssm", "DescribeDocument"): wrong_type,
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with serving(Sandbox(small_world(), checks=(*CHECKS, no_more_today), operations=OPERATIONS)) as running:
        yield running


def client_of(sandbox: RunningSandbox, service: str = "ssm", account: str = PROD, keys: dict[str, str] | None = None) -> Any:
    known = SandboxClient(sandbox.endpoint).credentials()["keys"][account]
    used = keys or {"AccessKeyId": known["access_key"], "SecretAccessKey": known["secret"]}
    return client_for(sandbox.endpoint, service, HOME, used)


def refusal(refused: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_answer_keeps_its_types_on_the_way(sandbox: RunningSandbox) -> None:
    (row,) = client_of(sandbox).get_parameters(Names=["/a"])["Parameters"]
    assert row == {"Name": "/a", "Type": "String", "LastModifiedDate": WHEN}


@pytest.mark.parametrize(
    ("service", "call", "asked"),
    [
        ("ssm", "list_nodes", {}),
        ("iam", "list_roles", {}),
        ("ec2", "describe_vpcs", {}),
        ("sns", "list_topics", {}),
        ("rds", "describe_db_instances", {}),
        ("lambda", "list_functions", {}),
        ("organizations", "list_policies", {"Filter": "TAG_POLICY"}),
        ("account", "get_primary_email", {"AccountId": PROD}),
    ],
)
def test_what_is_not_emulated_says_so_at_once_and_is_remembered(
    sandbox: RunningSandbox, service: str, call: str, asked: dict[str, str]
) -> None:
    client = client_of(sandbox, service)
    steering = SandboxClient(sandbox.endpoint)
    known, calls = len(steering.unimplemented()), steering.log_length()
    with pytest.raises(ClientError) as refused:
        getattr(client, call)(**asked)
    assert refusal(refused) == ("EmulatorNotImplemented", 400)
    assert len(steering.unimplemented()) == known + 1
    assert [record["error"] for record in steering.log(since=calls)] == ["EmulatorNotImplemented"]


@pytest.mark.parametrize(
    ("call", "asked", "expected", "said"),
    [
        ("describe_parameters", {}, "EmulatorInvalidAnswer", "no such member"),
        ("get_ops_metadata", {"OpsMetadataArn": "arn:aws:ssm:x:y:opsmetadata/a"}, "EmulatorInvalidAnswer", "TotalSteps"),
        ("get_document", {"Name": "abc"}, "EmulatorFailed", "NoSuchParameter"),
    ],
)
def test_a_wrong_answer_and_a_bug_are_loud_remembered_and_not_retried(
    sandbox: RunningSandbox, call: str, asked: dict[str, str], expected: str, said: str
) -> None:
    steering = SandboxClient(sandbox.endpoint)
    calls = steering.log_length()
    with pytest.raises(ClientError) as refused:
        getattr(client_of(sandbox), call)(**asked)
    assert refusal(refused) == (expected, 501)
    assert said in str(refused.value)
    assert said in steering.unimplemented()[-1]["what"]
    assert [record["error"] for record in steering.log(since=calls)] == [expected]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Value null at 'Names' failed to satisfy constraint: Member must not be null"),
        ({"Names": []}, "Member must have length greater than or equal to 1"),
        ({"Names": [f"/{number}" for number in range(11)]}, "Member must have length less than or equal to 10"),
    ],
)
def test_a_request_beyond_the_model_s_limits_is_refused(sandbox: RunningSandbox, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError) as refused:
        client_of(sandbox).get_parameters(**asked)
    assert refusal(refused) == ("ValidationException", 400)
    assert said in str(refused.value)


def test_a_parameter_that_nobody_reads_is_remembered(sandbox: RunningSandbox) -> None:
    client_of(sandbox).get_parameters(Names=["/a"], WithDecryption=True)
    assert SandboxClient(sandbox.endpoint).ignored()["ssm:GetParameters"] == ["WithDecryption"]


def test_many_clients_at_once_get_their_own_answers(sandbox: RunningSandbox) -> None:
    client = client_of(sandbox)

    def ask(number: int) -> str:
        (row,) = client.get_parameters(Names=[f"/{number}"])["Parameters"]
        return str(row["Name"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(200))) == [f"/{number}" for number in range(200)]


def test_the_next_sandbox_begins_without_buckets() -> None:
    for _ in range(2):
        with serving(Sandbox(small_world())) as running:
            client = client_of(running, "s3")
            assert client.list_buckets()["Buckets"] == []
            client.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": HOME})


def test_a_further_check_can_refuse_before_the_operation_runs(sandbox: RunningSandbox) -> None:
    with pytest.raises(ClientError) as refused:
        client_of(sandbox).list_documents()
    assert refusal(refused) == ("OpsItemLimitExceededException", 400)


def test_s3_is_passed_to_moto_in_the_caller_s_account(sandbox: RunningSandbox) -> None:
    bucket = client_of(sandbox, "s3")
    bucket.create_bucket(Bucket="lists", CreateBucketConfiguration={"LocationConstraint": HOME})
    bucket.put_object(Bucket="lists", Key="override/list.yaml", Body=b"patches: []")
    assert bucket.get_object(Bucket="lists", Key="override/list.yaml")["Body"].read() == b"patches: []"
    assert bucket.head_object(Bucket="lists", Key="override/list.yaml")["ContentLength"] == 11
    with pytest.raises(ClientError) as refused:
        bucket.get_object(Bucket="lists", Key="none")
    assert refusal(refused) == ("NoSuchKey", 404)
    stranger = client_of(sandbox, "s3", keys={"AccessKeyId": "AKIANOBODY", "SecretAccessKey": "x"})
    with pytest.raises(ClientError) as unknown:
        stranger.list_buckets()
    assert refusal(unknown) == ("InvalidAccessKeyId", 403)


def test_a_passed_call_is_logged_by_its_operation_and_can_be_refused(sandbox: RunningSandbox) -> None:
    steering = SandboxClient(sandbox.endpoint)
    since = steering.log_length()
    client_of(sandbox, "s3").list_buckets()
    assert [record["operation"] for record in steering.log(since)] == ["ListBuckets"]
    given = client_of(sandbox, "sts", account=MANAGEMENT).assume_role(
        RoleArn=f"arn:aws:iam::{PROD}:role/PatchkeepRead", RoleSessionName="keep", ExternalId="keep-7"
    )["Credentials"]
    steering.refuse(PROD, "PatchkeepRead", ["s3:ListBuckets"])
    with pytest.raises(ClientError) as refused:
        client_of(sandbox, "s3", keys=given).list_buckets()
    assert refusal(refused) == ("AccessDenied", 403)


def test_small_calls_are_fast(sandbox: RunningSandbox) -> None:
    """In one process with its client, whose own share is larger: 50 calls a second is a floor, not the measure."""
    client = client_of(sandbox)
    client.get_parameters(Names=["/a"])
    began = time.perf_counter()
    for _ in range(100):
        client.get_parameters(Names=["/a"])
    assert 100 / (time.perf_counter() - began) > 50


def test_a_node_reads_an_override_list_from_s3_however_it_is_addressed(sandbox: RunningSandbox) -> None:
    bucket = client_of(sandbox, "s3")
    bucket.create_bucket(Bucket="overrides", CreateBucketConfiguration={"LocationConstraint": HOME})
    bucket.put_object(Bucket="overrides", Key="a b/list.yaml", Body=b"patches: []")
    site = sandbox.world.site(PROD, HOME)
    for url in (
        "s3://overrides/a b/list.yaml",
        "https://s3.amazonaws.com/overrides/a%20b/list.yaml",
        "https://s3.eu-central-1.amazonaws.com/overrides/a%20b/list.yaml",
        "https://overrides.s3.eu-central-1.amazonaws.com/a%20b/list.yaml?X-Amz-Signature=0",
    ):
        assert fetch(sandbox.world, site, url) == b"patches: []"
    for nothing in ("s3://overrides/none", "https://example.com/list.yaml"):
        with pytest.raises(FetchError):
            fetch(sandbox.world, site, nothing)
