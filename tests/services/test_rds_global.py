"""Members of global databases: their maintenance goes on, their engine versions are left to whoever sees all regions."""

from __future__ import annotations

from typing import Any

import pytest

from patchkeep.domain.asset import Asset
from patchkeep.domain.course import Course
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.services.rds.course import course
from patchkeep.services.rds.discover import discover
from tests.services.managed import rds as sample
from tests.services.talk import HERE, carry

ALL = ("maintenance", "minor")
MEMBER = "its engine is upgraded with the global database payments-world, which spans regions, and that is yours to do: "
FAR = "arn:aws:rds:us-east-1:111122223333:cluster:carts"
SECONDARY = sample.cluster("carts-eu", Engine="docdb", ReplicationSourceIdentifier=FAR)
PRIMARY = sample.cluster("carts", Engine="docdb", ReadReplicaIdentifiers=[FAR])


def found(name: str, *clusters: dict[str, Any], pending: str = "") -> Asset:
    rows = {"DBClusters": list(clusters) or sample.CLUSTERS}
    waiting = {"PendingMaintenanceActions": [sample.pending(sample.arn("cluster", name), pending)] if pending else []}
    told = {**sample.READS, "describe_db_clusters": rows, "describe_pending_maintenance_actions": waiting}
    return next(asset for asset in carry(discover(HERE), told)[0].assets if asset.name == name)


def said(asset: Asset, *updates: str, apply: Apply = Apply.IN_RING) -> Course | str:
    return course(asset, ManagedRule("all", updates=updates or ALL, apply=apply), {asset.id: asset})


@pytest.mark.parametrize("apply", list(Apply))
def test_a_minor_version_goes_on_the_secondaries_first_and_that_is_somebody_else_s(apply: Apply) -> None:
    why = f"{MEMBER}put 15.12 on its secondary clusters first and on the primary last, as AWS asks"
    assert said(found("payments"), apply=apply) == why


def test_a_major_version_goes_on_the_whole_of_it() -> None:
    assert said(found("payments"), "major") == f"{MEMBER}put 16.8 on the whole of it at once, by ModifyGlobalCluster"


def test_a_minor_version_that_aws_has_pending_is_one_too() -> None:
    assert str(said(found("payments", pending="db-upgrade"))).startswith(MEMBER)


def test_maintenance_of_a_member_goes_on_without_the_version() -> None:
    made = said(found("payments", pending="system-update"))
    assert isinstance(made, Course)
    assert ([update.id for update in made.updates], made.steps, made.pins) == (["system-update"], ("snapshot", "maintain", "verify"), "")


def test_a_cluster_of_one_region_is_upgraded_as_ever() -> None:
    made = said(found("ledger"))
    assert isinstance(made, Course)
    assert made.pins == "EngineVersion 15.12"
    assert "global" not in found("ledger").facts


@pytest.mark.parametrize(("row", "primary"), [(SECONDARY, FAR), (PRIMARY, "carts")])
def test_documentdb_names_no_global_cluster_but_who_replicates_to_whom(row: dict[str, Any], primary: str) -> None:
    asset = found(row["DBClusterIdentifier"], row)
    assert asset.facts["global"] == f"the global cluster of {primary}"
    assert "remove those, upgrade the primary, then add them again" in str(said(asset, "major"))


def test_documentdb_s_patches_have_that_order_too() -> None:
    patched = found("carts-eu", SECONDARY, pending="system-update")
    assert "put system-update on its secondary clusters first" in str(said(patched, "maintenance"))


def test_neptune_s_minor_versions_go_on_the_whole_too() -> None:
    row = sample.cluster("friends", Engine="neptune", GlobalClusterIdentifier="friends-world")
    assert str(said(found("friends", row))).endswith("put 15.12 on the whole of it at once, by ModifyGlobalCluster")


def test_replicas_of_other_engines_make_no_global_database() -> None:
    assert "global" not in found("ledger", sample.cluster("ledger", ReadReplicaIdentifiers=[FAR])).facts
