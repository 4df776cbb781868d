"""What AWS announces and flags, over HTTP: asked once in each account, shown by doctor and in the calendar; without a paid plan a gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.server import serving
from tests.e2e.desk import at_desk, world_of
from tests.managed.walking import EVERYWHERE, MEMBER, desk_at, organization

pytestmark = pytest.mark.http
ENDING = """
- kind: health-event
  name: pg15
  settings: {service: RDS, type: AWS_RDS_PLANNED_LIFECYCLE_EVENT, starts: 10, lasts: 24, entities: [orders]}
- {kind: health-event, name: past, settings: {service: EC2, type: AWS_EC2_REBOOT, starts: -3, lasts: 1}}
"""


def test_an_announcement_is_told_by_doctor_and_stands_in_the_calendar_on_its_day(tmp_path: Path) -> None:
    with desk_at(tmp_path, ENDING, EVERYWHERE) as desk:
        desk("discover")
        (row,) = [row for row in desk.json("doctor")["rows"] if row["cause"] == "announced by AWS"]
        assert (row["name"], row["account"], row["why"]) == ("orders", MEMBER, "RDS: planned lifecycle event, 2026-09-11")
        (event,) = [entry for entry in desk.json("calendar")["entries"] if entry["what"] == "AWS event"]
        assert (event["start"][:10], event["end"][:10], event["names"]) == ("2026-09-11", "2026-09-12", ["orders"])
        calls = [call for call in desk.sandbox.log(0, "DescribeEvents") if call["service"] == "health"]
        assert sorted((call["account"], call["region"]) for call in calls) == [("110000000001", "us-east-1"), (MEMBER, "us-east-1")]


def test_without_a_paid_plan_it_is_a_gap_that_hides_nothing(tmp_path: Path) -> None:
    text = organization(ENDING).replace("ou: Workloads/Dev", "ou: Workloads/Dev\n    support: basic")
    with serving(Sandbox(world_of(text))) as running, at_desk(tmp_path, running, EVERYWHERE, external_id="") as desk:
        desk("discover")
        rows = [row for row in desk.json("doctor")["rows"] if row["cause"] == "no paid support plan"]
        assert {(row["account"], row["stops"]) for row in rows} == {(MEMBER, "")}
        assert "0 places were not looked at" in desk("doctor").out
        assert [entry for entry in desk.json("calendar")["entries"] if entry["what"] == "AWS event"] == []


ADVICE = "- {kind: advice, name: runtimes, settings: {check: L4dfs2Q4C5, status: error, resources: [old-function, older-function]}}"


def test_what_trusted_advisor_flags_is_told_by_doctor(tmp_path: Path) -> None:
    with desk_at(tmp_path, ADVICE, EVERYWHERE) as desk:
        desk("discover")
        (row,) = [row for row in desk.json("doctor")["rows"] if row["cause"] == "flagged by Trusted Advisor"]
        assert (row["name"], row["account"]) == ("old-function, older-function", MEMBER)
        assert row["why"] == "AWS Lambda Functions Using Deprecated Runtimes (2 resources)"
        assert [call["account"] for call in desk.sandbox.log(0, "DescribeTrustedAdvisorCheckResult")] == [MEMBER]


def test_an_account_with_several_regions_is_asked_once(tmp_path: Path) -> None:
    text = organization(ADVICE).replace("regions: [eu-central-1]", "regions: [eu-central-1, eu-west-1, us-west-2]")
    with serving(Sandbox(world_of(text))) as running, at_desk(tmp_path, running, EVERYWHERE, external_id="") as desk:
        desk("discover")
        calls = [call for call in desk.sandbox.log(0, "DescribeEvents") if call["service"] == "health"]
        assert [call["account"] for call in calls].count(MEMBER) == 1
        assert {call["region"] for call in calls} == {"us-east-1"}
