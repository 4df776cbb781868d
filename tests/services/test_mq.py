"""What Amazon MQ's rows tell of a broker, and in which steps it comes to a newer version."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, UpdateState
from patchkeep.domain.call import Call, Target
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.domain.progress import Batch, Phase
from patchkeep.domain.window import Interval
from patchkeep.services.mq import DOING, SERVICE, course
from patchkeep.services.mq.discover import discover
from tests.services.asked import automated
from tests.services.managed.mq import READS, broker
from tests.services.talk import HERE, carry, refused

RULE = ManagedRule("all", updates=("minor",))
NOW = datetime(2026, 11, 23, 22, tzinfo=UTC)


def seen(row: dict[str, Any]) -> Asset:
    told = {**READS, "list_brokers": {"BrokerSummaries": [row]}, "describe_broker": row}
    (asset,) = carry(discover(HERE), told)[0].assets
    return asset


def versions(engine: str, version: str, **more: Any) -> list[tuple[str, str]]:
    return [(update.version, update.classification) for update in seen(broker("orders", engine, version, **more)).updates or ()]


def test_rabbitmq_leaves_no_line_out_and_activemq_may() -> None:
    assert versions("RABBITMQ", "3.12.10") == [("3.13", "minor")]
    assert versions("RABBITMQ", "3.13") == [("4.2", "major")]
    assert versions("ACTIVEMQ", "5.17.2") == [("5.19", "minor")]


def test_patches_of_a_line_that_aws_keeps_patched_are_no_newer_version() -> None:
    assert versions("ACTIVEMQ", "5.19.3") == []


def test_of_a_version_that_does_not_parse_nothing_is_offered() -> None:
    assert versions("ACTIVEMQ", "latest") == versions("ACTIVEMQ", "") == []


def test_an_engine_nobody_knows_offers_nothing() -> None:
    assert versions("ARTEMIS", "2.40") == []


def test_what_is_noted_already_is_left_to_the_reboot_that_comes() -> None:
    asset = seen(broker("orders", "ACTIVEMQ", "5.17.6", PendingEngineVersion="5.18"))
    assert [(update.version, update.state) for update in asset.updates or ()] == [("5.18", UpdateState.SCHEDULED)]
    assert course(asset, RULE, {}) == "AWS puts ActiveMQ 5.18 on in its own window sun:03:00-sun:05:00"


def test_a_single_instance_is_away_while_it_restarts() -> None:
    (update,) = seen(broker("orders", "ACTIVEMQ", "5.18", DeploymentMode="SINGLE_INSTANCE")).updates or ()
    assert update.disruption is Disruption.RESTART


def test_newer_versions_are_not_asked_for_where_aws_would_refuse_them() -> None:
    asset = seen(broker("orders", "ACTIVEMQ", "5.17.6", AutoMinorVersionUpgrade=False))
    assert asset.remarks == ("automatic minor version upgrades are off",)
    assert course(asset, RULE, {}) == ("AWS takes ActiveMQ 5.19 only where automatic minor upgrades are on: `settings: {auto_minor: true}`")


def test_for_aws_s_window_it_is_noted_alone() -> None:
    made = course(seen(broker("orders", "ACTIVEMQ", "5.18")), replace(RULE, apply=Apply.AWS_WINDOW), {})
    assert isinstance(made, Course)
    assert (made.steps, made.irreversible, made.pins) == (("schedule",), True, "EngineVersion 5.19")


def test_a_broker_deleted_between_the_two_reads_is_none() -> None:
    def answer(call: Call) -> Any:
        gone = refused("mq:DescribeBroker", "not there", "NotFoundException")
        return gone if call.operation == "describe_broker" else READS[call.operation]

    found, _ = carry(discover(HERE), answer)
    assert (found.assets, found.gaps) == ((), ())


def test_an_empty_account_costs_one_read() -> None:
    _, calls = carry(discover(HERE), {"list_brokers": {"BrokerSummaries": []}})
    assert [call.operation for call in calls] == ["list_brokers"]


def test_other_partitions_are_named_as_they_are() -> None:
    there = Target("111122223333", "cn-north-1", "aws-cn")
    row = broker("orders", "ACTIVEMQ", "5.18", BrokerArn=there.arn("mq", "broker:orders:b-1"))
    assert seen(row).resource == "broker:orders:b-1"


def batch(step: str) -> Batch:
    row = broker("orders", "ACTIVEMQ", "5.17.6")
    resource = f"broker:orders:{row['BrokerId']}"
    asks = Frozen({resource: Frozen(version="5.19", key="engine|ActiveMQ 5.19")})
    return Batch("pk-1", "all", step, HERE, (resource,), NOW, "taken", "mq", asks)


def told(**more: Any) -> dict[str, Any]:
    row = broker("orders", "ACTIVEMQ", "5.17.6", **more)
    return {"list_brokers": {"BrokerSummaries": [row]}, "describe_broker": row}


def test_it_is_not_rebooted_into_what_somebody_else_left_pending() -> None:
    started, _ = carry(DOING.prepare(batch("reboot")), told(PendingEngineVersion="5.19", PendingStorageSize=500))
    assert started.call is None
    assert list(started.lost.values()) == ["a reboot would also put on what somebody has left pending: more storage"]


def test_it_is_not_rebooted_where_the_version_is_noted_no_more() -> None:
    started, _ = carry(DOING.prepare(batch("reboot")), told())
    assert list(started.lost.values()) == ["5.19 is not noted any more"]


def test_another_change_of_aws_is_waited_for() -> None:
    started, _ = carry(DOING.prepare(batch("upgrade")), told(BrokerState="REBOOT_IN_PROGRESS"))
    assert list(started.busy.values()) == ["is REBOOT_IN_PROGRESS"]


def test_a_reboot_whose_answer_was_lost_is_found_again_and_never_asked_for_twice() -> None:
    assert carry(DOING.adopt(batch("reboot")), told(BrokerState="REBOOT_IN_PROGRESS"))[0] == "taken"
    assert "reboot" not in SERVICE.repeatable


def test_one_that_comes_back_as_it_was_has_failed() -> None:
    (result,) = carry(DOING.check(batch("reboot"), NOW + timedelta(hours=1)), told())[0].values()
    assert result.phase is Phase.FAILED


def test_a_window_is_set_by_its_own_clock_and_newer_brokers_stay_automatic() -> None:
    estate = automated(SERVICE)
    (night,) = estate.policy.windows
    opens = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    night = replace(night, timezone="Europe/Berlin", intervals=(Interval(opens, opens + timedelta(hours=4)),))
    rule = ManagedRule("all", settings=Frozen(window="night", auto_minor=False), in_place=True)
    wanted = SERVICE.settings(replace(estate, policy=replace(estate.policy, windows=(night,), managed=(rule,)))) if SERVICE.settings else ()
    changes = {setting.name: dict(setting.becomes) for setting in wanted}
    assert changes["events"] == {"MaintenanceWindowStartTime": "MONDAY 00:30 Europe/Berlin", "AutoMinorVersionUpgrade": False}
    assert changes["edge"] == {"MaintenanceWindowStartTime": "MONDAY 00:30 Europe/Berlin"}
