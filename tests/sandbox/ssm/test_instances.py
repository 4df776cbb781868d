"""Managed nodes and service settings, as SSM tells of them."""

from __future__ import annotations

from datetime import timedelta

from tests.sandbox.ssm.conftest import HYBRID, NOW, UNMANAGED, WINDOWS, A, B, C, Ssm

HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"


def ids(ssm: Ssm, key: str, *values: str) -> list[str]:
    answer = ssm.call("DescribeInstanceInformation", Filters=[{"Key": key, "Values": list(values)}])
    return [row["InstanceId"] for row in answer["InstanceInformationList"]]


def test_only_registered_nodes_are_managed(ssm: Ssm) -> None:
    rows = ssm.call("DescribeInstanceInformation")["InstanceInformationList"]
    assert [row["InstanceId"] for row in rows] == [A, B, C, WINDOWS, HYBRID]
    assert {row["ResourceType"] for row in rows[:4]} == {"EC2Instance"}
    assert (rows[4]["ResourceType"], rows[4]["Name"]) == ("ManagedInstance", "node-0")


def test_a_node_that_stops_is_noticed_after_five_minutes(ssm: Ssm) -> None:
    ssm.site.nodes[A].state, ssm.site.nodes[A].last_ping = "stopped", NOW
    ssm.wait(minutes=4)
    assert ids(ssm, "PingStatus", "ConnectionLost") == []
    ssm.wait(minutes=2)
    (lost,) = ssm.call("DescribeInstanceInformation", Filters=[{"Key": "PingStatus", "Values": ["ConnectionLost"]}])[
        "InstanceInformationList"
    ]
    assert (lost["InstanceId"], lost["LastPingDateTime"]) == (A, NOW)


def test_a_node_stopped_for_weeks_stays_listed_until_it_is_terminated(ssm: Ssm) -> None:
    ssm.site.nodes[A].state = "stopped"
    ssm.wait(days=40)
    assert ids(ssm, "InstanceIds", A) == [A]
    ssm.site.nodes[A].state = "terminated"
    assert ids(ssm, "InstanceIds", A) == []


def test_filters_are_anded_and_unknown_ones_refused(ssm: Ssm) -> None:
    assert ids(ssm, "PlatformTypes", "Windows") == [WINDOWS]
    assert ids(ssm, "tag:PatchGroup", "web") == [A, B]
    assert ssm.refused("DescribeInstanceInformation", Filters=[{"Key": "Colour", "Values": ["blue"]}]) == "InvalidFilterKey"


def test_pages_hold_ten_nodes_unless_asked_and_never_fewer_than_five(ssm: Ssm) -> None:
    for number in range(16, 32):
        node = ssm.site.nodes[A]
        ssm.site.nodes[f"i-{number:017x}"] = type(node)(f"i-{number:017x}", node.os, node.agent, registered=NOW)
    first = ssm.call("DescribeInstanceInformation")
    second = ssm.call("DescribeInstanceInformation", NextToken=first["NextToken"], MaxResults=50)
    assert (len(first["InstanceInformationList"]), len(second["InstanceInformationList"])) == (10, 11)
    assert ssm.refused("DescribeInstanceInformation", MaxResults=4) == "ValidationException"


def test_default_host_management_makes_nodes_without_a_profile_managed(ssm: Ssm) -> None:
    shut_in = ssm.site.nodes[UNMANAGED]
    assert ssm.call("GetServiceSetting", SettingId=HOST_MANAGEMENT)["ServiceSetting"]["Status"] == "Default"
    ssm.call("UpdateServiceSetting", SettingId=HOST_MANAGEMENT, SettingValue="service-role/Default")
    assert ssm.call("GetServiceSetting", SettingId=HOST_MANAGEMENT)["ServiceSetting"]["SettingValue"] == "service-role/Default"
    ssm.wait(minutes=31)
    assert shut_in.registered == NOW + timedelta(minutes=30)


def test_a_machine_without_an_agent_stays_unmanaged_under_host_management(ssm: Ssm) -> None:
    ssm.site.nodes[UNMANAGED].online = False
    ssm.call("UpdateServiceSetting", SettingId=HOST_MANAGEMENT, SettingValue="service-role/Default")
    ssm.wait(hours=2)
    assert ids(ssm, "InstanceIds", UNMANAGED) == []


def test_an_unknown_setting_is_refused(ssm: Ssm) -> None:
    assert ssm.refused("GetServiceSetting", SettingId="/ssm/colour") == "ServiceSettingNotFound"


def test_properties_tell_the_state_of_the_machine_too(ssm: Ssm) -> None:
    ssm.site.nodes[A].state = "stopped"
    rows = ssm.call("DescribeInstanceProperties", FiltersWithOperator=[{"Key": "InstanceIds", "Values": [A], "Operator": "Equal"}])
    assert [row["InstanceState"] for row in rows["InstanceProperties"]] == ["stopped"]
    assert ssm.call("GetConnectionStatus", Target=B) == {"Target": B, "Status": "connected"}


def test_a_setting_goes_back_to_its_default(ssm: Ssm) -> None:
    ssm.call("UpdateServiceSetting", SettingId=HOST_MANAGEMENT, SettingValue="service-role/Default")
    assert ssm.call("ResetServiceSetting", SettingId=HOST_MANAGEMENT)["ServiceSetting"]["SettingValue"] == "$None"
    ssm.wait(hours=1)
    assert ssm.site.nodes[UNMANAGED].registered is None
