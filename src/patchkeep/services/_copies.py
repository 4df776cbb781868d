"""Snapshots that a rollout takes before a change: how they are named and marked, whatever service keeps them (RULES 18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.progress import Batch, Result
from patchkeep.services._steps import DONE, At, Order, See, Step, failed, orders, running

MADE_BY_TAG = "patchkeep:made-by"  # on what a rollout leaves behind: the mark of the batch that made it
EXPIRY_TAG = "patchkeep:expires"  # from that day on somebody may delete it
KEPT_FOR = timedelta(days=30)
_BROKEN = frozenset(
    {"failed", "deleting", "deleted", "incompatible-restore", "incompatible-parameters"}
)  # as one service or another says it


def name_of(order: Order) -> str:
    """Letters, digits and single hyphens: what RDS and Redshift take for a snapshot's identifier."""
    return f"patchkeep-{order.mark}"


def made_by(order: Order) -> list[dict[str, str]]:
    return [{"Key": MADE_BY_TAG, "Value": order.mark}]


def snapshot_tags(order: Order) -> list[dict[str, str]]:
    """Whose it is, and until when it is kept."""
    return [*made_by(order), {"Key": EXPIRY_TAG, "Value": f"{order.intended_at + KEPT_FOR:%Y-%m-%d}"}]


@dataclass(frozen=True, slots=True)
class Copy:
    """The snapshot that a batch makes, and what it is made of: AWS's words for both. `status` "": there is no snapshot yet."""

    status: str
    source: str


class _Seen(Protocol):
    @property
    def status(self) -> str: ...


SeenT = TypeVar("SeenT", bound=_Seen)


def copied(see: See[SeenT], state_of: Callable[[Order], Dialogue[str]]) -> See[Copy]:
    """Sees the one resource of a batch (a snapshot is made of one a call), and where it is there, its snapshot under the batch's mark.

    `state_of`: AWS's word for that snapshot, "" where there is none.
    """

    def look(batch: Batch) -> Dialogue[Mapping[str, Copy | None]]:
        seen = yield from see(batch)
        (order,) = orders(batch)
        now = seen[order.resource]
        return {order.resource: Copy((yield from state_of(order)), now.status) if now else None}

    return look


def snapshot(call: Callable[[tuple[At[Copy], ...]], Call], see: See[Copy]) -> Step[Copy]:
    """A snapshot under the mark of the batch, begun while its source is available; it ends when both are."""
    return Step(
        ends=_kept,
        call=call,
        done=lambda at: f"snapshot {name_of(at.order)} is there" if at.now.status == "available" else "",
        busy=_source_busy,
        begun=lambda at: bool(at.now.status),
        see=see,
        lasts=True,
    )


def _source_busy(at: At[Copy]) -> str:
    return "" if at.now.source == "available" else f"is {at.now.source}"


def _kept(at: At[Copy]) -> Result:
    name = name_of(at.order)
    match at.now.status:
        case "available":
            return running(_source_busy(at)) if _source_busy(at) else DONE
        case status if status in _BROKEN:
            return failed(f"the snapshot {name} is {status}")
        case status:
            return running(f"snapshot {name} is {status or 'not listed yet'}")
