"""Who else scans and installs on a node, and what that keeps us from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.rivals import Claim, claims, obstacles_from, reaches, registered_groups, wrong_group
from tests.domain.make import HERE, THERE

US = "o-1/main"
NODE = "i-00000000000000001"
EVERYTHING = [{"Key": "InstanceIds", "Values": ["*"]}]


def node(**tags: str) -> Asset:
    return Asset(HERE.arn("ec2", f"instance/{NODE}"), "node", HERE, "web", "debian-12", Frozen(tags))


def acting(name: str, operation: str, targets: Any = EVERYTHING, owner: str = "", **more: Any) -> Existing:
    acts = [{"document": "AWS-RunPatchBaseline", "operation": operation, "targets": targets}]
    return Existing("associations", "association", HERE, name, name, owner, Frozen(acts=acts, **more))


def causes(asset: Asset, *objects: Existing, groups: frozenset[str] | None = None, ours: frozenset[str] = frozenset()) -> list[str]:
    return [obstacle.cause for obstacle in obstacles_from(asset, objects, US, groups, ours)]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([{"Key": "InstanceIds", "Values": ["*"]}], True),
        ([{"Key": "InstanceIds", "Values": [NODE, "i-2"]}], True),
        ([{"Key": "instanceids", "Values": ["i-2"]}], False),
        ([{"Key": "tag:Team", "Values": ["web", "db"]}], True),
        ([{"Key": "tag:team", "Values": ["web"]}], False),
        ([{"Key": "tag:Team", "Values": ["Web"]}], False),
        ([{"Key": "tag:a:b", "Values": ["c"]}], True),
        ([{"Key": "tag-key", "Values": ["Team"]}], True),
        ([{"Key": "tag-key", "Values": ["Other"]}], False),
        ([{"Key": "tag:Team", "Values": ["web"]}, {"Key": "tag:Team", "Values": ["db"]}], False),
        ([{"Key": "resource-groups:Name", "Values": ["g"]}], None),
        ([{"Key": "resource-groups:Name", "Values": ["g"]}, {"Key": "tag:Team", "Values": ["db"]}], False),
        ([], False),
    ],
)
def test_targets_reach_what_aws_says_they_reach(targets: list[dict[str, Any]], expected: bool | None) -> None:
    assert reaches(targets, node(Team="web", **{"a:b": "c"})) is expected


KEYS = st.sampled_from(["InstanceIds", "tag:Team", "tag:Role", "tag-key", "resource-groups:Name"])
VALUES = st.lists(st.sampled_from(["*", NODE, "i-2", "web", "db", "Team"]), max_size=3)
TARGETS = st.lists(st.fixed_dictionaries({"Key": KEYS, "Values": VALUES}), max_size=3)


@given(TARGETS, TARGETS)
def test_more_conditions_never_reach_more(some: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    asset = node(Team="web", Role="db")
    if some and reaches(some, asset) is False:
        assert reaches([*some, *more], asset) is False
    if reaches([*some, *more], asset) and some:
        assert reaches(some, asset)


@given(st.lists(st.tuples(st.sampled_from(["Scan", "Install", "Inventory", ""]), st.sampled_from(["", US, "o-2/x"]), TARGETS), max_size=6))
def test_claims_are_those_of_what_reaches_the_node_and_no_order_changes_them(made: list[tuple[str, str, list[dict[str, Any]]]]) -> None:
    objects = [acting(f"a{number}", operation, targets, owner) for number, (operation, owner, targets) in enumerate(made)]
    found = claims(node(Team="web"), objects, US)
    assert found == claims(node(Team="web"), reversed(objects), US)
    for claim in found:
        operation, owner, targets = made[int(claim.name[1:])]
        assert (claim.kind, claim.ours) == (operation.lower(), owner == US)
        assert reaches(targets, node(Team="web")) is (True if claim.sure else None)


@given(st.lists(TARGETS, max_size=4), st.booleans())
def test_no_leave_alone_without_a_patch_policy_or_its_tag(targets: list[list[dict[str, Any]]], installs: bool) -> None:
    objects = [acting(f"a{number}", "Install" if installs else "Scan", one) for number, one in enumerate(targets)]
    assert not any(obstacle.leave_alone for obstacle in obstacles_from(node(Team="web"), objects, US, frozenset()))


def test_a_claim_names_who_and_whether_it_is_ours() -> None:
    mine, theirs = acting("ours", "Scan", owner=US), acting("theirs", "Install")
    assert claims(node(), [mine, theirs], US) == (
        Claim("install", "association", "theirs", False),
        Claim("scan", "association", "ours", True),
    )


def test_another_account_s_objects_and_a_window_turned_off_claim_nothing() -> None:
    elsewhere = Existing("associations", "association", THERE, "x", "x", "", acting("x", "Install").fields)
    assert claims(node(), [elsewhere, acting("off", "Install", Enabled=False)], US) == ()


def test_ours_alone_is_no_obstacle() -> None:
    assert causes(node(), acting("ours", "Scan", owner=US), acting("ours too", "Install", owner=US)) == []


def test_under_a_patch_policy_nothing_of_ours_may_reach_the_node() -> None:
    policy = acting("AWS-QuickSetup-PatchPolicy-InstallPatches-LA-abcde", "Install", [{"Key": "tag:QSConfigId-abcde", "Values": ["abcde"]}])
    (obstacle,) = obstacles_from(node(**{"QSConfigId-abcde": "abcde"}), [policy, acting("other", "Scan")], US, frozenset())
    assert (obstacle.cause, obstacle.leave_alone, obstacle.stops_patching) == ("under a patch policy", True, True)
    assert "InstallPatches-LA-abcde" in obstacle.why


def test_quick_setup_s_tag_that_nothing_explains_is_treated_as_a_patch_policy() -> None:
    assert causes(node(**{"QSConfigId-abcde": "abcde"})) == ["under a patch policy"]


def test_quick_setup_s_tag_for_host_management_is_a_rival_scan_and_no_patch_policy() -> None:
    management = acting("AWS-QuickSetup-SSMHostMgmt-ScanForPatches-x", "Scan", [{"Key": "tag:QSConfigId-x", "Values": ["x"]}])
    assert causes(node(**{"QSConfigId-x": "x"}), management) == ["two scanners"]


def test_a_foreign_installer_stops_patching_but_not_our_settings() -> None:
    (obstacle,) = obstacles_from(node(), [acting("ops", "Install")], US, None)
    assert (obstacle.cause, obstacle.stops_patching, obstacle.leave_alone) == ("foreign installer", True, False)


def test_an_installer_whose_targets_cannot_be_told_is_said_and_stops_nothing() -> None:
    (obstacle,) = obstacles_from(node(), [acting("ops", "Install", [{"Key": "resource-groups:Name", "Values": ["g"]}])], US, None)
    assert (obstacle.cause, obstacle.stops_patching) == ("foreign installer, perhaps", False)


def test_a_rival_scanner_is_a_warning() -> None:
    (obstacle,) = obstacles_from(node(), [acting("sec", "Scan")], US, None)
    assert (obstacle.cause, obstacle.stops_patching, obstacle.stops_seeing) == ("two scanners", False, False)


def test_a_group_that_no_baseline_knows_is_a_typo_with_the_likely_word() -> None:
    (obstacle,) = obstacles_from(node(PatchGroup="Web Prod"), [], US, frozenset({"web-prod"}))
    assert (obstacle.cause, obstacle.fix, obstacle.stops_patching) == ("patch group without a baseline", "write web-prod", False)


def test_no_typo_where_the_group_is_registered_ours_or_unread() -> None:
    assert causes(node(PatchGroup="web"), groups=frozenset({"web"})) == []
    assert causes(node(PatchGroup="patchkeep-main-prod"), groups=frozenset(), ours=frozenset({"patchkeep-main-prod"})) == []
    assert causes(node(PatchGroup="web"), groups=None) == []
    assert causes(node(PatchGroup=""), groups=frozenset()) == []


def test_two_keys_with_different_values_are_said_and_with_the_same_not() -> None:
    known = frozenset({"a", "b"})
    assert causes(node(PatchGroup="a", **{"Patch Group": "b"}), groups=known) == ["two patch groups"]
    assert causes(node(PatchGroup="a", **{"Patch Group": "a"}), groups=known) == []


def test_registered_groups_are_those_of_everybody_s_baselines() -> None:
    baseline = Existing("baselines", "patch baseline", HERE, "pb", "b", US, Frozen(PatchGroups=["ours", "theirs"]))
    predefined = Existing("baselines", "x", HERE, "y", "z", "", Frozen(PatchGroups=["aws"]))
    assert registered_groups([baseline, predefined, acting("a", "Scan")]) == {"ours", "theirs", "aws"}


def test_a_member_of_another_group_than_its_environment_s_is_not_patched_by_another_baseline() -> None:
    other = wrong_group(node(PatchGroup="web"), "prod", "patchkeep-main-prod")
    assert other is not None
    assert (other.stops_patching, "PatchGroup=web" in other.why) == (True, True)
    assert wrong_group(node(PatchGroup="web"), "prod", "web") is None
    assert wrong_group(node(), "prod", "web") is None
