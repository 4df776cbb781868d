"""How databases are read, and in which order and by which steps their updates go on."""

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
from patchkeep.domain.undo import Partly, Way
from patchkeep.services.rds import SERVICE
from patchkeep.services.rds import course as ways
from patchkeep.services.rds.digest import Engines, instance, support_of
from patchkeep.services.rds.discover import discover
from tests.services.managed import rds as sample
from tests.services.talk import HERE, carry, refused

NOW = datetime(2026, 9, 1, tzinfo=UTC)
SOON, LATE = timedelta(minutes=29), timedelta(minutes=31)
ALL = ManagedRule("all", updates=("maintenance", "minor"))


def seen(**changed: Any) -> dict[str, Asset]:
    found, _ = carry(discover(HERE), {**sample.READS, **changed})
    return {asset.name: asset for asset in found.assets}


def course(name: str, rule: ManagedRule = ALL, **changed: Any) -> Course | str:
    assets = seen(**changed)
    return ways.course(assets[name], rule, {asset.id: asset for asset in assets.values()})


def planned(name: str, rule: ManagedRule = ALL, **changed: Any) -> Course:
    found = course(name, rule, **changed)
    assert isinstance(found, Course), found
    return found


def test_a_replica_goes_before_its_source_and_one_of_them_at_a_time() -> None:
    source, replica = planned("orders"), planned("orders-copy")
    assert source.after == (seen()["orders-copy"].id,)
    assert source.apart == replica.apart != ()


def test_a_source_waits_for_nobody_once_its_replica_is_on_the_version() -> None:
    rows = [replace_version(row, "15.12") if row["DBInstanceIdentifier"] == "orders-copy" else row for row in sample.INSTANCES]
    assert planned("orders", describe_db_instances={"DBInstances": rows}).after == ()


def replace_version(row: dict[str, Any], version: str) -> dict[str, Any]:
    return {**row, "EngineVersion": version}


def test_a_replica_in_another_region_must_be_upgraded_there_first() -> None:
    rows = [{**sample.INSTANCES[0], "ReadReplicaDBInstanceIdentifiers": ["arn:aws:rds:us-east-1:111122223333:db:far"]}]
    said = course("orders", describe_db_instances={"DBInstances": rows})
    assert said == "its read replica arn:aws:rds:us-east-1:111122223333:db:far is elsewhere and must be on 15.12 first: upgrade it there"


def test_a_reader_is_maintained_before_the_writer_which_lets_another_write_first() -> None:
    writer, reader = planned("ledger-1"), planned("ledger-2")
    assert writer.after == (seen()["ledger-2"].id,)
    assert (writer.steps, reader.steps) == (("fail over", "maintain", "verify"), ("maintain", "verify"))
    assert writer.disruption is Disruption.FAILOVER
    assert planned("ledger").apart == writer.apart == reader.apart, "nor is the cluster changed while one of its members is"


def test_a_major_version_goes_on_by_a_green_copy_where_the_engine_has_them() -> None:
    found = planned("orders-copy", replace(ALL, updates=("major",)))
    assert found.steps == ("prepare green", "switch over", "verify")
    assert [update.version for update in found.updates] == ["16.8"]


def test_in_aws_s_own_window_the_word_can_be_taken_back_but_for_versions() -> None:
    agreed = planned("ledger-2", replace(ALL, updates=("maintenance",), apply=Apply.AWS_WINDOW))
    version = planned("orders-copy", replace(ALL, apply=Apply.AWS_WINDOW))
    assert (agreed.steps, agreed.irreversible) == (("opt in",), False)
    assert (version.steps, version.irreversible) == (("schedule",), True)


def test_what_nobody_can_ask_for_is_said() -> None:
    rows = [sample.pending(sample.arn("db", "ledger-2"), "serverless-platform-version-update")]
    said = course("ledger-2", describe_pending_maintenance_actions={"PendingMaintenanceActions": rows})
    assert said == "what is on offer AWS puts on by itself alone: nobody can ask for it"


def test_a_template_s_version_is_what_the_plan_would_fight() -> None:
    assert planned("orders-copy").pins == "EngineVersion 15.12"
    assert planned("ledger-2").pins == ""


def test_refused_pending_actions_leave_every_database_unread_and_none_away() -> None:
    found = seen(describe_pending_maintenance_actions=refused("rds:DescribePendingMaintenanceActions"))
    assert {asset.updates for asset in found.values()} == {None}
    assert {asset.unread for asset in found.values()} == {("pending maintenance not read: not authorized",)}


