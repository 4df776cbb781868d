"""Caches, without HTTP: what is read of AWS's rows, and how what they lack is put on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchkeep.domain.asset import Asset, Disruption, UpdateState
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services.elasticache import SERVICE, course, undo
from patchkeep.services.elasticache.acts import DOING, unprocessed
from patchkeep.services.elasticache.discover import discover
from tests.services.managed import elasticache as sample
from tests.services.talk import HERE, carry, refused

ALL = ManagedRule("all", updates=("maintenance", "minor", "major"))
ENGINES = ManagedRule("engines", updates=("minor", "major"))
NOW = datetime(2026, 9, 20, tzinfo=UTC)


def found(*nodes: dict[str, Any], **told: Any) -> dict[str, Asset]:
    """The assets of a place by name; `nodes` in place of the sample's."""
    here = {"describe_cache_clusters": {"CacheClusters": list(nodes)}} if nodes else {}
    return {asset.name: asset for asset in carry(discover(HERE), {**sample.READS, **here, **told})[0].assets}


def planned(asset: Asset, rule: ManagedRule = ALL) -> Course:
    made = course(asset, rule, {})
    assert isinstance(made, Course), made
    return made


def at(step: str, *statuses: str, resource: str = "replicationgroup:orders", hours: int = 0, **told: Any) -> Result:
    """How the step of the first group stands when its update action is as told."""
    actions = {"UpdateActions": [sample.update("orders", status) for status in statuses]}
    answers = {**sample.READS, "describe_update_actions": actions, **told}
    return carry(DOING.check(batch(step, resource), NOW + timedelta(hours=hours)), answers)[0][resource]


def batch(step: str, resource: str = "replicationgroup:orders") -> Batch:
    asks = planned(found()["orders"]).asks
    return Batch("pk-1", "all", step, HERE, (resource,), NOW, "taken", "elasticache", Frozen({resource: asks}))


def test_a_service_update_tells_its_dates_its_severity_and_whether_aws_says_that_it_is_in_time() -> None:
    group = found(describe_update_actions={"UpdateActions": [sample.update("orders", SlaMet="no")]})["orders"]
    update = next(update for update in group.updates or () if update.id == sample.UPDATE)
    assert (update.classification, update.severity, update.state) == ("maintenance", "important", UpdateState.MISSING)
    assert (update.due_at, update.in_time, update.disruption) == (sample.DUE, False, Disruption.FAILOVER)
    assert update.forced_at == datetime(2026, 9, 13, 3, tzinfo=UTC), "the first window after the recommended date"


def test_what_is_complete_or_not_applicable_is_no_update() -> None:
    rows = [sample.update("orders", status) for status in ("complete", "not-applicable")]
    group = found(describe_update_actions={"UpdateActions": rows})["orders"]
    assert {update.id for update in group.updates or ()} == {"engine"}


def test_versions_of_the_present_parameter_family_are_minor_and_of_another_major() -> None:
    group = found()["orders"]
    assert {(one.classification, one.version) for one in group.updates or () if one.id == "engine"} == {("minor", "6.2"), ("major", "7.1")}
    assert found(sample.node("orders-001", "orders", EngineVersion="7.1.0"))["orders"].updates is not None
    newest = found(sample.node("orders-001", "orders", EngineVersion="7.1.0"))["orders"]
    assert [update.id for update in newest.updates or ()] == [sample.UPDATE]


def test_a_group_is_as_old_as_the_oldest_of_its_nodes() -> None:
    nodes = (sample.node("orders-001", "orders", EngineVersion="6.2.6"), sample.node("orders-002", "orders"))
    assert found(*nodes)["orders"].version == "6.0.5"


@pytest.mark.parametrize("version", ["", "latest"])
def test_a_version_that_does_not_parse_is_a_doubt_and_offers_nothing(version: str) -> None:
    asset = found(sample.node("odd", EngineVersion=version))["odd"]
    assert asset.unread == (f"its redis version {version!r} is not understood, so what is newer is not known",)
    assert asset.updates == ()


def test_an_engine_that_aws_lists_nowhere_has_nothing_on_offer_and_no_feed_to_ask() -> None:
    asset = found(sample.node("odd", Engine="dragonfly", EngineVersion="1.2"))["odd"]
    assert (asset.updates, asset.engine, asset.product, asset.version) == ((), "", "", "1.2")


