"""What AWS does to a managed resource over time: jobs that take a while and may fail, and appointments that wait for their moment.

Both stand on the agenda of the world's clock, so that everything happens in the order of virtual time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from patchkeep.sandbox.managed.resource import Appointment, Event, Resource

if TYPE_CHECKING:
    from datetime import datetime

    from patchkeep.sandbox.managed.weekly import Weekly
    from patchkeep.sandbox.world import World

SLOW, FAILS = "slow", "upgrade-fails"
SLOWER = 6  # times as long
BUSY_FOR = timedelta(minutes=30)  # after which an appointment with a busy resource is tried again


@dataclass(frozen=True, slots=True)
class Job:
    """`status`: what the resource shows meanwhile; `after`: what it shows then, or READY; `failed` is for who has the trait, not `done`."""

    status: str
    lasts: timedelta
    done: Callable[[], None]
    failed: Callable[[], None] | None = None  # None: it cannot fail
    after: str = ""


def begin(world: World, resource: Resource, job: Job) -> datetime:
    """Start the job now. Returns when it will end."""
    resource.status = job.status
    lasts = job.lasts * (SLOWER if SLOW in resource.traits else 1)

    def end() -> None:
        resource.status = job.after or resource.READY
        fails = job.failed is not None and FAILS in resource.traits
        (job.failed if fails and job.failed else job.done)()

    world.clock.after(lasts, end)
    return world.clock.now() + lasts


def tell(world: World, resource: Resource, message: str, *categories: str) -> None:
    """Note an event of the resource, now."""
    resource.events.append(Event(world.clock.now(), message, categories))


When = Callable[["datetime"], "datetime | None"]


def appoint(world: World, resource: Resource, name: str, when: When, then: Callable[[], None]) -> None:
    """Let `then` happen at the moment that `when(now)` names; a former appointment of that name is replaced.

    A resource that is busy at that moment is tried again half an hour later.
    """
    resource.waiting[name] = Appointment(when, then)
    _arrange(world, resource, name)


def call_off(resource: Resource, name: str) -> None:
    resource.waiting.pop(name, None)


def rearrange(world: World, resource: Resource) -> None:
    """Ask every appointment of the resource anew for its moment: its window or a date has moved."""
    for name in resource.waiting:
        _arrange(world, resource, name)


def moment_of(resource: Resource, name: str) -> datetime | None:
    """When an appointment is due; None: there is none, or not as things stand."""
    return resource.waiting[name].moment if name in resource.waiting else None


def _arrange(world: World, resource: Resource, name: str) -> None:
    appointment = resource.waiting[name]
    _fix(world, resource, name, appointment.when(world.clock.now()))


def _fix(world: World, resource: Resource, name: str, moment: datetime | None) -> None:
    appointment = resource.waiting[name]
    appointment.moment = moment

    def ring() -> None:
        if resource.waiting.get(name) is not appointment or appointment.moment != moment:
            return  # called off, replaced or moved
        if resource.status != resource.READY:
            _fix(world, resource, name, world.clock.now() + BUSY_FOR)
            return
        del resource.waiting[name]
        appointment.then()

    if moment is not None:
        world.clock.at(moment, ring)


@dataclass(slots=True)
class Offer:
    """A pending action: what AWS offers to do, from when it does it by itself, and what its owner said to that.

    Dates as in the `PendingMaintenanceAction` data type of the Amazon RDS API Reference: after `auto_after` in the next window; at `forced`
    whatever the window; `opted`: "", "immediate" or "next-maintenance".
    """

    action: str
    description: str
    version: str = ""  # what it brings, where it brings one
    auto_after: datetime | None = None
    forced: datetime | None = None
    opted: str = ""

    def applied_at(self, window: Weekly, now: datetime) -> datetime | None:
        """When it is carried out as things stand at `now`; None: not unless its owner says so."""
        if self.opted == "immediate":
            return now
        dates = []
        if self.opted:
            dates.append(window.opening_after(now))
        if self.auto_after:
            dates.append(window.opening_after(max(now, self.auto_after)))
        if self.forced:
            dates.append(max(now, self.forced))
        return min(dates, default=None)
