"""Service updates as ElastiCache and MemoryDB have them: applied on request or after a date, node by node, and stopped in between.

"Service updates" in the user guides of both: what is stopped finishes the node at work and leaves the others as they were; an update
that is applied automatically goes on in the first maintenance window after its recommended date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.managed.engines import Engine, Version, engines, ordered
from patchkeep.sandbox.managed.resource import Resource, found
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import Job, appoint, begin, call_off, tell

if TYPE_CHECKING:
    from patchkeep.sandbox.managed.service import Planting
    from patchkeep.sandbox.world import Site, World

HOUR = 60  # minutes that a window must last at least
WAITS, NODE, MINOR, MAJOR = timedelta(minutes=2), timedelta(minutes=8), timedelta(minutes=12), timedelta(minutes=25)
OPEN = frozenset({"not-applied", "stopped", "scheduled"})
REFUSED = "update-refused"  # the trait of one for which AWS does not take an update
RECOMMENDED, EXPIRES = 30, 120  # days from the beginning of the world, where nothing else is said
KEYS = frozenset({"name", "severity", "recommended", "expires", "auto", "description"})


@dataclass(frozen=True, slots=True)
class ServiceUpdate:
    """What AWS offers to a region. `auto`: it goes on by itself after `due`."""

    name: str
    severity: str
    released: datetime
    due: datetime
    ends: datetime
    auto: bool
    description: str

    def status(self, now: datetime) -> str:
        return "available" if now < self.ends else "expired"


@dataclass(slots=True)
class UpdateAction:
    """A service update on one cache. `done`: nodes that have it."""

    update: ServiceUpdate
    available: datetime
    changed: datetime
    status: str = "not-applied"
    done: list[str] = field(default_factory=list)

    def turn(self, status: str, now: datetime) -> None:
        self.status, self.changed = status, now

    def sla_met(self, made: datetime, now: datetime) -> str:
        """yes, no, or n/a for what was made after the recommended date ("SlaMet" of UpdateAction)."""
        if made > self.update.due:
            return "n/a"
        ended = self.changed if self.status == "complete" else now
        return "yes" if ended <= self.update.due else "no"


@dataclass(slots=True, kw_only=True)
class Serviced(Resource):
    """A cache with nodes. `modifying`: its status while something goes on; `catalogue`: whose engines it runs."""

    window: Weekly
    engine: str
    version: str
    parameters: str
    catalogue: str
    modifying: str = "modifying"
    nodes: list[str] = field(default_factory=list)
    auto_minor: bool = True
    pending: str = ""  # engine version that waits for the window
    actions: dict[str, UpdateAction] = field(default_factory=dict)

    @property
    def facts(self) -> Engine:
        return engines(self.catalogue)[self.engine]

    def at_version(self, now: datetime) -> Version:
        version = self.facts.version(self.version, now)
        return version or self.facts.known(now)[0]


def listed(engine: Engine, version: Version) -> str:
    """As AWS lists it and takes it: without the patch from Redis OSS 6 on."""
    whole = engine.name == "memcached" or ordered(version.number) < (6,)
    return version.number if whole else ".".join(version.number.split(".")[:2])


def meant(engine: Engine, asked: str, now: datetime) -> Version | None:
    """The newest version that somebody means by "6.2" or "6.2.6"."""
    fits = [one for one in engine.known(now) if asked in {one.number, listed(engine, one)}]
    return fits[-1] if fits else None


def updates(site: Site, service: str) -> dict[str, ServiceUpdate]:
    """The service updates of a region, by name."""
    return cast("dict[str, ServiceUpdate]", site.kept[f"service updates of {service}"])


# --- service updates ------------------------------------------------------------------------------------------------


def offer(planting: Planting, one: Serviced, wishes: Iterable[Mapping[str, Any]]) -> None:
    """Let these service updates be on offer for the cache. The first cache that names one says what it is."""
    world, site = planting.world, planting.site
    now = world.clock.now()
    for wish in wishes:
        if unknown := wish.keys() - KEYS:
            raise ValueError(f"an update has no key {min(unknown)!r}; write some of {', '.join(sorted(KEYS))}")
        if not wish.get("name"):
            raise ValueError("each of its updates needs a name")
        update = updates(site, one.catalogue).setdefault(wish["name"], _update(wish, now))
        action = UpdateAction(update, available=now, changed=now)
        one.actions[update.name] = action
        if update.auto:
            world.clock.at(update.due, partial(_schedule, world, site, one, action))


def _update(wish: Mapping[str, Any], now: datetime) -> ServiceUpdate:
    days = {key: timedelta(days=wish.get(key, default)) for key, default in (("recommended", RECOMMENDED), ("expires", EXPIRES))}
    sentence = wish.get("description", "Upgrades to improve the security, reliability, and operational performance of your nodes")
    return ServiceUpdate(
        name=wish["name"],
        severity=wish.get("severity", "important"),
        released=now - timedelta(days=10),
        due=now + days["recommended"],
        ends=now + days["expires"],
        auto=bool(wish.get("auto")),
        description=sentence,
    )


def _schedule(world: World, site: Site, one: Serviced, action: UpdateAction) -> None:
    """The recommended date has passed: it goes on in the next window."""
    if found(site, one.arn) is one and action.status in OPEN:
        action.turn("scheduled", world.clock.now())
        appoint(world, one, _name(action), one.window.opening_after, partial(apply, world, one, action))


def _name(action: UpdateAction) -> str:
    return f"update {action.update.name}"


def apply(world: World, one: Serviced, action: UpdateAction) -> None:
    """Begin it in a moment. Nodes that have it already are left alone."""
    call_off(one, _name(action))
    action.turn("waiting-to-start", world.clock.now())
    world.clock.after(WAITS, partial(_next_node, world, one, action))


def stop(world: World, one: Serviced, action: UpdateAction) -> None:
    """Let the node at work be the last."""
    call_off(one, _name(action))
    action.turn("stopping" if action.status == "in-progress" else "stopped", world.clock.now())


def _next_node(world: World, one: Serviced, action: UpdateAction) -> None:
    now, left = world.clock.now(), [node for node in one.nodes if node not in action.done]
    if action.status in {"stopping", "stopped"}:
        action.turn("stopped", now)
        return
    if not left:
        action.turn("complete", now)
        tell(world, one, f"Applied service update {action.update.name}.", "maintenance")
        return
    action.turn("in-progress", now)

    def done() -> None:
        action.done.append(left[0])
        _next_node(world, one, action)

    def failed() -> None:
        action.turn("not-applied", world.clock.now())
        tell(world, one, f"Service update {action.update.name} could not be applied to {left[0]}.", "failure")

    begin(world, one, Job(one.modifying, NODE, done, failed))


# --- engine versions ------------------------------------------------------------------------------------------------


def upgrade(world: World, one: Serviced, target: Version, parameters: str = "") -> None:
    """The engine version, now; a failed upgrade leaves the version as it was, with an event that says so."""
    before, now = one.version, world.clock.now()
    major = target.major != one.at_version(now).major
    one.pending = ""
    call_off(one, "engine")

    def done() -> None:
        one.version, one.parameters = target.number, parameters or one.parameters
        tell(world, one, f"Engine version upgraded from {before} to {target.number}.", "maintenance")

    def failed() -> None:
        tell(world, one, f"Engine upgrade from {before} to {target.number} failed. The engine version remains {before}.", "failure")

    begin(world, one, Job(one.modifying, MAJOR if major else MINOR, done, failed))


def in_window(world: World, one: Serviced, target: Version, parameters: str = "") -> None:
    """The engine version in the next window."""
    one.pending = target.number
    appoint(world, one, "engine", one.window.opening_after, partial(upgrade, world, one, target, parameters))


def campaign(world: World, site: Site, one: Serviced) -> None:
    """From the dates of automatic upgrades on those who let it are upgraded within their major, in their next window."""

    def begins(version: Version) -> None:
        here = one.at_version(world.clock.now())
        older = here.major == version.major and ordered(here.number) < ordered(version.number)
        if found(site, one.arn) is one and one.auto_minor and older:
            in_window(world, one, version)

    for version in one.facts.versions:
        if version.automatic and version.automatic >= world.clock.now():
            world.clock.at(version.automatic, partial(begins, version))


# --- what was there before anybody came ------------------------------------------------------------------------------


def window_of(planting: Planting) -> Weekly:
    """The window declared, or an hour as AWS gives it."""
    wish, site = planting.declared, planting.site
    if not wish.window:
        return Weekly(Weekly.assigned(site.account, site.region, wish.name).start, HOUR)
    return window_read(wish.window)


def window_read(text: str) -> Weekly:
    """Raises ValueError for what is no window or lasts less than an hour ("minimum maintenance window is a 60 minute period")."""
    window = Weekly.read(text)
    if window.lasts < HOUR:
        raise ValueError(f"The maintenance window {text} must last {HOUR} minutes at least.")
    return window


def version_of(planting: Planting, catalogue: str) -> tuple[Engine, Version]:
    """The engine and version declared. Raises ValueError, a sentence, for what there is not."""
    wish, known = planting.declared, engines(catalogue)
    if wish.engine not in known:
        raise ValueError(f"has no engine {wish.engine!r}; write one of {', '.join(known)}")
    now = planting.world.clock.now()
    version = meant(known[wish.engine], wish.version, now)
    if version is None:
        offered = ", ".join(listed(known[wish.engine], one) for one in known[wish.engine].known(now))
        raise ValueError(f"{wish.engine} has no version {wish.version!r}; write one of {offered}")
    return known[wish.engine], version