def test_an_empty_place_is_two_cheap_reads() -> None:
    empty: dict[str, Any] = {"describe_cache_clusters": {"CacheClusters": []}, "describe_serverless_caches": {"ServerlessCaches": []}}
    places, calls = carry(discover(HERE), empty)
    assert (places.assets, len(calls)) == ((), 2)


def test_a_cache_whose_updates_were_not_read_is_in_doubt_and_the_others_facts_stay() -> None:
    told = {**sample.READS, "describe_update_actions": refused("elasticache:DescribeUpdateActions")}
    places = carry(discover(HERE), told)[0]
    orders = next(asset for asset in places.assets if asset.name == "orders")
    carts = next(asset for asset in places.assets if asset.name == "carts")
    assert (orders.updates, orders.version) == (None, "6.0.5")
    assert "update actions not read" in orders.unread[0]
    assert (carts.unread, carts.updates) == ((), ())


def test_serverless_caches_that_nobody_may_see_are_a_gap_that_hides_and_the_others_are_seen() -> None:
    told = {**sample.READS, "describe_serverless_caches": refused("elasticache:DescribeServerlessCaches")}
    places = carry(discover(HERE), told)[0]
    assert {asset.name for asset in places.assets} == {"orders", "feed", "sessions"}
    assert [(gap.operation, gap.hides) for gap in places.gaps] == [("elasticache:DescribeServerlessCaches", True)]


def test_a_service_update_goes_first_in_one_lot_of_twenty() -> None:
    made = planned(found()["orders"])
    assert (made.steps, made.lot, made.together) == (("maintain", "verify"), sample.UPDATE, 20)
    assert "stop it" in made.undo


def test_a_major_version_takes_the_default_parameters_of_its_family_and_a_snapshot_first() -> None:
    made = planned(found()["feed"], ENGINES)
    assert made.steps == ("snapshot", "upgrade", "verify")
    assert (made.asks["version"], made.asks["parameters"]) == ("7.1", "default.redis7.cluster.on")
    assert made.asks["snapshot_of"] == "replicationgroup:feed"
    assert planned(found()["orders"], ENGINES).asks["snapshot_of"] == "cluster:orders-002", "a replica, not in cluster mode"


def test_parameters_of_one_s_own_are_to_be_made_before_a_major_version() -> None:
    own = sample.node("odd", CacheParameterGroup={"CacheParameterGroupName": "tuned"})
    said = course(found(own)["odd"], ENGINES, {})
    assert said == "redis 7.1 doesn't take its parameter group tuned: make one of family redis7, then upgrade it"
    minor = planned(found(own)["odd"], replace(ENGINES, updates=("minor",)))
    assert (minor.asks["version"], minor.asks["parameters"]) == ("6.2", "")


def test_what_spans_regions_is_upgraded_as_a_whole_and_updated_one_at_a_time() -> None:
    across = {"GlobalReplicationGroupId": "ldgnf-orders", "GlobalReplicationGroupMemberRole": "PRIMARY"}
    groups = [sample.group("orders", ["orders-001"], GlobalReplicationGroupInfo=across)]
    group = found(describe_replication_groups={"ReplicationGroups": groups})["orders"]
    assert planned(group).apart == ("caches of the global datastore ldgnf-orders",)
    assert "spans regions: upgrade that" in str(course(group, ENGINES, {}))


def test_memcached_has_no_snapshot_and_its_nodes_come_back_empty() -> None:
    made = planned(found()["sessions"], ENGINES)
    assert (made.steps, made.disruption, made.undo) == (("upgrade", "verify"), Disruption.REPLACE, "")


def test_a_serverless_cache_is_left_to_aws() -> None:
    assert course(found()["carts"], ALL, {}) == "AWS patches serverless caches by itself: not yours to patch"


def test_only_engine_versions_can_wait_for_aws_s_own_window() -> None:
    in_window = replace(ALL, apply=Apply.AWS_WINDOW)
    assert planned(found()["orders"], in_window).steps == ("schedule",)
    assert "AWS takes no order for its own window" in str(course(found()["orders"], replace(in_window, updates=("maintenance",)), {}))


