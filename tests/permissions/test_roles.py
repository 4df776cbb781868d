"""What each role is allowed under which policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import tests.permissions.room
from patchkeep.domain.policy import Match
from patchkeep.permissions.called import called
from patchkeep.permissions.roles import NoGrant, documents, statements
from patchkeep.permissions.statements import Place, Statement
from patchkeep.services import By
from tests.permissions.policies import AWS_INSTALLS, OURS, WIDE, policy, with_regions


def actions(allowed: tuple[Statement, ...]) -> set[str]:
    return {action for statement in allowed for action in statement.actions}


def about(action: str, allowed: tuple[Statement, ...]) -> list[Statement]:
    return [statement for statement in allowed if action in statement.actions]


LOOKING = ("Describe", "List", "Get")


@pytest.mark.parametrize("text", [WIDE, OURS, AWS_INSTALLS])
def test_the_read_role_may_only_look(text: str) -> None:
    names = [action.partition(":")[2] for action in actions(statements(policy(text), By.READ))]
    assert names
    assert [name for name in names if not name.startswith(LOOKING)] == []


@pytest.mark.parametrize("text", [WIDE, OURS, AWS_INSTALLS])
def test_no_write_is_allowed_without_a_resource_or_a_condition(text: str) -> None:
    loose = [s for s in statements(policy(text), By.WRITE) if s.resources == ("*",) and not s.conditions]
    assert loose == []


@pytest.mark.parametrize("text", [WIDE, OURS, AWS_INSTALLS])
def test_parameters_are_read_only_of_those_that_aws_publishes(text: str) -> None:
    reading = about("ssm:GetParameter", statements(policy(text), By.READ))
    assert {arn for statement in reading for arn in statement.resources} <= {"arn:{partition}:ssm:*::parameter/aws/service/*"}


def test_objects_are_read_only_where_a_rule_has_read_code_and_from_beanstalks_own_buckets() -> None:
    (reading,) = about("s3:GetObject", statements(policy(), By.READ))
    assert reading.resources == ("arn:{partition}:s3:::elasticbeanstalk-*-{account}/*",)
    for by in By:
        silent = statements(policy(WIDE.replace("    read_code: true\n", "")), by)
        assert not any(action.startswith("s3:") for action in actions(silent))
        assert not any(action.startswith("s3:") for action in actions(statements(policy(OURS), by)))


def test_commands_run_two_documents_and_reach_only_machines_of_the_policys_patch_groups() -> None:
    documents_, *nodes = about("ssm:SendCommand", statements(policy(), By.WRITE))
    assert documents_.resources == (
        "arn:{partition}:ssm:*::document/AWS-RunPatchBaseline",
        "arn:{partition}:ssm:*:{account}:document/Patchkeep-Reboot",
    )
    kinds = {"arn:{partition}:ec2:*:{account}:instance/*", "arn:{partition}:ssm:*:{account}:managed-instance/*"}
    assert [set(statement.resources) for statement in nodes] == [kinds, kinds]
    asked = [statement.conditions["StringEquals"] for statement in nodes]
    assert asked[0]["ssm:resourceTag/PatchGroup"] == ("patchkeep-wide-web", "shop")  # legacy is AWS's to install on
    assert asked[1]["ssm:resourceTag/Patch Group"] == ("shop",)
    assert {statement.conditions["Null"]["ssm:resourceTag/aws:autoscaling:groupName"] for statement in nodes} == {("true",)}


def test_machines_of_an_auto_scaling_group_are_reached_only_where_the_policy_patches_in_place() -> None:
    text = OURS.replace("}}}", "}}, in_place: auto-scaling}", 1)
    assert text != OURS
    _, *nodes = about("ssm:SendCommand", statements(policy(text), By.WRITE))
    assert [(statement.sid, set(statement.conditions)) for statement in nodes] == [("ToNodesInPlace", {"StringEquals"})]
    _, *nodes = about("ssm:SendCommand", statements(policy(OURS), By.WRITE))
    assert [(statement.sid, set(statement.conditions)) for statement in nodes] == [("ToNodesOfThePolicy", {"StringEquals", "Null"})]


def test_resources_are_changed_only_of_services_that_a_rule_is_for_and_looked_at_of_all() -> None:
    (everything,) = policy().managed
    caches = replace(policy(), managed=(replace(everything, match=Match(kinds=("cache cluster",))),))
    cache, database = "elasticache:ModifyCacheCluster", "rds:ModifyDBInstance"
    for there, changed in ((policy(OURS), set()), (caches, {cache}), (policy(), {cache, database})):
        assert actions(statements(there, By.WRITE)) & {cache, database} == changed
        assert "rds:DescribeDBInstances" in actions(statements(there, By.READ))


def test_a_policy_that_leaves_installing_to_aws_sends_no_command_and_makes_no_document() -> None:
    allowed = actions(statements(policy(AWS_INSTALLS), By.WRITE))
    assert {"ssm:CreateMaintenanceWindow", "ssm:DeleteDocument"} <= allowed
    assert {"ssm:SendCommand", "ssm:CreateDocument", "ssm:UpdateDocument"} & allowed == set()


def test_a_policy_without_windows_of_aws_can_only_remove_those_it_left() -> None:
    allowed = actions(statements(policy(OURS), By.WRITE))
    assert {action for action in allowed if "MaintenanceWindow" in action} == {"ssm:DeleteMaintenanceWindow"}
    assert "iam:CreateServiceLinkedRole" not in allowed


@pytest.mark.parametrize("kind", ["patchbaseline", "association", "maintenancewindow", "document"])
def test_what_is_there_is_altered_and_removed_only_where_it_bears_our_tag(kind: str) -> None:
    for statement in statements(policy(), By.WRITE):
        touched = [name for name in statement.resources if f":{kind}/" in name and "{account}" in name]
        changing = [a for a in statement.actions if a.partition(":")[2].startswith(("Update", "Delete", "Register", "Deregister"))]
        if touched and changing and "OfTheseDocuments" not in statement.sid:
            assert statement.conditions["StringLike"]["aws:ResourceTag/patchkeep:managed-by"] == ("*/wide",), statement.sid


def test_machines_take_two_tags_with_the_policys_values_and_no_other() -> None:
    launched, *given = sorted(about("ec2:CreateTags", statements(policy(), By.WRITE)), key=lambda statement: statement.sid != "TagLaunched")
    assert launched.conditions["StringEquals"]["ec2:CreateAction"] in {"RunInstances", ("RunInstances",)}  # by its template, at its launch
    keys = [statement.conditions["ForAllValues:StringEquals"]["aws:TagKeys"] for statement in given]
    assert keys == [("patchkeep:environment",), ("PatchGroup",)]
    values = [statement.conditions["StringEquals"] for statement in given]
    assert values[1]["aws:RequestTag/PatchGroup"] == ("legacy", "patchkeep-wide-web", "shop")


def test_the_regions_of_the_policy_bound_every_write_but_those_that_are_made_at_home() -> None:
    for statement in statements(with_regions(OURS, "eu-central-1", "eu-west-1"), By.WRITE):
        wanted = None if statement.sid == "ReadStop" else ("eu-central-1", "eu-west-1")
        assert statement.conditions.get("StringEquals", {}).get("aws:RequestedRegion") == wanted, statement.sid


def test_a_caller_who_only_looks_cannot_take_the_write_role_and_can_read_the_stop() -> None:
    looking, changing = (statements(policy(OURS), By.CALLER, write=write) for write in (False, True))
    (become,) = about("sts:AssumeRole", looking)
    assert become.resources == ("arn:{partition}:iam::*:role/PatchkeepRead",)
    assert become.actions == ("sts:AssumeRole", "sts:SetSourceIdentity")
    assert about("sts:AssumeRole", changing)[0].resources[1:] == ("arn:{partition}:iam::*:role/PatchkeepWrite",)
    assert {s.sid for s in changing} == {s.sid for s in looking} >= {"ReadStop"}


def test_the_caller_reads_the_external_id_where_it_lies() -> None:
    (there,) = [s for s in statements(policy(), By.CALLER) if s.sid == "ReadExternalId"]
    assert there.resources == ("arn:{partition}:ssm:*:{account}:parameter/patchkeep/external-id",)
    secret = policy(WIDE.replace("ssm:/patchkeep/external-id", "secretsmanager:patchkeep"))
    (there,) = [s for s in statements(secret, By.CALLER) if s.sid == "ReadExternalId"]
    assert (there.actions, there.resources) == (
        ("secretsmanager:GetSecretValue",),
        ("arn:{partition}:secretsmanager:*:{account}:secret:patchkeep-*",),
    )
    assert not [s for s in statements(policy(OURS), By.CALLER) if s.sid == "ReadExternalId"]


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize("text", [WIDE, OURS, AWS_INSTALLS])
def test_statements_bear_names_that_iam_takes_each_once(by: By, text: str) -> None:
    sids = [statement.sid for statement in statements(policy(text), by)]
    assert all(sid.isalnum() for sid in sids)
    assert len(set(sids)) == len(sids)


def test_account_and_partition_are_put_into_every_arn() -> None:
    (document,) = documents(policy(OURS), By.READ, Place("aws-cn", "111122223333"))
    arns = [arn for statement in document["Statement"] for arn in _arns(statement)]
    assert arns
    assert all(arn.startswith("arn:aws-cn:") and "{" not in arn for arn in arns)
    assert any(":111122223333:" in arn for arn in arns)


def _arns(statement: dict[str, Any]) -> list[str]:
    return [arn for arn in statement["Resource"] if arn != "*"]


# --- made-up services -------------------------------------------------------------------------------------------------


def room(name: str) -> Any:
    return tuple(call for call in called(tests.permissions.room) if call.module.endswith(f".{name}"))


def test_a_new_service_is_taken_in_without_an_edit_elsewhere() -> None:
    assert [s.actions for s in statements(policy(OURS), By.READ, room("bare"))] == [("rds:DescribeDBInstances",)]
    assert [s.actions for s in statements(policy(OURS), By.WRITE, room("bare"))] == [("rds:ApplyPendingMaintenanceAction",)]


def test_a_role_is_passed_by_its_arn_and_to_one_service() -> None:
    (passed,) = about("iam:PassRole", statements(policy(OURS), By.WRITE, room("fair")))
    assert passed.resources == ("arn:{partition}:iam::{account}:role/patchkeep-windows",)
    assert passed.conditions["StringEquals"]["iam:PassedToService"] == ("ssm.amazonaws.com",)


def test_a_service_that_passes_a_role_and_does_not_say_which_is_refused() -> None:
    with pytest.raises(NoGrant, match="silent: register_task_with_maintenance_window names a role"):
        statements(policy(OURS), By.WRITE, room("silent"))
