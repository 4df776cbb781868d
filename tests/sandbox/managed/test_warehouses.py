"""Redshift, its serverless workgroups and DMS: the keys of AWS's own examples, what happens in virtual time, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.http.test_examples import keys
from tests.sandbox.managed.asking import Place, place
from tests.services.pages import outputs, page, parsed

SALES = '- {kind: warehouse, name: sales, version: "1.0.153886", window: sun:03:00-sun:04:00}'
MOVERS = '- {kind: replication-instance, name: movers, version: "3.5.3", window: sun:03:00-sun:04:00, tags: {App: x}}'
NOT_PATCHING = frozenset(  # of the examples: networks, copies elsewhere, schedules, and what a page of 2013 had
    {"ClusterSnapshotCopyStatus", "DestinationRegion", "RetentionPeriod", "ExpectedNextSnapshotScheduleTime", "FreeUntil"}
    | {"ExpectedNextSnapshotScheduleTimeStatus", "ResponseMetadata", "RequestId", "NodeType", "NumberOfNodes", "ClusterType"}
    | {"ReplicationInstancePublicIpAddress", "ReplicationInstancePublicIpAddresses", "DeferMaintenanceIdentifier"}
)
WAITING = {"ReplicationInstances.PendingModifiedValues.MultiAZ"}  # a change of size waits in the example, none here
# Redshift's pages of 2013 (clusters, versions, snapshots) hold no JSON.
CALLS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("redshift", "describe-cluster-tracks", "DescribeClusterTracks", {"MaintenanceTrackName": "current"}),
    ("redshift", "describe-cluster-db-revisions", "DescribeClusterDbRevisions", {}),
    ("redshift", "modify-cluster-maintenance", "ModifyClusterMaintenance", {"ClusterIdentifier": "sales", "DeferMaintenance": True}),
    ("dms", "describe-replication-instances", "DescribeReplicationInstances", {}),
)


@pytest.mark.parametrize(("service", "command", "operation", "asked"), CALLS)
def test_answers_have_the_keys_of_aws_s_examples(service: str, command: str, operation: str, asked: dict[str, Any]) -> None:
    here = place(service, SALES if service == "redshift" else MOVERS)
    more = {"DeferMaintenanceDuration": 30} if "DeferMaintenance" in asked else {}
    answer = here(operation, **asked, **more)
    shown = {key for literal in outputs(page(service, command).read_text()) for key in keys(parsed(literal), NOT_PATCHING)} - WAITING
    assert shown
    assert shown - set(keys(answer, NOT_PATCHING)) == set()


def cluster(here: Place) -> dict[str, Any]:
    (row,) = here("DescribeClusters")["Clusters"]
    return dict(row)


def test_a_warehouse_is_updated_in_its_window_without_anybody_s_word() -> None:
    here = place("redshift", SALES)
    assert cluster(here)["ClusterRevisionNumber"] == "153886"
    here.wait(days=7)
    assert cluster(here)["ClusterRevisionNumber"] == "156411"


def test_a_deferral_moves_the_next_window_behind_its_end_and_lasts_sixty_days_at_most() -> None:
    here = place("redshift", SALES)
    asked = {"ClusterIdentifier": "sales", "DeferMaintenance": True}
    assert here.refuses("ModifyClusterMaintenance", **asked, DeferMaintenanceDuration=61) == "InvalidParameterValue"
    past = {"DeferMaintenanceStartTime": here.now - timedelta(days=1), "DeferMaintenanceDuration": 3}
    assert here.refuses("ModifyClusterMaintenance", **asked, **past) == "InvalidParameterValue"
    here("ModifyClusterMaintenance", **asked, DeferMaintenanceDuration=30)
    assert cluster(here)["NextMaintenanceWindowStartTime"] >= here.now + timedelta(days=30)
    here.wait(days=29)
    assert cluster(here)["ClusterRevisionNumber"] == "153886"
    here.wait(days=8)
    assert cluster(here)["ClusterRevisionNumber"] == "159024"


def test_a_change_of_track_waits_for_the_window_and_can_be_taken_back_until_then() -> None:
    here = place("redshift", SALES)
    here("ModifyCluster", ClusterIdentifier="sales", MaintenanceTrackName="trailing")
    assert cluster(here)["PendingModifiedValues"] == {"MaintenanceTrackName": "trailing"}
    here("ModifyCluster", ClusterIdentifier="sales", MaintenanceTrackName="current")
    assert cluster(here)["PendingModifiedValues"] == {}


def test_redshift_refuses_in_its_own_codes() -> None:
    here = place("redshift", SALES)
    assert here.refuses("DescribeClusters", ClusterIdentifier="none") == "ClusterNotFound"
    assert here.refuses("ModifyCluster", ClusterIdentifier="sales", MaintenanceTrackName="fast") == "InvalidClusterTrack"
    assert here.refuses("ModifyClusterDbRevision", ClusterIdentifier="sales", RevisionTarget="1") == "UnsupportedOperation"
    here("ModifyClusterDbRevision", ClusterIdentifier="sales", RevisionTarget="156411")
    assert here.refuses("ModifyCluster", ClusterIdentifier="sales") == "InvalidClusterState"
    here.wait(hours=1)
    assert here.refuses("ModifyClusterDbRevision", ClusterIdentifier="sales", RevisionTarget="156411") == "ClusterOnLatestRevision"


def test_a_manual_snapshot_goes_when_its_retention_is_over() -> None:
    here = place("redshift", SALES)
    asked = {"ClusterIdentifier": "sales", "SnapshotIdentifier": "one", "ManualSnapshotRetentionPeriod": 3}
    here("CreateClusterSnapshot", **asked)
    assert here.refuses("CreateClusterSnapshot", **asked) == "ClusterSnapshotAlreadyExists"
    here.wait(days=4)
    assert here("DescribeClusterSnapshots")["Snapshots"] == []


def replication(here: Place) -> dict[str, Any]:
    (row,) = here("DescribeReplicationInstances")["ReplicationInstances"]
    return dict(row)


def test_dms_upgrades_by_itself_where_it_is_let_once_a_version_is_due() -> None:
    here = place("dms", MOVERS)
    here.wait(days=27)
    assert replication(here)["EngineVersion"] == "3.5.3"
    here.wait(days=8)
    assert replication(here)["EngineVersion"] == "3.5.4"


def test_a_deprecated_version_is_forced_up_whatever_the_window() -> None:
    here = place("dms", MOVERS.replace("3.5.3", "3.5.1").replace("tags:", "settings: {auto_minor_version_upgrade: false}, tags:"))
    here.wait(days=160)
    assert replication(here)["EngineVersion"] == "3.6.2"


def test_dms_refuses_in_its_own_codes() -> None:
    here = place("dms", MOVERS)
    arn = replication(here)["ReplicationInstanceArn"]
    nobody = [{"Name": "replication-instance-id", "Values": ["none"]}]
    assert here.refuses("DescribeReplicationInstances", Filters=nobody) == "ResourceNotFoundFault"
    unknown = {"ReplicationInstanceArn": arn, "ApplyAction": "os-upgrade", "OptInType": "immediate"}
    assert here.refuses("ApplyPendingMaintenanceAction", **unknown) == "ResourceNotFoundFault"
    major = {"ReplicationInstanceArn": arn, "EngineVersion": "3.6.1", "ApplyImmediately": True}
    assert here.refuses("ModifyReplicationInstance", **major) == "InvalidParameterValueException"
    here("ModifyReplicationInstance", **major, AllowMajorVersionUpgrade=True)
    assert here.refuses("ModifyReplicationInstance", **major) == "InvalidResourceStateFault"


def test_a_workgroup_is_updated_when_aws_finds_it_idle() -> None:
    here = place("redshift-serverless", '- {kind: serverless-workgroup, name: adhoc, version: "1.0.153886"}')
    here.wait(hours=2)
    (row,) = here("ListWorkgroups")["workgroups"]
    assert row["workgroupVersion"] == "1.0.156411"
    assert here.refuses("UpdateWorkgroup", workgroupName="none") == "ResourceNotFoundException"
