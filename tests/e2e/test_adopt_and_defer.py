"""As an operator types it: what others made is listed and adopted, an asset is deferred; in 80 columns and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.e2e.byhand import foreign, objects
from tests.e2e.desk import Desk, small

pytestmark = pytest.mark.http
DEV = "200000000002"
NAME = "patchkeep-small-dev-amazon-linux-2023"
NODE = "small-dev-app-007"


@dataclass(frozen=True, slots=True)
class Found:
    desk: Desk
    baseline: str

    @property
    def until(self) -> str:
        return (self.desk.sandbox.now() + timedelta(days=20)).date().isoformat()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    with small(tmp_path_factory.mktemp("adopt")) as wide:
        desk = replace(wide, variables={**wide.variables, "COLUMNS": "80"})
        ssm = desk.admin("ssm", DEV)
        made = ssm.create_patch_baseline(Name="corp-al2023", OperatingSystem="AMAZON_LINUX_2023", RejectedPatches=["zip"])["BaselineId"]
        tags = [{"Key": "aws:cloudformation:stack-name", "Value": "corp"}]
        ssm.create_patch_baseline(Name="stack-al2023", OperatingSystem="AMAZON_LINUX_2023", Tags=tags)
        desk.days(1)
        desk("discover")
        yield Found(desk, made)


def fits(text: str) -> None:
    assert [line for line in text.splitlines() if len(line) > 80 and "$ aws" not in line] == []
    assert "\x1b" not in text


def changed(desk: Desk, name: str) -> list[tuple[str, str]]:
    """What a new plan does about one name: action and AWS's id."""
    desk("discover")
    plan: dict[str, Any] = desk.json("plan", status=3)["plan"]
    return [(one["action"], one["existing_id"]) for one in plan["settings"] if one["name"] == name and one["target"]["account"] == DEV]


def test_the_list_shows_what_may_be_adopted_and_whose_the_rest_is(found: Found) -> None:
    said = found.desk("adopt")
    fits(said.out)
    assert f"-> {NAME}: differs in ApprovalRules" in said.out
    assert "owner: CloudFormation stack corp" in said.out
    assert "owner: Quick Setup (its name begins with AWS-QuickSetup-)" in " ".join(said.out.split())
    assert f"Next: patchkeep adopt {found.baseline} -o adopt.json" in said.out
    told = found.desk.json("adopt", "list")
    (offer,) = [offer for offer in told["offers"] if offer["object"]["id"] == found.baseline]
    assert [(one["name"], one["exact"]) for one in offer["candidates"]] == [(NAME, False)]
    assert "RejectedPatches" in offer["candidates"][0]["differs"]


def test_what_others_own_is_refused_with_status_two_and_nothing_is_written(found: Found) -> None:
    since = found.desk.sandbox.log_length()
    assert "it is managed by CloudFormation stack corp" in found.desk("adopt", "stack-al2023", "-o", "no.json", status=2).sentence
    assert (
        "AWS's own baselines can be neither tagged nor changed" in found.desk("adopt", "AWS-UbuntuDefaultPatchBaseline", status=2).sentence
    )
    assert "Name the object" in found.desk("adopt", "--release", status=2).sentence
    assert not (found.desk.folder / "no.json").exists()
    assert [call for call in found.desk.sandbox.log(since) if "PatchkeepWrite" in call["caller"]] == []


def test_an_adopted_baseline_is_changed_by_the_next_plan_and_released_as_it_then_is(found: Found) -> None:
    desk = found.desk
    before = objects(desk)
    said = desk("adopt", "corp-al2023", "-o", "adopt.json", status=3)
    fits(said.out)
    assert "RejectedPatches: zip -> nothing" in said.out
    assert "Next: patchkeep apply adopt.json" in said.out
    assert changed(desk, NAME)[0] == ("create", "")

    assert desk("apply", "adopt.json", "--yes").out.startswith("1 applied")
    assert ("change", found.baseline) in changed(desk, NAME)
    assert f"patch baseline {NAME}: {found.baseline}, called corp-al2023 there" in " ".join(desk("adopt").out.split())

    desk("adopt", found.baseline, "--release", "-o", "release.json", status=3)
    desk("apply", "release.json", "--yes")
    desk("discover")
    after = objects(desk)
    assert foreign(after) == foreign(before), "two tags were put on and taken off, and nothing else was changed"
    assert changed(desk, NAME)[0] == ("create", "")


