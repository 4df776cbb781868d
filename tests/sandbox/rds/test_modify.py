"""Engine versions: what may become what, now or in the window, alone or with a cluster, and what goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.rds.conftest import DEV, Estate, db, refusal

pytestmark = pytest.mark.http


def asked(name: str, version: str, **more: Any) -> dict[str, Any]:
    return {"DBInstanceIdentifier": name, "EngineVersion": version, **more}


def test_a_version_waits_for_the_window_unless_it_is_wanted_at_once(estate: Estate) -> None:
    answer = estate.dev.modify_db_instance(**asked("orders", "15.18"))["DBInstance"]
    assert (answer["PendingModifiedValues"], answer["EngineVersion"]) == ({"EngineVersion": "15.18"}, "15.14")
    estate.running.world.clock.advance(datetime(2026, 9, 6, 2, 59, tzinfo=UTC))
    assert estate.instance("orders", DEV)["DBInstanceStatus"] == "available"
    estate.wait(minutes=2)
    assert estate.instance("orders", DEV)["DBInstanceStatus"] == "upgrading"
    estate.wait(minutes=15)
    after = estate.instance("orders", DEV)
    assert (after["EngineVersion"], after["DBInstanceStatus"], after["PendingModifiedValues"]) == ("15.18", "available", {})


def test_immediately_means_now_and_takes_what_was_pending_along(estate: Estate) -> None:
    estate.dev.modify_db_instance(DBInstanceIdentifier="orders", DBInstanceClass="db.r6g.xlarge")
    estate.dev.modify_db_instance(**asked("orders", "15.18", ApplyImmediately=True))
    assert estate.instance("orders", DEV)["DBInstanceStatus"] == "upgrading"
    estate.wait(minutes=12)
    after = estate.instance("orders", DEV)
    assert (after["EngineVersion"], after["DBInstanceClass"]) == ("15.18", "db.r6g.xlarge")


def test_asking_for_the_present_version_takes_back_what_was_pending(estate: Estate) -> None:
    estate.dev.modify_db_instance(**asked("orders", "15.18"))
    assert estate.dev.modify_db_instance(**asked("orders", "15.14"))["DBInstance"]["PendingModifiedValues"] == {}
    estate.wait(days=7)
    assert estate.instance("orders", DEV)["EngineVersion"] == "15.14"


def test_nothing_can_be_modified_while_a_modification_is_in_progress(estate: Estate) -> None:
    estate.dev.modify_db_instance(**asked("orders", "15.18", ApplyImmediately=True))
    assert refusal(estate.dev.modify_db_instance, **asked("orders", "15.18"))[0] == "InvalidDBInstanceState"


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("99.0", "Cannot find version 99.0 for postgres"),
        ("15.13", "Cannot upgrade postgres from 15.14 to 15.13"),
        ("16.14", "The AllowMajorVersionUpgrade flag must be present"),
        ("16.15", "Cannot find version 16.15"),  # not out yet
    ],
)
def test_a_version_that_cannot_be_had_is_refused(estate: Estate, version: str, sentence: str) -> None:
    code, said = refusal(estate.dev.modify_db_instance, **asked("orders", version))
    assert code == "InvalidParameterCombination"
    assert sentence in said


def test_a_major_is_preceded_by_a_snapshot(estate: Estate) -> None:
    estate.dev.modify_db_instance(**asked("orders", "17.10", AllowMajorVersionUpgrade=True, ApplyImmediately=True))
    estate.wait(minutes=31)
    assert estate.instance("orders", DEV)["EngineVersion"] == "17.10"
    (snapshot,) = estate.dev.describe_db_snapshots(DBInstanceIdentifier="orders", SnapshotType="automated")["DBSnapshots"]
    assert (snapshot["EngineVersion"], snapshot["Status"]) == ("15.14", "available")


def test_mysql_takes_one_major_at_a_time(estate: Estate) -> None:
    targets = {
        (target["EngineVersion"], target["IsMajorVersionUpgrade"])
        for version in estate.dev.describe_db_engine_versions(Engine="mysql", EngineVersion="5.7")["DBEngineVersions"]
        for target in version["ValidUpgradeTarget"]
    }
    assert ("8.0.46", True) in targets
    assert not [version for version, _ in targets if version.startswith("8.4")]


def test_a_failed_upgrade_leaves_the_version_with_an_event(estate: Estate) -> None:
    estate.dev.modify_db_instance(**asked("broken", "15.18", ApplyImmediately=True))
    estate.wait(minutes=12)
    after = estate.instance("broken", DEV)
    assert (after["EngineVersion"], after["DBInstanceStatus"], after["PendingModifiedValues"]) == ("15.14", "available", {})
    (event,) = estate.dev.describe_events(SourceType="db-instance", SourceIdentifier="broken")["Events"]
    assert event["EventCategories"] == ["maintenance", "failure"]


def test_a_slow_instance_is_still_upgrading_when_others_have_finished(estate: Estate) -> None:
    estate.dev.modify_db_instance(**asked("crawling", "15.18", ApplyImmediately=True))
    estate.wait(minutes=30)
    assert estate.instance("crawling", DEV)["DBInstanceStatus"] == "upgrading"
    estate.wait(minutes=42)
    assert estate.instance("crawling", DEV)["EngineVersion"] == "15.18"


def test_a_source_is_refused_until_its_replicas_are_newer(estate: Estate) -> None:
    code, sentence = refusal(estate.prod.modify_db_instance, **asked("shop", "8.4.10"))
    assert (code, "shop-replica" in sentence) == ("DBUpgradeDependencyFailure", True)
    estate.prod.modify_db_instance(**asked("shop-replica", "8.4.10", ApplyImmediately=True))
    estate.wait(minutes=12)
    estate.prod.modify_db_instance(**asked("shop", "8.4.10", ApplyImmediately=True))
    estate.wait(minutes=12)
    assert estate.instance("shop")["EngineVersion"] == "8.4.10"


def test_a_member_of_a_cluster_is_upgraded_by_its_cluster_alone(estate: Estate) -> None:
    code, sentence = refusal(estate.prod.modify_db_instance, **asked("payments-2", "15.17"))
    assert (code, "ModifyDBCluster" in sentence) == ("InvalidParameterCombination", True)
    estate.prod.modify_db_cluster(DBClusterIdentifier="payments", EngineVersion="15.17", ApplyImmediately=True)
    assert (estate.cluster("payments")["Status"], estate.instance("payments-3")["DBInstanceStatus"]) == ("upgrading", "upgrading")
    estate.wait(minutes=12)
    assert {estate.instance(f"payments-{number}")["EngineVersion"] for number in (1, 2, 3)} == {"15.17"}


def test_a_bad_window_is_refused_and_nothing_changes(estate: Estate) -> None:
    code, sentence = refusal(estate.dev.modify_db_instance, **asked("orders", "15.18", PreferredMaintenanceWindow="sunday"))
    assert (code, "ddd:hh24:mi" in sentence) == ("InvalidParameterValue", True)
    assert estate.instance("orders", DEV)["PendingModifiedValues"] == {}


def test_a_failover_makes_a_reader_the_writer(estate: Estate) -> None:
    estate.prod.failover_db_cluster(DBClusterIdentifier="payments", TargetDBInstanceIdentifier="payments-3")
    assert estate.cluster("payments")["Status"] == "failing-over"
    estate.wait(minutes=1)
    writers = [row["DBInstanceIdentifier"] for row in estate.cluster("payments")["DBClusterMembers"] if row["IsClusterWriter"]]
    assert writers == ["payments-3"]


def test_a_cluster_without_readers_cannot_fail_over(estate: Estate) -> None:
    assert refusal(estate.prod.failover_db_cluster, DBClusterIdentifier="catalog")[0] == "InvalidDBClusterStateFault"


def test_a_reboot_with_failover_wants_multi_az(estate: Estate) -> None:
    code, _ = refusal(estate.prod.reboot_db_instance, DBInstanceIdentifier="ledger", ForceFailover=True)
    assert code == "InvalidParameterCombination"
    estate.prod.reboot_db_instance(DBInstanceIdentifier="shop", ForceFailover=True)
    assert estate.instance("shop")["DBInstanceStatus"] == "rebooting"


def test_lifecycles_say_when_standard_and_extended_support_end(estate: Estate) -> None:
    (row,) = estate.dev.describe_db_major_engine_versions(Engine="mysql", MajorEngineVersion="8.0")["DBMajorEngineVersions"]
    ends = {one["LifecycleSupportName"]: one["LifecycleSupportEndDate"] for one in row["SupportedEngineLifecycles"]}
    assert ends == {
        "open-source-rds-standard-support": datetime(2026, 7, 31, tzinfo=UTC),
        "open-source-rds-extended-support": datetime(2029, 7, 31, tzinfo=UTC),
    }


def test_a_deprecated_version_is_listed_only_when_all_are_asked_for(estate: Estate) -> None:
    estate.wait(days=100)
    assert estate.dev.describe_db_engine_versions(Engine="postgres", EngineVersion="16.9")["DBEngineVersions"] == []
    (row,) = estate.dev.describe_db_engine_versions(Engine="postgres", EngineVersion="16.9", IncludeAll=True)["DBEngineVersions"]
    assert row["Status"] == "deprecated"


def test_an_engine_that_there_is_not_is_refused(estate: Estate) -> None:
    assert refusal(estate.dev.describe_db_engine_versions, Engine="dbase")[0] == "InvalidParameterValue"


def test_tags_are_put_listed_and_taken_off_by_arn(estate: Estate) -> None:
    arn = db("ledger")
    estate.prod.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "Owner", "Value": "books"}])
    tags = {tag["Key"]: tag["Value"] for tag in estate.prod.list_tags_for_resource(ResourceName=arn)["TagList"]}
    assert (tags["Owner"], tags["aws:cloudformation:stack-name"]) == ("books", "ledger-prod")
    estate.prod.remove_tags_from_resource(ResourceName=arn, TagKeys=["Owner"])
    assert "Owner" not in {tag["Key"] for tag in estate.prod.list_tags_for_resource(ResourceName=arn)["TagList"]}
    assert refusal(estate.prod.add_tags_to_resource, ResourceName=arn, Tags=[{"Key": "aws:x", "Value": ""}])[0] == "InvalidParameterValue"
