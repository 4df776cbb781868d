"""AWS's own example answers (in the awscli package) against ours: the same keys, but for those listed here with their reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.identity import user_keys
from patchkeep.sandbox.server import RunningSandbox, serve
from tests.sandbox.http.conftest import client_for
from tests.sandbox.http.test_examples import examples, keys
from tests.sandbox.rds.conftest import HOME, PROD, db

pytestmark = pytest.mark.http

# What the sandbox leaves out, by operation: keys (at any depth), and why.
LEFT_OUT: dict[str, frozenset[str]] = {
    "describe-certificates": frozenset({"CustomerOverrideValidTill"}),  # only where somebody has overridden the account's default
}
CLUSTER, LEDGER = {"DBClusterIdentifier": "payments"}, {"DBInstanceIdentifier": "ledger"}
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("rds", "describe-db-instances", {}),
    ("rds", "describe-db-clusters", {}),
    ("rds", "describe-pending-maintenance-actions", {}),
    ("rds", "describe-db-engine-versions", {"Engine": "mysql"}),
    ("rds", "describe-certificates", {}),
    ("rds", "list-tags-for-resource", {"ResourceName": db("ledger")}),
    ("rds", "modify-db-instance", {**LEDGER, "BackupRetentionPeriod": 4}),
    ("rds", "modify-db-cluster", {**CLUSTER, "BackupRetentionPeriod": 4}),
    ("rds", "create-blue-green-deployment", {"Source": db("ledger"), "BlueGreenDeploymentName": "one", "TargetEngineVersion": "17.10"}),
    ("rds", "describe-blue-green-deployments", {}),
    ("rds", "create-db-snapshot", {**LEDGER, "DBSnapshotIdentifier": "one"}),
    ("rds", "describe-db-snapshots", {}),
    ("rds", "create-db-cluster-snapshot", {**CLUSTER, "DBClusterSnapshotIdentifier": "one"}),
    ("rds", "describe-db-cluster-snapshots", {}),
    ("docdb", "describe-db-instances", {}),
    ("docdb", "describe-db-clusters", {}),
    ("docdb", "describe-db-engine-versions", {"Engine": "docdb"}),
    ("docdb", "describe-pending-maintenance-actions", {}),
    ("docdb", "modify-db-cluster", {"DBClusterIdentifier": "catalog", "BackupRetentionPeriod": 4}),
    ("docdb", "describe-db-cluster-snapshots", {}),
    ("rds", "reboot-db-instance", {"DBInstanceIdentifier": "shop"}),
    ("docdb", "failover-db-cluster", CLUSTER),
    ("rds", "apply-pending-maintenance-action", {"ResourceIdentifier": db("payments", kind="cluster"), "ApplyAction": "system-update"}),
)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    """One estate for all, in which there is something of everything that the calls describe."""
    with serve(orgfile.load("databases")) as sandbox:
        rds = client(sandbox, "rds")
        rds.create_blue_green_deployment(Source=db("shop"), BlueGreenDeploymentName="zero", TargetEngineVersion="8.4.10")
        rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="zero")
        rds.create_db_cluster_snapshot(DBClusterIdentifier="payments", DBClusterSnapshotIdentifier="zero")
        yield sandbox


def client(running: RunningSandbox, service: str) -> Any:
    known = user_keys(running.world, PROD)
    return client_for(running.endpoint, service, HOME, {"AccessKeyId": known.access_key, "SecretAccessKey": known.secret})


@pytest.mark.parametrize(("service", "command", "asked"), CALLS)
def test_our_answer_has_the_keys_of_aws_s_examples(running: RunningSandbox, service: str, command: str, asked: dict[str, Any]) -> None:
    shown = examples(service, command)
    running.world.clock.advance(running.world.clock.now() + timedelta(hours=1))  # what went on before is over
    more = {"OptInType": "next-maintenance"} if command.startswith("apply") else {}
    answer = getattr(client(running, service), command.replace("-", "_"))(**asked, **more)
    if not shown:
        pytest.skip(f"awscli has no parseable example of {service} {command}")
    left_out = LEFT_OUT.get(command, frozenset())
    expected = {key for example in shown for key in keys(example, left_out)}
    assert expected - set(keys(answer, left_out)) == set()
