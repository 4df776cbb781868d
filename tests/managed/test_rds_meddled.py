"""Databases that somebody else touches while a rollout is at them."""

from __future__ import annotations

from pathlib import Path

from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled

ORDERS = '- {kind: db-instance, name: orders, engine: postgres, version: "15.14", environment: dev}'


def test_an_upgrade_does_not_carry_along_what_somebody_has_put_off_to_the_window(tmp_path: Path) -> None:
    with desk_at(tmp_path, ORDERS) as desk:
        settled(desk)
        by_hand = desk.admin("rds", MEMBER)
        by_hand.modify_db_instance(DBInstanceIdentifier="orders", DBInstanceClass="db.r6g.4xlarge", ApplyImmediately=False)
        before = by_hand.describe_db_instances()["DBInstances"][0]
        phase, why = members(rolled_out(desk))["db:orders"]
        assert (phase, why.partition(":")[2].split()[0]) == ("failed", "DBInstanceClass")
        after = by_hand.describe_db_instances()["DBInstances"][0]
        assert (after["DBInstanceClass"], after["EngineVersion"]) == (before["DBInstanceClass"], before["EngineVersion"])
        desk("discover")
        (skip,) = desk.json("plan", "-o", "again.json")["plan"]["skips"]
        assert skip["reason"].startswith("DBInstanceClass waits for its window, and an upgrade at once would carry that out, too")


def test_after_a_freeze_of_weeks_the_upgrade_waits_for_a_new_snapshot(tmp_path: Path) -> None:
    policy = f"{POLICY}freezes:\n  - {{name: fair, from: 2026-09-01T06:03Z, to: 2026-09-20T06:00Z}}\n"
    with desk_at(tmp_path, ORDERS, policy) as desk:
        settled(desk)
        assert members(rolled_out(desk)) == {"db:orders": ("done", "versions seen as planned")}
        first, second = [call["at"] for call in desk.sandbox.log(0, "CreateDBSnapshot")]
        upgraded = next(call["at"] for call in desk.sandbox.log(0, "ModifyDBInstance") if "EngineVersion" in call["params"])
        assert first[:10] == "2026-09-01"
        assert second[:10] == upgraded[:10] == "2026-09-20"


def test_a_refusal_is_told_once_with_its_code(tmp_path: Path) -> None:
    with desk_at(tmp_path, ORDERS) as desk:
        settled(desk)
        desk.sandbox.refuse(MEMBER, "PatchkeepWrite", ["rds:CreateDBSnapshot"])
        why = members(rolled_out(desk))["db:orders"][1]
        assert why.startswith("snapshot: AWS refused to start it: AccessDenied User: ")


def test_a_window_keeps_clear_of_the_daily_backups_that_aws_lets_none_overlap(tmp_path: Path) -> None:
    policy = POLICY.replace('"Sat 22:00", lasts: 6h', '"Sun 01:00", lasts: 5h')
    with desk_at(tmp_path, ORDERS, policy) as desk:
        desk("discover")
        said = desk("plan", "-o", "settings.json", status=3).sentence
        assert "clear of its backups, daily 04:30-05:00" in said
        settled(desk)
        (row,) = desk.admin("rds", MEMBER).describe_db_instances()["DBInstances"]
        assert row["PreferredMaintenanceWindow"] == "sun:01:00-sun:04:30"
        assert desk.json("plan", "-o", "again.json", status=3)["plan"]["settings"] == []
