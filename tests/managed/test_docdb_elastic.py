"""Elastic clusters of DocumentDB: the whole way over HTTP, and how the emulated ones behave when their owner or AWS acts on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.desk import Desk
from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified
from tests.sandbox.managed.asking import Place, place

SHOP = "- {kind: elastic-cluster, name: shop, environment: dev, settings: {pending: [{action: ENGINE_UPDATE, auto_after: 14, forced: 21}]}}"
BROKEN = SHOP.replace("environment: dev", "environment: dev, traits: [upgrade-fails]")
BARE = POLICY.replace("settings: {window: night, auto_minor: true}", "snapshot: false")
AGREED = BARE.replace("snapshot: false", "apply: aws-window")


def test_a_patch_goes_on_after_a_snapshot_and_is_proved(tmp_path: Path) -> None:
    with desk_at(tmp_path, SHOP) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["snapshot", "maintain", "verify"], True)
        assert [*members(rolled_out(desk)).values()] == [("done", "versions seen as planned")]
        assert [*verified(desk).values()] == ["patched"]
        elastic = desk.admin("docdb-elastic", MEMBER)
        (kept,) = elastic.list_cluster_snapshots()["snapshots"]
        assert kept["status"] == "ACTIVE"
        assert elastic.list_tags_for_resource(resourceArn=kept["snapshotArn"])["tags"].keys() == {"patchkeep:made-by", "patchkeep:expires"}
        now = elastic.get_cluster(clusterArn=kept["clusterArn"])["cluster"]
        assert now["preferredMaintenanceWindow"] == "sat:22:00-sun:04:00"


def test_a_patch_that_aws_takes_back_halts_the_rollout_with_the_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN, BARE) as desk:
        settled(desk)
        status = rolled_out(desk)
        ((phase, why),) = members(status).values()
        assert (status["status"], phase) == ("halted", "failed")
        assert "ENGINE_UPDATE is still pending: AWS did not put it on" in why


def test_a_patch_agreed_for_aws_s_window_can_be_taken_back_until_it_opens(tmp_path: Path) -> None:
    with desk_at(tmp_path, SHOP, AGREED) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["opt in"], False)
        done = rolled_out(desk)
        assert [*members(done).values()] == [("done", "opt in done")]
        assert opted(desk) == "NEXT_MAINTENANCE"
        desk("rollout", "undo", done["id"], "shop", "-o", "plan.json", status=3)
        assert [*members(rolled_out(desk)).values()] == [("done", "undo done")]
        assert opted(desk) is None


def opted(desk: Desk) -> str | None:
    (row,) = desk.admin("docdb-elastic", MEMBER).list_pending_maintenance_actions()["resourcePendingMaintenanceActions"]
    (detail,) = row["pendingMaintenanceActionDetails"]
    found: str | None = detail.get("optInStatus")
    return found


# --- the emulation, without HTTP; the world begins on Tuesday, 2026-09-01, at 06:00 ---------------------------------


def sunday(place_: Place) -> str:
    """The cluster's ARN, when its window is on Sundays at three."""
    (row,) = place_("ListClusters")["clusters"]
    arn: str = row["clusterArn"]
    place_("UpdateCluster", clusterArn=arn, preferredMaintenanceWindow="Sun:03:00-Sun:04:00")
    return arn


def waits(place_: Place) -> list[dict[str, Any]]:
    rows = place_("ListPendingMaintenanceActions")["resourcePendingMaintenanceActions"]
    return [detail for row in rows for detail in row["pendingMaintenanceActionDetails"]]


def test_aws_acts_in_the_first_window_after_its_date_and_at_the_forced_date_whatever_the_window() -> None:
    automatic, forced = place("docdb-elastic", SHOP), place("docdb-elastic", SHOP.replace("auto_after: 14, ", ""))
    sunday(automatic)
    sunday(forced)
    assert waits(automatic)[0]["currentApplyDate"] == "2026-09-20T03:00:00.000Z"
    automatic.wait(days=18, hours=22)
    assert waits(automatic) == []
    forced.wait(days=20, hours=23)
    assert waits(forced)[0]["currentApplyDate"] == "2026-09-22T06:00:00.000Z"
    forced.wait(hours=2)
    assert waits(forced) == []


def test_a_time_that_the_owner_chose_counts_and_can_be_taken_back() -> None:
    here = place("docdb-elastic", SHOP)
    action = {"resourceArn": sunday(here), "applyAction": "ENGINE_UPDATE"}
    here("ApplyPendingMaintenanceAction", **action, optInType="APPLY_ON", applyOn="2026/09/03 01:00-2026/09/03 02:00")
    (detail,) = here("GetPendingMaintenanceAction", resourceArn=action["resourceArn"])["resourcePendingMaintenanceAction"][
        "pendingMaintenanceActionDetails"
    ]
    assert (detail["optInStatus"], detail["currentApplyDate"]) == ("APPLY_ON", "2026-09-03T01:00:00.000Z")
    here("ApplyPendingMaintenanceAction", **action, optInType="UNDO_OPT_IN")
    assert "optInStatus" not in waits(here)[0]
    here("ApplyPendingMaintenanceAction", **action, optInType="APPLY_ON", applyOn="2026/09/03 01:00-2026/09/03 02:00")
    here.wait(days=1, hours=20)
    assert waits(here) == []


@pytest.mark.parametrize(
    "time",
    ["tomorrow", "2026/09/01 06:10-2026/09/01 07:10", "2026/09/20 01:00-2026/09/20 02:00", "2026/09/03 01:00-2026/09/03 10:00"],
    ids=["no time", "too soon", "too late", "too long"],
)
def test_a_time_that_cannot_be_chosen_is_refused(time: str) -> None:
    here = place("docdb-elastic", SHOP)
    action = {"resourceArn": sunday(here), "applyAction": "ENGINE_UPDATE", "optInType": "APPLY_ON", "applyOn": time}
    assert here.refuses("ApplyPendingMaintenanceAction", **action) == "ValidationException"


def test_refusals_bear_the_codes_of_this_api() -> None:
    here = place("docdb-elastic", SHOP)
    arn = sunday(here)
    now = {"resourceArn": arn, "optInType": "IMMEDIATE"}
    assert here.refuses("GetCluster", clusterArn=f"{arn}0") == "ResourceNotFoundException"
    assert here.refuses("ApplyPendingMaintenanceAction", **now, applyAction="OS_UPDATE") == "ResourceNotFoundException"
    assert here.refuses("UpdateCluster", clusterArn=arn, preferredMaintenanceWindow="Sunday") == "ValidationException"
    here("CreateClusterSnapshot", clusterArn=arn, snapshotName="one")
    assert here.refuses("CreateClusterSnapshot", clusterArn=arn, snapshotName="One") == "ConflictException"
    here("ApplyPendingMaintenanceAction", **now, applyAction="ENGINE_UPDATE")
    assert here.refuses("ApplyPendingMaintenanceAction", **{**now, "optInType": "UNDO_OPT_IN"}, applyAction="ENGINE_UPDATE") == (
        "ConflictException"
    )
    assert here.refuses("CreateClusterSnapshot", clusterArn=arn, snapshotName="two") == "ConflictException"
