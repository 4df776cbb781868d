"""Snapshots that a rollout takes before a change: how they are named and marked, whatever service keeps them (RULES 18)."""

from __future__ import annotations

from datetime import timedelta

from patchkeep.services._steps import Order

MADE_BY_TAG = "patchkeep:made-by"  # on what a rollout leaves behind: the mark of the batch that made it
EXPIRY_TAG = "patchkeep:expires"  # from that day on somebody may delete it
KEPT_FOR = timedelta(days=30)


def name_of(order: Order) -> str:
    """Letters, digits and single hyphens: what RDS and Redshift take for a snapshot's identifier."""
    return f"patchkeep-{order.mark}"


def made_by(order: Order) -> list[dict[str, str]]:
    return [{"Key": MADE_BY_TAG, "Value": order.mark}]


def snapshot_tags(order: Order) -> list[dict[str, str]]:
    """Whose it is, and until when it is kept."""
    return [*made_by(order), {"Key": EXPIRY_TAG, "Value": f"{order.intended_at + KEPT_FOR:%Y-%m-%d}"}]
