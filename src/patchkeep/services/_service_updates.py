"""Service updates of in-memory stores, one shape for ElastiCache and MemoryDB: what is on offer, and how it is put on.

AWS offers a named update for many caches at once, and takes it on twenty of them a call; within a cache it goes node by node by itself.
Engine versions are changed cache by cache, upwards alone. Sources: the user guides of ElastiCache ("Service updates", "Upgrading engine
versions") and MemoryDB ("Service updates", "Engine versions and upgrading"), botocore's models of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from patchkeep.domain.asset import Asset, Disruption, Update, UpdateState
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.services._lines import chosen
from patchkeep.services._steps import MAINTAIN, SCHEDULE, SNAPSHOT, UPGRADE, VERIFY
from patchkeep.services._upgrades import held
from patchkeep.services._versions import ENGINE, at_least, newest, order

TOGETHER = 20  # ids of a BatchApplyUpdateAction or BatchUpdateCluster
Listed: TypeAlias = tuple[str, str]  # a version that AWS offers, and the family of its parameter groups


# --- what is on offer -----------------------------------------------------------------------------------------------


def versions(engine: str, version: str, listed: Iterable[Listed], *, pending: str, disruption: Disruption) -> Iterator[Update]:
    """The newest version that takes the parameter groups of the present one, and the newest of all."""
    listed = tuple(listed)
    family = _family(version, listed)
    newer = {one: its for one, its in listed if order(one) > order(version) and order(version)}
    near = newest(one for one, its in newer.items() if its == family)
    far = newest(one for one, its in newer.items() if its != family)
    for line, found in (("minor", near), ("major", far if order(far) > order(near) else "")):
        if found:
            state = UpdateState.OPTIONAL if line == "major" else UpdateState.MISSING
            if pending and at_least(pending, found):
                state = UpdateState.SCHEDULED
            facts = Frozen(family=newer[found])
            yield Update(ENGINE, f"{engine} {found}", state, classification=line, version=found, disruption=disruption, facts=facts)


def _family(version: str, listed: Iterable[Listed]) -> str:
    """Of the listed version that the present one is a patch of: "6.2" of "6.2.6". "" where AWS lists none such any more."""
    fits = {one: family for one, family in listed if version == one or version.startswith(f"{one}.")}
    return fits[max(fits, key=len)] if fits else ""


def doubts(engine: str, version: str) -> tuple[str, ...]:
    """A version that cannot be compared leaves open what is newer."""
    return () if order(version) else (f"its {engine} version {version!r} is not understood, so what is newer is not known",)


# --- the course -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ways:
    """What a service lets its users do. `windowed`: engine versions can wait for the cache's window; `stoppable`: updates under way."""

    windowed: bool
    stoppable: bool


def course(asset: Asset, rule: ManagedRule, ways: Ways) -> Course | str:
    """A service update first, in one lot with all caches that lack it; the engine version with the next plan, cache by cache."""
    if self_patched := asset.facts.get("by_aws"):
        return str(self_patched)
    open_ = chosen(asset, rule)
    if isinstance(open_, str):
        return open_
    engine = next((update for update in open_ if update.id == ENGINE), None)
    named = sorted((update for update in open_ if update is not engine), key=_pressing)
    if rule.apply is Apply.AWS_WINDOW:
        return _scheduled(asset, engine, ways)
    if named:
        return _serviced(asset, named[0], ways)
    return _upgraded(asset, engine, snapshot=rule.snapshot) if engine else ""


def _pressing(update: Update) -> tuple[bool, float, str]:
    """What is due soonest goes first."""
    moment = update.forced_at or update.due_at
    return (moment is None, moment.timestamp() if moment else 0.0, update.id)


def _serviced(asset: Asset, update: Update, ways: Ways) -> Course:
    undo = "stop it: nodes not begun yet keep what they run, those that are done stay done" if ways.stoppable else ""
    disruption = update.disruption or Disruption.RESTART
    return Course(
        (update,),
        (MAINTAIN, VERIFY),
        _asks(asset, update),
        lot=update.id,
        together=TOGETHER,
        apart=_apart(asset),
        disruption=disruption,
        undo=undo,
    )


def _upgraded(asset: Asset, engine: Update, *, snapshot: bool) -> Course | str:
    if why := _elsewhere(asset, engine) or held(asset, engine):
        return why
    copied = snapshot and bool(asset.facts.get("snapshot_of"))
    return Course(
        (engine,),
        ((SNAPSHOT,) if copied else ()) + (UPGRADE, VERIFY),
        _asks(asset, engine),
        apart=_apart(asset),
        disruption=engine.disruption or Disruption.RESTART,
        undo="restore its snapshot into a new one: loses what was written since" if copied else "",
        pins=f"EngineVersion {engine.version}",
    )


def _scheduled(asset: Asset, engine: Update | None, ways: Ways) -> Course | str:
    """What waits for AWS's own window: engine versions, where the service has it so. Nobody can ask that of a service update."""
    if engine is None or not ways.windowed:
        return "AWS takes no order for its own window here: write `apply: in-ring`, or let AWS do it after the recommended date"
    if why := _elsewhere(asset, engine):
        return why
    pins = f"EngineVersion {engine.version}"
    disruption = engine.disruption or Disruption.RESTART
    return Course((engine,), (SCHEDULE,), _asks(asset, engine), apart=_apart(asset), disruption=disruption, pins=pins)


def _elsewhere(asset: Asset, engine: Update) -> str:
    """Why its engine version is not changed here."""
    if group := asset.facts.get("global"):
        return f"its engine version is that of {group}, which spans regions: upgrade that"
    parameters = str(asset.facts.get("parameters", ""))
    if engine.classification == "major" and not parameters.startswith("default."):
        return f"{engine.title} doesn't take its parameter group {parameters}: make one of family {engine.facts['family']}, then upgrade it"
    return ""


def _apart(asset: Asset) -> tuple[str, ...]:
    """Of caches that replicate across regions one at a time."""
    return (f"caches of {asset.facts['global']}",) if asset.facts.get("global") else ()


def _asks(asset: Asset, update: Update) -> Frozen:
    """`parameters`: the default parameter group of the family that a major version wants, "" where the present one will do."""
    engine = update.id == ENGINE
    return Frozen(
        action="" if engine else update.id,
        version=update.version if engine else "",
        nodes=asset.facts.get("nodes", ()),
        parameters=_default_group(str(asset.facts.get("parameters", "")), str(update.facts["family"])) if _is_major(update) else "",
        snapshot_of=asset.facts.get("snapshot_of", ""),
        keys={update.id: update.key},
    )


def _is_major(update: Update) -> bool:
    return update.id == ENGINE and update.classification == "major"


def _default_group(present: str, family: str) -> str:
    """After "default.redis6.x.cluster.on" comes "default.redis7.cluster.on"; MemoryDB writes a hyphen, "default.memorydb-redis7"."""
    clustered = ".cluster.on" if present.endswith(".cluster.on") else ""
    return f"default.{family.replace('_', '-')}{clustered}"
