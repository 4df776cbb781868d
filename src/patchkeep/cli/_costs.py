"""What a plan costs by the month, a line for each thing that has an effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchkeep.cli import show
from patchkeep.domain.cost import total
from patchkeep.domain.prices import REGION

if TYPE_CHECKING:
    from patchkeep.domain.plan import Plan


def monthly(plan: Plan) -> None:
    """Nothing where nothing costs or is worth saying."""
    if not plan.costs:
        return
    sum_of, unknown = total(plan.costs)
    more = ", and lines whose price is UNKNOWN" if unknown else ""
    show.heading(f"\nCost: {_dollars(sum_of)} a month{more}, by list prices of {REGION}")
    for line in plan.costs:
        if line.monthly is None:
            show.paragraph(f"{line.what}: {line.note}", indent=2, hang=6)
        else:
            note = f"; {line.note}" if line.note else ""
            source = f" ({', read '.join(filter(None, (line.source, line.as_of)))})" if line.monthly else ""
            many = f"{line.quantity:,.0f} {line.unit}{'' if line.quantity == 1 else 's'}"
            show.paragraph(f"{line.what}: {_dollars(line.monthly)} for {many}{note}{source}", indent=2, hang=6)


def _dollars(amount: float) -> str:
    """Cents, and less than a cent as that."""
    return "less than $0.01" if 0 < amount < 0.01 else f"${amount:,.2f}"
