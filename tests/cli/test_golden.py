"""What every command says on one fixed small organization, in 80 columns and without colour; and the shape of its JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.cli.conftest import JSON, WAY
from tests.cli.shell import Ran, shape

pytestmark = pytest.mark.http
LONG = {"plan-calls"}  # calls stand whole on their line, to be copied


class Golden(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Golden)


@pytest.mark.parametrize("name", [name for name, _ in WAY if name])
def test_every_command_says_what_it_said(name: str, way: Mapping[str, Ran], golden: SnapshotAssertion) -> None:
    assert way[name].text == golden


@pytest.mark.parametrize("name", [name for name, _ in WAY if name and name not in LONG])
def test_every_line_fits_eighty_columns_and_ends_without_blanks(name: str, way: Mapping[str, Ran]) -> None:
    lines = way[name].out.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("name", [name for name, _ in WAY if name])
def test_nothing_is_coloured_in_a_pipe_and_no_arn_of_a_refusal_is_shown(name: str, way: Mapping[str, Ran]) -> None:
    assert "\x1b" not in way[name].out
    assert "is not authorized to perform" not in way[name].out


@pytest.mark.parametrize("line", JSON)
def test_every_json_document_names_its_format_and_keeps_its_shape(line: str, way: Mapping[str, Ran], golden: SnapshotAssertion) -> None:
    document = way[f"{line} --format json"].json
    assert document["format"].startswith("patchkeep.")
    assert document["version"] == 1
    assert json.dumps(shape(document), indent=1) + "\n" == golden


def test_plan_says_with_status_three_that_changes_are_pending(way: Mapping[str, Ran]) -> None:
    assert way["plan-settings"].status == 3
    assert "Next: patchkeep apply settings.json" in way["plan-settings"].out


def test_what_is_not_compliant_is_told_by_status_one_unless_asked_not_to(way: Mapping[str, Ran]) -> None:
    assert way["assess"].status == 1
    assert way["assess-all"].status == 0


def test_the_author_of_a_plan_cannot_approve_it_and_somebody_else_can(way: Mapping[str, Ran]) -> None:
    assert way["rollout-approve-author"].status == 1
    assert "asks for somebody else" in way["rollout-approve-author"].err
    assert way["rollout-approve"].status == 0


def test_progress_of_a_rollout_goes_to_standard_error_a_line_per_stage(way: Mapping[str, Ran]) -> None:
    resumed = way["rollout-resume-interrupted"]
    assert "ring canary" in resumed.err
    assert len(resumed.err.splitlines()) < 12
    assert "under way" not in resumed.out


def test_an_interrupted_rollout_says_that_commands_go_on_and_how_to_resume(way: Mapping[str, Ran]) -> None:
    interrupted = way["rollout-interrupted"]
    assert interrupted.status == 130
    assert "Commands already sent go on, nothing new is sent. To go on:\n  patchkeep rollout resume ro-" in interrupted.err
    assert way["rollout-resume-interrupted"].status == 0


def test_every_asset_of_the_small_organization_is_in_the_summary(way: Mapping[str, Ran]) -> None:
    total = next(line for line in way["assess"].out.splitlines() if line.startswith("all "))
    assert total.split()[-3] == "17"
    assert len(way["assess --no-fail --format json"].json["assets"]) == 17
