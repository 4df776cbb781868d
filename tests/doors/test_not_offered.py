"""A service that AWS does not have in a region is told apart from one that cannot be reached: there, nothing can be."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping

import pytest
from botocore.config import Config
from botocore.session import Session

from patchkeep.domain.call import Call, Caller, Cause, Dialogue, Gap, Target
from patchkeep.doors.aws import AwsDoor, Sessions
from patchkeep.doors.aws.sessions import Mode, Roles
from tests.doors.script import ACCOUNT, NOW, Paused, Reply, Script, told

CAPE, FRANKFURT = Target(ACCOUNT, "af-south-1"), Target(ACCOUNT, "eu-central-1")


def looking(service: str, operation: str) -> Dialogue[object]:
    return (yield Call.of(service, operation))


def door(configs: Mapping[Mode, Config] | None = None) -> AwsDoor:
    session = Session()
    session.set_credentials("AKIAEXAMPLE", "secret")
    roles = Roles("PatchkeepRead", "PatchkeepWrite")
    sessions = Sessions(session, roles, lambda: NOW, configs) if configs else Sessions(session, roles, lambda: NOW)
    sessions._caller = Caller(f"arn:aws:iam::{ACCOUNT}:user/ann", ACCOUNT)
    return AwsDoor(sessions, lambda: NOW, Paused())


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An address at which nobody listens: bound, so that nobody else takes it, and deaf."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        yield


@pytest.mark.usefixtures("nobody")
def test_where_nobody_answers_and_botocore_lists_none_the_service_is_not_offered() -> None:
    aws = door()
    for account in (ACCOUNT, ACCOUNT, ACCOUNT):
        gap = aws.read(Target(account, CAPE.region), "lightsail", looking("lightsail", "get_instances"))
        assert isinstance(gap, Gap)
        assert (gap.cause, gap.reason) == (Cause.NOT_OFFERED, "AWS does not have lightsail in af-south-1")
    assert sum(read.calls for read in aws.reads()) == 1, "it holds for all accounts, so it is found out once"


@pytest.mark.usefixtures("nobody")
def test_where_botocore_lists_the_service_nobody_s_answer_is_no_proof() -> None:
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})
    gap = door(dict.fromkeys(Mode, once)).read(FRANKFURT, "lightsail", looking("lightsail", "get_instances"))
    assert isinstance(gap, Gap)
    assert gap.cause is Cause.UNREACHABLE


def test_where_somebody_answers_though_botocore_lists_none_the_answer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    with told(Script([Reply({"instances": []})])) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        assert door().read(CAPE, "lightsail", looking("lightsail", "get_instances")) == {"instances": []}


@pytest.mark.parametrize(
    ("service", "region", "listed"),
    [
        ("lightsail", "eu-central-1", True),
        ("lightsail", "af-south-1", False),
        ("lightsail", "cn-north-1", False),
        ("elasticbeanstalk", "us-gov-west-1", True),
        ("organizations", "eu-west-1", True),
        ("ssm", "mars-north-1", True),
    ],
)
def test_endpoint_data_says_where_a_service_is(service: str, region: str, listed: bool) -> None:
    assert door().sessions.lists(service, region) == listed
