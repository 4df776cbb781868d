"""What stands around databases: permissions by resource, faults, metrics, and what an organization file may say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.operation import Request
from patchkeep.sandbox.permissions.resources import resources_of
from patchkeep.sandbox.rds.state import Instance
from tests.sandbox.http.conftest import client_for
from tests.sandbox.rds.conftest import HOME, PROD, Estate, db, refusal

ONE = """
organization: {name: One, seed: 1, starts: 2026-09-01T06:00:00Z, management: "110000000001"}
accounts:
  - {id: "110000000001", name: one, regions: [eu-central-1], resources: [%s]}
"""
ORDERS = "kind: db-instance, name: orders, engine: postgres, version: '15.14'"


def as_role(estate: Estate, policy: dict[str, Any]) -> Any:
    """RDS in the hands of the production account's role, which may do what the policy says."""
    estate.steering.give("PatchkeepWrite", [policy], PROD)
    sts = estate.client("sts", estate.running.world.management)
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{PROD}:role/PatchkeepWrite", RoleSessionName="keep")["Credentials"]
    return client_for(estate.running.endpoint, "rds", HOME, keys)


def allow(action: str | list[str], resource: str, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]}


@pytest.mark.http
def test_a_grant_for_one_database_is_none_for_another(estate: Estate) -> None:
    rds = as_role(estate, allow("rds:ModifyDBInstance", db("ledger")))
    rds.modify_db_instance(DBInstanceIdentifier="ledger", AutoMinorVersionUpgrade=False)
    code, sentence = refusal(rds.modify_db_instance, DBInstanceIdentifier="shop", AutoMinorVersionUpgrade=False)
    assert code == "AccessDenied"
    assert db("shop") in sentence


@pytest.mark.http
def test_a_grant_by_tag_looks_at_the_database_s_own(estate: Estate) -> None:
    stack = {"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": "ledger-prod"}}
    rds = as_role(estate, allow("rds:RebootDBInstance", "*", Condition=stack))
    rds.reboot_db_instance(DBInstanceIdentifier="ledger")
    assert refusal(rds.reboot_db_instance, DBInstanceIdentifier="shop")[0] == "AccessDenied"


@pytest.mark.http
def test_a_snapshot_with_tags_needs_the_right_to_tag(estate: Estate) -> None:
    rds = as_role(estate, allow("rds:CreateDBSnapshot", "*"))
    asked = {"DBInstanceIdentifier": "ledger", "DBSnapshotIdentifier": "before", "Tags": [{"Key": "a", "Value": "b"}]}
    assert refusal(rds.create_db_snapshot, **asked)[0] == "AccessDenied"
    rds = as_role(estate, allow(["rds:CreateDBSnapshot", "rds:AddTagsToResource"], "*"))
    rds.create_db_snapshot(**asked)


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("DescribeDBInstances", {}, [f"arn:aws:rds:{HOME}:{PROD}:*"]),
        ("ApplyPendingMaintenanceAction", {"ResourceIdentifier": db("ledger")}, [db("ledger")]),
        ("FailoverDBCluster", {"DBClusterIdentifier": "payments"}, [db("payments", kind="cluster")]),
        ("CreateBlueGreenDeployment", {"Source": db("ledger")}, [db("ledger"), db("*", kind="deployment")]),
        ("CreateDBSnapshot", {"DBInstanceIdentifier": "ledger", "DBSnapshotIdentifier": "One"}, [db("ledger"), db("one", kind="snapshot")]),
    ],
)
def test_a_request_is_about_the_arns_that_its_parameters_name(operation: str, params: dict[str, Any], expected: list[str]) -> None:
    request = Request(orgfile.load("databases"), PROD, HOME, "", params)
    assert list(resources_of("rds", operation, request)) == expected


@pytest.mark.http
def test_an_unknown_key_is_refused_as_the_query_services_do(estate: Estate) -> None:
    stranger = client_for(estate.running.endpoint, "rds", HOME, {"AccessKeyId": "AKIASTRANGER", "SecretAccessKey": "x"})
    assert refusal(stranger.describe_db_instances)[0] == "InvalidClientTokenId"


@pytest.mark.http
def test_a_missing_parameter_is_refused_by_the_model(estate: Estate) -> None:
    assert refusal(estate.prod.modify_db_instance)[0] == "ValidationError"


