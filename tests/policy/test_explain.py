"""What a policy means for one asset, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from patchkeep.domain.asset import Obstacle
from patchkeep.policy import load
from patchkeep.policy.explain import explain
from tests.policy.reading import EXAMPLE, NOW
from tests.policy.test_membership import asset

POLICY = load(EXAMPLE, "patchkeep.yaml", NOW)


def test_a_production_node_is_explained_to_its_next_opening() -> None:
    found = explain(POLICY, asset(1, ou="Workloads/Prod", os="amazon-linux-2023", Environment="prod"), NOW)
    assert found.environment is POLICY.environment("prod")
    assert found.why == "its tag Environment is prod"
    assert found.baseline is POLICY.baselines[0]
    assert found.blind_for == timedelta(days=14)
    assert found.candidates == ("prod-canary", "prod")
    assert found.ring == ""  # which of the two only the fleet decides
    assert [approval.people for approval in found.approvals] == [1]
    assert found.slas == POLICY.slas
    assert found.problems == ()


def test_with_its_fleet_the_ring_and_the_window_are_known() -> None:
    fleet = [asset(number, ou="Workloads/Prod", Environment="prod") for number in range(20)]
    found = [explain(POLICY, each, NOW, fleet) for each in fleet]
    assert sorted(each.ring for each in found) == ["prod"] * 15 + ["prod-canary"] * 5
    assert {each.window.name for each in found if each.window} == {"prod-weekend"}
    assert {each.opens for each in found} == {datetime(2026, 11, 28, 1, 0, tzinfo=UTC)}


def test_a_freeze_moves_the_opening_behind_it() -> None:
    during = datetime(2026, 12, 20, tzinfo=UTC)
    node = asset(1, PatchWindow="prod-weekend")
    found = explain(load(EXAMPLE, "p", during), node, during)
    assert found.frozen is not None
    assert found.frozen.name == "year-end"
    assert found.opens == datetime(2027, 1, 9, 1, 0, tzinfo=UTC)


def test_where_aws_installs_its_window_is_told_and_that_no_freeze_holds() -> None:
    during = datetime(2026, 12, 20, 12, tzinfo=UTC)
    found = explain(load(EXAMPLE, "p", during), asset(1, ou="Legacy"), during)
    assert found.window is not None
    assert found.opens == datetime(2026, 12, 27, 1, 0, tzinfo=UTC)
    assert (found.frozen, found.candidates) == (None, ())
    assert "AWS installs in prod-legacy: no gates, no freeze here" in found.problems


def test_an_asset_in_two_environments_is_told_both_rules() -> None:
    found = explain(POLICY, asset(1, Environment="prod"), NOW)
    assert found.environment is None
    assert "dev (patchkeep.yaml:20:3) and prod (patchkeep.yaml:22:3)" in found.why
    assert found.problems == ("narrow one of the rules until only one holds, or correct the asset's tags",)


def test_what_stands_in_the_way_is_told_with_its_cure() -> None:
    stopped = Obstacle("stopped", "it is stopped", "start it")
    found = explain(POLICY, replace(asset(1, os="suse-15", PatchWindow="typo"), obstacles=(stopped,)), NOW)
    assert found.problems[0] == "it is stopped: start it"
    assert "its tag PatchWindow names the window 'typo', which the policy does not have" in found.problems
    assert any("no baseline of the policy covers suse-15 in dev" in problem for problem in found.problems)
    assert (found.window, found.opens) == (None, None)