def test_a_deferred_asset_is_skipped_by_plans_and_shown_with_its_clock_until_it_ends(found: Found) -> None:
    desk = found.desk
    said = desk("defer", NODE, "--until", found.until, "--why", "quarter end", "--ticket", "CHG-1")
    assert f"{NODE} is deferred until {found.until} 00:00 UTC" in said.sentence
    sentence = f"deferred by user/sandbox-admin until {found.until} 00:00 UTC (CHG-1): quarter end"

    skips: list[dict[str, str]] = desk.json("plan", status=3)["plan"]["skips"]
    (skip,) = [skip for skip in skips if skip["name"] == NODE]
    assert skip["reason"] == sentence.replace("user/sandbox-admin", "arn:aws:iam::100000000001:user/sandbox-admin")
    assert sentence in desk("assess", NODE, "--no-fail").sentence
    assert sentence in desk("doctor", "--all").sentence

    report = desk.json("report", "--no-fail")
    (row,) = [row for row in report["assets"] if row["name"] == NODE]
    assert (row["status"], row["deferral"]["ticket"]) == ("NON_COMPLIANT", "CHG-1")
    assert row["open_updates"] > 0
    text = desk("report", "--no-fail").out
    fits(text)
    assert "Deferred: 1, and their clocks go on" in text
    assert f",{found.until}T00:00Z," in desk("report", "--no-fail", "--format", "csv").out
    assert "clocks go on" in desk("report", "--no-fail", "--format", "html").out

    listed = desk("defer", "list")
    fits(listed.out)
    assert f"{NODE}: deferred until {found.until} 00:00 UTC" in listed.out
    assert "Its date cannot be moved" in desk("defer", NODE, "--until", found.until, "--why", "x", "--ticket", "y", status=2).sentence
    assert f"{NODE} is no longer deferred. The next plan takes it in." in desk("defer", "end", NODE, "--why", "released").sentence
    assert "Nothing is deferred now" in desk("defer", "list").out
    assert desk.json("defer", "list", "--all")["deferrals"][0]["ended_why"] == "released"
    assert sentence not in desk("plan", status=3).sentence
    with desk.store() as store:
        assert store.ledger.verify() is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--until", "2001-01-01"), "is over: a deferral lies ahead"),
        (("--until", "2199-01-01"), "more than 90 d ahead"),
        (("--until", "soon"), "'soon' is no date"),
        (("--until", "2026-10-01T10:00"), "has no zone"),
        ((), "Missing option '--until'"),
    ],
)
def test_a_deferral_that_cannot_be_is_refused_with_a_sentence(found: Found, words: tuple[str, ...], sentence: str) -> None:
    said = found.desk("defer", NODE, "--why", "x", "--ticket", "CHG-1", *words, status=2)
    assert sentence in said.sentence


def test_all_that_match_can_be_deferred_together_and_end_by_themselves(found: Found) -> None:
    desk = found.desk
    wish = ("--only", "ou=Workloads/Dev", "--until", found.until, "--why", "move", "--ticket", "CHG-2")
    assert "Nobody can answer here: say --yes" in desk("defer", *wish, status=2).sentence
    made = desk.json("defer", *wish, "--yes")["deferrals"]
    assert len(made) > 3
    assert {one["ticket"] for one in made} == {"CHG-2"}
    assert "one of the two" in desk("defer", NODE, *wish, status=2).sentence
    desk.days(21)
    assert desk.json("defer", "list")["deferrals"] == []
    assert "`waive`, which is not there yet" in desk("defer", "--help").sentence
