"""Reaching a node's agent: waiting until it answers, and restarting the machine beneath it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from patchkeep.sandbox.faults.fault import Fault, Kind
from patchkeep.sandbox.ssm.select import reachable

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Node, Site, World

NEVER_BACK = "never-comes-back"  # the trait of a machine that does not survive a restart
_LOOKS_EVERY = timedelta(minutes=1)
Then = Callable[[], None]


class Line:
    """The way from SSM to one node."""

    def __init__(self, world: World, site: Site, node: Node) -> None:
        self.world, self.site, self.node = world, site, node

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def open(self) -> bool:
        return reachable(self.site, self.node)

    def struck(self, kind: Kind) -> Fault | None:
        """The fault of this kind that strikes the node now, if one does."""
        return self.world.faults.on_node(kind, (self.site.account, self.site.region), self.node.id, self.now)

    def after(self, delay: timedelta, then: Then) -> None:
        self.world.clock.after(delay, then)

    def when_open(self, until: datetime, then: Then, otherwise: Then) -> None:
        """Do `then` as soon as the agent answers, looking every minute; `otherwise` when it has not by `until`."""
        if self.open():
            then()
        elif self.now >= until:
            otherwise()
        else:
            self.world.clock.at(min(self.now + _LOOKS_EVERY, until), lambda: self.when_open(until, then, otherwise))

    def restart(self, until: datetime, back: Then, lost: Then) -> None:
        """Let the agent restart its machine: `back` when it answers again, `lost` when it has not by `until`."""
        away = self.node.agent.reboot(self.now)
        self.node.online, self.node.last_ping = False, self.now
        if NEVER_BACK not in self.node.traits and not self.struck(Kind.NEVER_BACK):
            self.after(away, self._up_again)
        self.when_open(until, back, lost)

    def _up_again(self) -> None:
        self.node.online = True