def test_an_update_that_aws_has_withdrawn_is_never_taken_for_applied() -> None:
    withdrawn = {"UpdateActions": [sample.update("orders", ServiceUpdateStatus="cancelled")]}
    started = carry(DOING.prepare(batch("maintain")), {**sample.READS, "describe_update_actions": withdrawn})[0]
    assert started.lost == {"replicationgroup:orders": f"AWS has withdrawn {sample.UPDATE}: it is cancelled"}
    gone = carry(DOING.prepare(batch("maintain")), {**sample.READS, "describe_update_actions": {"UpdateActions": []}})[0]
    assert "doesn't offer" in gone.lost["replicationgroup:orders"]


def test_a_cache_that_aws_is_changing_is_waited_for() -> None:
    nodes = {"CacheClusters": [sample.node("orders-001", "orders", CacheClusterStatus="modifying")]}
    started = carry(DOING.prepare(batch("maintain")), {**sample.READS, "describe_cache_clusters": nodes})[0]
    assert (started.call, started.busy) == (None, {"replicationgroup:orders": "is modifying"})
    begun = {**sample.READS, "describe_update_actions": {"UpdateActions": [sample.update("orders", "in-progress")]}}
    assert "AWS is at" in carry(DOING.prepare(batch("maintain")), begun)[0].busy["replicationgroup:orders"]


def test_an_update_under_way_runs_until_aws_says_complete() -> None:
    assert at("maintain", "in-progress", hours=3).phase is Phase.RUNNING
    assert at("maintain", "complete") == Result(Phase.DONE)
    assert at("maintain", "stopped").message == f"{sample.UPDATE} is stopped, 0/2 nodes done: somebody stopped it"
    assert at("maintain", "not-applied", hours=1).phase is Phase.FAILED
    assert at("maintain", "in-progress", hours=25).phase is Phase.LOST


def test_a_crash_before_the_answer_is_told_by_the_update_s_own_state() -> None:
    for status, handle in (("not-applied", None), ("waiting-to-start", "taken"), ("complete", "taken")):
        told = {**sample.READS, "describe_update_actions": {"UpdateActions": [sample.update("orders", status)]}}
        assert carry(DOING.adopt(batch("maintain")), told)[0] == handle, status


def test_what_is_on_all_nodes_is_past_stopping() -> None:
    assert at("undo", "stopping").phase is Phase.RUNNING
    assert at("undo", "stopped").phase is Phase.DONE
    assert at("undo", "complete").message == "it is on all nodes: what was put on cannot be taken off"


def test_verify_counts_what_is_still_lacking() -> None:
    assert at("verify", "complete").open == ()
    assert len(at("verify", "not-applied").open) == 1


def test_members_that_aws_left_out_of_a_call_are_named_with_its_reason() -> None:
    rows = [
        {"ReplicationGroupId": "orders", "ErrorType": "InvalidReplicationGroupState", "ErrorMessage": "is modifying"},
        {"CacheClusterId": "sessions", "ErrorType": "InvalidParameterValue", "ErrorMessage": "is complete"},
    ]
    assert unprocessed(batch("maintain"), {"UnprocessedUpdateActions": rows}) == {
        "replicationgroup:orders": "InvalidReplicationGroupState: is modifying",
        "cluster:sessions": "InvalidParameterValue: is complete",
    }


def test_an_engine_version_has_no_way_back_and_a_service_update_can_be_stopped() -> None:
    assert undo(changed(planned(found()["orders"]))) == planned(found()["orders"]).asks
    assert undo(changed(planned(found()["sessions"], ENGINES))) == "AWS has no way back to an older engine version"


def changed(made: Course) -> Change:
    where = ("c-1", "arn", "cluster:x", "x", "", HERE, "prod")
    return Change(*where, made.updates, made.steps, service=SERVICE.name, asks=made.asks, undo=made.undo)


def test_metrics_are_those_of_each_node() -> None:
    asks = planned(found()["orders"]).asks
    assert SERVICE.measured
    assert SERVICE.measured("replicationgroup:orders", asks)[1] == ({"CacheClusterId": "orders-001"}, {"CacheClusterId": "orders-002"})
    assert SERVICE.measured("cluster:sessions", Frozen()) == ("AWS/ElastiCache", ({"CacheClusterId": "sessions"},))
