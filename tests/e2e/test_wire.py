"""The composition root: what it reads, and what it says when that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from patchkeep.domain.policy import PolicyErrors
from patchkeep.doors.aws import NoCredentials
from patchkeep.doors.clock import SystemClock
from patchkeep.policy import load
from patchkeep.sandbox.client import SandboxClient
from patchkeep.wire import SandboxLost, database_url, house, read_policy, sandbox_environment, sandbox_grants, sandbox_process
from tests.e2e.desk import POLICY

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FREEZE = "\nfreezes:\n  - {name: fair, calendar: fair.ics}\n"


def mistakes(path: Path) -> str:
    with pytest.raises(PolicyErrors) as found:
        read_policy(str(path), NOW)
    return str(found.value)


def test_a_policy_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "patchkeep.yaml"
    file.write_text(POLICY, encoding="utf-8")
    assert read_policy(str(file), NOW).name == "small"


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "none.yaml").endswith(
        "none.yaml:1:1: There is no such file. Write one with `patchkeep init`, or name yours with --policy."
    )


def test_a_folder_is_no_policy(tmp_path: Path) -> None:
    assert "It cannot be read" in mistakes(tmp_path)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "patchkeep.yaml"
    file.write_bytes(b"name: \xff\xfe")
    assert "It is not UTF-8 text" in mistakes(file)


def test_a_calendar_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    file, calendar = tmp_path / "patchkeep.yaml", tmp_path / "fair.ics"
    file.write_text(POLICY + FREEZE, encoding="utf-8")
    assert "The calendar fair.ics is not there." in mistakes(file)
    calendar.write_bytes(b"BEGIN:\xff\xfe")
    assert f"The calendar {calendar} cannot be read" in mistakes(file)


def test_the_database_lies_beside_unless_the_environment_names_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATCHKEEP_DATABASE_URL", raising=False)
    assert database_url() == "sqlite:///patchkeep.db"
    monkeypatch.setenv("PATCHKEEP_DATABASE_URL", "sqlite:////var/lib/patchkeep.db")
    assert database_url() == "sqlite:////var/lib/patchkeep.db"


def test_a_house_is_opened_without_aws_and_without_its_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "patchkeep.yaml").write_text(POLICY, encoding="utf-8")
    monkeypatch.setenv("AWS_PROFILE", "nope")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "notaurl")
    monkeypatch.delenv("PATCHKEEP_EXTERNAL_ID", raising=False)
    monkeypatch.setenv("PATCHKEEP_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    with house(str(tmp_path / "patchkeep.yaml"), SystemClock(), create=False) as opened:
        assert opened.store.snapshots.latest() is None
        with pytest.raises(NoCredentials):
            opened.aws.ready()
    assert not (tmp_path / "none.db").exists()


def test_aws_region_counts_as_it_does_for_the_aws_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "patchkeep.yaml").write_text(POLICY, encoding="utf-8")
    monkeypatch.setenv("PATCHKEEP_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_REGION", "us-gov-west-1")
    with house(str(tmp_path / "patchkeep.yaml"), SystemClock(), create=False) as opened:
        assert opened.aws.sessions.partition == "aws-us-gov"


@pytest.mark.http
def test_a_sandbox_answers_whatever_profile_its_caller_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nope")
    monkeypatch.setenv("AWS_REGION", "cn-north-1")
    with sandbox_process("small") as endpoint:
        monkeypatch.delenv("AWS_PROFILE")
        for name, value in sandbox_environment(endpoint).items():
            monkeypatch.setenv(name, value)
        ec2: Any = Session().create_client("ec2", "eu-central-1")
        assert ec2.describe_regions()["Regions"]


@pytest.mark.http
def test_roles_that_an_organization_has_not_are_given_nothing_and_any_other_trouble_is_said() -> None:
    named = load(POLICY.replace("read: PatchkeepRead", "read: Another"), "patchkeep.yaml", NOW)
    assert named.organization.read_role == "Another"
    with sandbox_process("small") as endpoint:
        sandbox_grants(endpoint, named)
        client = SandboxClient(endpoint)
        assert set(map(bool, client.call("GET", "/roles/PatchkeepWrite")["policies"].values())) == {True}
        assert set(map(bool, client.call("GET", "/roles/PatchkeepRead")["policies"].values())) == {False}
    with pytest.raises(SandboxLost):
        sandbox_grants(endpoint, named)
