"""Discovery of message brokers.

- mq:ListBrokers, mq:DescribeBroker: which there are, with version, what is pending, window, tags
- mq:DescribeBrokerEngineTypes: the versions on offer

Developer Guide: "Upgrading an Amazon MQ broker engine version", "Maintaining an Amazon MQ broker"; shapes: botocore's model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Found, Update, UpdateState
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services import _told
from patchkeep.services._answers import granted
from patchkeep.services._automation import NO_AUTO_MINOR, Fields, present
from patchkeep.services._versions import ENGINE, of_each_line, order
from patchkeep.services._weekly import DAYS

Row = Mapping[str, Any]

BROKER = "message broker"
LASTS = 2  # hours: "lasts up to two hours" (Developer Guide, maintenance windows)
LISTED = Call.of("mq", "list_brokers")
OFFERED = Call.of("mq", "describe_broker_engine_types")
WINDOW, AUTOMATIC = "MaintenanceWindowStartTime", "AutoMinorVersionUpgrade"
_PENDING = {  # what else a reboot would put on: DescribeBroker's fields
    "PendingHostInstanceType": "another instance type",
    "PendingSecurityGroups": "other security groups",
    "PendingStorageSize": "more storage",
    "PendingAuthenticationStrategy": "another way to authenticate",
    "PendingLdapServerMetadata": "another LDAP server",
    "PendingDataReplicationMode": "another replication mode",
}


def discover(target: Target) -> Dialogue[Found]:
    """All brokers of one account and region; one that is deleted between the two reads is none. Refused versions are left unread."""
    listed = (yield LISTED)["BrokerSummaries"]
    if not listed:
        return Found()
    offered, *told = yield (OFFERED, *(Call.of("mq", "describe_broker", BrokerId=row["BrokerId"]) for row in listed))
    versions = {row["EngineType"]: [one["Name"] for one in row["EngineVersions"]] for row in _told.rows(offered, "BrokerEngineTypes")}
    rows = tuple(answer for answer in told if not _is_gone(answer))
    if any(isinstance(row, Refused) for row in rows):
        granted((*rows, offered))
    assets = tuple(_broker(target, row, versions, _told.unread(engine_versions=offered)) for row in rows)
    automation = tuple(present("mq", asset, _automated(row)) for asset, row in zip(assets, rows, strict=True))
    return Found(assets, _told.gaps_about(assets, (offered,)), automation)


def _is_gone(answer: Any) -> bool:
    return isinstance(answer, Refused) and answer.gap.code == "NotFoundException"


def _broker(target: Target, row: Row, versions: Mapping[str, list[str]], unread: tuple[str, ...]) -> Asset:
    engine, version = row["EngineType"].upper(), row.get("EngineVersion", "")
    return Asset(
        id=row["BrokerArn"],
        kind=BROKER,
        target=target,
        name=row["BrokerName"],
        os="",
        tags=Frozen(row.get("Tags", {})),
        updates=tuple(_versions(row, versions.get(engine, []))),
        unread=unread,
        facts=Frozen(automatic=bool(row.get(AUTOMATIC)), pending=other_pending(row), type=engine),
        engine=engine.lower(),
        version=version,
        product=f"amazon-mq-{engine.lower()}",
        window=_window(row.get(WINDOW)),
        remarks=tuple(_remarks(row)),
    )


def _versions(row: Row, offered: Iterable[str]) -> Iterator[Update]:
    """The version that is noted already, else the newest within its major line and beyond it.

    RabbitMQ takes lines one after another, none may be left out ("Version upgrades").
    """
    here = order(row.get("EngineVersion", ""))
    if not here:
        return
    newer = [one for one in offered if order(one)[:2] > here[:2] or (len(order(one)) > 2 and order(one) > here)]
    if row["EngineType"].upper() == "RABBITMQ":
        following = min((order(one)[:2] for one in newer if order(one)[:2] > here[:2]), default=())
        newer = [one for one in newer if order(one)[:2] in {following, here[:2]}]
    if noted := row.get("PendingEngineVersion"):
        newer = [noted]
    for line, wanted in of_each_line(newer, lambda one: order(one)[:1] != here[:1]):
        yield _update(row, wanted, line)


def _update(row: Row, wanted: str, line: str) -> Update:
    state = UpdateState.OPTIONAL if line == "major" else UpdateState.MISSING
    if row.get("PendingEngineVersion") == wanted:
        state = UpdateState.RUNNING if row.get("BrokerState") == "REBOOT_IN_PROGRESS" else UpdateState.SCHEDULED
    spare = row.get("DeploymentMode") != "SINGLE_INSTANCE"
    name = {"ACTIVEMQ": "ActiveMQ", "RABBITMQ": "RabbitMQ"}.get(row["EngineType"].upper(), row["EngineType"])
    disruption = Disruption.FAILOVER if spare else Disruption.RESTART
    return Update(ENGINE, f"{name} {wanted}", state, classification=line, version=wanted, disruption=disruption)


def other_pending(row: Row) -> tuple[str, ...]:
    """What somebody has left pending beside a version."""
    found = [words for field, words in _PENDING.items() if row.get(field)]
    return (*found, *(["another configuration"] if row.get("Configurations", {}).get("Pending") else []))


def _remarks(row: Row) -> Iterator[str]:
    if AUTOMATIC in row and not row[AUTOMATIC]:
        yield NO_AUTO_MINOR
    yield from (f"AWS asks its owner to act: {one.get('ActionRequiredCode', '')}" for one in row.get("ActionsRequired", ()))


def _window(start: Row | None) -> str:
    """As other services spell theirs; in a zone of its own it bears that zone's name."""
    if not start:
        return ""
    day, hour, minute = DAYS.index(start["DayOfWeek"][:3].lower()), *map(int, start["TimeOfDay"].split(":"))
    days, closes = divmod(hour + LASTS, 24)
    zone = start.get("TimeZone", "UTC")
    spelt = f"{DAYS[day]}:{hour:02}:{minute:02}-{DAYS[(day + days) % len(DAYS)]}:{closes:02}:{minute:02}"
    return spelt if zone == "UTC" else f"{spelt} {zone}"


def _automated(row: Row) -> Fields:
    start = row.get(WINDOW, {})
    words = (start.get("DayOfWeek", ""), start.get("TimeOfDay", ""), start.get("TimeZone", "UTC"))
    return {WINDOW: " ".join(words) if start else "", AUTOMATIC: bool(row.get(AUTOMATIC))}