@pytest.mark.parametrize("version", ["", "unknown", "15.x", "v9"])
def test_a_version_that_does_not_parse_is_kept_as_it_is(version: str) -> None:
    row = sample.instance("odd", EngineVersion=version, Engine="custom-oracle-ee")
    found = instance(HERE, row, (), Engines())
    assert (found.version, found.engine, found.updates, found.support) == (version, "custom-oracle-ee", (), None)


def test_a_major_line_without_dates_says_nothing_of_its_end() -> None:
    found = support_of({"Engine": "postgres", "MajorEngineVersion": "15", "SupportedEngineLifecycles": []})
    assert (found.standard_until, found.extended_until) == (None, None)


def test_what_aws_is_on_already_is_not_asked_for_again() -> None:
    rows = [sample.pending(sample.arn("db", "ledger-2"), "system-update", OptInStatus="next-maintenance")]
    told = {"PendingMaintenanceActions": rows}
    (update,) = seen(describe_pending_maintenance_actions=told)["ledger-2"].updates or ()
    assert update.state is UpdateState.SCHEDULED
    assert "in its own window" in str(course("ledger-2", describe_pending_maintenance_actions=told))


@pytest.mark.parametrize("step", ["maintain", "upgrade", "verify"])
def test_one_that_is_gone_is_said_to_be_gone_although_its_pending_actions_are_refused(step: str) -> None:
    asks = {"db:orders": Frozen(arn="arn:aws:rds:eu-central-1:111122223333:db:orders", actions=(), version="15.18", major=False, keys={})}
    batch = Batch("pk-1", "all", step, HERE, ("db:orders",), NOW, "taken", "rds", Frozen(asks))
    absent = refused("rds:DescribePendingMaintenanceActions", "not found", "ResourceNotFoundFault")
    answers = {"describe_db_instances": {"DBInstances": ()}, "describe_pending_maintenance_actions": absent}
    told, _ = carry(SERVICE.check(batch, NOW), answers)  # type: ignore[misc]
    assert told["db:orders"] == Result(Phase.FAILED, "is not there any more")


@pytest.mark.parametrize(
    ("opted", "why"),
    [
        ("immediate", "AWS took the order for os-upgrade, but did not begin within 30 minutes"),
        ("", "is available again and os-upgrade is still pending: AWS did not put it on (see its events)"),
    ],
)
def test_maintenance_that_is_still_pending_says_whether_aws_never_began_or_gave_it_up(opted: str, why: str) -> None:
    asks = Frozen({"db:orders": planned("orders", replace(ALL, updates=("maintenance",))).asks})
    batch = Batch("pk-1", "all", "maintain", HERE, ("db:orders",), NOW, "taken", "rds", asks)
    rows = {"PendingMaintenanceActions": [sample.pending(sample.arn("db", "orders"), "os-upgrade", OptInStatus=opted)]}
    assert SERVICE.check
    said = [
        carry(SERVICE.check(batch, NOW + minutes), {**sample.READS, "describe_pending_maintenance_actions": rows})[0]
        for minutes in (SOON, LATE)
    ]
    assert [one["db:orders"] for one in said] == [Result(Phase.RUNNING, "waits for os-upgrade to begin"), Result(Phase.FAILED, why)]


def undone(rule: ManagedRule) -> Way:
    made = planned("orders", rule)
    change = Change("c-1", "arn", "db:orders", "orders", "", HERE, "prod", made.updates, made.steps, asks=made.asks, undo=made.undo)
    assert SERVICE.undo
    return SERVICE.undo(change)


def test_maintenance_agreed_beside_a_version_is_taken_back_and_of_the_version_is_said_how_to_withdraw_it() -> None:
    both = replace(ALL, apply=Apply.AWS_WINDOW)
    assert (planned("orders", both).steps, planned("orders", both).irreversible) == (("opt in", "schedule"), True)
    assert planned("orders", both).undo.startswith("of maintenance alone: take the word back")
    back = undone(both)
    assert isinstance(back, Partly)
    assert (back.asks, [update.id for update in back.updates]) == (planned("orders", both).asks, ["os-upgrade"])
    assert undone(replace(both, updates=("minor",))) == back.stays
    assert "modify the database back to the version that it runs" in back.stays


def test_what_was_put_on_a_database_at_once_is_not_said_to_wait() -> None:
    assert undone(replace(ALL, snapshot=False)) == "what was put on a database cannot be taken off it"
