"""What other people do in AWS between a plan and its rollout: nobody is patched who must not be, nor by another baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from patchkeep.domain.plan import Change
from tests.e2e.desk import PLAN, Desk, installs, settle, small

pytestmark = pytest.mark.http


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan ready to start, and the machine that is its canary."""

    desk: Desk
    canary: Change
    ssm: Any  # as the administrator of the canary's account

    @property
    def baseline(self) -> dict[str, Any]:
        found = self.ssm.get_patch_baseline_for_patch_group(PatchGroup="dev", OperatingSystem="AMAZON_LINUX_2023")
        return dict(self.ssm.get_patch_baseline(BaselineId=found["BaselineId"]))

    def why(self) -> str:
        """Start the plan: the ring halts on its one member, nothing was installed anywhere. Returns the member's reason."""
        assert "halted" in self.desk("rollout", "start", PLAN, "--yes", "--wait", status=1).sentence
        assert installs(self.desk.sent()) == []
        rollout = self.desk.json("rollout", "status")["rollouts"][0]
        (member,) = rollout["rings"][0]["members"]
        assert (member["resource"], member["phase"]) == (self.canary.resource, "failed")
        return str(member["why"])


@pytest.fixture
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with small(tmp_path_factory.mktemp("operator")) as desk:
        settle(desk)
        (canary,) = desk.plan().rings[0].changes
        yield Planned(desk, canary, desk.admin("ssm", canary.target.account, canary.target.region))


def test_a_machine_that_joined_a_group_after_the_plan_is_not_patched(planned: Planned) -> None:
    planned.desk.sandbox.alter_node(planned.canary.resource, tags={"aws:autoscaling:groupName": "web"})
    assert planned.why().startswith("scan: left alone: is in an Auto Scaling group")


def test_a_baseline_that_somebody_altered_after_the_plan_installs_nothing(planned: Planned) -> None:
    there = planned.baseline
    planned.ssm.update_patch_baseline(BaselineId=there["BaselineId"], ApprovedPatches=["anything*"])
    assert "does not say what the policy says" in planned.why()


def test_a_group_that_somebody_registered_with_their_baseline_after_the_plan_installs_nothing(planned: Planned) -> None:
    theirs = planned.ssm.create_patch_baseline(Name="theirs", OperatingSystem="AMAZON_LINUX_2023")["BaselineId"]
    planned.ssm.deregister_patch_baseline_for_patch_group(BaselineId=planned.baseline["BaselineId"], PatchGroup="dev")
    planned.ssm.register_patch_baseline_for_patch_group(BaselineId=theirs, PatchGroup="dev")
    assert "is registered with theirs" in planned.why()


def test_a_baseline_that_somebody_removed_after_the_plan_is_not_replaced_by_the_default_one(planned: Planned) -> None:
    there = planned.baseline
    planned.ssm.deregister_patch_baseline_for_patch_group(BaselineId=there["BaselineId"], PatchGroup="dev")
    planned.ssm.delete_patch_baseline(BaselineId=there["BaselineId"])
    assert "is not there: it would take the default one" in planned.why()


def test_our_baseline_without_its_group_is_not_replaced_by_the_default_one(planned: Planned) -> None:
    planned.ssm.deregister_patch_baseline_for_patch_group(BaselineId=planned.baseline["BaselineId"], PatchGroup="dev")
    assert "registered with patch group dev no more" in planned.why()


def test_a_clean_scan_by_somebody_else_s_baseline_verifies_nothing(planned: Planned) -> None:
    desk = planned.desk
    desk("rollout", "start", PLAN, "--yes")
    theirs = planned.ssm.create_patch_baseline(Name="theirs", OperatingSystem="AMAZON_LINUX_2023")["BaselineId"]
    planned.ssm.deregister_patch_baseline_for_patch_group(BaselineId=planned.baseline["BaselineId"], PatchGroup="dev")
    planned.ssm.register_patch_baseline_for_patch_group(BaselineId=theirs, PatchGroup="dev")
    desk.days(1)
    desk("discover")
    rows = {row["asset"]: row for row in desk.json("verify", PLAN, "--all", status=1)["changes"]}
    canary = rows[planned.canary.asset]
    assert canary["proof"] == "UNKNOWN"
    assert canary["why"].startswith(f"scanned with another baseline ({theirs})")
