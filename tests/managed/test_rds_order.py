"""Databases that need an order or a copy, over HTTP: a cluster changed as one, and a major version by blue and green."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified

pytestmark = pytest.mark.http
PAYMENTS = """
- kind: db-cluster
  name: payments
  engine: aurora-postgresql
  version: "15.14"
  environment: dev
  settings: {readers: 2, pending: [{action: system-update, auto_after: 30}]}
"""
MAJOR = POLICY.replace("updates: [maintenance, minor]", "updates: [maintenance, minor, major]")
ORDERS = '- {kind: db-instance, name: orders, engine: postgres, version: "15.14", environment: dev}'


def test_a_cluster_is_maintained_and_upgraded_as_one(tmp_path: Path) -> None:
    with desk_at(tmp_path, PAYMENTS) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert (change["resource"], change["steps"]) == ("cluster:payments", ["snapshot", "maintain", "upgrade", "verify"])
        assert members(rolled_out(desk)) == {"cluster:payments": ("done", "versions seen as planned")}
        assert verified(desk) == {"cluster:payments": "patched"}
        client = desk.admin("rds", MEMBER)
        assert {row["EngineVersion"] for row in client.describe_db_instances()["DBInstances"]} == {change["asks"]["version"]}


def test_a_major_version_goes_on_by_a_green_copy_and_the_old_database_stays(tmp_path: Path) -> None:
    with desk_at(tmp_path, ORDERS, MAJOR) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["prepare green", "switch over", "verify"], True)
        assert "NAME-old1" in change["undo"]
        assert members(rolled_out(desk)) == {"db:orders": ("done", "versions seen as planned")}
        rows = {
            row["DBInstanceIdentifier"]: row["EngineVersion"] for row in desk.admin("rds", MEMBER).describe_db_instances()["DBInstances"]
        }
        assert rows == {"orders": change["asks"]["version"], "orders-old1": "15.14"}
        assert verified(desk) == {"db:orders": "patched"}
