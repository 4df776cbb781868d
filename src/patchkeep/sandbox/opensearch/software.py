"""Service software: started, cancelled, rolled back, or put on by AWS at its date; and the options that say when.

API Reference: StartServiceSoftwareUpdate, CancelServiceSoftwareUpdate, RollbackServiceSoftwareUpdate, UpdateDomainConfig.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from patchkeep.sandbox.managed.work import Job, appoint, begin, call_off, rearrange, tell
from patchkeep.sandbox.opensearch.describe import off_peak
from patchkeep.sandbox.opensearch.describe import software as shown
from patchkeep.sandbox.opensearch.state import (
    COMPLETED,
    ELIGIBLE,
    NOTHING_NEW,
    PENDING,
    UPDATING,
    Domain,
    Software,
    must_be_active,
    named,
)
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import World

APPOINTMENT = "service software"
LASTS = timedelta(minutes=25)
WAITS_AT_LEAST = timedelta(days=13)  # before an optional update is scheduled where the domain lets AWS do that
STATUS = "UpdatingServiceSoftware"


def offer(world: World, one: Domain, what: Software) -> None:
    """Put it on offer, and on the agenda for its date: required ones come by themselves, optional ones where the domain lets them."""
    one.offer, one.update, one.told = what, ELIGIBLE, f"A newer release {what.version} is available for this domain."
    since = world.clock.now()

    def when(now: datetime) -> datetime | None:
        if not what.optional:
            return what.date and max(now, what.date)
        return one.off_peak_after(max(now, since + WAITS_AT_LEAST)) if one.automatic else None

    appoint(world, one, APPOINTMENT, when, partial(put_on, world, one))


def put_on(world: World, one: Domain) -> None:
    """Blue/green, so the domain stays there; what fails leaves it as it was."""
    call_off(one, APPOINTMENT)
    what, before = one.offer, one.software
    if what is None:
        return
    one.update = UPDATING

    def done() -> None:
        one.software, one.before, one.offer = what.version, before, None
        one.update, one.told = COMPLETED, NOTHING_NEW
        tell(world, one, f"Service software update {what.version} completed.")

    def failed() -> None:
        offer(world, one, Software(what.version, None, optional=True))
        one.told = f"The last attempt to update to {what.version} failed. Contact AWS support."

    begin(world, one, Job(STATUS, LASTS, done, failed))


@operation("opensearch", "StartServiceSoftwareUpdate")
def start_service_software_update(request: Request) -> Answer:
    """NOW, at a TIMESTAMP (milliseconds), or in the OFF_PEAK_WINDOW; again what waits already is refused."""
    one, desired = named(request, request.params["DomainName"]), request.params.get("DesiredStartTime")
    how = request.params.get("ScheduleAt") or ("TIMESTAMP" if desired else "NOW")
    must_be_active(one)
    if one.offer is None or one.update != ELIGIBLE:
        raise AwsError("ValidationException", f"Domain {one.name} has no service software update that could be started.")
    match how:
        case "NOW":
            put_on(request.world, one)
        case "TIMESTAMP" if desired:
            _schedule(request, one, datetime.fromtimestamp(desired / 1000, tz=UTC))
        case "OFF_PEAK_WINDOW" if one.off_peak is not None:
            _schedule(request, one, None)
        case _:
            raise AwsError("ValidationException", f"Invalid schedule for domain {one.name}: {how}.")
    return {"ServiceSoftwareOptions": shown(request, one)}


def _schedule(request: Request, one: Domain, moment: datetime | None) -> None:
    """`moment` None: whenever the off-peak window opens next."""
    one.update, one.told = PENDING, "An update is scheduled for this domain."
    appoint(request.world, one, APPOINTMENT, lambda now: moment or one.off_peak_after(now), partial(put_on, request.world, one))


@operation("opensearch", "CancelServiceSoftwareUpdate")
def cancel_service_software_update(request: Request) -> Answer:
    one = named(request, request.params["DomainName"])
    if one.offer is None or not shown(request, one)["Cancellable"]:
        raise AwsError("ValidationException", f"Domain {one.name} has no service software update that could be cancelled.")
    offer(request.world, one, one.offer)
    return {"ServiceSoftwareOptions": shown(request, one)}


@operation("opensearch", "RollbackServiceSoftwareUpdate")
def rollback_service_software_update(request: Request) -> Answer:
    """To the software before the last update, once."""
    one = named(request, request.params["DomainName"])
    must_be_active(one)
    if not one.before:
        raise AwsError("DisabledOperationException", f"Rollback is not available for domain {one.name}.", 409)
    newer, older = one.software, one.before
    one.update, one.before = UPDATING, ""

    def done() -> None:
        one.software = older
        offer(request.world, one, Software(newer, None, optional=True))
        tell(request.world, one, f"Service software rolled back to {older}.")

    begin(request.world, one, Job(STATUS, LASTS, done))
    options = {"CurrentVersion": newer, "NewVersion": older, "RollbackAvailable": True, "Description": "Rollback started."}
    return {"RollbackServiceSoftwareOptions": options}


@operation("opensearch", "UpdateDomainConfig")
def update_domain_config(request: Request) -> Answer:
    """The off-peak window, which cannot be switched off again, and automatic software updates. Neither makes AWS replace machines."""
    one, params = named(request, request.params["DomainName"]), request.params
    window, automatic = params.get("OffPeakWindowOptions"), params.get("SoftwareUpdateOptions")
    if window is not None:
        if not window.get("Enabled", True):
            raise AwsError("ValidationException", "The off-peak window cannot be disabled once it is enabled.")
        start = window.get("OffPeakWindow", {}).get("WindowStartTime", {"Hours": 22, "Minutes": 0})
        one.off_peak = start["Hours"] * 60 + start["Minutes"]
    if automatic is not None:
        one.automatic = automatic.get("AutoSoftwareUpdateEnabled", one.automatic)
    rearrange(request.world, one)
    status = {"CreationDate": one.made, "UpdateDate": request.now, "State": "Active", "PendingDeletion": False}
    config: dict[str, Any] = {
        "OffPeakWindowOptions": {"Options": off_peak(one), "Status": status},
        "SoftwareUpdateOptions": {"Options": {"AutoSoftwareUpdateEnabled": one.automatic}, "Status": status},
    }
    return {"DomainConfig": config}
