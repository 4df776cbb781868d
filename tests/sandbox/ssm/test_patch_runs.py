"""AWS-RunPatchBaseline and restarts on a node: what runs leave in the records, overrides, and what is refused."""

from __future__ import annotations

from patchkeep.sandbox.ssm.objects import put_object
from tests.sandbox.ssm.conftest import HYBRID, NOW, UNMANAGED, WINDOWS, A, B, C, Ssm
from tests.sandbox.ssm.test_commands import invocation, listed, status
from tests.sandbox.ssm.test_documents import LINUX, content, create


def test_a_scan_overwrites_the_record_and_names_its_baseline_and_snapshot(ssm: Ssm) -> None:
    assert ssm.call("DescribeInstancePatchStates", InstanceIds=[A, B])["InstancePatchStates"] == []
    ssm.run(A)
    first = ssm.state(A)
    snapshot = "11111111-2222-4333-8444-555555555555"
    ssm.agent(A).missing = ()
    ssm.run(A, parameters={"SnapshotId": [snapshot]})
    second = ssm.state(A)
    assert (first["MissingCount"], first["PatchGroup"], first["Operation"]) == (1, "web", "Scan")
    assert (second["MissingCount"], second["SnapshotId"]) == (0, snapshot)
    assert second["OperationStartTime"] > first["OperationEndTime"] > first["OperationStartTime"] > NOW
    assert first["BaselineId"].startswith("pb-")
    assert (first["SecurityNonCompliantCount"], first["CriticalNonCompliantCount"]) == (1, 0)


def test_install_without_restart_leaves_patches_pending_until_restart_and_scan(ssm: Ssm) -> None:
    create(ssm)
    ssm.run(A, operation="Install", parameters={"RebootOption": ["NoReboot"]})
    assert (ssm.state(A)["InstalledPendingRebootCount"], ssm.agent(A).restarts) == (1, [])
    assert ssm.state(A)["LastNoRebootInstallOperationTime"] == ssm.state(A)["OperationEndTime"]
    sent = ssm.call("SendCommand", DocumentName="keep-reboot", InstanceIds=[A])["Command"]["CommandId"]
    ssm.wait(minutes=5)
    assert status(ssm, sent, A) == ("Success", "Success")
    assert len(ssm.agent(A).restarts) == 1
    assert ssm.state(A)["InstalledPendingRebootCount"] == 1
    ssm.run(A)
    assert (ssm.state(A)["InstalledPendingRebootCount"], ssm.state(A)["MissingCount"]) == (0, 0)


def test_install_with_restart_takes_the_node_away_and_reports_when_it_is_back(ssm: Ssm) -> None:
    command = ssm.run(A, operation="Install", wait={"seconds": 60})
    assert (ssm.site.nodes[A].online, status(ssm, command, A)[0]) == (False, "InProgress")
    ssm.wait(minutes=3)
    assert (ssm.site.nodes[A].online, status(ssm, command, A)[0]) == (True, "Success")
    assert (ssm.state(A)["Operation"], ssm.state(A)["InstalledPendingRebootCount"]) == ("Install", 0)


def test_a_node_that_never_comes_back_ends_in_an_execution_time_out(ssm: Ssm) -> None:
    ssm.site.nodes[A].traits = frozenset({"never-comes-back"})
    command = ssm.run(A, operation="Install", wait={"hours": 3})
    assert status(ssm, command, A) == ("TimedOut", "ExecutionTimedOut")
    (row,) = ssm.call("DescribeInstanceInformation", Filters=[{"Key": "PingStatus", "Values": ["ConnectionLost"]}])[
        "InstanceInformationList"
    ]
    assert row["InstanceId"] == A


def test_the_agent_s_restart_request_works_on_windows_and_hybrid_nodes(ssm: Ssm) -> None:
    create(ssm)
    sent = ssm.call("SendCommand", DocumentName="keep-reboot", InstanceIds=[WINDOWS, HYBRID])["Command"]["CommandId"]
    ssm.wait(minutes=5)
    assert listed(ssm, sent)["Status"] == "Success"
    assert [len(ssm.agent(node).restarts) for node in (WINDOWS, HYBRID)] == [1, 1]
    steps = ssm.call("ListCommandInvocations", CommandId=sent, InstanceId=WINDOWS, Details=True)["CommandInvocations"][0]["CommandPlugins"]
    assert [step["Output"].startswith("Step execution skipped") for step in steps] == [True, False]


def test_a_script_that_is_given_a_mark_restarts_once_per_mark(ssm: Ssm) -> None:
    marked = [*LINUX[:-1], "echo {{ Mark }} > /run/mark", LINUX[-1]]
    create(ssm, text=content(marked, parameters={"Mark": {"type": "String"}}))
    for mark in ("first", "first", "second"):
        sent = ssm.call("SendCommand", DocumentName="keep-reboot", InstanceIds=[A], Parameters={"Mark": [mark]})["Command"]["CommandId"]
        ssm.wait(minutes=5)
        assert status(ssm, sent, A) == ("Success", "Success")
    assert len(ssm.agent(A).restarts) == 2


def test_scripts_are_refused_loudly_unless_they_are_a_restart_that_ends(ssm: Ssm) -> None:
    shell = {"DocumentName": "AWS-RunShellScript", "InstanceIds": [A], "Parameters": {"commands": ["id"]}}
    assert ssm.refused("SendCommand", **shell) == "EmulatorNotImplemented"
    create(ssm, "keep-endless", content(["exit 194"]))
    create(ssm, "keep-other", content(["apt-get update"]))
    for name in ("keep-endless", "keep-other"):
        assert ssm.refused("SendCommand", DocumentName=name, InstanceIds=[A]) == "EmulatorNotImplemented"


