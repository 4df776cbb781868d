"""What a replication instance's owner may change, and what its owner says to pending maintenance."""

from __future__ import annotations

from patchkeep.sandbox.dms.describe import shown as shown_instance
from patchkeep.sandbox.dms.state import Replication, engine, instance, must_be_available
from patchkeep.sandbox.dms.upgrade import ACTIONS, apply_pending, carry_out, in_window, reappoint
from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.pending import IMMEDIATE, NEXT, UNDO, shown
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import rearrange
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation

WRONG = "InvalidParameterValueException"  # not among the declared faults; what DMS's front end answers


@operation("dms", "ModifyReplicationInstance")
def modify_replication_instance(request: Request) -> Answer:
    """Window and automation at once, the version now or in the window; nothing changes when any of it is refused."""
    params = request.params
    one = instance(request, params["ReplicationInstanceArn"])
    must_be_available(one)
    if version := params.get("EngineVersion"):
        _must_be_reachable(request, one, version)
    one.window = _window(request, one)
    one.auto_minor = params.get("AutoMinorVersionUpgrade", one.auto_minor)
    if version:
        one.pending = {} if version == one.version else {"EngineVersion": version}
    rearrange(request.world, one)
    if params.get("ApplyImmediately") and one.pending:
        apply_pending(request.world, one)
    else:
        in_window(request.world, one)
    return {"ReplicationInstance": shown_instance(request, one)}


def _window(request: Request, one: Replication) -> Weekly:
    text = request.params.get("PreferredMaintenanceWindow")
    try:
        return Weekly.read(text) if text else one.window
    except ValueError as error:
        raise AwsError(WRONG, str(error)) from error


def _must_be_reachable(request: Request, one: Replication, wanted: str) -> None:
    if wanted == one.version:
        return
    here = one.at_version(request.now)
    target = next((version for version in engine().targets(here, request.now) if version.number == wanted), None)
    if target is None:
        raise AwsError(WRONG, f"Cannot upgrade replication instance from {one.version} to {wanted}")
    if target.major != here.major and not request.params.get("AllowMajorVersionUpgrade"):
        raise AwsError(WRONG, "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")


@operation("dms", "DescribePendingMaintenanceActions")
def describe_pending_maintenance_actions(request: Request) -> Answer:
    arn = request.params.get("ReplicationInstanceArn")
    rows = [instance(request, arn)] if arn else [*kept(request.site, Replication).values()]
    return paged(request.params, "PendingMaintenanceActions", [shown(one, request.now) for one in rows if one.offers])


@operation("dms", "ApplyPendingMaintenanceAction")
def apply_pending_maintenance_action(request: Request) -> Answer:
    """`immediate` begins now and cannot be undone; `next-maintenance` waits for the window; `undo-opt-in` takes that back."""
    params, choice = request.params, request.params["OptInType"]
    one = instance(request, params["ReplicationInstanceArn"])
    if choice not in {IMMEDIATE, NEXT, UNDO} or params["ApplyAction"] not in ACTIONS:
        raise AwsError(WRONG, f"Invalid opt-in {choice} of {params['ApplyAction']}")
    offer = one.offers.get(params["ApplyAction"])
    if offer is None:
        raise AwsError("ResourceNotFoundFault", f"There is no pending {params['ApplyAction']} action for {one.arn}")
    if offer.opted == IMMEDIATE:
        raise AwsError(WRONG, f"The {offer.action} action is being applied; an immediate opt-in cannot be undone or changed")
    if choice == IMMEDIATE:
        must_be_available(one)
        offer.opted = IMMEDIATE
        carry_out(request.world, one, offer)
    else:
        offer.opted = NEXT if choice == NEXT else ""
        reappoint(request.world, one, offer)
    return {"ResourcePendingMaintenanceActions": shown(one, request.now)}
