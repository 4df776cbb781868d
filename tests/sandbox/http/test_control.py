"""The sandbox's own API: clock, log, nodes, accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchkeep.sandbox.client import ControlError, SandboxClient
from tests.sandbox.http.conftest import CLOSED, DEV, HOME, MANAGEMENT, NOW, PROD, Clients

pytestmark = pytest.mark.http
NODE = "i-00000000000000003"


def test_it_says_which_organization_it_is(steering: SandboxClient) -> None:
    assert steering.health() == {"status": "ok", "organization": "o-small12345", "seed": 7}


def test_time_stands_still_until_it_is_moved_and_never_goes_back(steering: SandboxClient) -> None:
    assert steering.now() == steering.now() == NOW
    assert steering.advance(timedelta(hours=1)) == NOW + timedelta(hours=1)
    assert steering.advance_to(NOW + timedelta(days=1)) == steering.now() == NOW + timedelta(days=1)
    with pytest.raises(ControlError, match="does not go back"):
        steering.advance_to(NOW)


@pytest.mark.parametrize("body", [{}, {"to": "tomorrow"}, {"to": "2026-12-01T00:00:00"}, {"advance_seconds": "many"}])
def test_a_time_that_cannot_be_read_is_refused_with_a_sentence(steering: SandboxClient, body: dict[str, str]) -> None:
    with pytest.raises(ControlError):
        steering.call("POST", "/clock", body)
    assert steering.unimplemented() == []


def test_the_log_has_reads_and_writes_with_their_caller_and_parameters(clients: Clients, steering: SandboxClient) -> None:
    since = steering.log_length()
    clients("ec2").describe_instances(InstanceIds=[NODE])
    clients("ec2").create_tags(Resources=[NODE], Tags=[{"Key": "a", "Value": "b"}])
    read, write = steering.log(since)
    assert (read["service"], read["operation"], read["account"], read["region"]) == ("ec2", "DescribeInstances", PROD, HOME)
    assert read["caller"].endswith(":user/sandbox-admin")
    assert write["params"] == {"Resources": [NODE], "Tags": [{"Key": "a", "Value": "b"}]}
    assert steering.log(since, "CreateTags") == steering.log(since, "ec2:CreateTags") == [write]


def test_a_node_is_shown_as_it_is_and_can_be_altered_from_outside(steering: SandboxClient) -> None:
    assert len(steering.nodes()) == 13
    shown = steering.alter_node(NODE, state="stopped", online=False, tags={"Patch Group": None, "Owner": "ana"})
    assert shown == steering.node(NODE)
    assert (shown["state"], shown["online"], shown["tags"]["Owner"]) == ("stopped", False, "ana")
    assert "Patch Group" not in shown["tags"]
    assert (shown["packages"], shown["installs"], shown["reboots"]) == ({"openssl": "3.0.8-1.amzn2023"}, 0, 0)


def test_a_region_switched_off_later_is_off(clients: Clients, steering: SandboxClient) -> None:
    steering.alter_account(DEV, regions=["eu-west-1"])
    names = [region["RegionName"] for region in clients("ec2", DEV).describe_regions()["Regions"]]
    assert names == ["eu-west-1", "us-east-1"]  # AWS lets nobody switch this off


def test_keys_are_given_for_every_account_that_is_open(steering: SandboxClient) -> None:
    known = steering.credentials()
    assert known["management"] == MANAGEMENT
    assert CLOSED not in known["keys"]
    environment = steering.environment()
    assert environment["AWS_ACCESS_KEY_ID"] == known["keys"][MANAGEMENT]["access_key"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/nothing", None),
        ("GET", "/node/i-00", None),
        ("POST", f"/node/{NODE}", {"colour": "red"}),
        ("POST", "/account/999999999999", {}),
        ("POST", "/refuse", {"account": PROD, "role": "Nobody", "actions": []}),
        ("POST", "/refuse", {"account": PROD}),
    ],
)
def test_a_wish_for_what_is_not_there_is_refused_with_a_sentence(steering: SandboxClient, method: str, path: str, body: object) -> None:
    with pytest.raises(ControlError):
        steering.call(method, path, body)
    assert steering.unimplemented() == []
