"""A cluster that is a member of a global database is named so, keeps its engine version and takes everything else."""

from __future__ import annotations

from tests.sandbox.managed.asking import place

MEMBER = """
- kind: db-cluster
  name: ledger
  engine: aurora-postgresql
  version: "15.14"
  environment: dev
  settings: {global: payments}
"""


def test_a_member_of_a_global_database_is_not_upgraded_by_itself() -> None:
    there = place("rds", MEMBER)
    (row,) = there("DescribeDBClusters")["DBClusters"]
    assert row["GlobalClusterIdentifier"] == "payments"
    assert there.refuses("ModifyDBCluster", DBClusterIdentifier="ledger", EngineVersion="15.17") == "InvalidDBClusterStateFault"
    window = "sun:02:00-sun:03:00"
    changed = there("ModifyDBCluster", DBClusterIdentifier="ledger", PreferredMaintenanceWindow=window)["DBCluster"]
    assert (changed["EngineVersion"], changed["PreferredMaintenanceWindow"]) == ("15.14", window)


def test_any_other_cluster_names_none() -> None:
    (row,) = place("rds", MEMBER.replace("  settings: {global: payments}\n", ""))("DescribeDBClusters")["DBClusters"]
    assert "GlobalClusterIdentifier" not in row
