"""Patch baselines and their groups: what each operating system gets, and whose groups are touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Approve, BaselineRule, Reject
from patchkeep.domain.setting import Action
from patchkeep.services._platforms import operating_system, os_of, os_of_instance
from patchkeep.services._rules import approval_rules
from patchkeep.services.baselines import discover, expect, settings
from tests.services.estates import POLICY, PROD, by_name, estate, node, operations
from tests.services.samples import BASELINE, GROUP, OWNERSHIP, PREDEFINED, READS, RUNNING, STOPPED
from tests.services.talk import HERE, carry

NAME = "patchkeep-main-prod-debian"
AMAZON = BaselineRule("amazon", ("amazon-linux-2023",), (Approve("security", ("Critical",), timedelta(days=3)),), (Reject("docker"),))


def amazon(name: str) -> Asset:
    return replace(node(name), os="amazon-linux-2023")


def made_of(**fields: object) -> Existing:
    """What is there after the baseline of our Debian members was made, with some fields otherwise."""
    (setting,) = settings(estate(prod=(node(RUNNING),)))
    there = {**setting.becomes, **fields}
    return Existing("baselines", "patch baseline", HERE, BASELINE, NAME, OWNERSHIP, Frozen(there))


def test_a_baseline_is_found_with_its_groups_and_those_of_predefined_ones_beside_it() -> None:
    found, _ = carry(discover(HERE), READS)
    groups = {existing.id: existing.fields["PatchGroups"] for existing in found.objects}
    assert groups == {BASELINE: (GROUP,), f"theirs {PREDEFINED}": ("theirs",)}


def test_one_baseline_for_each_operating_system_that_has_members() -> None:
    policy = replace(POLICY, baselines=(*POLICY.baselines, AMAZON))
    made = by_name(settings(estate(policy=policy, prod=(node(RUNNING), amazon(STOPPED)))))
    assert set(made) == {NAME, "patchkeep-main-prod-amazon-linux-2023"}
    assert operations(made[NAME]) == ["create_patch_baseline", "register_patch_baseline_for_patch_group"]
    rules = made["patchkeep-main-prod-amazon-linux-2023"].becomes
    assert (rules["RejectedPatches"], rules["RejectedPatchesAction"]) == (("docker",), "BLOCK")
    assert rules["ApprovalRules"][0]["ApproveAfterDays"] == 3


def test_what_creating_leaves_needs_no_setting() -> None:
    assert settings(estate(made_of(), prod=(node(RUNNING),))) == ()


def test_a_group_taken_off_by_hand_is_registered_again_and_a_stranger_s_stays() -> None:
    (setting,) = settings(estate(made_of(PatchGroups=("web",)), prod=(node(RUNNING),)))
    assert operations(setting) == ["register_patch_baseline_for_patch_group"]


def test_a_group_that_somebody_s_baseline_has_already_is_left_there_and_said() -> None:
    policy = replace(POLICY, environments=(replace(PROD, patch_group="web"),))
    theirs = Existing("baselines", "patch baseline", HERE, "pb-2", "theirs", "", Frozen(OperatingSystem="DEBIAN", PatchGroups=["web"]))
    (setting,) = settings(estate(theirs, policy=policy, prod=(node(RUNNING),)))
    assert operations(setting) == ["create_patch_baseline"]
    assert "web is registered with theirs" in setting.notes[-1]


def test_a_baseline_nobody_wants_is_deleted_but_not_under_other_people_s_groups() -> None:
    (alone,) = settings(estate(made_of()))
    assert operations(alone) == ["deregister_patch_baseline_for_patch_group", "delete_patch_baseline"]
    (shared,) = settings(estate(made_of(PatchGroups=(GROUP, "web"))))
    assert (shared.action, shared.calls) == (Action.BLOCKED, ())
    assert "web" in shared.notes[0]


def test_a_changed_rule_is_put_back() -> None:
    (setting,) = settings(estate(made_of(RejectedPatchesAction="ALLOW_AS_DEPENDENCY"), prod=(node(RUNNING),)))
    assert (setting.action, operations(setting)) == (Action.CHANGE, ["update_patch_baseline"])
    assert dict(setting.was) == {"RejectedPatchesAction": "ALLOW_AS_DEPENDENCY"}
    assert dict(setting.becomes) == {"RejectedPatchesAction": "BLOCK"}


@pytest.mark.parametrize(
    "added",
    [
        {"GlobalFilters": ({"Key": "PRIORITY", "Values": ("Required",)},)},
        {"Sources": ({"Name": "mine", "Products": ("*",), "Configuration": "deb https://example.com stable main"},)},
    ],
    ids=lambda added: next(iter(added)),
)
def test_filters_and_repositories_that_somebody_added_are_drift_and_prove_nothing(added: dict[str, object]) -> None:
    here = estate(made_of(**added), prod=(node(RUNNING),))
    (setting,) = settings(here)
    assert operations(setting) == ["update_patch_baseline"]
    assert (set(setting.was), setting.calls[0].params["Replace"]) == (set(added), True)
    expected = expect(here, PROD, node(RUNNING))
    assert expected is not None
    assert expected.drifted


def test_a_baseline_that_says_what_the_policy_says_has_not_drifted() -> None:
    expected = expect(estate(made_of(), prod=(node(RUNNING),)), PROD, node(RUNNING))
    assert expected is not None
    assert (expected.drifted, expected.rival) == (False, "")


def test_a_group_that_somebody_s_baseline_has_governs_the_node_instead_of_ours() -> None:
    policy = replace(POLICY, environments=(replace(PROD, patch_group="web"),))
    theirs = Existing("baselines", "patch baseline", HERE, "pb-2", "theirs", "", Frozen(OperatingSystem="DEBIAN", PatchGroups=["web"]))
    expected = expect(estate(theirs, policy=policy), policy.environments[0], node(RUNNING))
    assert expected is not None
    assert expected.rival == "theirs"


def test_a_node_is_expected_to_obey_its_baseline_and_the_delay_is_told() -> None:
    here = estate(made_of(), policy=replace(POLICY, baselines=(*POLICY.baselines, AMAZON)))
    debian, newer = expect(here, PROD, node(RUNNING)), expect(here, PROD, amazon(STOPPED))
    assert debian is not None
    assert newer is not None
    assert (debian.name, debian.id, debian.blind_for) == (NAME, BASELINE, timedelta(0))
    assert (newer.id, newer.blind_for) == ("", timedelta(days=3)), "not made yet"
    assert expect(here, PROD, replace(node(RUNNING), kind="database")) is None


def test_apt_knows_neither_severity_nor_delay_and_the_plan_says_so() -> None:
    rule = BaselineRule("apt", ("debian",), (Approve("security", ("Critical",), timedelta(days=3)),))
    rules, notes = approval_rules(rule, "DEBIAN")
    assert "ApproveAfterDays" not in rules[0]
    assert len(notes) == 2


def test_windows_has_its_own_words_for_severity_and_classification() -> None:
    rules, _ = approval_rules(BaselineRule("w", ("windows",), (Approve("security", ("Critical", "Medium")),)), "WINDOWS")
    filters = {one["Key"]: one["Values"] for one in rules[0]["PatchFilterGroup"]["PatchFilters"]}
    assert filters == {"CLASSIFICATION": ["SecurityUpdates", "CriticalUpdates"], "MSRC_SEVERITY": ["Critical", "Moderate"]}


@pytest.mark.parametrize(
    ("name", "version", "ours", "aws"),
    [
        ("Amazon Linux", "2023", "amazon-linux-2023", "AMAZON_LINUX_2023"),
        ("Amazon Linux", "2", "amazon-linux-2", "AMAZON_LINUX_2"),
        ("Amazon Linux AMI", "2018.03", "amazon-linux-2018", "AMAZON_LINUX"),
        ("Ubuntu", "22.04", "ubuntu-22.04", "UBUNTU"),
        ("Red Hat Enterprise Linux", "9.4", "redhat-9", "REDHAT_ENTERPRISE_LINUX"),
        ("Debian GNU/Linux", "12", "debian-12", "DEBIAN"),
        ("SLES", "15.5", "suse-15", "SUSE"),
        ("Microsoft Windows Server 2022 Datacenter", "10.0.20348", "windows-2022", "WINDOWS"),
        ("Bottlerocket", "1.20", "bottlerocket-1", ""),
        ("Plan 9", "4", "", ""),
    ],
)
def test_operating_systems_have_one_spelling(name: str, version: str, ours: str, aws: str) -> None:
    assert os_of(name, version) == ours
    assert operating_system(ours) == aws


def test_ec2_alone_tells_a_family_at_most() -> None:
    told = {"Windows": "windows", "Red Hat Enterprise Linux": "redhat", "SUSE Linux": "suse", "Linux/UNIX": ""}
    assert {details: os_of_instance(details) for details in told} == told
