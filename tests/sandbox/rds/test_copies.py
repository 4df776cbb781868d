"""Snapshots and blue/green deployments: they take time, may fail, and what they leave."""

from __future__ import annotations

import pytest

from tests.sandbox.rds.conftest import DEV, Estate, db, refusal

pytestmark = pytest.mark.http


def test_a_snapshot_takes_its_time_and_keeps_the_instance_busy(estate: Estate) -> None:
    made = estate.dev.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="before", Tags=[{"Key": "a", "Value": "b"}])
    assert (made["DBSnapshot"]["Status"], estate.instance("orders", DEV)["DBInstanceStatus"]) == ("creating", "backing-up")
    estate.wait(minutes=6)
    (row,) = estate.dev.describe_db_snapshots(DBSnapshotIdentifier="before")["DBSnapshots"]
    assert (row["Status"], row["PercentProgress"], row["TagList"]) == ("available", 100, [{"Key": "a", "Value": "b"}])
    assert (
        refusal(estate.dev.create_db_snapshot, DBInstanceIdentifier="orders", DBSnapshotIdentifier="before")[0] == "DBSnapshotAlreadyExists"
    )


def test_a_cluster_is_photographed_as_a_whole(estate: Estate) -> None:
    asked = {"DBInstanceIdentifier": "payments-1", "DBSnapshotIdentifier": "before"}
    assert refusal(estate.prod.create_db_snapshot, **asked)[0] == "InvalidParameterValue"
    estate.prod.create_db_cluster_snapshot(DBClusterIdentifier="payments", DBClusterSnapshotIdentifier="before")
    estate.wait(minutes=6)
    (row,) = estate.prod.describe_db_cluster_snapshots(DBClusterIdentifier="payments")["DBClusterSnapshots"]
    assert (row["Status"], row["EngineVersion"]) == ("available", "15.14")
    assert estate.prod.describe_db_snapshots()["DBSnapshots"] == []


def test_a_snapshot_that_there_is_not_is_refused(estate: Estate) -> None:
    assert refusal(estate.dev.describe_db_snapshots, DBSnapshotIdentifier="nowhere")[0] == "DBSnapshotNotFound"


def created(estate: Estate, source: str, version: str) -> str:
    asked = {"BlueGreenDeploymentName": "newer", "Source": source, "TargetEngineVersion": version}
    rds = estate.dev if f":{DEV}:" in source else estate.prod
    return str(rds.create_blue_green_deployment(**asked)["BlueGreenDeployment"]["BlueGreenDeploymentIdentifier"])


def test_green_takes_blue_s_name_at_the_new_version(estate: Estate) -> None:
    name = created(estate, db("orders", DEV), "17.10")
    assert (
        refusal(estate.dev.switchover_blue_green_deployment, BlueGreenDeploymentIdentifier=name)[0]
        == "InvalidBlueGreenDeploymentStateFault"
    )
    estate.wait(minutes=40)
    estate.dev.switchover_blue_green_deployment(BlueGreenDeploymentIdentifier=name)
    assert estate.instance("orders", DEV)["EngineVersion"] == "15.14"
    estate.wait(minutes=2)
    assert (estate.instance("orders", DEV)["EngineVersion"], estate.instance("orders-old1", DEV)["EngineVersion"]) == ("17.10", "15.14")
    (row,) = estate.dev.describe_blue_green_deployments(BlueGreenDeploymentIdentifier=name)["BlueGreenDeployments"]
    assert (row["Status"], row["Source"], row["Target"]) == ("SWITCHOVER_COMPLETED", db("orders-old1", DEV), db("orders", DEV))


def test_a_cluster_changes_places_with_all_its_members(estate: Estate) -> None:
    name = created(estate, db("payments", kind="cluster"), "16.13")
    estate.wait(minutes=40)
    estate.prod.switchover_blue_green_deployment(BlueGreenDeploymentIdentifier=name)
    estate.wait(minutes=2)
    cluster, old = estate.cluster("payments"), estate.cluster("payments-old1")
    assert (cluster["EngineVersion"], old["EngineVersion"]) == ("16.13", "15.14")
    assert [row["DBInstanceIdentifier"] for row in cluster["DBClusterMembers"]] == ["payments-1", "payments-2", "payments-3"]
    assert estate.instance("payments-2-old1")["DBClusterIdentifier"] == "payments-old1"


def test_green_that_cannot_be_upgraded_is_an_invalid_configuration(estate: Estate) -> None:
    name = created(estate, db("broken", DEV), "17.10")
    estate.wait(minutes=40)
    (row,) = estate.dev.describe_blue_green_deployments(BlueGreenDeploymentIdentifier=name)["BlueGreenDeployments"]
    assert row["Status"] == "INVALID_CONFIGURATION"
    assert "17.10" in row["StatusDetails"]
    assert {task["Name"]: task["Status"] for task in row["Tasks"]}["DB_ENGINE_VERSION_UPGRADE"] == "FAILED"


def test_a_switchover_over_a_lagging_replica_is_given_up(estate: Estate) -> None:
    name = created(estate, db("orders", DEV), "17.10")
    estate.wait(minutes=40)
    estate.steering.call("POST", "/resource", {"arn": db("orders", DEV), "traits": ["replica-lags"]})
    estate.dev.switchover_blue_green_deployment(BlueGreenDeploymentIdentifier=name, SwitchoverTimeout=60)
    estate.wait(minutes=1)
    (row,) = estate.dev.describe_blue_green_deployments()["BlueGreenDeployments"]
    assert row["Status"] == "SWITCHOVER_FAILED"
    assert estate.instance("orders", DEV)["EngineVersion"] == "15.14"


def test_a_deployment_is_deleted_with_its_green_side_only_before_the_switchover(estate: Estate) -> None:
    name = created(estate, db("orders", DEV), "15.18")
    estate.wait(minutes=40)
    green = f"{estate.dev.describe_blue_green_deployments()['BlueGreenDeployments'][0]['Target']}".rsplit(":", 1)[-1]
    estate.dev.delete_blue_green_deployment(BlueGreenDeploymentIdentifier=name, DeleteTarget=True)
    estate.wait(minutes=5)
    assert estate.dev.describe_blue_green_deployments()["BlueGreenDeployments"] == []
    assert refusal(estate.dev.describe_db_instances, DBInstanceIdentifier=green)[0] == "DBInstanceNotFound"
    again = created(estate, db("orders", DEV), "15.18")
    estate.wait(minutes=40)
    estate.dev.switchover_blue_green_deployment(BlueGreenDeploymentIdentifier=again)
    estate.wait(minutes=2)
    refused = refusal(estate.dev.delete_blue_green_deployment, BlueGreenDeploymentIdentifier=again, DeleteTarget=True)
    assert refused[0] == "InvalidBlueGreenDeploymentStateFault"


@pytest.mark.parametrize(
    ("source", "version", "code"),
    [
        (db("shop-replica"), "8.4.10", "SourceDatabaseNotSupportedFault"),
        (db("catalog", kind="cluster"), "5.0.0", "SourceClusterNotSupportedFault"),
        (db("ledger"), "99.0", "InvalidParameterCombination"),
        (db("nowhere"), "16.14", "DBInstanceNotFound"),
    ],
)
def test_what_cannot_have_a_green_side_is_refused(estate: Estate, source: str, version: str, code: str) -> None:
    asked = {"BlueGreenDeploymentName": "newer", "Source": source, "TargetEngineVersion": version}
    assert refusal(estate.prod.create_blue_green_deployment, **asked)[0] == code
