"""What DMS's rows tell of a replication instance, and how its updates are put on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Found, UpdateState
from patchkeep.domain.call import Call
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.domain.progress import Batch
from patchkeep.domain.undo import Partly, Way
from patchkeep.services.dms import DOING, SERVICE, course, discover
from tests.services.managed.dms import FORCED, READS, VERSIONS, arn, instance, pending
from tests.services.samples import NOW
from tests.services.talk import HERE, carry, refused

RULE = ManagedRule("all", updates=("maintenance", "minor"))


def seen(row: dict[str, Any], **told: Any) -> Asset:
    (asset,) = carry(discover(HERE), {**READS, "describe_replication_instances": {"ReplicationInstances": [row]}, **told})[0].assets
    return asset


def offered(row: dict[str, Any], **told: Any) -> list[tuple[str, str, UpdateState]]:
    return [(update.classification, update.version, update.state) for update in seen(row, **told).updates or ()]


def test_a_version_offers_the_newest_of_its_line_and_the_newest_beyond_without_betas() -> None:
    assert offered(instance("shakers")) == [("minor", "3.5.4", UpdateState.MISSING), ("major", "3.6.1", UpdateState.OPTIONAL)]


def test_a_version_that_aws_will_force_up_lacks_the_next_line() -> None:
    asset = seen(instance("shakers", EngineVersion="3.4.7"))
    ((update),) = asset.updates or ()
    assert (update.classification, update.version, update.state, update.forced_at) == ("major", "3.5.4", UpdateState.MISSING, FORCED)
    assert asset.support is not None
    assert asset.support.standard_until == date(2026, 3, 31)


def test_unknown_versions_and_odd_ones_offer_nothing_and_their_support_is_not_known() -> None:
    for version in ("9.9.9", "next", ""):
        asset = seen(instance("shakers", EngineVersion=version))
        assert (asset.updates, asset.support) == ((), None)


def test_a_standby_takes_over_during_maintenance() -> None:
    disruptions = [seen(instance("movers", MultiAZ=spare)).updates or () for spare in (True, False)]
    assert [update.disruption for updates in disruptions for update in updates if update.id == "os-upgrade"] == [
        Disruption.FAILOVER,
        Disruption.RESTART,
    ]


def test_reads_without_a_paginator_are_followed_to_their_end() -> None:
    def paged(params: dict[str, Any]) -> dict[str, Any]:
        return {"EngineVersions": VERSIONS[2:]} if "Marker" in params else {"EngineVersions": VERSIONS[:2], "Marker": "more"}

    assert offered(instance("shakers"), describe_engine_versions=paged) == offered(instance("shakers"))


def test_refused_tags_are_a_doubt_of_the_instance_whose_they_are() -> None:
    assert seen(instance("movers"), list_tags_for_resource=refused("ListTagsForResource")).unread == ("tags not read: not authorized",)


def test_refused_pending_maintenance_leaves_the_updates_unread() -> None:
    asset = seen(instance("movers"), describe_pending_maintenance_actions=refused("DescribePendingMaintenanceActions"))
    assert (asset.updates, asset.unread) == (None, ("pending maintenance not read: not authorized",))


def test_an_account_without_instances_costs_one_read() -> None:
    nothing, calls = carry(discover(HERE), {"describe_replication_instances": {"ReplicationInstances": []}})
    assert (nothing, [call.operation for call in calls]) == (Found(), ["describe_replication_instances"])


def test_arns_are_taken_as_aws_gives_them() -> None:
    for partition, region in (("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")):
        given = f"arn:{partition}:dms:{region}:111122223333:rep:T3OM7OUB5NM2LCVZF7JPGJRNUE"
        asset = seen(instance("movers", ReplicationInstanceArn=given))
        assert (asset.id, asset.resource) == (given, "rep:T3OM7OUB5NM2LCVZF7JPGJRNUE")


def way(row: dict[str, Any], rule: ManagedRule = RULE) -> Course:
    found = course(seen(row), rule, {})
    assert isinstance(found, Course), found
    return found


def started(row: dict[str, Any], step: str, rule: ManagedRule = RULE, **told: Any) -> Any:
    name = f"rep:{arn('movers').rpartition(':')[2]}"
    batch = Batch("pk-1", "canary", step, HERE, (name,), NOW, "taken", "dms", Frozen({name: way(instance("movers"), rule).asks}))
    return carry(DOING.prepare(batch), {**READS, "describe_replication_instances": {"ReplicationInstances": [row]}, **told})[0]


def test_maintenance_goes_before_the_engine() -> None:
    assert way(instance("movers")).steps == ("maintain", "upgrade", "verify")


def test_a_major_version_is_asked_for_as_one() -> None:
    rule = replace(RULE, updates=("minor", "major"))
    call: Call = started(instance("movers"), "upgrade", rule).call
    assert (call.operation, call.params["EngineVersion"], call.params["AllowMajorVersionUpgrade"]) == (
        "modify_replication_instance",
        "3.6.1",
        True,
    )


def test_what_is_agreed_for_the_window_can_be_taken_back_unless_it_is_a_version() -> None:
    for lines, irreversible in ((("maintenance",), False), (("minor",), True)):
        assert way(instance("movers"), replace(RULE, updates=lines, apply=Apply.AWS_WINDOW)).irreversible is irreversible


def test_another_modification_in_progress_is_waited_for() -> None:
    assert list(started(instance("movers", ReplicationInstanceStatus="modifying"), "upgrade").busy.values()) == ["is modifying"]


def test_a_version_that_somebody_else_scheduled_bars_ours() -> None:
    row = instance("movers", PendingModifiedValues={"EngineVersion": "3.6.1"})
    assert list(started(row, "upgrade").lost.values()) == ["somebody has scheduled 3.6.1 for it since the plan was made"]


def test_one_deleted_since_the_plan_is_lost_as_dms_refuses_to_describe_it() -> None:
    gone = refused("DescribeReplicationInstances", code="ResourceNotFoundFault")
    lost = started(instance("movers"), "maintain", describe_replication_instances=gone, describe_pending_maintenance_actions=gone).lost
    assert list(lost.values()) == ["is not there any more"]


def test_the_most_pressing_of_several_actions_goes_first() -> None:
    several = [pending("movers", "os-patch", ForcedApplyDate=None), pending("movers", "os-upgrade")]
    details = [one["PendingMaintenanceActionDetails"][0] for one in several]
    rows = {"PendingMaintenanceActions": [{"ResourceIdentifier": arn("movers"), "PendingMaintenanceActionDetails": details}]}
    found = course(seen(instance("movers"), describe_pending_maintenance_actions=rows), replace(RULE, updates=("maintenance",)), {})
    assert isinstance(found, Course)
    assert [update.id for update in found.updates] == ["os-upgrade"]


def undone(rule: ManagedRule) -> Way:
    asset, planned = seen(instance("movers")), way(instance("movers"), rule)
    change = Change("c-1", asset.id, asset.resource, asset.name, "", HERE, "prod", planned.updates, planned.steps, asks=planned.asks)
    assert SERVICE.undo is not None
    return SERVICE.undo(change)


def test_an_engine_has_no_way_back_and_that_is_said() -> None:
    assert str(undone(RULE)).startswith("what was put on a replication instance cannot be taken off it")


def test_maintenance_agreed_beside_a_version_is_taken_back_and_the_version_is_not() -> None:
    back = undone(replace(RULE, apply=Apply.AWS_WINDOW))
    assert isinstance(back, Partly)
    assert [update.id for update in back.updates] == ["os-upgrade"]
    assert undone(replace(RULE, apply=Apply.AWS_WINDOW, updates=("minor",))) == back.stays
    assert back.stays.startswith("AWS documents no call that takes back a version noted")
