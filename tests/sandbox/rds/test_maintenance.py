"""Pending maintenance: dates, opt-ins, windows, forced dates, failures, and automatic minor upgrades."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.sandbox.rds.conftest import DEV, PROD, Estate, db, refusal

pytestmark = pytest.mark.http
LEDGER, PAYMENTS = db("ledger"), db("payments", kind="cluster")
UPGRADE = {"ResourceIdentifier": LEDGER, "ApplyAction": "os-upgrade"}


def test_an_action_shows_its_dates_and_in_which_window_it_will_be_carried_out(estate: Estate) -> None:
    action = estate.pending(LEDGER)["os-upgrade"]
    assert action["AutoAppliedAfterDate"] == datetime(2026, 9, 15, 6, tzinfo=UTC)
    assert action["ForcedApplyDate"] == datetime(2026, 9, 22, 6, tzinfo=UTC)
    assert action["CurrentApplyDate"] == datetime(2026, 9, 20, 3, tzinfo=UTC)
    assert "OptInStatus" not in action


def test_an_action_without_dates_stays_until_its_owner_opts_in(estate: Estate) -> None:
    estate.wait(days=60)
    assert estate.pending(PAYMENTS)["system-update"].keys() == {"Action", "Description"}


def test_opting_in_moves_an_action_to_the_next_window_and_can_be_undone(estate: Estate) -> None:
    answer = estate.prod.apply_pending_maintenance_action(**UPGRADE, OptInType="next-maintenance")
    (detail,) = answer["ResourcePendingMaintenanceActions"]["PendingMaintenanceActionDetails"]
    assert (detail["OptInStatus"], detail["CurrentApplyDate"]) == ("next-maintenance", datetime(2026, 9, 6, 3, tzinfo=UTC))
    estate.prod.apply_pending_maintenance_action(**UPGRADE, OptInType="undo-opt-in")
    estate.wait(days=7)
    assert estate.pending(LEDGER)["os-upgrade"]["CurrentApplyDate"] == datetime(2026, 9, 20, 3, tzinfo=UTC)


def test_in_its_window_the_action_is_carried_out_and_is_pending_no_more(estate: Estate) -> None:
    estate.prod.apply_pending_maintenance_action(**UPGRADE, OptInType="next-maintenance")
    estate.running.world.clock.advance(datetime(2026, 9, 6, 3, 1, tzinfo=UTC))
    assert estate.instance("ledger")["DBInstanceStatus"] == "maintenance"
    estate.wait(minutes=15)
    assert estate.instance("ledger")["DBInstanceStatus"] == "available"
    assert estate.pending(LEDGER) == {}


def test_an_immediate_opt_in_begins_at_once_and_cannot_be_undone(estate: Estate) -> None:
    estate.prod.apply_pending_maintenance_action(**UPGRADE, OptInType="immediate")
    assert estate.instance("ledger")["DBInstanceStatus"] == "maintenance"
    code, sentence = refusal(estate.prod.apply_pending_maintenance_action, **UPGRADE, OptInType="undo-opt-in")
    assert code == "InvalidParameterCombination"
    assert "cannot be undone" in sentence


def test_the_date_moves_with_the_window(estate: Estate) -> None:
    estate.prod.modify_db_instance(DBInstanceIdentifier="ledger", PreferredMaintenanceWindow="mon:05:00-mon:06:00")
    assert estate.pending(LEDGER)["os-upgrade"]["CurrentApplyDate"] == datetime(2026, 9, 21, 5, tzinfo=UTC)


def test_a_forced_date_passes_whatever_the_window(estate: Estate) -> None:
    estate.running.world.clock.advance(datetime(2026, 9, 18, tzinfo=UTC))
    estate.steering.call("POST", "/resource", {"arn": LEDGER, "window": "wed:05:00-wed:06:00"})
    forced = datetime(2026, 9, 22, 6, tzinfo=UTC)
    assert estate.pending(LEDGER)["os-upgrade"]["CurrentApplyDate"] == forced
    estate.running.world.clock.advance(forced)
    assert estate.instance("ledger")["DBInstanceStatus"] == "maintenance"


def test_a_busy_instance_has_its_maintenance_when_it_is_free(estate: Estate) -> None:
    estate.prod.apply_pending_maintenance_action(**UPGRADE, OptInType="next-maintenance")
    estate.steering.call("POST", "/resource", {"arn": LEDGER, "status": "modifying"})
    estate.running.world.clock.advance(datetime(2026, 9, 6, 3, 10, tzinfo=UTC))
    assert "os-upgrade" in estate.pending(LEDGER)
    estate.steering.call("POST", "/resource", {"arn": LEDGER, "status": "available"})
    estate.wait(minutes=21)
    assert estate.instance("ledger")["DBInstanceStatus"] == "maintenance"


def test_a_failed_forced_action_is_tried_again_a_week_later(estate: Estate) -> None:
    estate.steering.call("POST", "/resource", {"arn": LEDGER, "traits": ["upgrade-fails"]})
    estate.running.world.clock.advance(datetime(2026, 9, 20, 3, 15, tzinfo=UTC))
    assert estate.pending(LEDGER)["os-upgrade"]["CurrentApplyDate"] == datetime(2026, 9, 27, 3, 15, tzinfo=UTC)
    estate.steering.call("POST", "/resource", {"arn": LEDGER, "traits": []})
    estate.wait(days=7, minutes=15)
    assert estate.pending(LEDGER) == {}


def test_a_failed_automatic_upgrade_may_be_opted_into_again(estate: Estate) -> None:
    arn = db("broken", DEV)
    estate.running.world.clock.advance(datetime(2026, 10, 20, tzinfo=UTC))
    assert estate.pending(arn, DEV)["db-upgrade"].keys() == {"Action", "Description"}
    estate.steering.call("POST", "/resource", {"arn": arn, "traits": []})
    estate.dev.apply_pending_maintenance_action(ResourceIdentifier=arn, ApplyAction="db-upgrade", OptInType="immediate")
    estate.wait(minutes=12)
    assert estate.instance("broken", DEV)["EngineVersion"] == "15.17"


def test_a_failed_action_stays_pending_and_says_so_in_an_event(estate: Estate) -> None:
    estate.steering.call("POST", "/resource", {"arn": LEDGER, "traits": ["upgrade-fails"]})
    estate.prod.apply_pending_maintenance_action(**UPGRADE, OptInType="immediate")
    estate.wait(minutes=20)
    assert "OptInStatus" not in estate.pending(LEDGER)["os-upgrade"]
    (event,) = estate.prod.describe_events(SourceType="db-instance", SourceIdentifier="ledger")["Events"]
    assert "failed" in event["Message"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ApplyAction": "db-upgrade"}, "InvalidParameterCombination"),
        ({"ApplyAction": "make-it-faster"}, "InvalidParameterValue"),
        ({"OptInType": "tomorrow"}, "InvalidParameterValue"),
        ({"ResourceIdentifier": db("nowhere")}, "ResourceNotFoundFault"),
    ],
)
def test_what_cannot_be_opted_into_is_refused(estate: Estate, change: dict[str, str], code: str) -> None:
    asked = {**UPGRADE, "OptInType": "immediate", **change}
    assert refusal(estate.prod.apply_pending_maintenance_action, **asked)[0] == code


def test_an_action_on_a_busy_instance_is_refused(estate: Estate) -> None:
    estate.prod.reboot_db_instance(DBInstanceIdentifier="ledger")
    assert refusal(estate.prod.apply_pending_maintenance_action, **UPGRADE, OptInType="immediate")[0] == "InvalidDBInstanceState"


def test_filters_name_instances_and_clusters(estate: Estate) -> None:
    def found(name: str, value: str) -> list[str]:
        filters = [{"Name": name, "Values": [value]}]
        rows = estate.prod.describe_pending_maintenance_actions(Filters=filters)["PendingMaintenanceActions"]
        return [row["ResourceIdentifier"] for row in rows]

    assert found("db-instance-id", "ledger") == found("db-instance-id", LEDGER) == [LEDGER]
    assert found("db-cluster-id", "payments") == [PAYMENTS]
    assert found("db-cluster-id", "ledger") == []
    code, _ = refusal(estate.prod.describe_pending_maintenance_actions, Filters=[{"Name": "colour", "Values": ["red"]}])
    assert code == "InvalidParameterValue"


@pytest.mark.parametrize("size", [19, 101])
def test_a_page_has_from_20_to_100_rows(estate: Estate, size: int) -> None:
    assert refusal(estate.prod.describe_pending_maintenance_actions, MaxRecords=size)[0] == "InvalidParameterValue"


def test_docdb_s_own_client_is_answered_by_the_same_code(estate: Estate) -> None:
    docdb = estate.client("docdb")
    rows = docdb.describe_db_clusters(Filters=[{"Name": "engine", "Values": ["docdb"]}])["DBClusters"]
    assert [row["DBClusterIdentifier"] for row in rows] == ["catalog"]
    assert len(docdb.describe_pending_maintenance_actions()["PendingMaintenanceActions"]) == 2
    assert estate.client("neptune").describe_db_engine_versions(Engine="neptune")["DBEngineVersions"]


def test_an_automatic_minor_upgrade_is_announced_and_comes_in_the_window_after(estate: Estate) -> None:
    estate.running.world.clock.advance(datetime(2026, 10, 5, 0, 1, tzinfo=UTC))
    action = estate.pending(db("orders", DEV), DEV)["db-upgrade"]
    assert (action["AutoAppliedAfterDate"], action["CurrentApplyDate"]) == (
        datetime(2026, 10, 5, tzinfo=UTC),
        datetime(2026, 10, 11, 3, tzinfo=UTC),
    )
    estate.running.world.clock.advance(datetime(2026, 10, 11, 3, 30, tzinfo=UTC))
    assert estate.instance("orders", DEV)["EngineVersion"] == "15.17"
    assert estate.pending(db("orders", DEV), DEV) == {}


def test_who_has_automatic_minor_upgrades_off_keeps_the_version(estate: Estate) -> None:
    estate.dev.modify_db_instance(DBInstanceIdentifier="orders", AutoMinorVersionUpgrade=False)
    estate.wait(days=60)
    assert estate.instance("orders", DEV)["EngineVersion"] == "15.14"
    assert estate.instance("wiki", DEV)["EngineVersion"] == "8.0.43"


def test_who_switches_them_off_after_the_announcement_is_spared(estate: Estate) -> None:
    estate.running.world.clock.advance(datetime(2026, 10, 5, 0, 1, tzinfo=UTC))
    estate.dev.modify_db_instance(DBInstanceIdentifier="orders", AutoMinorVersionUpgrade=False)
    assert "CurrentApplyDate" not in estate.pending(db("orders", DEV), DEV)["db-upgrade"]
    estate.wait(days=60)
    assert estate.instance("orders", DEV)["EngineVersion"] == "15.14"


def test_a_resource_that_somebody_deleted_is_found_no_more(estate: Estate) -> None:
    estate.steering.call("DELETE", "/resource", {"arn": LEDGER})
    assert refusal(estate.prod.describe_db_instances, DBInstanceIdentifier="ledger")[0] == "DBInstanceNotFound"
    estate.wait(days=30)
    assert [
        row for row in estate.steering.call("GET", "/resources")["resources"] if row["account"] == PROD and row["name"] == "ledger"
    ] == []
