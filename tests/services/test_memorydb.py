"""MemoryDB, without HTTP: what is read of AWS's rows, and how what its clusters lack is put on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Asset, Disruption
from patchkeep.domain.course import Course
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.domain.progress import Batch
from patchkeep.services.memorydb import course, discover, unprocessed
from tests.services.managed import memorydb as sample
from tests.services.samples import NOW
from tests.services.talk import HERE, carry

ALL = ManagedRule("all", updates=("maintenance", "minor", "major"))
ENGINES = replace(ALL, updates=("minor", "major"))


def found(**told: Any) -> dict[str, Asset]:
    return {asset.name: asset for asset in carry(discover(HERE), {**sample.READS, **told})[0].assets}


def planned(asset: Asset, rule: ManagedRule = ALL) -> Course:
    made = course(asset, rule, {})
    assert isinstance(made, Course), made
    return made


def test_a_cluster_tells_its_updates_and_when_aws_applies_them_unasked() -> None:
    vault = found()["vault"]
    update = next(update for update in vault.updates or () if update.id == sample.UPDATE)
    assert (update.forced_at, update.disruption, update.classification) == (sample.FORCED, Disruption.FAILOVER, "maintenance")
    assert (vault.engine, vault.version) == ("", "6.2.6"), "no feed knows MemoryDB: nobody doubts its end of support"
    assert [one.id for one in found()["ranks"].updates or ()] == ["engine"], "complete is no update"


def test_an_engine_is_told_from_another_and_versions_by_their_parameter_family() -> None:
    assert [(one.classification, one.version) for one in found()["queue"].updates or ()] == [("minor", "7.3")]
    made = planned(found()["ranks"], ENGINES)
    assert (made.asks["version"], made.asks["parameters"]) == ("7.1", "default.memorydb-redis7")


def test_nothing_waits_for_aws_s_own_window_here() -> None:
    assert "AWS takes no order for its own window" in str(course(found()["queue"], replace(ALL, apply=Apply.AWS_WINDOW), {}))


def test_a_cluster_of_several_regions_is_upgraded_as_a_whole() -> None:
    rows = [sample.cluster("queue", MultiRegionClusterName="virxk-queue", **sample.VALKEY)]
    queue = found(describe_clusters={"Clusters": rows})["queue"]
    assert "the multi-Region cluster virxk-queue, which spans regions: upgrade that" in str(course(queue, ALL, {}))


def test_an_empty_place_is_one_cheap_read() -> None:
    places, calls = carry(discover(HERE), {"describe_clusters": {"Clusters": []}})
    assert (places.assets, len(calls)) == ((), 1)


def test_clusters_that_aws_left_out_of_a_call_are_named_with_its_reason() -> None:
    rows = [{"ClusterName": "vault", "ErrorType": "InvalidClusterStateFault", "ErrorMessage": "is updating"}]
    batch = Batch("pk-1", "all", "maintain", HERE, ("vault",), NOW)
    assert unprocessed(batch, {"UnprocessedClusters": rows}) == {"vault": "InvalidClusterStateFault: is updating"}
