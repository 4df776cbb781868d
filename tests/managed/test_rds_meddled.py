"""Databases that somebody else touches while a rollout is at them."""

from __future__ import annotations

from pathlib import Path

from tests.managed.walking import MEMBER, desk_at, members, rolled_out, settled

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
