"""What AWS checks of a request: which actions, on which resources, with which condition keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from patchkeep.sandbox.client import ControlError, SandboxClient
from patchkeep.sandbox.operation import Request
from patchkeep.sandbox.permissions.needs import Need, needs_of
from patchkeep.sandbox.server import RunningSandbox, serve
from patchkeep.sandbox.world import World
from tests.sandbox.http.conftest import HOME, PROD, small_world

NODE, HYBRID = "i-00000000000000001", "mi-0123456789abcdef0"
OWN = f"arn:aws:ssm:{HOME}:{PROD}"


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


def needs(world: World, service: str, operation: str, **params: Any) -> list[Need]:
    caller = f"arn:aws:sts::{PROD}:assumed-role/PatchkeepWrite/session"
    return list(needs_of(service, operation, Request(world, PROD, HOME, caller, params)))


def asked(found: list[Need]) -> set[tuple[str, str]]:
    return {(need.action, need.resource) for need in found}


def test_a_command_needs_its_document_and_every_machine_with_the_tags_it_bears(world: World) -> None:
    world.site(PROD, HOME).nodes[NODE].tags["PatchGroup"] = "prod"
    found = needs(world, "ssm", "SendCommand", DocumentName="AWS-RunPatchBaseline", InstanceIds=[NODE, HYBRID])
    assert asked(found) == {
        ("ssm:SendCommand", f"arn:aws:ssm:{HOME}::document/AWS-RunPatchBaseline"),
        ("ssm:SendCommand", f"arn:aws:ec2:{HOME}:{PROD}:instance/{NODE}"),
        ("ssm:SendCommand", f"{OWN}:managed-instance/{HYBRID}"),
    }
    machine = next(need for need in found if NODE in need.resource)
    assert machine.context["ssm:resourcetag/patchgroup"] == ("prod",)
    assert machine.context["aws:resourcetag/patchgroup"] == ("prod",)
    assert "ssm:resourcetag/patchgroup" not in next(need for need in found if "document" in need.resource).context


def test_a_command_to_whatever_bears_a_tag_may_reach_any_instance(world: World) -> None:
    targets = [{"Key": "tag:Role", "Values": ["web"]}]
    found = needs(world, "ssm", "SendCommand", DocumentName="Patchkeep-Reboot", Targets=targets)
    assert asked(found) == {
        ("ssm:SendCommand", f"{OWN}:document/Patchkeep-Reboot"),
        ("ssm:SendCommand", f"arn:aws:ec2:{HOME}:{PROD}:instance/*"),
    }


def test_making_something_with_tags_needs_to_tag_it(world: World) -> None:
    tags = [{"Key": "patchkeep:managed-by", "Value": "o-1/main"}]
    found = needs(world, "ssm", "CreatePatchBaseline", Name="x", Tags=tags)
    assert asked(found) == {("ssm:CreatePatchBaseline", f"{OWN}:*"), ("ssm:AddTagsToResource", f"{OWN}:patchbaseline/*")}
    for need in found:
        assert need.context["aws:requesttag/patchkeep:managed-by"] == ("o-1/main",)
        assert need.context["aws:tagkeys"] == ("patchkeep:managed-by",)
    assert asked(needs(world, "ssm", "CreatePatchBaseline", Name="x")) == {("ssm:CreatePatchBaseline", f"{OWN}:*")}


@pytest.mark.parametrize(
    "tags",
    [{"Tags": [{"Key": "Mark", "Value": "pk-1"}]}, {"tags": [{"key": "Mark", "value": "pk-1"}]}, {"tags": {"Mark": "pk-1"}}],
    ids=["capitals", "lower case", "a mapping"],
)
def test_tags_of_a_request_count_however_the_service_takes_them(world: World, tags: dict[str, Any]) -> None:
    (need, *_) = needs(world, "lightsail", "CreateRelationalDatabaseSnapshot", **tags)
    assert (need.context["aws:requesttag/mark"], need.context["aws:tagkeys"]) == (("pk-1",), ("Mark",))


def test_a_task_needs_its_role_to_be_passed_or_the_linked_role_to_be_made(world: World) -> None:
    role = f"arn:aws:iam::{PROD}:role/windows"
    passed = next(
        n for n in needs(world, "ssm", "RegisterTaskWithMaintenanceWindow", WindowId="mw-1", ServiceRoleArn=role) if "iam" in n.action
    )
    assert (passed.action, passed.resource, passed.context["iam:passedtoservice"]) == ("iam:PassRole", role, ("ssm.amazonaws.com",))
    linked = next(n for n in needs(world, "ssm", "RegisterTaskWithMaintenanceWindow", WindowId="mw-1") if "iam" in n.action)
    assert linked.action == "iam:CreateServiceLinkedRole"


@pytest.mark.parametrize(
    ("operation", "params", "resources"),
    [
        ("GetParameter", {"Name": "/patchkeep/stop"}, {f"{OWN}:parameter/patchkeep/stop"}),
        ("UpdatePatchBaseline", {"BaselineId": "pb-1"}, {f"{OWN}:patchbaseline/pb-1"}),
        (
            "DeregisterTaskFromMaintenanceWindow",
            {"WindowId": "mw-1", "WindowTaskId": "t"},
            {f"{OWN}:maintenancewindow/mw-1", f"{OWN}:windowtask/t"},
        ),
        ("UpdateMaintenanceWindow", {"WindowId": "mw-1"}, {f"{OWN}:maintenancewindow/mw-1"}),
        ("GetDocument", {"Name": "Patchkeep-Reboot"}, {f"{OWN}:document/Patchkeep-Reboot"}),
        ("ListDocuments", {}, {f"{OWN}:*"}),
        ("DeleteAssociation", {"AssociationId": "a"}, {f"{OWN}:association/a"}),
        ("GetServiceSetting", {"SettingId": "/ssm/x"}, {f"{OWN}:servicesetting/ssm/x"}),
        ("ListTagsForResource", {"ResourceType": "ManagedInstance", "ResourceId": HYBRID}, {f"{OWN}:managed-instance/{HYBRID}"}),
    ],
)
def test_each_operation_names_what_it_is_about(world: World, operation: str, params: dict[str, Any], resources: set[str]) -> None:
    assert {need.resource for need in needs(world, "ssm", operation, **params)} == resources


def test_who_one_is_needs_no_permission(world: World) -> None:
    assert needs(world, "sts", "GetCallerIdentity") == []


def test_taking_a_role_under_a_name_needs_both_actions_on_it(world: World) -> None:
    role = f"arn:aws:iam::{PROD}:role/PatchkeepRead"
    assert asked(needs(world, "sts", "AssumeRole", RoleArn=role, SourceIdentity="alice")) == {
        ("sts:AssumeRole", role),
        ("sts:SetSourceIdentity", role),
    }


# --- the control API --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with serve(small_world()) as sandbox:
        yield sandbox


@pytest.mark.http
def test_a_role_may_do_what_it_was_given_and_nothing_else_until_it_is_given_everything_again(running: RunningSandbox) -> None:
    steering = SandboxClient(running.endpoint)
    role = next(iter(running.world.accounts[PROD].roles))
    reading = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:Describe*", "Resource": "*"}]}
    steering.give(role, [reading], PROD)
    assert steering.call("GET", f"/roles/{role}")["policies"][PROD] == [reading]
    steering.give(role, None, PROD)
    assert steering.call("GET", f"/roles/{role}")["policies"][PROD] is None


@pytest.mark.http
def test_a_policy_that_cannot_be_evaluated_is_refused_when_it_is_given(running: RunningSandbox) -> None:
    role = next(iter(running.world.accounts[PROD].roles))
    with pytest.raises(ControlError, match="Version"):
        SandboxClient(running.endpoint).give(role, [{}])
    with pytest.raises(ControlError, match="No such account has a role nobody"):
        SandboxClient(running.endpoint).give("nobody", [])
