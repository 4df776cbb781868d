"""What is typed wrongly, or stands in a wrong file, is told in a sentence with what to type instead, and by its exit status."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from patchkeep.sandbox.client import SandboxClient
from tests.cli.shell import Ran, call

pytestmark = pytest.mark.http
SAVED = "give the file that `patchkeep plan -o FILE` saved"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("plna", "Did you mean 'plan'?"),
        ("zzzzz", "There is no command 'zzzzz'. See `patchkeep --help`."),
        ("assess --frmat json", "Did you mean '--format'?"),
        ("rollout stat", "'start', 'status'"),
        ("who", "Missing argument 'QUESTION'"),
        ("who openssl<>3", "QUESTION"),
        ("plan --only oi=3", "write ou=PATH, account=ID or tag:KEY=VALUE"),
        ("plan --only account=3", "twelve digits"),
        ("plan -o /nowhere/plan.json", "/nowhere/plan.json cannot be written"),
        ("report -o /nowhere/report.html", "/nowhere/report.html cannot be written"),
        ("discover --trace /nowhere/trace", "/nowhere/trace cannot be written"),
        ("assess --policy nowhere.yaml", "nowhere.yaml:1:1: There is no such file."),
        ("policy init", "is there already"),
        ("apply nowhere.json", "nowhere.json cannot be read"),
        ("apply patchkeep.yaml", f"patchkeep.yaml is not JSON: {SAVED}"),
        ("sandbox advance soon", "DURATION"),
        ("sandbox serve --org nowhere.yaml --port 0", "one of snowy, small, live"),
        ("completion tcsh", "'bash', 'zsh', 'fish'"),
        ("demo --dir .", "is not empty, and no demo made it"),
    ],
)
def test_wrong_use_is_told_on_standard_error_with_status_two(line: str, sentence: str, world: str) -> None:
    ran = call(*line.split(), endpoint=world)
    assert (ran.status, ran.out) == (2, "")
    assert sentence in " ".join(ran.err.split())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"format": "patchkeep.assess", "version": 1}', f"holds patchkeep.assess, not a plan: {SAVED}"),
        ("[1, 2]", f"is JSON of something else, not a plan: {SAVED}"),
        ('{"format": "patchkeep.plan", "version": 9, "plan": {}}', "is a plan of version 9"),
        ('{"format": "patchkeep.plan", "version": 1, "plan": {}}', "is damaged"),
        ('{"format": "patchkeep.plan", "version": 1}', "is damaged"),
        ("\x00\xff", "is not JSON"),
    ],
)
@pytest.mark.parametrize("verb", ["apply", "verify", "rollout start"])
def test_a_file_that_is_no_plan_is_refused_with_status_two(verb: str, content: str, sentence: str, world: str, folder: Path) -> None:
    (folder / "wrong.json").write_text(content, encoding="latin-1")
    ran = call(*verb.split(), "wrong.json", endpoint=world)
    assert (ran.status, ran.out) == (2, "")
    assert sentence in " ".join(ran.err.split())


def test_a_plan_that_somebody_altered_is_refused(way: Mapping[str, Ran], folder: Path, world: str) -> None:
    altered = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    altered["plan"]["author"] = "arn:aws:iam::100000000001:user/somebody-else"
    (folder / "altered.json").write_text(json.dumps(altered), encoding="utf-8")
    ran = call("apply", "altered.json", endpoint=world)
    assert ran.status == 2
    assert "was altered after it was made" in " ".join(ran.err.split())


def test_what_json_format_prints_is_a_plan_file_too(way: Mapping[str, Ran], folder: Path, world: str) -> None:
    (folder / "printed.json").write_text(way["plan --format json"].out, encoding="utf-8")
    assert call("apply", "printed.json", "--yes", endpoint=world).status in {0, 1}


def test_a_stale_plan_is_refused_with_status_one(way: Mapping[str, Ran], world: str) -> None:
    ran = call("apply", "settings.json", "--yes", endpoint=world)
    assert (ran.status, ran.out) == (1, "")
    assert "more than 24 h" in ran.err


def test_nobody_to_ask_is_wrong_use(way: Mapping[str, Ran], world: str) -> None:
    call("plan", "-o", "fresh.json", endpoint=world)
    ran = call("rollout", "start", "fresh.json", endpoint=world)
    assert ran.status == 2
    assert "say --yes" in ran.err


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("rollout status ro-nowhere", "There is no rollout ro-nowhere"),
        ("rollout resume ro-nowhere", "`patchkeep rollout status` lists those there are"),
        ("assess smal-dev-app-007", "Did you mean small-dev-app-007?"),
        ("policy explain zzz", "`patchkeep assess --all` lists"),
        ("sandbox run --endpoint http://127.0.0.1:1 assess", "No sandbox answers at http://127.0.0.1:1"),
        ("sandbox advance --endpoint http://127.0.0.1:1 1d", "No sandbox answers"),
    ],
)
def test_what_is_not_there_is_told_with_status_one(line: str, sentence: str, way: Mapping[str, Ran], world: str) -> None:
    ran = call(*line.split(), endpoint=world)
    assert (ran.status, ran.out) == (1, "")
    assert sentence in " ".join(ran.err.split())


@pytest.mark.parametrize("url", ["foo", "mysql://somewhere/db"])
def test_a_wrong_database_address_is_wrong_use(url: str, world: str) -> None:
    with pytest.MonkeyPatch.context() as scene:
        scene.setenv("PATCHKEEP_DATABASE_URL", url)
        ran = call("assess", endpoint=world)
    assert (ran.status, ran.out) == (2, "")
    assert "sqlite:///" in ran.err


def test_an_empty_database_asks_for_discover_first(world: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as scene:
        scene.setenv("PATCHKEEP_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
        statuses = {verb: call(*verb.split(), endpoint=world) for verb in ("assess", "doctor", "plan", "report", "who openssl")}
        none = call("rollout", "status", endpoint=world)
    assert {ran.status for ran in statuses.values()} == {1}
    assert all("run `patchkeep discover` first" in ran.err for ran in statuses.values())
    assert (none.status, none.out.splitlines()[0][:14]) == (0, "No rollout yet")


@pytest.mark.parametrize("line", ["discover", "apply fresh.json --yes", "rollout start fresh.json --yes"])
@pytest.mark.parametrize(("value", "sentence"), [(None, "PATCHKEEP_EXTERNAL_ID is not set"), ("Z", "2 to 1224")])
def test_a_secret_that_is_missing_or_no_external_id_is_wrong_use_before_any_account_is_asked(
    line: str, value: str | None, sentence: str, way: Mapping[str, Ran], world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("plan", "-o", "fresh.json", endpoint=world)
    monkeypatch.delenv("PATCHKEEP_EXTERNAL_ID")
    if value:
        monkeypatch.setenv("PATCHKEEP_EXTERNAL_ID", value)
    since = SandboxClient(world).log_length()
    ran = call(*line.split(), endpoint=world)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("env:PATCHKEEP_EXTERNAL_ID: ")
    assert sentence in ran.err
    assert {one["operation"] for one in SandboxClient(world).log(since)} == {"GetCallerIdentity"}


@pytest.mark.parametrize(
    ("only", "sentence"),
    [
        ("ou=Workloads/dev", "ou=Workloads/dev matches nothing; units there are: Workloads/Dev, "),
        ("ou=Workloads/Dev,ou=Nope", "ou=Nope matches nothing"),
        ("account=200000000009", "account=200000000009 matches nothing; accounts there are: 200000000002 "),
        ("tag:Team=nobody", "tag:Team=nobody matches nothing; "),
        ("ou=Workloads/Dev,account=300000000003", "no asset matches all of ou=Workloads/Dev, account=300000000003"),
    ],
)
def test_a_pilot_that_matches_nothing_is_refused_with_what_there_is(only: str, sentence: str, way: Mapping[str, Ran], world: str) -> None:
    ran = call("plan", "--only", only, endpoint=world)
    assert (ran.status, ran.out) == (2, "")
    assert sentence in " ".join(ran.err.split())


def test_a_policy_that_is_there_is_not_a_matter_of_usage(world: str) -> None:
    assert call("policy", "init").err == "Error: patchkeep.yaml is there already: name another with --policy, or say --force.\n"


def test_a_port_that_is_taken_says_which_to_take(world: str) -> None:
    ran = call("sandbox", "serve", "--org", "small", "--port", world.rpartition(":")[2])
    assert ran.status == 2
    assert ran.err.endswith("Address already in use. Say --port 0 for any free one.\n")


def test_the_policy_to_check_may_be_named_without_its_option(world: str, tmp_path: Path) -> None:
    assert call("policy", "check", "patchkeep.yaml").out.startswith("patchkeep.yaml is good: ")
    assert f"{tmp_path}/none.yaml:1:1: There is no such file." in " ".join(call("policy", "check", f"{tmp_path}/none.yaml").err.split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_what_the_shell_reads(shell: str) -> None:
    ran = call("completion", shell)
    assert ran.status == 0
    assert re.search(rf"_PATCHKEEP_COMPLETE={shell}_complete", ran.out)
