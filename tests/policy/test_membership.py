"""Where an asset belongs: one environment or a reason, its baseline, its window, its ring."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.membership import (
    baseline_rule_of,
    by_environment,
    covers,
    environments_of,
    matches,
    membership,
    place_in_rings,
    window_of,
)
from patchkeep.domain.plan import Skip
from patchkeep.domain.policy import Environment, Match, Policy
from patchkeep.domain.window import MaintenanceWindow
from patchkeep.policy import load
from tests.policy.reading import EXAMPLE, NOW

POLICY = load(EXAMPLE, "patchkeep.yaml", NOW)


def asset(number: int = 1, ou: str = "Workloads/Dev", os: str = "ubuntu-22.04", **tags: str) -> Asset:
    target = Target("130000000003", "eu-central-1")
    return Asset(target.arn("ec2", f"instance/i-{number:017x}"), "node", target, f"node-{number}", os, tags=Frozen(tags), ou=ou)


def ringed(text: str) -> Policy:
    return load(f"environments: {{dev: {{match: {{ou: Workloads/Dev}}}}}}\nrings: [{text}]", "", NOW)


def placed(policy: Policy, assets: list[Asset]) -> dict[str, set[str]]:
    return {name: set(members) for name, members in place_in_rings(policy, {"dev": assets}).rings.items()}


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        (Match(), True),
        (Match(ous=("Workloads",)), True),
        (Match(ous=("Workloads/Dev",)), True),
        (Match(ous=("Workloads/De",)), False),
        (Match(ous=("Workloads/Dev/Team",)), False),
        (Match(ous=("Security", "Workloads/Dev")), True),
        (Match(accounts=("130000000003",)), True),
        (Match(accounts=("130000000004",)), False),
        (Match(tags=Frozen({"Role": ("web", "app")})), True),
        (Match(tags=Frozen({"Role": ("app",)})), False),
        (Match(tags=Frozen({"Role": ("web",), "Missing": ("x",)})), False),
        (Match(kinds=("node",)), True),
        (Match(kinds=("function",)), False),
        (Match(ous=("Workloads/Dev",), accounts=("130000000004",)), False),
    ],
)
def test_every_condition_of_a_match_must_hold(match: Match, holds: bool) -> None:
    assert matches(match, asset(Role="web")) is holds


def test_an_asset_is_in_the_one_environment_whose_rule_it_meets() -> None:
    found = membership(POLICY, asset())
    assert isinstance(found, Environment)
    assert found.name == "dev"


def test_an_asset_in_two_environments_is_skipped_with_both_rules_and_their_places() -> None:
    both = asset(Environment="prod")
    assert [each.name for each in environments_of(POLICY, both)] == ["dev", "prod"]
    found = membership(POLICY, both)
    assert isinstance(found, Skip)
    assert found.reason == "in 2 environments at once: dev (patchkeep.yaml:20:3) and prod (patchkeep.yaml:22:3)"


def test_an_asset_in_no_environment_is_skipped_with_where_it_is() -> None:
    found = membership(POLICY, asset(ou="Elsewhere"))
    assert isinstance(found, Skip)
    assert found.reason == "in no environment: its unit is Elsewhere, its account 130000000003"


def test_members_and_skips_together_are_all_assets() -> None:
    assets = [asset(1), asset(2, ou="Workloads/Staging"), asset(3, ou="Nowhere"), asset(4, Environment="prod")]
    members, skips = by_environment(POLICY, assets)
    assert {name: len(found) for name, found in members.items()} == {"dev": 1, "staging": 1, "prod": 0, "prod-legacy": 0}
    assert {skip.asset for skip in skips} == {assets[2].id, assets[3].id}


@pytest.mark.parametrize(
    ("family", "os", "holds"),
    [
        ("ubuntu", "ubuntu-22.04", True),
        ("windows", "windows", True),
        ("amazon-linux-2", "amazon-linux-2", True),
        ("amazon-linux-2", "amazon-linux-2023", False),
        ("amazon-linux-1", "amazon-linux-2018", True),
        ("amazon-linux-1", "amazon-linux-2023", False),
        ("amazon-linux-1", "ubuntu-22.04", False),
        ("debian", "", False),
    ],
)
def test_a_baseline_covers_its_family_and_no_other(family: str, os: str, holds: bool) -> None:
    assert covers(family, os) is holds


def test_the_baseline_is_that_of_the_environment_and_the_operating_system() -> None:
    text = """
environments: {dev: {match: {ou: Dev}}, prod: {match: {ou: Prod}}}
baselines:
  quick: {os: redhat, approve: {security: now}, environments: dev}
  slow: {os: redhat, approve: {security: 7d}, environments: prod}
