"""Whose an object is by its tags, what a baseline's new content means, and the calls that put our mark on and take it off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.validate import ParamValidator

from patchkeep.domain.asset import Asset, Counts, Existing, Scan
from patchkeep.domain.frozen import Frozen, thaw
from patchkeep.domain.setting import Action
from patchkeep.services import Service, baselines
from patchkeep.services._adoption import adopt_calls, release_calls
from patchkeep.services._approvals import changes, rule_in_words
from patchkeep.services._managers import manager_in
from patchkeep.services._settings import marks_of
from tests.services.asked import SERVICES, model, populated, seen
from tests.services.estates import node
from tests.services.samples import NOW, OWNERSHIP
from tests.services.talk import HERE

ADOPTABLE = [service for service in SERVICES.values() if service.adoption]


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"aws:cloudformation:stack-name": "corp", "aws:cloudformation:logical-id": "B"}, "CloudFormation stack corp"),
        ({"ManagedBy": "terraform"}, "Terraform (tag ManagedBy=terraform)"),
        ({"managed-by": "Pulumi"}, "Pulumi (tag managed-by=Pulumi)"),
        ({"managed_by": "platform team"}, "platform team (tag managed_by=platform team)"),
        ({"terraform": "true"}, "Terraform (tag terraform=true)"),
        ({"tf:workspace": "x", "TerraformWorkspace": "patching"}, "Terraform (tag TerraformWorkspace=patching)"),
        ({"provisioner": "aws cdk"}, "AWS CDK (tag provisioner=aws cdk)"),
        ({"argocd.argoproj.io/instance": "apps"}, "Argo CD (tag argocd.argoproj.io/instance=apps)"),
        ({"QSConfigId-abcde": "abcde"}, "Quick Setup (tag QSConfigId-abcde)"),
        ({"aws:servicecatalog:portfolioArn": "p"}, "an AWS service (tag aws:servicecatalog:portfolioArn=p)"),
        ({"terraform": "false"}, ""),
        ({"CreatedBy": "ada"}, ""),
        ({"Owner": "terraform-fans"}, ""),
        ({"patchkeep:managed-by": "o-1/main"}, ""),
        ({"Sample": "1", "Fluxgate": "x"}, ""),
        ({}, ""),
    ],
)
def test_another_tool_is_known_by_its_tags(tags: dict[str, str], who: str) -> None:
    assert manager_in(tags) == who


def test_quick_setup_is_known_by_the_names_it_gives() -> None:
    assert manager_in({}, "AWS-QuickSetup-PatchPolicy-ScanForPatches-LA-1") == "Quick Setup (its name begins with AWS-QuickSetup-)"


def test_an_adopted_object_goes_by_the_name_in_its_tag_and_keeps_its_own() -> None:
    tags = [{"Key": "patchkeep:managed-by", "Value": OWNERSHIP}, {"Key": "patchkeep:adopted-as", "Value": "ours"}]
    marks = marks_of(tags, "theirs")
    assert (marks.owner, marks.name, dict(marks.fields)) == (OWNERSHIP, "ours", {"OwnName": "theirs"})


def test_the_tag_that_names_it_counts_only_beside_that_of_its_owner() -> None:
    marks = marks_of([{"Key": "patchkeep:adopted-as", "Value": "ours"}], "theirs")
    assert (marks.owner, marks.name, dict(marks.fields)) == ("", "theirs", {})


@pytest.mark.parametrize("service", ADOPTABLE, ids=lambda service: service.name)
def test_the_calls_that_mark_an_object_and_take_the_mark_off_are_as_aws_takes_them(service: Service) -> None:
    adoption = service.adoption
    assert adoption
    existing = next(found for found in seen(service)[0].objects if found.kind in adoption.kinds)
    for call in (*adopt_calls(adoption, existing, OWNERSHIP, "a-name"), *release_calls(adoption, existing)):
        shape: Any = model(call.service, call.operation).input_shape
        assert not ParamValidator().validate(thaw(call.params), shape).has_errors()
        assert adoption.resource_type in shape.members["ResourceType"].enum


@pytest.mark.parametrize("service", ADOPTABLE, ids=lambda service: service.name)
def test_every_object_of_the_samples_says_in_words_what_it_does(service: Service) -> None:
    adoption = service.adoption
    assert adoption
    objects = [found for found in seen(service)[0].objects if found.kind in adoption.kinds]
    assert objects
    assert all(adoption.does(existing) for existing in objects)


def test_a_second_object_with_our_mark_and_name_is_neither_changed_nor_removed() -> None:
    service, estate = SERVICES["baselines"], populated()
    assert service.settings
    made = service.settings(estate)[0]
    one = Existing("baselines", baselines.KIND, HERE, "pb-1", made.name, estate.ownership, made.becomes)
    two = replace(one, id="pb-2")
    settings = [setting for setting in service.settings(replace(estate, objects=(two, one))) if setting.name == made.name]
    assert [(setting.action, setting.existing_id, setting.calls) for setting in settings] == [(Action.BLOCKED, "pb-2", ())]
    assert settings[0].notes == (f"pb-2 bears our mark as {made.name}, and so does pb-1: take the tags off one of them, or delete it",)


# --- what a baseline means for nodes ----------------------------------------------------------------------------------


def rule(key: str, value: str, **more: object) -> dict[str, object]:
    return {"PatchFilterGroup": {"PatchFilters": [{"Key": key, "Values": [value]}]}, **more}


def test_a_rule_reads_as_a_sentence() -> None:
    assert rule_in_words(rule("SEVERITY", "Critical", ApproveAfterDays=3)) == "SEVERITY=Critical after 3 d"
    assert rule_in_words(rule("SEVERITY", "Critical", ApproveAfterDays=0, EnableNonSecurity=True)).endswith("non-security updates, too")
    assert rule_in_words({"ApproveUntilDate": "2026-01-31"}) == "everything released until 2026-01-31"


def test_every_difference_that_nodes_would_feel_is_said_and_none_that_they_would_not() -> None:
    was = {
        "ApprovalRules": [rule("SEVERITY", "Low")],
        "ApprovedPatches": ["a", "b"],
        "RejectedPatches": ["zip"],
        "GlobalFilters": [{"Key": "PRODUCT", "Values": ["X"]}],
        "Sources": [{"Name": "corp-repo"}],
        "PatchGroups": [],
    }
    becomes = {**was, "ApprovalRules": [rule("SEVERITY", "Critical")], "ApprovedPatches": ["b", "c"], "RejectedPatches": []}
    becomes |= {"GlobalFilters": [], "Sources": [], "PatchGroups": ["prod"]}
    assert changes(was, becomes) == (
        "newly approves: SEVERITY=Critical",
        "no longer approves: SEVERITY=Low",
        "newly approves by name: c",
        "no longer approves by name: a",
        "no longer rejects: zip",
        "hides no more what PRODUCT=X hid",
        "installs no more from corp-repo",
    )
    assert changes(was, {"PatchGroups": ["prod"]}) == ()


def test_who_goes_by_a_baseline_is_told_by_group_by_last_scan_and_by_default() -> None:
    fields = Frozen(OperatingSystem="DEBIAN", PatchGroups=["web"])
    baseline = Existing("baselines", baselines.KIND, HERE, "pb-1", "corp", "", fields)
    assert baselines.ADOPTION.takes(baseline, node("i-0000000000000000a", PatchGroup="web"))
    assert not baselines.ADOPTION.takes(baseline, node("i-0000000000000000a", PatchGroup="db"))
    plain: Asset = node("i-0000000000000000a")
    assert not baselines.ADOPTION.takes(baseline, plain)
    assert baselines.ADOPTION.takes(replace(baseline, fields=Frozen(fields, Default=True)), plain)
    assert baselines.ADOPTION.takes(baseline, replace(plain, scan=Scan(NOW, "Scan", "pb-1", "s", Counts())))
    assert not baselines.ADOPTION.takes(baseline, replace(node("i-0000000000000000a", PatchGroup="web"), os="windows-2022"))
