"""Pending maintenance: what AWS is going to do to a database, when, and what its owner says to that.

"Maintaining a DB instance" in the Amazon RDS User Guide; "ApplyPendingMaintenanceAction" in the API Reference.
"""

from __future__ import annotations

from collections.abc import Iterable

from patchkeep.sandbox.managed.answers import chosen, paged
from patchkeep.sandbox.managed.pending import IMMEDIATE, NEXT, UNDO, shown
from patchkeep.sandbox.managed.resource import found, kept
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.rds.state import Cluster, Database, Instance, must_be_available
from patchkeep.sandbox.rds.upgrade import MAINTENANCE, carry_out, reappoint


@operation("rds", "DescribePendingMaintenanceActions")
def describe_pending_maintenance_actions(request: Request) -> Answer:
    """One row for each database that has something pending."""
    rows: Iterable[Database] = [*kept(request.site, Cluster).values(), *kept(request.site, Instance).values()]
    if wanted := request.params.get("ResourceIdentifier"):
        rows = [_database(request, wanted)]
    reads = {
        "db-cluster-id": lambda one: [one.name, one.arn] if isinstance(one, Cluster) else [],
        "db-instance-id": lambda one: [one.name, one.arn] if isinstance(one, Instance) else [],
    }
    picked = chosen((one for one in rows if one.offers), request.params.get("Filters", ()), reads)
    return paged(request.params, "PendingMaintenanceActions", [shown(one, request.now) for one in picked])


def _database(request: Request, arn: str) -> Database:
    one = found(request.site, arn)
    if not isinstance(one, Database):
        raise AwsError("ResourceNotFoundFault", f"The specified resource ID was not found: {arn}", 404)
    return one


@operation("rds", "ApplyPendingMaintenanceAction")
def apply_pending_maintenance_action(request: Request) -> Answer:
    """`immediate` begins now and cannot be undone; `next-maintenance` waits for the window; `undo-opt-in` takes that back."""
    one, action, choice = (
        _database(request, request.params["ResourceIdentifier"]),
        request.params["ApplyAction"],
        request.params["OptInType"],
    )
    if choice not in {IMMEDIATE, NEXT, UNDO}:
        raise AwsError("InvalidParameterValue", f"Invalid opt-in type: {choice}. Valid values: {IMMEDIATE}, {NEXT}, {UNDO}")
    if action not in MAINTENANCE:
        raise AwsError("InvalidParameterValue", f"Invalid maintenance action: {action}. Valid values: {', '.join(MAINTENANCE)}")
    offer = one.offers.get(action)
    if offer is None:
        raise AwsError("InvalidParameterCombination", f"There is no pending {action} action for {one.arn}")
    if offer.opted == IMMEDIATE:
        raise AwsError(
            "InvalidParameterCombination", f"The {action} action is being applied; an immediate opt-in cannot be undone or changed"
        )
    if choice == IMMEDIATE:
        must_be_available(one)
        offer.opted = IMMEDIATE
        carry_out(request.world, request.site, one, offer)
    else:
        offer.opted = NEXT if choice == NEXT else ""
        reappoint(request.world, request.site, one, offer)
    return {"ResourcePendingMaintenanceActions": shown(one, request.now)}