"""
    policy = load(text, "", NOW)
    names = {each.name: rule.name for each in policy.environments if (rule := baseline_rule_of(policy, each, "redhat-9"))}
    assert names == {"dev": "quick", "prod": "slow"}
    assert baseline_rule_of(policy, policy.environments[0], "windows-2022") is None


def test_the_tag_on_an_asset_names_its_window_before_the_ring_does() -> None:
    prod = next(ring for ring in POLICY.rings if ring.name == "prod")
    tagged, plain = window_of(POLICY, prod, asset(PatchWindow="legacy-sunday")), window_of(POLICY, prod, asset())
    assert isinstance(tagged, MaintenanceWindow)
    assert isinstance(plain, MaintenanceWindow)
    assert (tagged.name, plain.name) == ("legacy-sunday", "prod-weekend")
    assert window_of(POLICY, POLICY.rings[0], asset()) is None


def test_a_tag_that_names_no_window_does_not_mean_any_time() -> None:
    found = window_of(POLICY, POLICY.rings[0], asset(PatchWindow="prod-staurday"))
    assert isinstance(found, Skip)
    assert found.reason == "its tag PatchWindow names the window 'prod-staurday', which the policy does not have"


def test_rings_take_their_share_their_count_and_the_rest() -> None:
    policy = ringed("{name: canary, share: 5%}, {name: few, count: 10}, {name: all, rest: true}")
    found = placed(policy, [asset(number) for number in range(100)])
    assert {name: len(members) for name, members in found.items()} == {"canary": 5, "few": 10, "all": 85}


def test_a_share_of_a_small_fleet_is_at_least_one() -> None:
    assert len(placed(ringed("{name: canary, share: 5%}, {name: all}"), [asset(1), asset(2)])["canary"]) == 1


def test_an_asset_that_no_ring_takes_is_told_why() -> None:
    policy = ringed("{name: canary, count: 1}, {name: web, select: {tags: {Role: web}}}")
    outside = place_in_rings(policy, {"dev": [asset(1), asset(2)]}).outside
    assert [skip.reason for skip in outside] == ["in no ring: those that draw from it (canary) take only a part"]
    assert "rest: true" in outside[0].better
    none = place_in_rings(ringed(""), {"dev": [asset(1)]}).outside
    assert [skip.reason for skip in none] == ["in no ring: none draws from it in environment dev"]


def test_where_aws_installs_no_ring_takes_anything() -> None:
    policy = replace(POLICY, rings=(replace(POLICY.rings[0], environments=(), size=None),))
    found = place_in_rings(policy, {"prod-legacy": [asset(1, ou="Legacy")], "dev": [asset(2)]})
    assert found.ring_of(asset(2).id) == "canary"
    assert [skip.reason for skip in found.outside] == ["AWS installs in prod-legacy in window legacy-sunday: no gates, no freeze here"]


FLEETS = st.lists(st.integers(0, 10_000), min_size=0, max_size=60, unique=True)
RINGS = ringed(
    "{name: web, select: {tags: {Role: web}}, count: 2}, {name: canary, share: 10%}, {name: few, count: 3},"
    "{name: half, share: 50%}, {name: all}"
)


@given(FLEETS, st.randoms(use_true_random=False))
def test_placing_does_not_depend_on_the_order_of_the_list(numbers: list[int], random: Random) -> None:
    fleet = [asset(number, Role="web" if number % 7 == 0 else "app") for number in numbers]
    shuffled = random.sample(fleet, len(fleet))
    assert placed(RINGS, fleet) == placed(RINGS, shuffled)


@given(FLEETS)
def test_every_asset_is_in_exactly_one_ring_when_the_last_takes_the_rest(numbers: list[int]) -> None:
    found = place_in_rings(RINGS, {"dev": [asset(number) for number in numbers]})
    members = [member for ring in found.rings.values() for member in ring]
    assert sorted(members) == sorted(asset(number).id for number in numbers)
    assert found.outside == ()


@given(FLEETS, FLEETS)
def test_a_growing_fleet_moves_no_more_canaries_than_join_it(before: list[int], joining: list[int]) -> None:
    policy = ringed("{name: canary, share: 20%}, {name: all}")
    new = [number for number in joining if number not in before]
    first = placed(policy, [asset(number) for number in before])["canary"]
    later = placed(policy, [asset(number) for number in [*before, *new]])["canary"]
    joined = {asset(number).id for number in new}
    assert len(first - later) <= len(later & joined)
