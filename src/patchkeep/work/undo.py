"""Plan how to take back what a rollout did: its services are asked for the way, and nothing is sent. `rollout start` carries it out."""

from __future__ import annotations

from collections.abc import Mapping

from patchkeep.domain.plan import Change, Plan
from patchkeep.domain.progress import Rollout
from patchkeep.domain.undo import Asked, Way, undoing
from patchkeep.services import Service


def undo(rollout: Rollout, plan: Plan, services: Mapping[str, Service], asked: Asked) -> Plan:
    """The plan that undoes a rollout that has ended. Raises UndoRefused."""
    changes = (change for ring in plan.rings for change in ring.changes)
    ways = {change.id: way for change in changes if (way := _way(change, services)) is not None}
    return undoing(rollout, plan, ways, asked)


def _way(change: Change, services: Mapping[str, Service]) -> Way | None:
    """What the change's service says; None where it knows no way back."""
    service = services.get(change.service)
    return service.undo(change) if service and service.undo else None
