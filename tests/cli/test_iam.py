"""`patchkeep iam` and `patchkeep export`: documents on standard output, words on standard error, mistakes as sentences."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from patchkeep.cli import run
from tests.permissions.policies import WIDE

HUGE = "\n".join(
    [
        "name: huge",
        "environments:",
        *(f"  e{n}: {{match: {{tags: {{Environment: e{n}}}}}, patch_group: a-patch-group-with-a-long-name-{n}}}" for n in range(300)),
        "baselines:\n  apt: {os: [ubuntu], approve: {security: now}}",
        "rings:",
        *(f"  - {{name: r{n}, select: {{env: e{n}}}, rest: true}}" for n in range(300)),
    ]
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "patchkeep.yaml").write_text(WIDE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str, status: int = 0) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert run(list(words)) == status, err.getvalue()
    return out.getvalue(), err.getvalue()


def documents(text: str) -> list[dict[str, object]]:
    """Every JSON document in a text, one after the other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text.rstrip()):
        document, at = decoder.raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip()))
        found.append(document)
    return found


def test_without_a_word_more_it_prints_what_looking_needs(folder: Path) -> None:
    out, err = typed("iam")
    assert len(documents(out)) == 2
    assert "# PatchkeepRead, permissions" in err
    assert "# whoever runs Patchkeep, permissions" in err
    assert "PatchkeepWrite" not in out + err
    assert all(len(line) <= 80 for line in err.splitlines())


@pytest.mark.parametrize(
    "principal", ["*", "", "arn:aws:iam::*:role/Ops", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role/"]
)
def test_a_trust_in_everybody_is_refused(folder: Path, principal: str) -> None:
    out, err = typed("iam", "--trust", "--principal", principal, status=2)
    assert out == ""
    assert "is no ARN of one role, user or account" in err


def test_one_role_is_one_document_that_aws_takes_as_it_is(folder: Path) -> None:
    out, _ = typed("iam", "--role", "read", "--account", "111122223333", "--partition", "aws-cn")
    document = json.loads(out)
    assert document["Version"] == "2012-10-17"
    assert "arn:aws-cn:ssm:*:111122223333:document/Patchkeep-Reboot" in out


def test_write_adds_the_write_role_in_parts_that_iam_takes(folder: Path) -> None:
    out, err = typed("iam", "--write", "--format", "json")
    assert err == ""
    told = json.loads(out)
    assert (told["format"], told["version"]) == ("patchkeep.iam", 1)
    assert {one["role"] for one in told["policies"]} == {"PatchkeepRead", "PatchkeepWrite", "whoever runs Patchkeep"}
    assert all(one["characters"] <= 6144 for one in told["policies"])


def test_trust_names_the_principal_and_never_the_external_id_itself(folder: Path) -> None:
    principal = "arn:aws:iam::444455556666:role/Operators"
    out, err = typed("iam", "--role", "write", "--trust", "--principal", principal)
    trust = documents(out)[-1]
    assert principal in json.dumps(trust)
    assert "REPLACE-WITH-THE-EXTERNAL-ID" in json.dumps(trust)
    assert "ssm:/patchkeep/external-id" in err


def test_a_trust_without_an_external_id_is_warned_of(folder: Path) -> None:
    (folder / "open.yaml").write_text(WIDE.replace("external_id: ssm:/patchkeep/external-id", "api_share: 20%"), encoding="utf-8")
    for words in (("export", "cloudformation"), ("iam", "--role", "write", "--trust")):
        _, err = typed(*words, "--policy", "open.yaml")
        assert "WITHOUT an external id" in " ".join(err.split())


def test_deny_prints_a_stop_for_the_organization_and_one_for_the_role(folder: Path) -> None:
    everywhere, inline = documents(typed("iam", "--deny")[0])
    assert "arn:aws:iam::*:role/PatchkeepWrite" in json.dumps(everywhere)
    assert "Condition" not in json.dumps(inline)


def test_a_policy_that_no_iam_policy_can_carry_is_said_in_a_sentence(folder: Path) -> None:
    (folder / "huge.yaml").write_text(HUGE, encoding="utf-8")
    _, err = typed("iam", "--role", "write", "--policy", "huge.yaml", status=1)
    assert "alone has more than the 6144 characters that IAM takes" in err
    assert "Traceback" not in err


def test_exports_go_to_standard_output_or_into_files(folder: Path) -> None:
    out, err = typed("export", "cloudformation")
    assert (json.loads(out)["AWSTemplateFormatVersion"], err) == ("2010-09-09", "")
    assert typed("export", "cloudformation", "-o", "roles.json") == ("", "roles.json written.\n")
    assert (folder / "roles.json").read_text(encoding="utf-8") == out
    whole, _ = typed("export", "terraform")
    assert typed("export", "terraform", "--dir", "deep/module")[0] == ""
    files = [(folder / "deep" / "module" / name).read_text(encoding="utf-8") for name in ("main.tf", "variables.tf", "outputs.tf")]
    assert "\n".join(files) == whole


def test_a_folder_that_cannot_be_made_is_said(folder: Path) -> None:
    (folder / "file").touch()
    _, err = typed("export", "terraform", "--dir", "file/module", status=2)
    assert "file/module cannot be made" in err
