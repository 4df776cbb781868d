"""Faults over HTTP, as a real client meets them: AWS's own codes, slow and broken answers, lists that end too early."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

from patchkeep.sandbox.client import ControlError, SandboxClient
from patchkeep.sandbox.faults import spelling
from patchkeep.sandbox.server import RunningSandbox, serve
from tests.sandbox.http.conftest import HOME, MANAGEMENT, PROD, small_world

pytestmark = pytest.mark.http


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with serve(small_world()) as running:
        yield running


@pytest.fixture
def steering(sandbox: RunningSandbox) -> Iterator[SandboxClient]:
    client = SandboxClient(sandbox.endpoint)
    yield client
    client.clear_faults()
    assert client.unimplemented() == []


def once(sandbox: RunningSandbox, service: str, account: str = PROD, tries: int = 1) -> Any:
    """A client that asks so often and no more."""
    keys = SandboxClient(sandbox.endpoint).credentials()["keys"][account]
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=HOME,
        endpoint_url=sandbox.endpoint,
        aws_access_key_id=keys["access_key"],
        aws_secret_access_key=keys["secret"],
        config=Config(retries={"mode": "standard", "total_max_attempts": tries}),
    )


def said(call: Any, **params: Any) -> tuple[str, int]:
    """Error code and HTTP status of a call that is refused."""
    with pytest.raises(ClientError) as refusal:
        call(**params)
    return refusal.value.response["Error"]["Code"], refusal.value.response["ResponseMetadata"]["HTTPStatusCode"]


SPELT = {  # error code and HTTP status, by kind and service
    "throttle": {
        "ssm": ("ThrottlingException", 400),
        "ec2": ("RequestLimitExceeded", 503),
        "sts": ("Throttling", 400),
        "organizations": ("TooManyRequestsException", 400),
        "account": ("TooManyRequestsException", 429),
    },
    "access-denied": {
        "ssm": ("AccessDeniedException", 400),
        "ec2": ("UnauthorizedOperation", 403),
        "sts": ("AccessDenied", 403),
        "organizations": ("AccessDeniedException", 400),
        "account": ("AccessDeniedException", 403),
    },
    "expired-token": {
        "ssm": ("ExpiredTokenException", 400),
        "ec2": ("RequestExpired", 400),
        "sts": ("ExpiredToken", 403),
        "organizations": ("ExpiredTokenException", 400),
        "account": ("ExpiredTokenException", 400),
    },
    "server-error": {
        "ssm": ("InternalServerError", 500),
        "ec2": ("InternalError", 500),
        "sts": ("InternalFailure", 500),
        "organizations": ("ServiceException", 500),
        "account": ("InternalServerException", 500),
    },
    "unavailable": {
        "ssm": ("ServiceUnavailable", 503),
        "ec2": ("Unavailable", 503),
        "sts": ("ServiceUnavailable", 503),
        "organizations": ("ServiceUnavailable", 503),
        "account": ("ServiceUnavailable", 503),
    },
}


@pytest.mark.parametrize("kind", SPELT)
def test_each_service_refuses_in_its_own_words(sandbox: RunningSandbox, steering: SandboxClient, kind: str) -> None:
    steering.add_fault(kind)
    calls = {
        "ssm": once(sandbox, "ssm").describe_patch_baselines,
        "ec2": once(sandbox, "ec2").describe_instances,
        "sts": once(sandbox, "sts").get_caller_identity,
        "organizations": once(sandbox, "organizations", MANAGEMENT).describe_organization,
        "account": once(sandbox, "account").list_regions,
    }
    assert {service: said(call) for service, call in calls.items()} == SPELT[kind]


@pytest.mark.parametrize("service", ["ssm", "organizations", "account"])
def test_codes_that_a_model_defines_are_spelt_as_there(service: str) -> None:
    model = get_session().get_service_model(service)
    for error in (spelling.throttled(service), spelling.server_error(service), spelling.token_expired(service)):
        assert error.code in model.shape_names


def test_a_client_that_tries_again_gets_through(sandbox: RunningSandbox, steering: SandboxClient) -> None:
    steering.add_fault("throttle", times=1)
    answer = once(sandbox, "ssm", tries=3).describe_patch_baselines()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_connection_is_cut_in_the_middle_of_the_body_and_the_call_was_carried_out(
    sandbox: RunningSandbox, steering: SandboxClient
) -> None:
    since = steering.log_length()
    steering.add_fault("cut", operations=["CreateTags"])
    key = steering.credentials()["keys"][PROD]["access_key"]
    request = (
        "POST / HTTP/1.1\r\nHost: ec2\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={key}/20261101/{HOME}/ec2/aws4_request, x\r\n"
        "Content-Length: {length}\r\n\r\n{body}"
    )
    body = "Action=CreateTags&Version=2016-11-15&ResourceId.1=i-00000000000000003&Tag.1.Key=cut&Tag.1.Value=yes"
    host, _, port = sandbox.endpoint.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request.format(length=len(body), body=body).encode())
        came = b"".join(iter(lambda: connection.recv(65536), b""))  # until the server closes
    head, _, sent = came.partition(b"\r\n\r\n")
    promised = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(sent) < promised
    assert steering.node("i-00000000000000003")["tags"]["cut"] == "yes"
    assert [call["error"] for call in steering.log(since)] == ["ConnectionCut"]


def test_a_slow_answer_comes_late_and_holds_nobody_else_up(sandbox: RunningSandbox, steering: SandboxClient) -> None:
    steering.add_fault("slow", seconds=0.3, services=["ssm"])
    began = time.perf_counter()
    once(sandbox, "ssm").describe_patch_baselines()
    assert time.perf_counter() - began >= 0.3


def test_a_page_token_expires_on_the_way(sandbox: RunningSandbox, steering: SandboxClient) -> None:
    steering.add_fault("short-pages", page=3)
    pages = once(sandbox, "ec2").get_paginator("describe_instances")
    assert [len(page["Reservations"]) for page in pages.paginate()] == [3, 3, 3, 3]
    steering.add_fault("page-token", page=2)
    assert said(lambda: list(pages.paginate())) == ("InvalidNextToken", 400)
    assert (
        said(lambda: list(once(sandbox, "organizations", MANAGEMENT).get_paginator("list_accounts").paginate()))[0]
        == "InvalidInputException"
    )


def test_faults_are_listed_with_what_they_struck_and_taken_off(sandbox: RunningSandbox, steering: SandboxClient) -> None:
    first = steering.add_fault("throttle", services=["ssm"], share=0.5)["id"]
    second = steering.add_fault("unavailable", services=["ec2"])["id"]
    said(once(sandbox, "ec2").describe_instances)
    shown = {fault["id"]: fault for fault in steering.faults()}
    assert (shown[second]["hits"], shown[second]["last"]) == (1, f"ec2:DescribeInstances in {PROD}/{HOME}")
    assert (shown[first]["hits"], shown[first]["share"]) == (0, 0.5)
    steering.remove_fault(second)
    assert once(sandbox, "ec2").describe_instances()["Reservations"]
    with pytest.raises(ControlError, match="There is no fault"):
        steering.remove_fault(second)
    assert (steering.clear_faults(), steering.faults()) == (1, [])


def test_a_fault_that_cannot_be_is_refused_with_a_sentence(steering: SandboxClient) -> None:
    with pytest.raises(ControlError, match="did you mean throttle"):
        steering.add_fault("throtle")


def test_where_no_sandbox_answers_the_client_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ControlError, match="Connection refused"):
        SandboxClient(f"http://127.0.0.1:{port}").health()
