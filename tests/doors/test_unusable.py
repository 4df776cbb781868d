"""What keeps us from asking AWS anything is one sentence: which profile, file or variable it is, and what to type next."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ProxyConnectionError, SSLError, SSOTokenLoadError, UnauthorizedSSOTokenError
from botocore.parsers import ResponseParserError
from botocore.session import Session

from patchkeep.doors.aws import NoCredentials, Sessions
from patchkeep.doors.aws.sessions import Roles
from patchkeep.doors.aws.unusable import why_unusable

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
STS = "https://sts.us-east-1.amazonaws.com"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def said() -> str:
    """What asking who we are says."""
    made = Sessions(Session(), Roles("PatchkeepRead", "PatchkeepWrite"), lambda: NOW)
    with pytest.raises(NoCredentials) as found:
        made.ready()
    sentence = str(found.value)
    assert "\n" not in sentence
    return sentence


def test_a_profile_that_is_not_there_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nope")
    assert said().startswith("There is no AWS profile 'nope' (AWS_PROFILE)")
    assert "`aws configure list-profiles`" in said()


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_a_broken_file_is_named_with_its_line_and_none_of_its_content(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("[default\naws_secret_access_key = very-secret\n", encoding="utf-8")
    monkeypatch.setenv(variable, str(broken))
    assert said().startswith(f"{broken}, line 1 cannot be read as AWS configuration.")
    assert variable in said()
    assert "secret_access_key" not in said()


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
def test_an_endpoint_that_is_no_address_is_named_by_its_variable(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "notaurl")
    assert said() == f"{variable} is no address (Invalid endpoint: notaurl). Write one like {STS}, or unset it."


def test_an_endpoint_where_nobody_answers_is_not_called_a_lack_of_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    began = time.monotonic()
    assert said() == f"STS at {NOWHERE} could not be reached. Correct AWS_ENDPOINT_URL, unset it, or start what should answer there."
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            ProxyConnectionError(proxy_url="http://proxy:3128", error=OSError()),
            f"STS at {STS} could not be reached through the proxy http:",
        ),
        (SSLError(endpoint_url=STS, error=OSError("unknown authority")), f"STS at {STS} could not be reached (unknown authority)."),
        (ResponseParserError("<html>"), f"What answered at {STS} is not STS."),
    ],
)
def test_without_an_endpoint_of_ones_own_it_is_the_network_or_the_proxy(error: BotoCoreError, sentence: str) -> None:
    why = why_unusable(error, "us-east-1", STS)
    assert why.startswith(sentence)
    assert "HTTPS_PROXY" in why


@pytest.mark.parametrize("error", [UnauthorizedSSOTokenError(), SSOTokenLoadError(error_msg="it is not there")])
def test_a_session_that_has_ended_names_the_profile_and_how_to_begin_a_new_one(
    error: BotoCoreError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "audit")
    why = why_unusable(error, "us-east-1", "")
    assert why.startswith("The SSO session of profile audit cannot be used: ")
    assert "`aws sso login --profile audit`" in why


def test_making_the_sessions_reads_no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nope")
    made = Sessions(Session(), Roles("PatchkeepRead", "PatchkeepWrite"), lambda: NOW)
    assert made.roles.read == "PatchkeepRead"
