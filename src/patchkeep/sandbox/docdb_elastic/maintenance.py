"""Pending maintenance: what AWS offers, what the owner says to that, and carrying it out.

https://docs.aws.amazon.com/documentdb/latest/developerguide/elastic-cluster-maintenance.html: an immediate opt-in cannot be undone;
`APPLY_ON` names a time of half an hour to eight, from half an hour to 14 days from now, and before the forced date.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from patchkeep.sandbox.docdb_elastic.clusters import PAGES
from patchkeep.sandbox.docdb_elastic.state import CHOSEN, SERVICE, Action, Cluster, cluster, must_be_active, spelt
from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.pending import IMMEDIATE, UNDO
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.managed.work import Job, appoint, begin, call_off, tell
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import World

ACTIONS = ("ENGINE_UPDATE", "ENGINE_UPGRADE", "SECURITY_UPDATE", "OS_UPDATE", "MASTER_USER_PASSWORD_UPDATE")
LASTS = timedelta(minutes=15)
SOONEST, FARTHEST = timedelta(minutes=30), timedelta(days=14)
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=8)
AGAIN = timedelta(days=7)  # between a forced action that failed and the next time; our assumption, as for RDS


@operation(SERVICE, "ListPendingMaintenanceActions")
def list_pending_maintenance_actions(request: Request) -> Answer:
    rows = [_shown(one, request.now) for one in kept(request.site, Cluster).values() if one.offers]
    return paged(request.params, "resourcePendingMaintenanceActions", rows, names=PAGES)


@operation(SERVICE, "GetPendingMaintenanceAction")
def get_pending_maintenance_action(request: Request) -> Answer:
    return {"resourcePendingMaintenanceAction": _shown(cluster(request, request.params["resourceArn"]), request.now)}


def _shown(one: Cluster, now: datetime) -> dict[str, Any]:
    details = [_detail(one, offer, now) for offer in one.offers.values()]
    return {"resourceArn": one.arn, "pendingMaintenanceActionDetails": details}


def _detail(one: Cluster, offer: Action, now: datetime) -> dict[str, Any]:
    """Dates that there are not are left out."""
    dates = {
        "autoAppliedAfterDate": offer.auto_after,
        "forcedApplyDate": offer.forced,
        "currentApplyDate": offer.applied_at(one.window, now),
    }
    opted = {"optInStatus": offer.opted.upper().replace("-", "_")} if offer.opted else {}
    known = {key: spelt(date) for key, date in dates.items() if date}
    return {"action": offer.action, "description": offer.description, **opted, **known}


@operation(SERVICE, "ApplyPendingMaintenanceAction")
def apply_pending_maintenance_action(request: Request) -> Answer:
    params, choice = request.params, request.params["optInType"].lower().replace("_", "-")
    one = cluster(request, params["resourceArn"])
    offer = one.offers.get(params["applyAction"])
    if params["applyAction"] not in ACTIONS or offer is None:
        raise AwsError("ResourceNotFoundException", f"There is no pending {params['applyAction']} for {one.arn}", 404)
    if offer.opted == IMMEDIATE:
        raise AwsError("ConflictException", f"{offer.action} is being applied; an IMMEDIATE opt-in can't be undone or changed.", 409)
    if choice == IMMEDIATE:
        must_be_active(one)
        offer.opted = IMMEDIATE
        _carry_out(request.world, one, offer)
    else:
        offer.on = _chosen(params.get("applyOn", ""), offer, request.now) if choice == CHOSEN else None
        offer.opted = "" if choice == UNDO else choice
        put_off(request.world, one, offer)
    return {"resourcePendingMaintenanceAction": _shown(one, request.now)}


def _chosen(text: str, offer: Action, now: datetime) -> datetime:
    """The beginning of "yyyy/MM/dd HH:mm-yyyy/MM/dd HH:mm", in UTC."""
    try:
        begins, ends = (datetime.strptime(part, "%Y/%m/%d %H:%M").replace(tzinfo=UTC) for part in text.split("-"))
    except ValueError as error:
        raise AwsError("ValidationException", f"Invalid applyOn: {text}. Format: yyyy/MM/dd HH:mm-yyyy/MM/dd HH:mm") from error
    latest = min(now + FARTHEST, offer.forced or now + FARTHEST)
    if not now + SOONEST <= begins <= latest or not SHORTEST <= ends - begins <= LONGEST:
        raise AwsError("ValidationException", f"Invalid applyOn: {text}. It begins or ends too early or too late.")
    return begins


def put_off(world: World, one: Cluster, offer: Action) -> None:
    """On the agenda, when it has a date."""
    appoint(world, one, offer.action, lambda now: offer.applied_at(one.window, now), partial(_carry_out, world, one, offer))


def _carry_out(world: World, one: Cluster, offer: Action) -> None:
    """Now. When it fails it stays pending, and has to be agreed to again; a forced one is tried a week later."""
    call_off(one, offer.action)

    def done() -> None:
        one.offers.pop(offer.action, None)
        tell(world, one, f"{offer.action} has been applied.", "maintenance")

    def failed() -> None:
        offer.opted, offer.on, offer.auto_after = "", None, None
        offer.forced = world.clock.now() + AGAIN if offer.forced else None
        put_off(world, one, offer)
        tell(world, one, f"{offer.action} failed and was taken back.", "maintenance", "failure")

    begin(world, one, Job("MAINTENANCE", LASTS, done, failed))