def test_an_override_list_is_fetched_parsed_and_recorded(ssm: Ssm) -> None:
    url = "s3://keep/lists/1.yaml"
    put_object(ssm.site, url, b"patches:\n  - id: 'openssl.x86_64'\n    title: '3.0.9'\n")
    ssm.run(A, operation="Install", parameters={"InstallOverrideList": [url], "RebootOption": ["NoReboot"]})
    assert ssm.agent(A).asked[-1].override_list == ({"id": "openssl.x86_64", "title": "3.0.9"},)
    assert ssm.state(A)["InstallOverrideList"] == url
    ssm.run(A, parameters={"InstallOverrideList": [url]})
    assert ssm.agent(A).asked[-1].override_list is None


def test_an_override_list_that_cannot_be_read_fails_the_document(ssm: Ssm) -> None:
    command = ssm.run(A, operation="Install", parameters={"InstallOverrideList": ["s3://keep/none.yaml"]})
    assert status(ssm, command, A) == ("Failed", "Failed")
    assert ssm.agent(A).asked == []


def test_both_overrides_together_fail_and_one_baseline_override_leaves_no_record(ssm: Ssm) -> None:
    url = "s3://keep/baselines.json"
    put_object(ssm.site, url, b'[{"OperatingSystem": "AMAZON_LINUX_2023", "BaselineId": "pb-0aaaaaaaaaaaaaaaa"}]')
    both = ssm.run(A, operation="Install", parameters={"BaselineOverride": [url], "InstallOverrideList": [url]})
    assert "can't be used together" in invocation(ssm, both, A, PluginName="PatchLinux")["StandardErrorContent"]
    one = ssm.run(A, parameters={"BaselineOverride": [url]})
    assert status(ssm, one, A) == ("Success", "Success")
    assert ssm.call("DescribeInstancePatchStates", InstanceIds=[A])["InstancePatchStates"] == []


def test_cves_are_told_of_missing_patches_only(ssm: Ssm) -> None:
    ssm.run(A)
    patches = {row["KBId"]: row for row in ssm.call("DescribeInstancePatches", InstanceId=A)["Patches"]}
    assert patches["openssl.x86_64"]["CVEIds"] == "CVE-2026-1,CVE-2026-2"
    assert "CVEIds" not in patches["bash.x86_64"]
    missing = ssm.call("DescribeInstancePatches", InstanceId=A, Filters=[{"Key": "State", "Values": ["MISSING"]}])["Patches"]
    assert [row["KBId"] for row in missing] == ["openssl.x86_64"]
    assert ssm.refused("DescribeInstancePatches", InstanceId=A, Filters=[{"Key": "Colour", "Values": ["x"]}]) == "InvalidFilter"
    assert ssm.refused("DescribeInstancePatches", InstanceId=UNMANAGED) == "InvalidInstanceId"


def test_patches_of_a_node_come_in_pages(ssm: Ssm) -> None:
    ssm.agent(A).missing = tuple(f"lib{number}" for number in range(30))
    ssm.run(A)
    first = ssm.call("DescribeInstancePatches", InstanceId=A, MaxResults=10)
    rest = ssm.call("DescribeInstancePatches", InstanceId=A, MaxResults=100, NextToken=first["NextToken"])
    assert (len(first["Patches"]), len(rest["Patches"]), "NextToken" in rest) == (10, 22, False)


def test_states_of_a_patch_group_can_be_filtered_and_counted(ssm: Ssm) -> None:
    ssm.agent(B).missing = ()
    ssm.run(A, B, C)
    more = [{"Key": "MissingCount", "Values": ["0"], "Type": "GreaterThan"}]
    rows = ssm.call("DescribeInstancePatchStatesForPatchGroup", PatchGroup="web", Filters=more)["InstancePatchStates"]
    assert [row["InstanceId"] for row in rows] == [A]
    counted = ssm.call("DescribePatchGroupState", PatchGroup="web")
    assert (counted["Instances"], counted["InstancesWithMissingPatches"]) == (2, 1)


def test_hooks_are_refused_but_for_the_empty_one(ssm: Ssm) -> None:
    asked = {"DocumentName": "AWS-RunPatchBaselineWithHooks", "InstanceIds": [A]}
    hooked = {"Operation": ["Scan"], "PreInstallHookDocName": ["stop-app"]}
    assert ssm.refused("SendCommand", **asked, Parameters=hooked) == "EmulatorNotImplemented"
    assert ssm.call("SendCommand", **asked, Parameters={"Operation": ["Scan"]})


def test_an_override_that_is_no_list_or_lacks_the_system_fails_the_document(ssm: Ssm) -> None:
    put_object(ssm.site, "s3://keep/list.yaml", b"just text")
    put_object(ssm.site, "s3://keep/other.json", b'[{"OperatingSystem": "SUSE"}]')
    put_object(ssm.site, "s3://keep/broken.json", b"{")
    for operation, parameters in (
        ("Install", {"InstallOverrideList": ["s3://keep/list.yaml"]}),
        ("Scan", {"BaselineOverride": ["s3://keep/other.json"]}),
        ("Scan", {"BaselineOverride": ["s3://keep/broken.json"]}),
        ("Scan", {"BaselineOverride": ["s3://keep/it's.json"]}),
    ):
        command = ssm.run(A, operation=operation, parameters=parameters)
        assert status(ssm, command, A) == ("Failed", "Failed")
    assert ssm.agent(A).asked == []
