"""Secrets are referred to, never written down: from the environment, Parameter Store or Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.session import Session

from patchkeep.doors.secrets import external_id, secret
from patchkeep.doors.unsigned import SecretError
from tests.doors.script import Reply, Script, refusal, told

pytestmark = pytest.mark.http


@contextmanager
def answered(reply: Reply, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Session, Script]]:
    """A session that leads to a server with one answer."""
    script = Script([reply])
    with told(script) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        monkeypatch.setenv("AWS_REGION", "eu-central-1")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        session = Session()
        session.set_credentials("AKIAEXAMPLE", "secret")
        yield session, script


def test_the_environment_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEP_ID", "seven")
    assert secret("env:KEEP_ID", Session()) == "seven"


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_or_empty_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEEP_ID", raising=False)
    if value is not None:
        monkeypatch.setenv("KEEP_ID", value)
    with pytest.raises(SecretError, match="env:KEEP_ID: the environment variable KEEP_ID is not set"):
        secret("env:KEEP_ID", Session())


def test_parameter_store_holds_it_decrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    with answered(Reply({"Parameter": {"Name": "/keep", "Value": "seven"}}), monkeypatch) as (session, script):
        assert secret("ssm:/keep", session) == "seven"
    assert script.heard == [("GetParameter", {"Name": "/keep", "WithDecryption": True})]


def test_secrets_manager_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with answered(Reply({"SecretString": "seven"}), monkeypatch) as (session, script):
        assert secret("secretsmanager:keep/id", session) == "seven"
    assert script.heard == [("GetSecretValue", {"SecretId": "keep/id"})]


@pytest.mark.parametrize(("reference", "code"), [("ssm:/keep", "ParameterNotFound"), ("secretsmanager:keep", "ResourceNotFoundException")])
def test_one_that_aws_does_not_give_is_said_with_awss_words(reference: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with answered(refusal(code, "no such thing"), monkeypatch) as (session, _), pytest.raises(SecretError, match=code) as error:
        secret(reference, session)
    assert str(error.value).startswith(f"{reference} could not be read: ")


@pytest.mark.parametrize("reference", ["seven", "file:/etc/keep", "", "env"])
def test_a_value_or_an_unknown_place_is_refused(reference: str) -> None:
    with pytest.raises(SecretError):
        secret(reference, Session())


def test_a_policy_without_external_id_has_none() -> None:
    assert external_id("", Session()) == ""


@pytest.mark.parametrize("value", ["ab", "keep-7", "a" * 1224, "_+=,.@:/-"])
def test_what_sts_takes_is_an_external_id(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEP_ID", value)
    assert external_id("env:KEEP_ID", Session()) == value


@pytest.mark.parametrize("value", ["Z", "a" * 1225, "hush hush", "hush\n", "h\u00fcsch"])
def test_what_sts_does_not_take_is_refused_by_its_reference_and_never_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEP_ID", value)
    with pytest.raises(SecretError, match=r"^env:KEEP_ID: .*2 to 1224") as error:
        external_id("env:KEEP_ID", Session())
    assert value not in str(error.value)


@pytest.mark.parametrize(("configured", "asked"), [("eu-central-1", "eu-central-1"), ("", "us-east-1")])
def test_it_is_read_in_the_configured_region_or_the_partitions_home(configured: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with answered(Reply({"SecretString": "seven"}), monkeypatch) as (session, script):
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        session.set_config_variable("region", configured or None)
        regions: list[str] = []
        session.register("before-sign.secrets-manager", lambda **signing: regions.append(signing["region_name"]))
        assert secret("secretsmanager:keep", session) == "seven"
    assert regions == [asked]
    assert len(script.heard) == 1
