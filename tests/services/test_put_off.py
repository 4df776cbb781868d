"""What somebody has put off to a resource's own window: no upgrade at once is planned or called that would carry it along."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from patchkeep.domain.asset import Asset
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.domain.progress import Batch
from patchkeep.services import load
from tests.services.managed import dms, elasticache, lightsail, rds
from tests.services.samples import NOW
from tests.services.talk import HERE, carry

RULE = ManagedRule("all", updates=("minor", "major"), snapshot=False)
SERVICES = load()
Told = dict[str, Any]


def _rds(waiting: Told) -> Told:
    row = {**rds.INSTANCES[0], "ReadReplicaDBInstanceIdentifiers": [], "PendingModifiedValues": waiting}
    return {**rds.READS, "describe_db_instances": {"DBInstances": [row]}}


def _dms(waiting: Told) -> Told:
    rows = [dms.instance("movers", PendingModifiedValues=waiting)]
    return {**dms.READS, "describe_replication_instances": {"ReplicationInstances": rows}}


def _node(waiting: Told) -> Told:
    nodes = [elasticache.node("orders-001", "orders", PendingModifiedValues=waiting)]
    return {**elasticache.READS, "describe_cache_clusters": {"CacheClusters": nodes}, "describe_update_actions": {"UpdateActions": []}}


def _lightsail(waiting: Told) -> Told:
    rows = [lightsail.database("shop", pendingModifiedValues=waiting)]
    return {**lightsail.READS, "get_relational_databases": {"relationalDatabases": rows}}


PLACES = {"rds": (_rds, "orders"), "dms": (_dms, "movers"), "elasticache": (_node, "orders"), "lightsail": (_lightsail, "shop")}
OTHER = {"rds": "DBInstanceClass", "dms": "MultiAZ", "elasticache": "CacheNodeType", "lightsail": "backupRetentionEnabled"}
CARRIED = "{} waits for its window, and an upgrade at once would carry that out, too"
every_place = pytest.mark.parametrize("service", PLACES)


def seen(service: str, waiting: Told) -> tuple[Asset, Told]:
    answers, name = PLACES[service][0](waiting), PLACES[service][1]
    discover = SERVICES[service].discover
    assert discover
    return next(asset for asset in carry(discover(HERE), answers)[0].assets if asset.name == name), answers


def course(service: str, waiting: Told, rule: ManagedRule = RULE) -> Course | str:
    planned = SERVICES[service].course
    assert planned
    if service == "rds":  # whose major versions go on by a green copy, with nothing carried along
        rule = replace(rule, updates=("minor",))
    return planned(seen(service, waiting)[0], rule, {})


def batch(service: str) -> tuple[Batch, str]:
    """The upgrade of a plan that was made before anybody put anything off, and its version."""
    way, resource = course(service, {}), seen(service, {})[0].resource
    assert isinstance(way, Course), way
    assert "upgrade" in way.steps
    return Batch("pk-1", "all", "upgrade", HERE, (resource,), NOW, "", service, Frozen({resource: way.asks})), way.asks["version"]


@every_place
def test_an_upgrade_that_would_carry_along_what_waits_is_left_out_of_the_plan_unless_it_waits_too(service: str) -> None:
    waiting = {OTHER[service]: True}
    assert str(course(service, waiting)).startswith(CARRIED.format(OTHER[service]))
    assert isinstance(course(service, waiting, replace(RULE, apply=Apply.AWS_WINDOW)), Course)


@every_place
def test_what_was_put_off_since_the_plan_was_made_bars_the_call(service: str) -> None:
    (one, _), (_, answers) = batch(service), seen(service, {OTHER[service]: True})
    prepare = SERVICES[service].prepare
    assert prepare
    started = carry(prepare(one), answers)[0]
    assert started.call is None
    assert list(started.lost.values()) == [CARRIED.format(OTHER[service])]


@every_place
def test_a_version_that_waits_for_the_window_is_not_taken_for_our_call_whose_answer_never_came(service: str) -> None:
    one, version = batch(service)
    key = "engineVersion" if service == "lightsail" else "EngineVersion"
    adopt = SERVICES[service].adopt
    assert adopt
    assert carry(adopt(one), seen(service, {key: version})[1])[0] is None
    for_the_window = replace(one, step="schedule", intended_at=NOW + timedelta(minutes=1))
    assert carry(adopt(for_the_window), seen(service, {key: version})[1])[0] == "taken"


@pytest.mark.parametrize("service", ["rds", "dms", "elasticache"])
def test_another_version_that_somebody_scheduled_leaves_it_out_of_the_plan(service: str) -> None:
    assert str(course(service, {"EngineVersion": "1.2.3"})).startswith("somebody has scheduled 1.2.3 for its window; ")


def test_what_waits_for_a_group_as_a_whole_counts_for_its_upgrade() -> None:
    _, answers = seen("elasticache", {})
    rows = answers["describe_replication_groups"]["ReplicationGroups"]
    groups = [{**row, "PendingModifiedValues": {"ClusterMode": "enabled"}} for row in rows]
    told = {**answers, "describe_replication_groups": {"ReplicationGroups": groups}}
    one, _ = batch("elasticache")
    prepare = SERVICES["elasticache"].prepare
    assert prepare
    assert next(iter(carry(prepare(one), told)[0].lost.values())).startswith("ClusterMode waits for its window")
