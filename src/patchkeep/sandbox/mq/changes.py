"""Versions of engines and how a broker comes to them: DescribeBrokerEngineTypes, UpdateBroker, RebootBroker.

Version upgrades: RabbitMQ goes up one line at a time. Newer versions demand automatic minor upgrades (UpdateBroker, EngineVersion).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from patchkeep.sandbox.managed.engines import engines, ordered
from patchkeep.sandbox.managed.work import Job, appoint, begin, call_off, rearrange, tell
from patchkeep.sandbox.mq.brokers import Broker, Start, named
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import World

APPOINTMENT = "reboot"
REBOOTS = timedelta(minutes=12)
AUTOMATIC_FROM = {"ACTIVEMQ": (5, 18), "RABBITMQ": (3, 13)}


@operation("mq", "DescribeBrokerEngineTypes")
def describe_broker_engine_types(request: Request) -> Answer:
    """The newest version first."""
    wanted, most = request.params.get("EngineType"), request.params.get("MaxResults", 20)
    rows = [
        {"EngineType": name, "EngineVersions": [{"Name": version.number} for version in reversed(engine.known(request.now))]}
        for name, engine in engines("mq").items()
        if wanted in {None, name}
    ]
    return {"BrokerEngineTypes": rows, "MaxResults": most}


@operation("mq", "UpdateBroker")
def update_broker(request: Request) -> Answer:
    """A version waits for a reboot or the window; the window itself and automatic upgrades hold at once. All of it or nothing."""
    params = request.params
    one = named(request, params["BrokerId"])
    wanted, automatic = params.get("EngineVersion"), params.get("AutoMinorVersionUpgrade", one.automatic)
    _must_take(request, one, wanted or one.version, automatic=automatic)
    opens = _start(params.get("MaintenanceWindowStartTime"), one)
    one.automatic, one.opens = automatic, opens
    if wanted and wanted != one.version:
        one.pending = wanted
        appoint(request.world, one, APPOINTMENT, partial(_opening, one), partial(reboot, request.world, one))
    rearrange(request.world, one)
    return {
        "BrokerId": one.id,
        "AutoMinorVersionUpgrade": one.automatic,
        "EngineVersion": one.pending or one.version,
        "MaintenanceWindowStartTime": one.opens.shown,
    }


def _opening(one: Broker, now: datetime) -> datetime:
    """Of its window as it is then: that may have moved."""
    return one.opens.opening_after(now)


def _must_take(request: Request, one: Broker, wanted: str, *, automatic: bool) -> None:
    if one.status != Broker.READY:
        raise AwsError("BadRequestException", f"Broker [{one.id}] is {one.status}; it can be changed when it is running.")
    versions = [version.number for version in engines("mq")[one.engine].known(request.now)]
    newer = [version for version in versions if ordered(version) > ordered(one.version)]
    reach = newer[:1] if one.engine == "RABBITMQ" else newer
    if wanted not in {one.version, *reach}:
        raise AwsError("BadRequestException", f"Broker engine version [{wanted}] is invalid for a broker on [{one.version}].")
    if not automatic and ordered(wanted) >= AUTOMATIC_FROM[one.engine]:
        raise AwsError("BadRequestException", f"autoMinorVersionUpgrade must be true for {one.engine} [{wanted}].")


def _start(wish: Any, one: Broker) -> Start:
    if not wish:
        return one.opens
    start = Start(wish["DayOfWeek"], wish["TimeOfDay"], wish.get("TimeZone", "UTC"))
    if start.zone not in available_timezones():
        raise AwsError("BadRequestException", f"The time zone [{start.zone}] is invalid.")
    return start


@operation("mq", "RebootBroker")
def reboot_broker(request: Request) -> Answer:
    one = named(request, request.params["BrokerId"])
    if one.status != Broker.READY:
        raise AwsError("BadRequestException", f"Broker [{one.id}] is {one.status}; it can be rebooted when it is running.")
    reboot(request.world, one)
    return {}


def reboot(world: World, one: Broker) -> None:
    """Everything that was pending goes on; a version that does not start leaves the old one."""
    call_off(one, APPOINTMENT)

    def done() -> None:
        if one.pending:
            tell(world, one, f"Upgraded from {one.version} to {one.pending}.")
        one.version, one.pending = one.pending or one.version, ""
        one.size, one.pending_size = one.pending_size or one.size, ""

    def failed() -> None:
        tell(world, one, f"The upgrade to {one.pending} failed; the broker runs {one.version}.")
        one.pending = ""

    begin(world, one, Job("REBOOT_IN_PROGRESS", REBOOTS, done, failed))
