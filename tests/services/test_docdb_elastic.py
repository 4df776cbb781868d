"""What is told of an elastic cluster, and how its pending maintenance is put on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from patchkeep.domain.asset import Asset, Disruption, Found, UpdateState
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.domain.progress import Batch
from patchkeep.services.docdb_elastic import DOING, SERVICE, course, discover
from tests.services.managed.docdb_elastic import IDS, READS, action, arn, cluster, listed, pending
from tests.services.samples import NOW
from tests.services.talk import HERE, carry, refused

RULE = ManagedRule("all", updates=("maintenance", "minor"))


def found(**told: Any) -> Found:
    return carry(discover(HERE), {**READS, **told})[0]


def shop(*actions: dict[str, Any], **told: Any) -> Asset:
    """The one with maintenance pending; `actions` instead of its own."""
    instead = {"list_pending_maintenance_actions": pending("shop", *actions)} if actions else {}
    return next(asset for asset in found(**{**instead, **told}).assets if asset.name == "shop")


def test_pending_actions_are_told_with_their_dates_in_utc() -> None:
    engine, system = shop().updates or ()
    assert (engine.id, engine.classification, engine.state, engine.disruption) == (
        "ENGINE_UPDATE",
        "maintenance",
        UpdateState.MISSING,
        Disruption.RESTART,
    )
    assert (engine.due_at, engine.forced_at) == (datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))
    assert (system.id, system.due_at, system.forced_at) == ("OS_UPDATE", None, None)


def test_a_cluster_is_told_with_its_window_as_others_spell_it_and_without_a_version() -> None:
    asset = shop()
    assert (asset.window, asset.engine, asset.version, asset.resource) == ("sun:03:00-sun:03:30", "", "", IDS["shop"])
    assert asset.tags == Frozen(Environment="prod")


@pytest.mark.parametrize(
    ("opted", "state"),
    [
        ("NEXT_MAINTENANCE", UpdateState.SCHEDULED),
        ("APPLY_ON", UpdateState.SCHEDULED),
        ("IMMEDIATE", UpdateState.RUNNING),
        ("UNDO_OPT_IN", UpdateState.MISSING),
    ],
)
def test_what_somebody_said_to_an_action_is_its_state(opted: str, state: UpdateState) -> None:
    assert [update.state for update in shop(action("OS_UPDATE", optInStatus=opted)).updates or ()] == [state]


def test_only_the_engine_s_upgrade_brings_a_version_and_a_password_is_no_patch() -> None:
    names = ("ENGINE_UPGRADE", "SECURITY_UPDATE", "SOMETHING_NEW", "MASTER_USER_PASSWORD_UPDATE")
    told = {update.id: update.classification for update in shop(*map(action, names)).updates or ()}
    assert told == {"ENGINE_UPGRADE": "minor", "SECURITY_UPDATE": "maintenance", "SOMETHING_NEW": "maintenance"}


def test_a_date_that_is_none_is_a_doubt_and_no_date() -> None:
    asset = shop(action("OS_UPDATE", forcedApplyDate="soon", autoAppliedAfterDate="2027-02-01"))
    (update,) = asset.updates or ()
    assert (update.forced_at, update.due_at) == (None, datetime(2027, 2, 1, tzinfo=UTC))
    assert asset.unread == ("forcedApplyDate of OS_UPDATE not read: soon is no date",)


def test_refused_updates_and_tags_are_doubts_and_the_clusters_are_there_all_the_same() -> None:
    assert shop(list_pending_maintenance_actions=refused("x")).updates is None
    assert shop(list_tags_for_resource=refused("x")).unread == ("tags not read: not authorized",)


def test_a_cluster_deleted_since_it_was_listed_is_not_there() -> None:
    gone = refused("GetCluster", "not found", "ResourceNotFoundException")
    there = found(get_cluster=lambda asked: gone if asked["clusterArn"] == arn("shop") else {"cluster": cluster("forum")})
    assert ([asset.name for asset in there.assets], there.gaps) == (["forum"], ())
    assert found(get_cluster=gone) == Found()


def test_an_account_without_clusters_costs_one_read() -> None:
    nothing, calls = carry(discover(HERE), {"list_clusters": {"clusters": []}})
    assert (nothing, [call.operation for call in calls]) == (Found(), ["list_clusters"])


def test_arns_are_taken_as_aws_gives_them() -> None:
    given = f"arn:aws-us-gov:docdb-elastic:us-gov-west-1:111122223333:cluster/{IDS['shop']}"
    told = {"list_clusters": {"clusters": [listed("shop")]}, "get_cluster": {"cluster": cluster("shop", clusterArn=given)}}
    (asset,) = found(**told).assets
    assert (asset.id, asset.resource) == (given, IDS["shop"])


def way(rule: ManagedRule = RULE, *actions: dict[str, Any]) -> Course:
    planned = course(shop(*actions), rule, {})
    assert isinstance(planned, Course), planned
    return planned


def started(step: str, status: str = "ACTIVE", *actions: dict[str, Any]) -> Any:
    batch = Batch("pk-1", "canary", step, HERE, (IDS["shop"],), NOW, "taken", SERVICE.name, Frozen({IDS["shop"]: way().asks}))
    told = {"list_clusters": {"clusters": [listed("shop", status)]}}
    if actions:
        told["list_pending_maintenance_actions"] = pending("shop", *actions)
    return carry(DOING.prepare(batch), {**READS, **told})[0]


def test_what_aws_forces_first_goes_first_after_a_snapshot_unless_the_rule_wants_none() -> None:
    assert [update.id for update in way().updates] == ["ENGINE_UPDATE"]
    assert way().steps == ("snapshot", "maintain", "verify")
    bare = way(replace(RULE, snapshot=False))
    assert (bare.steps, bare.undo) == (("maintain", "verify"), "")


def test_an_action_that_somebody_set_a_time_for_is_left_to_it() -> None:
    assert "AWS puts New OS_UPDATE is available on" in str(course(shop(action("OS_UPDATE", optInStatus="APPLY_ON")), RULE, {}))
    assert started("opt in", "ACTIVE", action("ENGINE_UPDATE", optInStatus="APPLY_ON")).told[IDS["shop"]].message == "agreed already"


def test_calls_are_spelt_as_this_api_has_them() -> None:
    assert started("maintain").call.params["optInType"] == "IMMEDIATE"
    assert started("opt in").call.params["optInType"] == "NEXT_MAINTENANCE"
    back = started("undo", "ACTIVE", action("ENGINE_UPDATE", optInStatus="NEXT_MAINTENANCE"))
    assert (back.call.params["optInType"], back.call.params["applyAction"]) == ("UNDO_OPT_IN", "ENGINE_UPDATE")
    assert dict(started("snapshot").call.params["tags"]) == {"patchkeep:made-by": "pk-1", "patchkeep:expires": "2026-12-23"}


def test_another_modification_in_progress_is_waited_for() -> None:
    for step, status, said in (
        ("maintain", "UPDATING", "is updating"),
        ("snapshot", "IP_ADDRESS_LIMIT_EXCEEDED", "is ip address limit exceeded"),
    ):
        assert list(started(step, status).busy.values()) == [said]


def test_only_a_word_for_aws_s_window_can_be_taken_back() -> None:
    assert SERVICE.undo is not None
    for rule, back in (
        (replace(RULE, apply=Apply.AWS_WINDOW), None),
        (RULE, "restore its snapshot"),
        (replace(RULE, snapshot=False), "what was put on"),
    ):
        planned = way(rule)
        change = Change(
            "c-1", arn("shop"), IDS["shop"], "shop", "", HERE, "prod", planned.updates, planned.steps, asks=planned.asks, undo=planned.undo
        )
        undone = SERVICE.undo(change)
        assert undone == planned.asks if back is None else str(undone).startswith(back)
