"""Pending maintenance as RDS and DMS show it: one row for each resource, one detail for each action that AWS offers.

`PendingMaintenanceAction` in the API References of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import Offer

IMMEDIATE, NEXT, UNDO = "immediate", "next-maintenance", "undo-opt-in"


class Offered(Protocol):
    """A resource to which actions are offered, by name."""

    arn: str
    window: Weekly

    @property
    def offers(self) -> Mapping[str, Offer]: ...


def shown(one: Offered, now: datetime) -> dict[str, Any]:
    """Its row, as it stands at `now`."""
    details = [_detail(one.window, offer, now) for offer in one.offers.values()]
    return {"ResourceIdentifier": one.arn, "PendingMaintenanceActionDetails": details}


def _detail(window: Weekly, offer: Offer, now: datetime) -> dict[str, Any]:
    """Dates that there are not are left out."""
    dates = {
        "AutoAppliedAfterDate": offer.auto_after,
        "ForcedApplyDate": offer.forced,
        "CurrentApplyDate": offer.applied_at(window, now),
    }
    opted = {"OptInStatus": offer.opted} if offer.opted else {}
    return {"Action": offer.action, "Description": offer.description, **opted, **{key: date for key, date in dates.items() if date}}
