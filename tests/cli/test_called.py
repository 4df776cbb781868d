"""Commands that sentences name are those to type here: under `sandbox run` the bare ones would go to the real AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from patchkeep.cli._plans import again, naming, read_plan, schedule
from patchkeep.cli._typed import given, typed
from patchkeep.cli.plan import _next
from patchkeep.wire import signed_in
from patchkeep.work.apply import StalePlan
from tests.cli.shell import Ran, call

pytestmark = pytest.mark.http
RUN = "patchkeep sandbox run"
DAILY = "daily at 05:00 UTC"


@pytest.mark.parametrize(
    ("said", "typed_here"),
    [
        ("run `patchkeep discover` first", "run `patchkeep sandbox run discover` first"),
        ("patchkeep rollout resume ro-1 and patchkeep apply p", f"{RUN} rollout resume ro-1 and {RUN} apply p"),
        ("patchkeep sandbox advance 1d", "patchkeep sandbox advance 1d"),
        ("patchkeep demo", "patchkeep demo"),
        ("patchkeep.yaml plans; a patchkeep planner", "patchkeep.yaml plans; a patchkeep planner"),
        ("my/patchkeep plan", "my/patchkeep plan"),
    ],
)
def test_only_commands_are_taken_for_commands(said: str, typed_here: str) -> None:
    assert typed(said, RUN) == typed_here
    assert typed(typed(said, RUN), RUN) == typed_here
    assert typed(said, "patchkeep") == said


@pytest.mark.parametrize(
    ("said", "typed_here"),
    [
        ("run `patchkeep discover` first", "run `patchkeep discover --policy 'my own.yaml'` first"),
        ("patchkeep rollout start plan.json, then patchkeep verify", "patchkeep rollout start{} plan.json, then patchkeep verify{}"),
        ("patchkeep plan -o p and go on", "patchkeep plan{} -o p and go on"),
        ("`patchkeep discover --policy b.yaml`; `patchkeep assess`", "`patchkeep discover --policy b.yaml`; `patchkeep assess{}`"),
        ("patchkeep db prune; patchkeep who; patchkeep rollout", "patchkeep db prune{}; patchkeep who{}; patchkeep rollout"),
        ("patchkeep feeds update, patchkeep completion bash", "patchkeep feeds update, patchkeep completion bash"),
    ],
)
def test_a_policy_that_was_named_is_named_again_where_the_command_takes_one(said: str, typed_here: str) -> None:
    there = typed_here.replace("{}", " --policy 'my own.yaml'")
    assert typed(said, "patchkeep", "my own.yaml") == there
    assert typed(there, "patchkeep", "my own.yaml") == there
    assert typed(said, RUN, "my own.yaml") == typed(there, RUN)


@pytest.mark.parametrize(
    ("words", "policy"), [("plan -o p", ""), ("plan --policy b.yaml -o p", "b.yaml"), ("who --policy=c.yaml", "c.yaml")]
)
def test_the_policy_is_read_off_the_command_line(words: str, policy: str) -> None:
    assert given(words.split()) == policy


@pytest.fixture
def empty(world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The small organization, of which nothing is stored yet."""
    monkeypatch.setenv("PATCHKEEP_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    return world


def test_what_comes_next_is_typed_as_this_was(empty: str) -> None:
    asked = ("rollout", "status")
    assert f"\nNext: {RUN} plan -o plan.json\n" in call("sandbox", "run", *asked).out
    assert f"\nNext: {RUN} --endpoint {empty} plan -o plan.json\n" in call("sandbox", "run", "--endpoint", empty, *asked).out
    assert "\nNext: patchkeep plan -o plan.json\nthen: patchkeep rollout start plan.json\n" in call(*asked, endpoint=empty).out


def test_a_plan_says_what_it_is_good_for(way: Mapping[str, Ran], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, rings = read_plan(str(folder / "settings.json")), read_plan(str(folder / "plan.json"))
    _next(settings, "a.json", (), DAILY)
    assert "Next: patchkeep apply a.json\nthen: patchkeep rollout start a.json\n" in capsys.readouterr().out
    _next(replace(rings, settings=()), "a.json", (), DAILY)
    assert "Next: patchkeep rollout start a.json" in capsys.readouterr().out
    _next(replace(rings, settings=(), rings=()), "a.json", (), DAILY)
    assert capsys.readouterr().out == "\nNothing to do.\n"


def test_a_plan_of_machines_that_nobody_scanned_offers_no_rollout(
    way: Mapping[str, Ran], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = read_plan(str(folder / "settings.json"))
    planned = {change.asset for ring in settings.rings for change in ring.changes}
    assert planned
    _next(settings, "a.json", planned, DAILY)
    assert capsys.readouterr().out == (
        "\nSaved as a.json.\nNext: patchkeep apply a.json\n"
        "No machine in a ring was scanned yet; these settings scan them daily at 05:00\nUTC. After that:\n"
        "      patchkeep discover\n      patchkeep plan -o a.json\n"
    )
    one, *_ = planned
    _next(settings, "a.json", {one}, DAILY)
    assert "then: patchkeep rollout start a.json" in capsys.readouterr().out


def test_a_pilots_plan_is_made_again_as_a_pilots(way: Mapping[str, Ran], folder: Path) -> None:
    pilot = replace(read_plan(str(folder / "settings.json")), only=("ou=A B", "account=1"))
    assert again(pilot, "p.json") == "patchkeep plan --only 'ou=A B,account=1' -o p.json"


def test_when_scans_run_is_said_in_words_where_that_is_once_a_day() -> None:
    assert schedule("cron(5 14 * * ? *)") == "daily at 14:05 UTC"
    assert schedule("cron(0 5 ? * SUN *)") == "by cron(0 5 ? * SUN *) in UTC"


@pytest.mark.parametrize("sentence", ["`patchkeep apply FILE`, or plan", "make one: `patchkeep plan -o FILE`"])
def test_what_is_wrong_with_a_plan_names_its_file(sentence: str) -> None:
    with pytest.raises(StalePlan, match=sentence.replace("FILE", "mine.json")), naming("mine.json"):
        raise StalePlan(sentence)


def test_errors_and_usage_name_commands_that_way_too(empty: str) -> None:
    assert f"Try '{RUN} plan --help'" in call("sandbox", "run", "plan", "--only", "oi=3").err
    assert f"run `{RUN} discover` first" in call("sandbox", "run", "assess").err


def test_a_rollout_that_waits_for_a_person_says_how_to_agree(way: Mapping[str, Ran]) -> None:
    said = way["rollout-resume-interrupted"].out
    assert "Next: patchkeep rollout approve ro-" in said
    assert " --ring prod-canary\nthen: patchkeep rollout resume ro-" in said


def test_the_sandbox_is_asked_with_nothing_of_the_callers_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_STS", "AWS_REGION"):
        monkeypatch.setenv(name, "mine")
    before = dict(os.environ)
    with signed_in({"AWS_ACCESS_KEY_ID": "AKIASANDBOX"}):
        assert "mine" not in {value for name, value in os.environ.items() if name.startswith("AWS_")}
        assert os.environ["AWS_ACCESS_KEY_ID"] == "AKIASANDBOX"
    assert dict(os.environ) == before


def test_a_plan_is_verified_by_its_id_where_its_file_is_not_at_hand(way: Mapping[str, Ran], folder: Path, world: str) -> None:
    plan = read_plan(str(folder / "plan.json"))
    by_id, by_file = (call("verify", name, "--format", "json", endpoint=world) for name in (plan.id, "plan.json"))
    assert by_id.json == by_file.json
    assert "is not in this database" in call("verify", f"plan-{'0' * 16}", endpoint=world).err
