"""What a fault does to one call: refuse it, hold its answer back, break off in the middle of it, or cut its list short."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from patchkeep.sandbox.faults.board import Seen
from patchkeep.sandbox.faults.fault import Fault, Kind
from patchkeep.sandbox.faults.spelling import server_error, throttled, token_expired, unavailable
from patchkeep.sandbox.identity import ExpiredKeyError, denied

if TYPE_CHECKING:
    from patchkeep.sandbox.protocol import Reply
    from patchkeep.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Spoiling:
    """What is to become of an answer that is still given. `most_rows`: 0 for as many as AWS would give."""

    delay: float = 0.0  # seconds of real time
    cut: bool = False
    most_rows: int = 0

    @property
    def mark(self) -> str | None:
        """What the sandbox's log says of it."""
        return "ConnectionCut" if self.cut else None

    def spoil(self, reply: Reply) -> Reply:
        return replace(reply, delay=self.delay, cut=self.cut)


def strike(world: World, seen: Seen) -> Spoiling:
    """Let the world's faults strike this call; a refusal is raised as AwsError, spelt as the service spells it."""
    if not world.faults.placed:
        return Spoiling()
    now = world.clock.now()
    short = world.faults.on_call(seen, now, short=True)
    fault = world.faults.on_call(seen, now)
    return replace(_spoiling(fault, seen) if fault else Spoiling(), most_rows=short.page if short else 0)


def _spoiling(fault: Fault, seen: Seen) -> Spoiling:
    match fault.kind:
        case Kind.SLOW:
            return Spoiling(delay=fault.seconds)
        case Kind.CUT:
            return Spoiling(cut=True)
        case Kind.THROTTLE:
            raise throttled(seen.service)
        case Kind.ACCESS_DENIED:
            raise denied(seen.service, seen.operation, seen.caller, (seen.account, seen.region))
        case Kind.EXPIRED_TOKEN:
            raise ExpiredKeyError
        case Kind.SERVER_ERROR:
            raise server_error(seen.service)
        case Kind.UNAVAILABLE:
            raise unavailable(seen.service)
        case Kind.PAGE_TOKEN:
            raise token_expired(seen.service)
        case Kind.SHORT_PAGES | Kind.NEVER_BACK | Kind.STUCK | Kind.PATCH_FAILS | Kind.INVENTORY_LAGS | Kind.STATE_LAGS | Kind.FOREIGN_SCAN:
            return Spoiling()
        case _ as never:
            assert_never(never)
