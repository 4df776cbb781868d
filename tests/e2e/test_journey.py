"""What Patchkeep promises, held against the emulated AWS's own command log after the whole way."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from patchkeep.services._reboot import REBOOT_DOCUMENT
from tests.e2e.conftest import Journey
from tests.e2e.desk import installs

pytestmark = pytest.mark.http
LOOKING = ("Describe", "List", "Get")


def times(journey: Journey, operation: str) -> dict[str, datetime]:
    """When each node was sent an operation of AWS-RunPatchBaseline for the last time."""
    sent = [call for call in journey.desk.sandbox.log(operation="SendCommand") if not call["error"]]
    wanted = [call for call in sent if call["params"]["Parameters"].get("Operation") == [operation]]
    return {node: datetime.fromisoformat(call["at"]) for call in wanted for node in call["params"]["InstanceIds"]}


def reboots(journey: Journey) -> list[dict[str, Any]]:
    return [params for params in journey.desk.sent() if params["DocumentName"] != "AWS-RunPatchBaseline"]


def test_every_planned_node_is_installed_on_once_and_no_other_is(journey: Journey) -> None:
    planned = sorted(node for ring in journey.members.values() for node in ring)
    assert installs(journey.desk.sent()) == planned
    assert len(planned) >= 7


def test_nothing_but_planned_nodes_is_sent_any_command(journey: Journey) -> None:
    planned = {node for ring in journey.members.values() for node in ring}
    assert {node for params in journey.desk.sent() for node in params["InstanceIds"]} == planned


def test_no_install_restarts_a_node(journey: Journey) -> None:
    sent = [params for params in journey.desk.sent() if params["Parameters"].get("Operation") == ["Install"]]
    assert {tuple(params["Parameters"]["RebootOption"]) for params in sent} == {("NoReboot",)}


def test_restarts_are_made_by_our_own_document_pinned_by_version_and_hash(journey: Journey) -> None:
    sent = reboots(journey)
    assert sent
    assert {params["DocumentName"] for params in sent} == {"Patchkeep-Reboot"}
    assert {(params["DocumentVersion"], params["DocumentHash"]) for params in sent} == {("1", REBOOT_DOCUMENT.sha256)}


def test_no_node_is_restarted_twice_or_without_an_install_before(journey: Journey) -> None:
    installed = times(journey, "Install")
    sent = [call for call in journey.desk.sandbox.log(operation="SendCommand") if call["params"]["DocumentName"] == "Patchkeep-Reboot"]
    often = Counter(node for call in sent for node in call["params"]["InstanceIds"])
    assert set(often.values()) == {1}
    assert all(installed[node] < datetime.fromisoformat(call["at"]) for call in sent for node in call["params"]["InstanceIds"])


def test_no_document_that_runs_any_script_is_ever_sent(journey: Journey) -> None:
    assert {params["DocumentName"] for params in journey.desk.sent()} == {"AWS-RunPatchBaseline", "Patchkeep-Reboot"}


def test_each_command_has_at_most_50_nodes_and_a_mark_of_its_own(journey: Journey) -> None:
    sent = journey.desk.sent()
    assert all(1 <= len(params["InstanceIds"]) <= 50 for params in sent)
    marks = [params["Comment"] for params in sent]
    assert all(mark.startswith("pk-") for mark in marks)
    assert len(set(marks)) == len(marks)


def test_every_call_is_one_that_the_sandbox_emulates(journey: Journey) -> None:
    assert journey.desk.sandbox.unimplemented() == []


def test_every_session_in_a_member_account_names_the_person(journey: Journey) -> None:
    opened = [one for one in journey.desk.sandbox.credentials()["sessions"] if one["role"].startswith("Patchkeep")]
    assert {one["role"] for one in opened} == {"PatchkeepRead", "PatchkeepWrite"}
    assert {one["source_identity"] for one in opened} == {"sandbox-admin"}  # alice only said yes


def test_the_read_role_only_reads_and_every_change_is_made_by_the_write_role(journey: Journey) -> None:
    for call in journey.desk.sandbox.log():
        looks = call["operation"].startswith(LOOKING)
        if ":assumed-role/PatchkeepRead/" in call["caller"]:
            assert looks, call
        if not looks and call["service"] != "sts":
            assert f"::{call['account']}:assumed-role/PatchkeepWrite/" in call["caller"], call


def test_rings_follow_one_another(journey: Journey) -> None:
    first, last = times(journey, "Install"), times(journey, "Scan")
    rings = list(journey.members.values())
    assert [len(ring) > 0 for ring in rings] == [True, True, True]
    for before, after in pairwise(rings):
        assert max(last[node] for node in before) < min(first[node] for node in after)


def test_production_is_patched_inside_its_window_only(journey: Journey) -> None:
    installed = times(journey, "Install")
    for node in journey.members["prod"]:
        local = installed[node].astimezone(ZoneInfo("Europe/Berlin"))
        assert (local.weekday(), 2 <= local.hour < 5) == (5, True)


def test_the_author_of_a_plan_cannot_approve_it_and_somebody_else_can(journey: Journey) -> None:
    assert "made the plan: prod asks for somebody else" in journey.said["author"].sentence
    assert "alice@small.example approved ring prod" in journey.said["alice"].sentence
    with journey.desk.store() as store:
        rollout = store.rollouts.get(journey.rollout)
        said = [entry for entry in store.ledger.of(journey.rollout) if entry.kind == "approval"]
    assert rollout is not None
    assert [(one.ring, one.who.rpartition("/")[2]) for one in rollout.approvals] == [("prod", "alice@small.example")]
    assert [entry.caller for entry in said] == [rollout.approvals[0].who]


def test_the_rollout_stops_for_a_person_and_ends_when_one_has_agreed(journey: Journey) -> None:
    assert "waiting: ring prod waits for approval (prod): 0 of 1 people" in journey.said["start"].sentence
    assert "done: all rings done" in journey.said["end"].sentence


def test_versions_seen_afterwards_are_the_versions_planned(journey: Journey) -> None:
    assert journey.said["verify"].out.strip() == "7 patched"


def test_what_we_wrote_and_what_aws_answered_is_in_a_ledger_whose_chain_holds(journey: Journey) -> None:
    with journey.desk.store() as store:
        assert store.ledger.verify() is None
        entries = store.ledger.of(journey.rollout)
    marks = {params["Comment"] for params in journey.desk.sent()}
    assert {entry.mark for entry in entries if entry.kind == "intent"} == marks
    assert {entry.mark for entry in entries if entry.kind == "answer" and entry.outcome == "ok" and entry.request_id} == marks


def test_the_report_counts_less_open_after_than_before(journey: Journey) -> None:
    told = json.loads(journey.said["report"].out)
    before, after = told["before"]["total"], told["after"]["total"]
    assert after["open_updates"] < before["open_updates"]
    assert after["compliant"] >= before["compliant"] + len(journey.members["prod"])
    assert before["total"] == after["total"] == len(journey.desk.sandbox.nodes())
    assert after["unknown"] >= 3  # stopped, offline and unmanaged: nobody can vouch for them
