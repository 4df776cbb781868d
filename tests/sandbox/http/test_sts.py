"""STS as it refuses in AWS: unknown keys, untrusted callers, wrong external ids, ended sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.server import RunningSandbox
from tests.sandbox.http.conftest import CLOSED, DEV, HOME, MANAGEMENT, PROD, Clients

pytestmark = pytest.mark.http


def arn(account: str, role: str = "PatchkeepRead") -> str:
    return f"arn:aws:iam::{account}:role/{role}"


def assume(clients: Clients, account: str = PROD, by: str = MANAGEMENT, **more: Any) -> dict[str, Any]:
    given = {"RoleArn": arn(account), "RoleSessionName": "keep", "ExternalId": "keep-7"} | more
    answer: dict[str, Any] = clients("sts", by).assume_role(**given)
    return answer


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_an_admin_key_is_its_account(clients: Clients) -> None:
    who = clients("sts", DEV).get_caller_identity()
    assert (who["Account"], who["Arn"]) == (DEV, f"arn:aws:iam::{DEV}:user/sandbox-admin")


def test_an_assumed_role_acts_in_its_own_account(clients: Clients) -> None:
    keys = assume(clients)["Credentials"]
    who = clients("sts", keys=keys).get_caller_identity()
    assert (who["Account"], who["Arn"]) == (PROD, f"arn:aws:sts::{PROD}:assumed-role/PatchkeepRead/keep")
    assert who["UserId"].endswith(":keep")


def test_an_unknown_key_is_refused_in_each_service_s_own_words(clients: Clients) -> None:
    keys = {"AccessKeyId": "AKIANOBODYKNOWSTHISK", "SecretAccessKey": "x"}
    for service, expected in (("sts", "InvalidClientTokenId"), ("ec2", "AuthFailure"), ("ssm", "UnrecognizedClientException")):
        client = clients(service, keys=keys)
        calls = {"sts": "get_caller_identity", "ec2": "describe_instances", "ssm": "describe_instance_information"}
        with pytest.raises(ClientError) as refused:
            getattr(client, calls[service])()
        assert code(refused) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"ExternalId": "guess"},
        {"ExternalId": None},
        {"RoleArn": arn(PROD, "Nobody")},
        {"RoleArn": arn("999999999999")},
        {"RoleArn": arn(CLOSED)},
    ],
)
def test_a_role_is_not_assumed_on_wrong_terms(clients: Clients, wrong: dict[str, str | None]) -> None:
    terms = {"RoleArn": arn(PROD), "RoleSessionName": "keep", "ExternalId": "keep-7"} | wrong
    with pytest.raises(ClientError) as refused:
        clients("sts", MANAGEMENT).assume_role(**{key: value for key, value in terms.items() if value})
    assert code(refused) == "AccessDenied"
    assert "is not authorized to perform: sts:AssumeRole on resource" in str(refused.value)


def test_an_account_that_the_role_does_not_trust_cannot_assume_it(clients: Clients) -> None:
    with pytest.raises(ClientError) as refused:
        assume(clients, PROD, by=DEV)
    assert code(refused) == "AccessDenied"


def test_a_session_needs_its_token(clients: Clients) -> None:
    keys = assume(clients)["Credentials"] | {"SessionToken": "another"}
    with pytest.raises(ClientError) as refused:
        clients("sts", keys=keys).get_caller_identity()
    assert code(refused) == "InvalidClientTokenId"


def test_a_session_ends_in_virtual_time(clients: Clients, steering: SandboxClient) -> None:
    given = assume(clients, DurationSeconds=900)["Credentials"]
    assert given["Expiration"] == steering.now() + timedelta(minutes=15)
    steering.advance(timedelta(minutes=15))
    for service, call, expected in (
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("ssm", "describe_instance_information", "ExpiredTokenException"),
        ("ec2", "describe_instances", "RequestExpired"),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(clients(service, keys=given), call)()
        assert code(refused) == expected


@pytest.mark.parametrize("seconds", [899, 3601, 50_000])
def test_a_session_lasts_between_15_minutes_and_an_hour(clients: Clients, seconds: int) -> None:
    with pytest.raises(ClientError) as refused:
        assume(clients, DurationSeconds=seconds)
    assert code(refused) == "ValidationError"


def test_a_chained_session_keeps_its_source_identity(clients: Clients, steering: SandboxClient) -> None:
    first = assume(clients, DEV, SourceIdentity="ana")["Credentials"]
    chained = clients("sts", keys=first).assume_role(RoleArn=arn(PROD, "Chained"), RoleSessionName="on")
    assert chained["SourceIdentity"] == "ana"
    assert steering.credentials()["sessions"][-1]["source_identity"] == "ana"
    with pytest.raises(ClientError) as refused:
        clients("sts", keys=first).assume_role(RoleArn=arn(PROD, "Chained"), RoleSessionName="on", SourceIdentity="bob")
    assert code(refused) == "AccessDenied"


def test_a_refused_action_says_who_may_not_do_what(clients: Clients, steering: SandboxClient) -> None:
    keys = assume(clients)["Credentials"]
    steering.refuse(PROD, "PatchkeepRead", ["ssm:DescribeInstance*", "ec2:*"])
    for service, call, expected in (
        ("ssm", "describe_instance_information", "AccessDeniedException"),
        ("ec2", "describe_instances", "UnauthorizedOperation"),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(clients(service, keys=keys), call)()
        assert code(refused) == expected
        assert f"assumed-role/PatchkeepRead/keep is not authorized to perform: {service}:Describe" in str(refused.value)
    steering.refuse(PROD, "PatchkeepRead", [])
    assert clients("ec2", keys=keys).describe_regions()["Regions"]


def test_a_region_that_is_switched_off_knows_nobody(clients: Clients) -> None:
    for service, call, expected in (
        ("ssm", "describe_instance_information", "UnrecognizedClientException"),
        ("ec2", "describe_instances", "AuthFailure"),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(clients(service, region="me-south-1"), call)()
        assert code(refused) == expected
    assert clients("sts", region=HOME).get_caller_identity()["Account"] == PROD


def test_a_session_ends_with_its_role_or_its_account(clients: Clients, sandbox: RunningSandbox, steering: SandboxClient) -> None:
    chain = assume(clients, DEV)["Credentials"]
    keys = clients("sts", keys=chain).assume_role(RoleArn=arn(PROD, "Chained"), RoleSessionName="on")["Credentials"]
    role = sandbox.world.accounts[PROD].roles.pop("Chained")
    with pytest.raises(ClientError) as refused:
        clients("sts", keys=keys).get_caller_identity()
    assert code(refused) == "InvalidClientTokenId"
    sandbox.world.accounts[PROD].roles["Chained"] = role
    steering.alter_account(PROD, suspended=True)
    with pytest.raises(ClientError) as refused:
        clients("sts", keys=keys).get_caller_identity()
    assert code(refused) == "InvalidClientTokenId"
    steering.alter_account(PROD, suspended=False)
    assert clients("sts", keys=keys).get_caller_identity()["Account"] == PROD
