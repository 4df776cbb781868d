"""How a database's updates are put on: in which steps, after whom, with what way back. Pure.

Sources: the user guides of RDS and Aurora ("Maintaining a DB instance", "Upgrading a DB instance engine version", "Using Amazon RDS
Blue/Green Deployments", "Working with read replicas"): replicas are upgraded before their source; immediate maintenance cannot be
undone (ApplyPendingMaintenanceAction, OptInType).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from patchkeep.domain.asset import Asset, Disruption, Update
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.services._lines import chosen
from patchkeep.services._pending import one_of_each
from patchkeep.services._steps import MAINTAIN, SNAPSHOT, UPGRADE, VERIFY
from patchkeep.services._upgrades import agreed, asks, engine_of, held, worst
from patchkeep.services._versions import ENGINE, at_least
from patchkeep.services.rds.across import its_own
from patchkeep.services.rds.digest import CLUSTER, NEVER_ASKED_FOR

FAIL_OVER, PREPARE_GREEN, SWITCH = "fail over", "prepare green", "switch over"
_WITH_GREEN = ("mysql", "mariadb", "postgres", "aurora-mysql", "aurora-postgresql")  # user guide: Blue/Green Deployments, availability


def course(asset: Asset, rule: ManagedRule, there: Mapping[str, Asset]) -> Course | str:
    """How the updates that the rule asks for are put on; else why none is."""
    open_ = _open(asset, rule)
    if isinstance(open_, str):
        return open_
    updates = one_of_each(open_)
    if rule.apply is Apply.AWS_WINDOW:
        return agreed(updates, _asks(asset, updates))
    engine = engine_of(updates)
    first = _replicas_first(asset, engine, there) if engine else _readers_first(asset, updates, there)
    if isinstance(first, str):
        return first
    green = engine is not None and engine.classification == "major" and asset.engine in _WITH_GREEN
    if not green and (why := held(asset, engine)):
        return why
    steps = tuple(_steps(asset, updates, green=green, snapshot=rule.snapshot, writer=_is_writer(asset, there)))
    return Course(
        updates=updates,
        steps=steps,
        asks=_asks(asset, updates),
        after=first,
        apart=_apart(asset),
        disruption=worst(updates),
        undo=_way_back(green=green, snapshot=SNAPSHOT in steps),
        snapshot_gb=float(asset.facts.get("storage", 0)) if SNAPSHOT in steps else 0.0,
        pins=f"EngineVersion {engine.version}" if engine else "",
    )


def _open(asset: Asset, rule: ManagedRule) -> tuple[Update, ...] | str:
    open_ = chosen(asset, rule, NEVER_ASKED_FOR)
    return open_ if isinstance(open_, str) else its_own(asset, open_)


def _steps(asset: Asset, updates: Iterable[Update], *, green: bool, snapshot: bool, writer: bool) -> Iterator[str]:
    updates = tuple(updates)
    if green:
        yield PREPARE_GREEN
        yield SWITCH
    else:
        if snapshot and not asset.facts.get("cluster") and not asset.facts.get("source"):
            yield SNAPSHOT
        if writer and any(update.disruption is not Disruption.NONE for update in updates):
            yield FAIL_OVER
        if any(update.id != ENGINE for update in updates):
            yield MAINTAIN
        if any(update.id == ENGINE for update in updates):
            yield UPGRADE
    yield VERIFY


def _asks(asset: Asset, updates: Iterable[Update]) -> Frozen:
    return Frozen(asks(asset, updates), cluster=asset.facts.get("cluster", ""))


def _apart(asset: Asset) -> tuple[str, ...]:
    """One member of a cluster or of a group of replicas at a time, and none of them while the cluster itself is changed."""
    leads = asset.kind == CLUSTER or asset.facts.get("replicas")
    group = asset.facts.get("cluster") or asset.facts.get("source") or (asset.name if leads else "")
    return (f"databases of {group} in {asset.target}",) if group else ()


def _replicas_first(asset: Asset, engine: Update, there: Mapping[str, Asset]) -> tuple[str, ...] | str:
    """Replicas that are below the version wanted; one that is not seen here must be upgraded where it is."""
    by_name = {other.name: other for other in there.values() if other.kind == asset.kind}
    found = []
    for name in asset.facts.get("replicas", ()):
        replica = by_name.get(name)
        if replica is None:
            return f"its read replica {name} is elsewhere and must be on {engine.version} first: upgrade it there"
        if not at_least(replica.version, engine.version):
            found.append(replica.id)
    return tuple(found)


def _readers_first(asset: Asset, updates: Iterable[Update], there: Mapping[str, Asset]) -> tuple[str, ...]:
    """A cluster's readers that lack the same maintenance go before its writer."""
    if not _is_writer(asset, there):
        return ()
    wanted = {update.id for update in updates}
    mates = (other for other in there.values() if other.facts.get("cluster") == asset.facts.get("cluster") and other.id != asset.id)
    return tuple(sorted(mate.id for mate in mates if any(update.id in wanted and update.state.lacking for update in mate.updates or ())))


def _is_writer(asset: Asset, there: Mapping[str, Asset]) -> bool:
    """Whether it is the writer of a cluster with readers: then one of them takes over first."""
    name = asset.facts.get("cluster")
    cluster = next((other for other in there.values() if name and other.kind == CLUSTER and other.name == name), None)
    members = cluster.facts["members"] if cluster else {}
    return bool(members.get(asset.name)) and len(members) > 1


def _way_back(*, green: bool, snapshot: bool) -> str:
    if green:
        return "the old database stays, stopped taking writes, as NAME-old1; going back to it loses what was written since the switch"
    return "restore its snapshot beside it: loses what was written since" if snapshot else ""
