"""Message brokers in virtual time: what waits for a reboot or the window by its own clock, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from patchkeep.domain.frozen import NOTHING
from patchkeep.services.mq import measured
from tests.sandbox.managed.asking import Place, place

QUEUES = """
- {kind: message-broker, name: queues, engine: RabbitMQ, version: 3.11.28, window: "sun:02:00-sun:04:00", environment: dev}
"""
BROKEN = QUEUES.replace("environment: dev", "environment: dev, traits: [upgrade-fails]")


def identity(there: Place) -> dict[str, str]:
    (row,) = there("ListBrokers")["BrokerSummaries"]
    return {"BrokerId": row["BrokerId"]}


def broker(there: Place) -> dict[str, Any]:
    return there("DescribeBroker", **identity(there))


def test_a_version_waits_for_the_reboot() -> None:
    there = place("mq", QUEUES)
    there("UpdateBroker", **identity(there), EngineVersion="3.12.13")
    assert (broker(there)["EngineVersion"], broker(there)["PendingEngineVersion"]) == ("3.11.28", "3.12.13")
    there("RebootBroker", **identity(there))
    assert there.refuses("RebootBroker", **identity(there)) == "BadRequestException"
    there.wait(minutes=13)
    after = broker(there)
    assert (after["EngineVersion"], "PendingEngineVersion" in after) == ("3.12.13", False)


def test_or_for_its_window_by_the_clock_of_its_zone_wherever_that_moved() -> None:
    there = place("mq", QUEUES)
    there("UpdateBroker", **identity(there), EngineVersion="3.12.13")
    window = {"DayOfWeek": "SATURDAY", "TimeOfDay": "02:00", "TimeZone": "Europe/Berlin"}
    there("UpdateBroker", **identity(there), MaintenanceWindowStartTime=window)
    there.world.clock.advance(datetime(2026, 9, 4, 23, 59, tzinfo=UTC))
    assert broker(there)["BrokerState"] == "RUNNING"
    there.world.clock.advance(datetime(2026, 9, 5, 0, 1, tzinfo=UTC))
    assert broker(there)["BrokerState"] == "REBOOT_IN_PROGRESS"
    there.wait(minutes=13)
    assert broker(there)["EngineVersion"] == "3.12.13"


def test_rabbitmq_leaves_no_line_out_and_newer_ones_must_be_automatic() -> None:
    there = place("mq", QUEUES.replace("3.11.28", "3.12.13"))
    assert there.refuses("UpdateBroker", **identity(there), EngineVersion="4.2") == "BadRequestException"
    refused = there.refuses("UpdateBroker", **identity(there), EngineVersion="3.13", AutoMinorVersionUpgrade=False)
    assert refused == "BadRequestException"
    nowhere = {"DayOfWeek": "SUNDAY", "TimeOfDay": "02:00", "TimeZone": "Mars/Olympus"}
    assert there.refuses("UpdateBroker", **identity(there), MaintenanceWindowStartTime=nowhere) == "BadRequestException"


def test_what_does_not_start_leaves_the_old_version() -> None:
    there = place("mq", BROKEN)
    there("UpdateBroker", **identity(there), EngineVersion="3.12.13")
    there("RebootBroker", **identity(there))
    there.wait(minutes=13)
    after = broker(there)
    assert (after["BrokerState"], after["EngineVersion"], "PendingEngineVersion" in after) == ("RUNNING", "3.11.28", False)


def test_versions_are_listed_by_engine_and_one_that_is_not_there_is_not_found() -> None:
    there = place("mq", QUEUES)
    (row,) = there("DescribeBrokerEngineTypes", EngineType="ACTIVEMQ")["BrokerEngineTypes"]
    assert [one["Name"] for one in row["EngineVersions"]] == ["5.19", "5.18", "5.17.6"]
    assert there.refuses("DescribeBroker", BrokerId="b-nowhere") == "NotFoundException"


def test_messages_are_counted_by_broker_and_of_activemq_by_instance() -> None:
    there = place("mq", QUEUES.replace("environment: dev", "environment: dev, traits: [backlog]"))
    namespace, parts = measured("broker:queues:b-1", NOTHING)
    assert [there.metric(namespace, "MessageCount", part) for part in parts] == [100_000.0, None, None]
    other = place("mq", QUEUES.replace("RabbitMQ, version: 3.11.28", "ActiveMQ, version: 5.17.6"))
    assert [other.metric(namespace, "TotalMessageCount", part) for part in parts] == [None, 3.0, None]
