"""Commands that sentences name are those to type here: under `sandbox run` the bare ones would go to the real AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from patchkeep.cli._plans import read_plan
from patchkeep.cli._typed import typed
from patchkeep.cli.plan import _next
from patchkeep.wire import signed_in
from tests.cli.shell import Ran, call

pytestmark = pytest.mark.http
RUN = "patchkeep sandbox run"


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


@pytest.fixture
def empty(world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The small organization, of which nothing is stored yet."""
    monkeypatch.setenv("PATCHKEEP_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    return world


def test_what_comes_next_is_typed_as_this_was(empty: str) -> None:
    asked = ("rollout", "status")
    assert f"No rollout yet: {RUN} plan -o plan.json" in call("sandbox", "run", *asked).out
    said = " ".join(call("sandbox", "run", "--endpoint", empty, *asked).out.split())
    assert f"No rollout yet: {RUN} --endpoint {empty} plan -o plan.json" in said
    assert "No rollout yet: patchkeep plan -o plan.json" in call(*asked, endpoint=empty).out


def test_a_plan_says_what_it_is_good_for(way: Mapping[str, Ran], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, rings = read_plan(str(folder / "settings.json")), read_plan(str(folder / "plan.json"))
    _next(settings, "a.json", patches=True)
    assert "Next: patchkeep apply a.json\nthen, to patch:        patchkeep rollout start a.json" in capsys.readouterr().out
    _next(replace(rings, settings=()), "a.json", patches=True)
    assert "Next: patchkeep rollout start a.json" in capsys.readouterr().out
    _next(replace(rings, settings=()), "a.json", patches=False)
    assert capsys.readouterr().out == "\nNothing to do.\n"


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
