"""Lightsail's databases and instances, the whole way over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.wire import sandbox_lifecycles
from tests.managed.walking import MEMBER, POLICY, desk_at, members, organization, rolled_out, settled, verified

SHOP = '- {kind: lightsail-database, name: shop-db, engine: mysql, version: "8.0.40", window: tue:12:00-tue:12:30, environment: dev}'
BROKEN = '- {kind: lightsail-database, name: broken-db, engine: postgres, version: "14.18", environment: dev, traits: [upgrade-fails]}'
OLD = "{blueprint: ubuntu_20_04, title: Ubuntu 20.04 LTS, active: false}"
BLOG = f"- {{kind: lightsail-instance, name: blog, environment: dev, settings: {OLD}}}"
MAJOR = POLICY.replace("[maintenance, minor]", "[maintenance, minor, major]")


def test_a_major_version_is_put_on_after_a_snapshot_and_proved(tmp_path: Path) -> None:
    with desk_at(tmp_path, SHOP, MAJOR) as desk:
        (tmp_path / "feed.json").write_text(sandbox_lifecycles(), encoding="utf-8")
        desk("feeds", "update", "--from", "feed.json")
        plan = settled(desk)
        (change,) = plan["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["snapshot", "upgrade", "verify"], True)
        (row,) = desk.admin("lightsail", MEMBER).get_relational_databases()["relationalDatabases"]
        assert row["preferredMaintenanceWindow"] == "sat:22:00-sun:04:00"
        assert set(members(rolled_out(desk)).values()) == {("done", "versions seen as planned")}
        assert set(verified(desk).values()) == {"patched"}
        (kept,) = desk.admin("lightsail", MEMBER).get_relational_database_snapshots()["relationalDatabaseSnapshots"]
        assert {tag["key"] for tag in kept["tags"]} == {"patchkeep:made-by", "patchkeep:expires"}


def test_an_upgrade_that_lightsail_gives_up_halts_the_rollout_with_its_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN, MAJOR) as desk:
        settled(desk)
        status = rolled_out(desk)
        ((phase, why),) = members(status).values()
        assert (status["status"], phase) == ("halted", "failed")
        assert "Database engine upgrade from 14.18 to 15.14 failed; the version remains 14.18." in why
        assert set(verified(desk).values()) == {"partly patched"}


def test_a_major_version_waits_for_aws_s_window_where_the_policy_says_so_and_cannot_be_taken_back(tmp_path: Path) -> None:
    policy = MAJOR.replace("updates: [maintenance, minor, major]", "updates: major\n    apply: aws-window")
    with desk_at(tmp_path, SHOP, policy) as desk:
        settled(desk)
        assert set(members(rolled_out(desk)).values()) == {("done", "schedule done")}
        assert set(verified(desk).values()) == {"patched, restart pending"}
        desk.days(7)
        (row,) = desk.admin("lightsail", MEMBER).get_relational_databases()["relationalDatabases"]
        assert (row["engineVersion"], row["relationalDatabaseBlueprintId"]) == ("8.4.6", "mysql_8_4")


def test_minor_versions_are_left_to_aws_which_puts_them_on_in_the_window(tmp_path: Path) -> None:
    with desk_at(tmp_path, SHOP) as desk:
        desk("discover")
        desk("plan", "-o", "settings.json", status=3)
        desk("apply", "settings.json", "--yes")
        desk("discover")
        (skip,) = desk.json("plan", "-o", "plan.json")["plan"]["skips"]
        assert skip["reason"] == "what is on offer AWS puts on by itself alone: nobody can ask for it"
        desk.days(8)
        (row,) = desk.admin("lightsail", MEMBER).get_relational_databases()["relationalDatabases"]
        assert row["engineVersion"] == "8.0.43"


def test_an_instance_that_nobody_looks_into_is_unknown_and_says_how_to_change_that(tmp_path: Path) -> None:
    with desk_at(tmp_path, BLOG) as desk:
        desk("discover")
        (asset,) = desk.json("assess", "--no-fail")["assets"]
        assert asset["compliance"]["status"] == "UNKNOWN"
        (skip,) = desk.json("plan", "-o", "plan.json")["plan"]["skips"]
        assert "aws ssm create-activation --default-instance-name blog" in skip["better"]


def test_a_region_without_lightsail_takes_none(tmp_path: Path) -> None:
    text = organization(SHOP, "af-south-1")
    (tmp_path / "org.yaml").write_text(text)
    with pytest.raises(Exception, match="where AWS has no Lightsail"):
        orgfile.load(str(tmp_path / "org.yaml"))
