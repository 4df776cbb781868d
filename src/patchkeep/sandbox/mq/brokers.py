"""Brokers as ListBrokers and DescribeBroker show them, and where they come from: kind `message-broker` of an organization file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.engines import engines
from patchkeep.sandbox.managed.resource import Resource, keep, kept
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.work import FAILS, SLOW
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

BACKLOG = "backlog"
TRAITS = frozenset({SLOW, FAILS, BACKLOG})
SETTINGS = frozenset({"auto_minor_version_upgrade", "single", "pending_instance_type", "action"})
AGE = timedelta(days=400)
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


@dataclass(frozen=True, slots=True)
class Start:
    """When a broker's weekly window opens, by the clock of its zone."""

    day: str
    time: str
    zone: str = "UTC"

    def opening_after(self, now: datetime) -> datetime:
        hours, minutes = map(int, self.time.split(":"))
        local = now.astimezone(ZoneInfo(self.zone))
        ahead = (DAYS.index(self.day) - local.weekday()) % 7
        opening = local.replace(hour=hours, minute=minutes, second=0, microsecond=0) + timedelta(days=ahead)
        opening = opening if opening > local else opening + timedelta(days=7)
        return opening.astimezone(now.tzinfo)

    @property
    def shown(self) -> dict[str, str]:
        return {"DayOfWeek": self.day, "TimeOfDay": self.time, "TimeZone": self.zone}


@dataclass(slots=True, kw_only=True)
class Broker(Resource):
    """`pending`: the version that goes on at the next reboot."""

    READY: ClassVar[str] = "RUNNING"
    id: str
    engine: str
    version: str
    opens: Start
    single: bool = False
    automatic: bool = True
    pending: str = ""
    pending_size: str = ""
    size: str = "mq.m7g.large"
    action: str = ""


def named(request: Request, identity: str) -> Broker:
    """By its id. NotFoundException where there is none."""
    one = next((one for one in kept(request.site, Broker).values() if one.id == identity), None)
    if one is None:
        raise AwsError("NotFoundException", f"Can't find requested broker [{identity}]. Make sure your broker exists.", 404)
    return one


def arns(_: str, request: Request) -> Iterator[str]:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmq.html."""
    if identity := request.params.get("BrokerId"):
        there = [one.arn for one in kept(request.site, Broker).values() if one.id == identity]
        yield there[0] if there else f"arn:aws:mq:{request.region}:{request.account}:broker:unknown:{identity}"


def measure(request: Request, metric: str, dimensions: Mapping[str, str], _: datetime) -> float | None:
    """MessageCount of RabbitMQ by the broker's name, TotalMessageCount of ActiveMQ by that of its first instance; None: no data."""
    told = dimensions.get("Broker", "")
    there = {f"{one.name}-1" if one.engine == "ACTIVEMQ" else one.name: one for one in kept(request.site, Broker).values()}
    one = there.get(told)
    if one is None or one.status != Broker.READY:
        return None
    wanted = "TotalMessageCount" if one.engine == "ACTIVEMQ" else "MessageCount"
    return (100_000.0 if BACKLOG in one.traits else 3.0) if metric == wanted else None


@operation("mq", "ListBrokers")
def list_brokers(request: Request) -> Answer:
    cut, more = page([_summary(one) for one in kept(request.site, Broker).values()], request.params, most=100)
    return {"BrokerSummaries": cut, **more}


@operation("mq", "DescribeBroker")
def describe_broker(request: Request) -> Answer:
    one = named(request, request.params["BrokerId"])
    pending = {"PendingEngineVersion": one.pending, "PendingHostInstanceType": one.pending_size}
    asked = [{"ActionRequiredCode": one.action, "ActionRequiredInfo": one.action}] if one.action else []
    return {
        **_summary(one),
        "ActionsRequired": asked,
        "AuthenticationStrategy": "SIMPLE",
        "AutoMinorVersionUpgrade": one.automatic,
        "BrokerInstances": [{"ConsoleURL": f"https://{one.id}.mq.{request.region}.on.aws", "Endpoints": []}],
        "Configurations": {"Current": {"Id": f"c-{one.id[2:]}", "Revision": 1}, "History": []},
        "EncryptionOptions": {"UseAwsOwnedKey": True},
        "EngineVersion": one.version,
        "Logs": {"General": False, "GeneralLogGroup": f"/aws/amazonmq/broker/{one.id}/general"},
        "MaintenanceWindowStartTime": one.opens.shown,
        "PubliclyAccessible": False,
        "SecurityGroups": ["sg-123abc"],
        "StorageType": "EBS",
        "SubnetIds": ["subnet-0123456a"],
        "Tags": dict(one.tags),
        "Users": [],
        **{key: value for key, value in pending.items() if value},
    }


def _summary(one: Broker) -> dict[str, Any]:
    spread = "ACTIVE_STANDBY_MULTI_AZ" if one.engine == "ACTIVEMQ" else "CLUSTER_MULTI_AZ"
    return {
        "BrokerArn": one.arn,
        "BrokerId": one.id,
        "BrokerName": one.name,
        "BrokerState": one.status,
        "Created": one.made,
        "DeploymentMode": "SINGLE_INSTANCE" if one.single else spread,
        "EngineType": one.engine,
        "HostInstanceType": one.size,
    }


def plant(planting: Planting) -> None:
    """`single`: one instance, without a standby; `pending_instance_type`: what somebody has left for the next reboot."""
    wish, world, site = planting.declared, planting.world, planting.site
    engine = wish.engine.upper()
    if engine not in engines("mq"):
        raise ValueError(f"has no engine {wish.engine!r}; write one of {', '.join(engines('mq'))}")
    offered = [version.number for version in engines("mq")[engine].known(world.clock.now())]
    if wish.version not in offered:
        raise ValueError(f"{engine} has no version {wish.version!r}; write one of {', '.join(offered)}")
    digits = settled(site.account, site.region, wish.name)
    identity = f"b-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"
    one = Broker(
        name=wish.name,
        arn=f"arn:aws:mq:{site.region}:{site.account}:broker:{wish.name}:{identity}",
        id=identity,
        made=world.clock.now() - AGE,
        tags=dict(wish.tags),
        traits=wish.traits,
        engine=engine,
        version=wish.version,
        opens=_start(wish.window),
        single=bool(wish.settings.get("single")),
        automatic=wish.settings.get("auto_minor_version_upgrade", True),
        pending_size=wish.settings.get("pending_instance_type", ""),
        action=wish.settings.get("action", ""),
    )
    keep(site, one)


def _start(window: str) -> Start:
    """The start of a weekly window as other services spell theirs: "sun:03:00-sun:05:00"."""
    day, hours, minutes = (window.partition("-")[0] or "sun:03:00").split(":")
    full = next((name for name in DAYS if name.lower().startswith(day)), "")
    if not full:
        raise ValueError(f"a window begins on a day such as sun:03:00, not at {window!r}")
    return Start(full, f"{hours}:{minutes}")
