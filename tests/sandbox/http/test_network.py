"""What stands around instances over HTTP: the default network and settings that other tools ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from patchkeep.sandbox.client import SandboxClient
from tests.sandbox.http.conftest import Clients
from tests.sandbox.http.test_examples import examples, keys

pytestmark = pytest.mark.http
INSTANCE, ABSENT = "i-00000000000000001", "i-0ffffffffffffffff"

# AWS's examples show networks that somebody made; nobody can make one here, so these never occur: by operation, and why.
LEFT_OUT: dict[str, frozenset[str]] = {
    "describe-network-acls": frozenset({"Tags", "PortRange", "From", "To", "Ipv6CidrBlock"}),  # the default list has no ports, no tags
    # a primary interface that AWS made: no public address, no IPv6, no tags, no other service that asked for it
    "describe-network-interfaces": frozenset({"Association", "Ipv6Addresses", "RequesterId", "Key", "Value"}),
}


@pytest.fixture(scope="module")
def ec2(clients: Clients) -> Any:
    return clients("ec2")


@pytest.fixture(autouse=True, scope="module")
def nothing_went_wrong(steering: SandboxClient) -> Iterator[None]:
    yield
    assert [line for line in steering.unimplemented() if "the attribute 'kernel'" not in line["what"]] == []


@pytest.mark.parametrize("command", sorted(LEFT_OUT))
def test_networks_have_the_keys_of_aws_s_examples(ec2: Any, command: str) -> None:
    shown = examples("ec2", command)
    assert shown
    expected = {key for example in shown for key in keys(example, LEFT_OUT[command])}
    assert expected - set(keys(getattr(ec2, command.replace("-", "_"))(), LEFT_OUT[command])) == set()


def test_an_instance_its_interface_and_the_groups_name_each_other(ec2: Any) -> None:
    instance = ec2.describe_instances(InstanceIds=[INSTANCE])["Reservations"][0]["Instances"][0]
    wanted = [{"Name": "attachment.instance-id", "Values": [INSTANCE]}]
    (interface,) = ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]
    assert (interface["PrivateIpAddress"], interface["SubnetId"]) == (instance["PrivateIpAddress"], instance["SubnetId"])
    (group,) = ec2.describe_security_groups(GroupIds=[interface["Groups"][0]["GroupId"]])["SecurityGroups"]
    (acl,) = ec2.describe_network_acls()["NetworkAcls"]
    assert group["VpcId"] == acl["VpcId"] == interface["VpcId"] == instance["VpcId"]
    assert instance["SubnetId"] in {association["SubnetId"] for association in acl["Associations"]}


def test_every_living_instance_has_one_interface(ec2: Any) -> None:
    pages = ec2.get_paginator("describe_instances").paginate()
    instances = [instance["InstanceId"] for page in pages for row in page["Reservations"] for instance in row["Instances"]]
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert sorted(interface["Attachment"]["InstanceId"] for interface in interfaces) == sorted(instances)


def test_a_group_that_does_not_exist_is_refused_and_not_an_empty_list(ec2: Any) -> None:
    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        ec2.describe_security_groups(GroupIds=["sg-0ffffffffffffffff"])


def test_what_nobody_can_make_here_is_an_empty_list(ec2: Any) -> None:
    assert ec2.describe_addresses()["Addresses"] == []
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []
    assert ec2.describe_transit_gateways()["TransitGateways"] == []


def test_account_settings_are_aws_s_defaults(ec2: Any) -> None:
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    assert ec2.get_snapshot_block_public_access_state()["State"] == "unblocked"
    assert ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "block-new-sharing"
    assert "HttpTokens" not in ec2.get_instance_metadata_defaults()["AccountLevel"]


def test_an_attribute_says_what_the_description_says(ec2: Any) -> None:
    instance = ec2.describe_instances(InstanceIds=[INSTANCE])["Reservations"][0]["Instances"][0]
    asked = ec2.describe_instance_attribute(InstanceId=INSTANCE, Attribute="instanceType")
    assert (asked["InstanceId"], asked["InstanceType"]["Value"]) == (INSTANCE, instance["InstanceType"])
    assert ec2.describe_instance_attribute(InstanceId=INSTANCE, Attribute="userData")["UserData"] == {}


def test_an_attribute_of_no_instance_and_one_that_is_not_emulated_are_refused(ec2: Any) -> None:
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        ec2.describe_instance_attribute(InstanceId=ABSENT, Attribute="userData")
    with pytest.raises(ClientError, match="EmulatorNotImplemented"):
        ec2.describe_instance_attribute(InstanceId=INSTANCE, Attribute="kernel")
