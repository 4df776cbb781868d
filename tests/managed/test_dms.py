"""Replication instances, the whole way over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.desk import Desk
from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified

MOVERS = '- {kind: replication-instance, name: movers, version: "3.5.3", window: sun:03:00-sun:04:00, environment: dev}'
WAITING = MOVERS.replace("}", ", settings: {pending: [{action: os-upgrade, auto_after: 14, forced: 21}]}}")
BROKEN = MOVERS.replace("}", ", traits: [upgrade-fails]}")
AGREED = POLICY.replace("updates: [maintenance, minor]", "updates: maintenance\n    apply: aws-window")


def test_maintenance_and_a_new_engine_version_are_put_on_and_proved(tmp_path: Path) -> None:
    with desk_at(tmp_path, WAITING) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["maintain", "upgrade", "verify"], True)
        assert [*members(rolled_out(desk)).values()] == [("done", "versions seen as planned")]
        assert [*verified(desk).values()] == ["patched"]
        (now,) = desk.admin("dms", MEMBER).describe_replication_instances()["ReplicationInstances"]
        assert now["EngineVersion"] == "3.5.4"


def test_an_upgrade_that_aws_gives_up_halts_the_rollout_with_the_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN) as desk:
        settled(desk)
        status = rolled_out(desk)
        ((phase, why),) = members(status).values()
        assert (status["status"], phase) == ("halted", "failed")
        assert "still on 3.5.3: AWS did not upgrade it" in why


def test_maintenance_agreed_for_aws_s_window_can_be_taken_back_until_it_opens(tmp_path: Path) -> None:
    with desk_at(tmp_path, WAITING, AGREED) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["opt in"], False)
        done = rolled_out(desk)
        assert [*members(done).values()] == [("done", "opt in done")]
        assert opted(desk) == "next-maintenance"
        desk("rollout", "undo", done["id"], "movers", "-o", "plan.json", status=3)
        assert [*members(rolled_out(desk)).values()] == [("done", "undo done")]
        assert opted(desk) is None


def opted(desk: Desk) -> str | None:
    (row,) = desk.admin("dms", MEMBER).describe_pending_maintenance_actions()["PendingMaintenanceActions"]
    (detail,) = row["PendingMaintenanceActionDetails"]
    found: str | None = detail.get("OptInStatus")
    return found
