"""What an organization file wishes for becomes real SSM objects when the world begins."""

from __future__ import annotations

from typing import Any

import pytest

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.ssm.estate import furnish
from tests.sandbox.ssm.conftest import A, C, Ssm

WEB = [{"Key": "tag:PatchGroup", "Values": ["web"]}]
BASELINE = {"kind": "baseline", "Name": "old-web", "OperatingSystem": "AMAZON_LINUX_2023", "PatchGroups": ["web"], "Default": True}
ASSOCIATION = {
    "kind": "association",
    "Name": "AWS-RunPatchBaseline",
    "AssociationName": "AWS-QuickSetup-SSMHostMgmt-ScanForPatches-ab12c",
    "Parameters": {"Operation": ["Scan"]},
    "ScheduleExpression": "cron(0 3 * * ? *)",
    "Targets": WEB,
}
WINDOW = {
    "kind": "window",
    "Name": "platform-ops",
    "Schedule": "cron(0 4 ? * SUN *)",
    "Duration": 3,
    "Cutoff": 1,
    "AllowUnassociatedTargets": False,
    "Targets": [{"ResourceType": "INSTANCE", "Targets": WEB}],
    "Tasks": [
        {
            "TaskArn": "AWS-RunPatchBaseline",
            "TaskType": "RUN_COMMAND",
            "TaskInvocationParameters": {"RunCommand": {"Parameters": {"Operation": ["Install"]}}},
        }
    ],
}


def test_wishes_become_objects_that_live(ssm: Ssm) -> None:
    kept: Any = ssm.site.kept
    kept["estate"] = [BASELINE, ASSOCIATION, WINDOW]
    assert (furnish(ssm.world), furnish(ssm.world)) == (3, 0)
    assert ssm.call("GetDefaultPatchBaseline", OperatingSystem="AMAZON_LINUX_2023")["BaselineId"].startswith("pb-")
    ssm.wait(minutes=5)
    assert ssm.state(A)["Operation"] == "Scan"
    ssm.wait(days=8)
    assert [request.operation for request in ssm.agent(A).asked].count("Install") == 1
    assert ssm.agent(C).asked == []


def test_a_patch_policy_s_traces_scan_with_aws_s_own_baseline(ssm: Ssm) -> None:
    kept: Any = ssm.site.kept
    name = "AWS-QuickSetup-PatchPolicy-ScanForPatches-LA-ab12c"
    kept["estate"] = [{**BASELINE, "Default": False}, {**ASSOCIATION, "AssociationName": name}]
    furnish(ssm.world)
    own = ssm.call("DescribePatchGroups")["Mappings"][0]["BaselineIdentity"]["BaselineId"]
    ssm.wait(minutes=5)
    assert ssm.state(A)["BaselineId"] != own


@pytest.mark.parametrize(("wish", "error"), [({"kind": "castle"}, ValueError), ({**WINDOW, "Cutoff": 5}, AwsError)])
def test_a_wish_that_cannot_be_granted_is_an_error(ssm: Ssm, wish: dict[str, Any], error: type[Exception]) -> None:
    kept: Any = ssm.site.kept
    kept["estate"] = [wish]
    with pytest.raises(error):
        furnish(ssm.world)
