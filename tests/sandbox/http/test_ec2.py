"""EC2 over HTTP: what is there, filters and pages, and changes that take virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from patchkeep.sandbox.client import SandboxClient
from tests.sandbox.http.conftest import DEV, HOME, PROD, Clients

pytestmark = pytest.mark.http
FIRST, STOPPED, ABSENT = "i-00000000000000001", "i-0000000000000000c", "i-0ffffffffffffffff"


@pytest.fixture(scope="module")
def ec2(clients: Clients) -> Any:
    return clients("ec2")


@pytest.fixture(autouse=True, scope="module")
def nothing_went_wrong(steering: SandboxClient) -> Iterator[None]:
    yield
    assert [line for line in steering.unimplemented() if "filter" not in line["what"]] == []


def instances(ec2: Any, **asked: Any) -> list[dict[str, Any]]:
    pages = ec2.get_paginator("describe_instances").paginate(**asked)
    return [instance for page in pages for reservation in page["Reservations"] for instance in reservation["Instances"]]


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_every_instance_is_described_and_no_hybrid_node(ec2: Any) -> None:
    ids = [instance["InstanceId"] for instance in instances(ec2)]
    assert len(ids) == len(set(ids)) == 12
    assert all(each.startswith("i-") for each in ids)


def test_an_instance_has_the_fields_that_aws_gives(ec2: Any) -> None:
    (first,) = instances(ec2, InstanceIds=[FIRST])
    assert first["State"] == {"Code": 16, "Name": "running"}
    assert first["IamInstanceProfile"]["Arn"] == f"arn:aws:iam::{PROD}:instance-profile/ssm-core"
    assert first["BlockDeviceMappings"][0]["Ebs"]["VolumeId"].startswith("vol-")
    assert {"Key": "Name", "Value": "web-1"} in first["Tags"]
    assert {"ImageId", "InstanceType", "LaunchTime", "PlatformDetails", "VpcId", "SubnetId", "PrivateIpAddress"} <= first.keys()
    (second,) = instances(ec2, InstanceIds=["i-00000000000000002"])
    assert "IamInstanceProfile" not in second


def test_another_account_and_another_region_see_nothing_of_it(clients: Clients) -> None:
    assert instances(clients("ec2", DEV)) == []
    assert instances(clients("ec2", PROD, "eu-west-1")) == []


@pytest.mark.parametrize(
    ("name", "values", "count"),
    [
        ("instance-state-name", ["stopped"], 1),
        ("instance-state-name", ["running", "stopped"], 12),
        ("tag:Patch Group", ["web"], 6),
        ("tag:Name", ["web-1*"], 4),
        ("tag-key", ["Patch Group"], 12),
        ("tag-key", ["Owner"], 0),
        ("instance-id", [FIRST], 1),
    ],
)
def test_filters_choose_as_in_aws(ec2: Any, name: str, values: list[str], count: int) -> None:
    assert len(instances(ec2, Filters=[{"Name": name, "Values": values}])) == count


def test_all_filters_must_hold_at_once(ec2: Any) -> None:
    both = [{"Name": "tag:Patch Group", "Values": ["db"]}, {"Name": "instance-state-name", "Values": ["running"]}]
    assert len(instances(ec2, Filters=both)) == 5


def test_pages_are_as_large_as_asked_and_together_complete(ec2: Any) -> None:
    pages = list(ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Reservations"]) for page in pages] == [5, 5, 2]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"InstanceIds": [ABSENT]}, "InvalidInstanceID.NotFound"),
        ({"InstanceIds": ["mi-0123456789abcdef0"]}, "InvalidInstanceID.Malformed"),
        ({"InstanceIds": [FIRST], "MaxResults": 5}, "InvalidParameterCombination"),
        ({"MaxResults": 4}, "InvalidParameterValue"),
        ({"MaxResults": 1001}, "InvalidParameterValue"),
        ({"NextToken": "x"}, "InvalidNextToken"),
        ({"Filters": [{"Name": "hibernation-options.configured", "Values": ["true"]}]}, "EmulatorNotImplemented"),
        ({"Filters": [{"Name": "instance-id", "Values": [f"i-{n:017x}" for n in range(201)]}]}, "FilterLimitExceeded"),
        ({"DryRun": True}, "DryRunOperation"),
    ],
)
def test_a_question_that_aws_refuses_is_refused(ec2: Any, asked: dict[str, Any], expected: str) -> None:
    with pytest.raises(ClientError) as refused:
        ec2.describe_instances(**asked)
    assert code(refused) == expected


def test_a_stopped_instance_starts_in_virtual_time_and_has_rebooted(ec2: Any, steering: SandboxClient) -> None:
    before = steering.node(STOPPED)["reboots"]
    (change,) = ec2.start_instances(InstanceIds=[STOPPED])["StartingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("stopped", "pending")
    steering.advance(timedelta(minutes=1))
    (instance,) = instances(ec2, InstanceIds=[STOPPED])
    assert instance["State"]["Name"] == "running"
    assert steering.node(STOPPED)["reboots"] == before + 1
    ec2.stop_instances(InstanceIds=[STOPPED])
    assert steering.node(STOPPED)["state"] == "stopping"
    with pytest.raises(ClientError) as refused:
        ec2.start_instances(InstanceIds=[STOPPED])
    assert code(refused) == "IncorrectInstanceState"
    steering.advance(timedelta(minutes=1))
    assert steering.node(STOPPED)["state"] == "stopped"


def test_a_rebooted_machine_is_away_as_long_as_it_takes(ec2: Any, steering: SandboxClient) -> None:
    ec2.reboot_instances(InstanceIds=[FIRST])
    assert not steering.node(FIRST)["online"]
    steering.advance(timedelta(seconds=89))
    assert not steering.node(FIRST)["online"]
    steering.advance(timedelta(seconds=1))
    assert steering.node(FIRST)["online"]
    with pytest.raises(ClientError) as refused:
        ec2.reboot_instances(InstanceIds=[STOPPED])
    assert code(refused) == "IncorrectInstanceState"


def test_instance_status_shows_running_ones_unless_all_are_wanted(ec2: Any) -> None:
    assert len(ec2.describe_instance_status()["InstanceStatuses"]) == 11
    everything = ec2.describe_instance_status(IncludeAllInstances=True)["InstanceStatuses"]
    assert {each["InstanceId"]: each["InstanceStatus"]["Status"] for each in everything}[STOPPED] == "not-applicable"


def test_tags_are_set_listed_and_taken_away(ec2: Any) -> None:
    ec2.create_tags(Resources=[FIRST], Tags=[{"Key": "PatchGroup", "Value": "prod"}])
    wanted = [{"Name": "resource-id", "Values": [FIRST]}, {"Name": "key", "Values": ["PatchGroup"]}]
    (tag,) = ec2.describe_tags(Filters=wanted)["Tags"]
    assert tag == {"Key": "PatchGroup", "ResourceId": FIRST, "ResourceType": "instance", "Value": "prod"}
    ec2.delete_tags(Resources=[FIRST], Tags=[{"Key": "PatchGroup", "Value": "other"}])
    assert ec2.describe_tags(Filters=wanted)["Tags"] == [tag]
    ec2.delete_tags(Resources=[FIRST], Tags=[{"Key": "PatchGroup"}])
    assert ec2.describe_tags(Filters=wanted)["Tags"] == []


def test_a_tag_s_text_survives_the_way_there_and_back(ec2: Any) -> None:
    text = '  <web> & "dbé" '
    ec2.create_tags(Resources=[FIRST], Tags=[{"Key": "note", "Value": text}, {"Key": "empty", "Value": ""}])
    tags = {tag["Key"]: tag["Value"] for tag in instances(ec2, InstanceIds=[FIRST])[0]["Tags"]}
    assert (tags["note"], tags["empty"]) == (text, "")
    ec2.delete_tags(Resources=[FIRST], Tags=[{"Key": "note"}, {"Key": "empty"}])


@pytest.mark.parametrize(
    ("resource", "tags", "expected"),
    [
        (ABSENT, {"a": "b"}, "InvalidInstanceID.NotFound"),
        ("mi-0123456789abcdef0", {"a": "b"}, "InvalidID"),
        (FIRST, {"aws:mine": "b"}, "InvalidParameterValue"),
        (FIRST, {f"k{number}": "" for number in range(51)}, "TagLimitExceeded"),
    ],
)
def test_a_tag_that_aws_refuses_is_refused(ec2: Any, resource: str, tags: dict[str, str], expected: str) -> None:
    with pytest.raises(ClientError) as refused:
        ec2.create_tags(Resources=[resource], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    assert code(refused) == expected


def test_a_snapshot_completes_in_virtual_time_and_bears_its_tags(ec2: Any, steering: SandboxClient) -> None:
    marked = [{"ResourceType": "snapshot", "Tags": [{"Key": "change", "Value": "c-1"}]}]
    (made,) = ec2.create_snapshots(InstanceSpecification={"InstanceId": FIRST}, Description="before", TagSpecifications=marked)["Snapshots"]
    find = [{"Name": "tag:change", "Values": ["c-1"]}]
    (pending,) = ec2.describe_snapshots(OwnerIds=["self"], Filters=find)["Snapshots"]
    assert (pending["State"], pending["StartTime"]) == ("pending", steering.now())
    steering.advance(timedelta(minutes=2))
    (done,) = ec2.describe_snapshots(SnapshotIds=[made["SnapshotId"]])["Snapshots"]
    assert (done["State"], done["Progress"], done["VolumeId"]) == ("completed", "100%", made["VolumeId"])
    ec2.delete_snapshot(SnapshotId=made["SnapshotId"])
    with pytest.raises(ClientError) as refused:
        ec2.describe_snapshots(SnapshotIds=[made["SnapshotId"]])
    assert code(refused) == "InvalidSnapshot.NotFound"


def test_a_volume_knows_its_instance_and_can_be_snapshotted(ec2: Any) -> None:
    (volume,) = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [FIRST]}])["Volumes"]
    assert ec2.create_snapshot(VolumeId=volume["VolumeId"])["VolumeSize"] == volume["Size"] == 8
    with pytest.raises(ClientError) as refused:
        ec2.create_snapshot(VolumeId="vol-0ffffffffffffffff")
    assert code(refused) == "InvalidVolume.NotFound"


def test_images_are_those_in_use(ec2: Any) -> None:
    (used,) = {instance["ImageId"] for instance in instances(ec2)}
    (image,) = ec2.describe_images(ImageIds=[used])["Images"]
    assert image["Name"].startswith("amazon-linux-2023")
    with pytest.raises(ClientError) as refused:
        ec2.describe_images(ImageIds=["ami-0ffffffffffffffff"])
    assert code(refused) == "InvalidAMIID.NotFound"


def test_regions_are_the_enabled_ones_unless_all_are_wanted(ec2: Any, clients: Clients) -> None:
    assert {region["RegionName"]: region["OptInStatus"] for region in ec2.describe_regions()["Regions"]} == {
        HOME: "opt-in-not-required",
        "eu-west-1": "opt-in-not-required",
        "eu-south-1": "opted-in",
    }
    everything = {region["RegionName"]: region["OptInStatus"] for region in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert everything["me-south-1"] == "not-opted-in"
    assert clients("ec2", region="us-east-1").describe_regions()["Regions"]