def measured(estate: Estate, metric: str, instance: str) -> list[float]:
    wanted = {"Namespace": "AWS/RDS", "MetricName": metric, "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": instance}]}
    query = {"Id": "one", "MetricStat": {"Metric": wanted, "Period": 300, "Stat": "Average"}}
    spell = {"StartTime": estate.now - timedelta(minutes=15), "EndTime": estate.now}
    (row,) = estate.client("cloudwatch").get_metric_data(MetricDataQueries=[query], **spell)["MetricDataResults"]
    assert len(row["Timestamps"]) == len(row["Values"])
    return list(row["Values"])


@pytest.mark.http
def test_replica_lag_is_measured_of_replicas_alone(estate: Estate) -> None:
    assert measured(estate, "ReplicaLag", "shop-replica") == [900.0] * 3
    assert measured(estate, "ReplicaLag", "shop") == []
    estate.steering.call("POST", "/resource", {"arn": db("shop-replica"), "traits": []})
    assert measured(estate, "ReplicaLag", "shop-replica") == [0.2] * 3


@pytest.mark.http
def test_what_restarts_or_is_not_measured_has_no_data(estate: Estate) -> None:
    assert all(0 < value < 50 for value in measured(estate, "CPUUtilization", "shop"))
    estate.steering.call("POST", "/resource", {"arn": db("shop"), "traits": ["metrics-missing"]})
    assert measured(estate, "CPUUtilization", "shop") == []
    estate.prod.reboot_db_instance(DBInstanceIdentifier="ledger")
    assert measured(estate, "CPUUtilization", "ledger") == []
    assert measured(estate, "CPUUtilization", "nowhere") == []


@pytest.mark.http
def test_metrics_that_were_put_are_read_the_same_way(estate: Estate) -> None:
    cloudwatch = estate.client("cloudwatch")
    cloudwatch.put_metric_data(Namespace="Keep", MetricData=[{"MetricName": "Beat", "Value": 3.0, "Timestamp": estate.now}])
    query = {"Id": "one", "MetricStat": {"Metric": {"Namespace": "Keep", "MetricName": "Beat"}, "Period": 60, "Stat": "Sum"}}
    spell = {"StartTime": estate.now - timedelta(minutes=5), "EndTime": estate.now + timedelta(minutes=1)}
    (row,) = cloudwatch.get_metric_data(MetricDataQueries=[query], **spell)["MetricDataResults"]
    assert (row["Values"], row["StatusCode"]) == ([3.0], "Complete")


def test_a_count_makes_so_many_with_names_of_their_own() -> None:
    world = orgfile.build(orgfile.parse(ONE % f"{{{ORDERS}, count: 3, environment: prod, stack: s}}"))
    made = kept(world.site("110000000001", HOME), Instance)
    assert list(made) == ["orders-1", "orders-2", "orders-3"]
    tags = made["orders-2"].tags
    assert (tags["Name"], tags["Environment"], tags["aws:cloudformation:stack-name"]) == ("orders-2", "prod", "s")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("kind: db-instanse, name: orders", "'db-instanse' is no kind of managed resource; write db-instance"),
        (f"{ORDERS}, window: sunday", "Write sun:05:00-sun:06:00"),
        (f"{ORDERS}, traits: [slwo]", "db-instance has no trait 'slwo'; write slow"),
        (f"{ORDERS}, settings: {{readers: 2}}", "db-instance has no setting 'readers'"),
        (f"{ORDERS}, region: eu-west-1", "resource orders is in eu-west-1, which is off"),
        (f"{ORDERS}, enginne: x", "unknown key; write engine"),
        ("kind: db-instance, name: orders, engine: postgres, version: '15.99'", "postgres has no version '15.99'; write one of"),
        ("kind: db-instance, name: orders, engine: docdb, version: 5.0.0", "has no engine 'docdb'; write one of postgres"),
        (f"{ORDERS}, settings: {{source: nowhere}}", "its source 'nowhere' is not there"),
        (f"{ORDERS}, settings: {{pending: [{{action: upgrade}}]}}", "has no pending action 'upgrade'"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused_with_what_to_write(written: str, said: str) -> None:
    with pytest.raises(orgfile.OrgFileError) as caught:
        orgfile.build(orgfile.parse(ONE % f"{{{written}}}"))
    assert said in str(caught.value)
