"""Who we are in each account: the member role with its external id, renewed by our clock, and the person's name upon it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from patchkeep.doors.aws import NoCredentials, Sessions
from patchkeep.doors.aws.sessions import Mode, Roles, source_identity
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.server import RunningSandbox, serve
from patchkeep.sandbox.world import Role
from tests.sandbox.http.conftest import DEV, HOME, MANAGEMENT, PROD, small_world

pytestmark = pytest.mark.http
ROLES = Roles("PatchkeepRead", "PatchkeepWrite", lambda: "keep-7")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    world = small_world()
    for account in (MANAGEMENT, PROD):
        write = Role("PatchkeepWrite", (MANAGEMENT,), external_id="keep-7")
        world.accounts[account].roles[write.name] = write
    with serve(world) as running:
        yield running


@pytest.fixture
def steering(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> SandboxClient:
    client = SandboxClient(sandbox.endpoint)
    for name, value in client.environment().items():
        monkeypatch.setenv(name, value)
    return client


def sessions(steering: SandboxClient, roles: Roles = ROLES) -> Sessions:
    return Sessions(Session(), roles, steering.now)


def who(made: Sessions, account: str, mode: Mode) -> str:
    return str(made.client(account, HOME, "sts", mode).get_caller_identity()["Arn"])


def test_the_caller_is_whom_sts_verifies(steering: SandboxClient) -> None:
    caller = sessions(steering).caller()
    assert (caller.arn, caller.account) == (f"arn:aws:iam::{MANAGEMENT}:user/sandbox-admin", MANAGEMENT)


def test_at_home_reads_are_the_callers_own_and_writes_take_the_write_role(steering: SandboxClient) -> None:
    made = sessions(steering)
    assert who(made, MANAGEMENT, Mode.READ).endswith(":user/sandbox-admin")
    assert who(made, MANAGEMENT, Mode.WRITE) == f"arn:aws:sts::{MANAGEMENT}:assumed-role/PatchkeepWrite/patchkeep-write"


def test_in_a_member_account_the_role_is_assumed_with_external_id_and_the_persons_name(steering: SandboxClient) -> None:
    made = sessions(steering)
    since = steering.log_length()
    assert who(made, PROD, Mode.READ) == f"arn:aws:sts::{PROD}:assumed-role/PatchkeepRead/patchkeep-read"
    (call,) = steering.log(since, "AssumeRole")
    asked = call["params"]
    assert (asked["ExternalId"], asked["SourceIdentity"], asked["DurationSeconds"]) == ("keep-7", "sandbox-admin", 3600)


def test_a_wrong_external_id_is_refused(steering: SandboxClient) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        who(sessions(steering, Roles("PatchkeepRead", "PatchkeepWrite", lambda: "wrong")), PROD, Mode.READ)
    with pytest.raises(ClientError, match="AccessDenied"):
        who(sessions(steering, Roles("PatchkeepRead", "PatchkeepWrite")), PROD, Mode.READ)


def test_clients_are_made_once_and_sessions_are_shared_by_regions_and_services(steering: SandboxClient) -> None:
    made = sessions(steering)
    client = made.client(PROD, HOME, "ssm", Mode.READ)
    assert made.client(PROD, HOME, "ssm", Mode.READ) is client
    since = steering.log_length()
    for region in (HOME, "eu-west-1"):
        made.client(PROD, region, "ec2", Mode.READ).describe_instances()
        made.client(PROD, region, "ssm", Mode.READ).describe_instance_information()
    assert len(steering.log(since, "AssumeRole")) == 1


def test_a_session_is_renewed_by_our_clock_before_it_ends(steering: SandboxClient) -> None:
    made = sessions(steering)
    who(made, DEV, Mode.READ)
    since = steering.log_length()
    steering.advance(timedelta(minutes=30))
    who(made, DEV, Mode.READ)
    assert steering.log(since, "AssumeRole") == []
    steering.advance(timedelta(hours=2))
    who(made, DEV, Mode.READ)
    assert len(steering.log(since, "AssumeRole")) == 1


def test_reads_are_retried_adaptively_and_writes_are_sent_once(steering: SandboxClient) -> None:
    made = sessions(steering)
    read, write = (made.client(PROD, HOME, "ssm", mode).meta.config.retries for mode in (Mode.READ, Mode.WRITE))
    assert (read["mode"], read["total_max_attempts"]) == ("adaptive", 6)
    assert write["total_max_attempts"] == 1


def test_without_credentials_it_says_how_to_sign_in(steering: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(NoCredentials, match=r"No usable AWS credentials: .*`aws sso login"):
        sessions(steering).caller()


def test_a_key_that_nobody_knows_is_said_to_be_refused(steering: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    with pytest.raises(NoCredentials, match=r"does not accept these credentials \(InvalidClientTokenId\)"):
        sessions(steering).caller()


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::111122223333:user/ann", "ann"),
        ("arn:aws:iam::111122223333:user/team/ann", "ann"),
        ("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ann@example.com", "ann@example.com"),
        ("arn:aws:iam::111122223333:root", "root"),
        ("arn:aws:sts::111122223333:assumed-role/Ops/ä b", "--b"),
        ("arn:aws:iam::111122223333:user/a", "-a"),
        (f"arn:aws:sts::111122223333:assumed-role/Ops/{'x' * 80}", "x" * 64),
    ],
)
def test_a_callers_name_is_made_fit_for_source_identity(arn: str, name: str) -> None:
    assert source_identity(arn) == name
