"""MemoryDB: its clusters, the service updates and engine versions that AWS offers for them.

- memorydb:DescribeClusters, ListTags: which there are, and whose
- memorydb:DescribeServiceUpdates: which service updates each lacks, and when AWS will apply them unasked
- memorydb:DescribeEngineVersions: which engine versions there are
Operations and shapes: the MemoryDB API Reference, botocore's model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Existing, Found, Update, UpdateState
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import ManagedRule, Policy
from patchkeep.domain.progress import Batch
from patchkeep.domain.setting import Estate, Setting
from patchkeep.services import _automation, _service_updates, _told
from patchkeep.services._answers import granted
from patchkeep.services._automation import NO_AUTO_MINOR, Automation, Fields, present
from patchkeep.services._copies import Copy, copied, name_of, snapshot, snapshot_tags
from patchkeep.services._grants import Grant, own
from patchkeep.services._owners import tags_of
from patchkeep.services._service import Service
from patchkeep.services._service_steps import VERIFIED, Action, Serviced, maintain
from patchkeep.services._service_updates import Listed, Ways, doubts, versions
from patchkeep.services._steps import MAINTAIN, SNAPSHOT, UPGRADE, VERIFY, At, Doing, Order, orders
from patchkeep.services._upgrades import upgrading
from patchkeep.services._weekly import Slots

Row = Mapping[str, Any]
KIND = "memorydb cluster"
LEAST = timedelta(minutes=60)  # MaintenanceWindow: "minimum maintenance window is a 60 minute period" (UpdateCluster)
WAYS = Ways(windowed=False, stoppable=False)
STATES = {
    "available": UpdateState.MISSING,
    "scheduled": UpdateState.SCHEDULED,
    "in-progress": UpdateState.RUNNING,
    "complete": None,
}
CLUSTERS = Call.of("memorydb", "describe_clusters")
UPDATES = Call.of("memorydb", "describe_service_updates")


# --- discovery ------------------------------------------------------------------------------------------------------


def discover(target: Target) -> Dialogue[Found]:
    """All clusters of one account and region; a refused read of updates, versions or tags leaves those facts unread."""
    rows = (yield CLUSTERS)["Clusters"]
    if not rows:
        return Found()
    tags = tuple(Call.of("memorydb", "list_tags", ResourceArn=row["ARN"]) for row in rows)
    updates, listed, *told = yield (UPDATES, Call.of("memorydb", "describe_engine_versions"), *tags)
    offered = _by_cluster(_told.rows(updates, "ServiceUpdates"))
    engines = _by_engine(_told.rows(listed, "EngineVersions"))
    assets = [_asset(target, row, offered.get(row["Name"], ()), engines) for row in rows]
    known = tuple(_doubted(asset, updates, listed, whose) for asset, whose in zip(assets, told, strict=True))
    gaps = _told.gaps_about(known, (updates, listed, *told))
    return Found(known, gaps, tuple(present("memorydb", asset, {"MaintenanceWindow": asset.window}) for asset in known))


def _by_cluster(rows: Iterable[Row]) -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.get("ClusterName", ""), []).append(row)
    return found


def _by_engine(rows: Iterable[Row]) -> Mapping[str, Sequence[Listed]]:
    """Rows of old answers name no engine: then it is Redis OSS."""
    found: dict[str, list[Listed]] = {}
    for row in rows:
        found.setdefault(row.get("Engine", "redis").lower(), []).append((row["EngineVersion"], row["ParameterGroupFamily"]))
    return found


def _asset(target: Target, row: Row, updates: Iterable[Row], engines: Mapping[str, Sequence[Listed]]) -> Asset:
    """One cluster. No lifecycle feed knows MemoryDB's versions, so `engine` stays empty: nobody doubts their end of support."""
    engine, version = row.get("Engine", "redis").lower(), row.get("EnginePatchVersion") or row.get("EngineVersion", "")
    disruption = Disruption.FAILOVER if row.get("AvailabilityMode") == "multiaz" else Disruption.RESTART
    lacking = [_service_update(one, disruption) for one in updates if STATES.get(one["Status"], UpdateState.MISSING)]
    lacking += versions(engine, version, engines.get(engine, ()), pending="", disruption=disruption)
    several = row.get("MultiRegionClusterName", "")
    facts = Frozen(
        status=row["Status"],
        engine=engine,
        parameters=row.get("ParameterGroupName", ""),
        snapshot_of=row["Name"],
        **{"global": f"the multi-Region cluster {several}" if several else ""},
    )
    return Asset(
        id=row["ARN"],
        kind=KIND,
        target=target,
        name=row["Name"],
        os="",
        updates=tuple(sorted(lacking, key=lambda update: update.key)),
        unread=doubts(engine, version),
        facts=facts,
        version=version,
        window=row.get("MaintenanceWindow", ""),
        remarks=() if row.get("AutoMinorVersionUpgrade", True) else (NO_AUTO_MINOR,),
    )


def _service_update(row: Row, disruption: Disruption) -> Update:
    name = row["ServiceUpdateName"]
    return Update(
        id=name,
        title=row.get("Description") or row.get("Type") or name,
        state=STATES.get(row["Status"]) or UpdateState.MISSING,
        classification="maintenance",
        disruption=disruption,
        released_at=row.get("ReleaseDate"),
        forced_at=row.get("AutoUpdateStartDate"),
    )


def _doubted(asset: Asset, updates: Any, listed: Any, whose: Any) -> Asset:
    unread = (*asset.unread, *_told.unread(service_updates=updates, engine_versions=listed, tags=whose))
    seen = None if isinstance(updates, Refused) else asset.updates
    return replace(asset, updates=seen, unread=unread, tags=tags_of(_told.rows(whose, "TagList")))


# --- settings and course --------------------------------------------------------------------------------------------


def course(asset: Asset, rule: ManagedRule, _: Mapping[str, Asset]) -> Course | str:
    """How what the cluster lacks is put on; else why nothing is."""
    return _service_updates.course(asset, rule, WAYS)


def _wants(_: Asset, __: ManagedRule, week: str) -> Fields:
    """Automatic minor upgrades are settled when a cluster is made: UpdateCluster has no word for them."""
    return {"MaintenanceWindow": week} if week else {}


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    return (Call.of("memorydb", "update_cluster", fields, ClusterName=existing.name),)


AUTOMATION = Automation("memorydb", _wants, _changes, Slots(LEAST))


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Weekly windows, where a rule of the policy names one."""
    return _automation.settings(AUTOMATION, estate)


# --- acts -----------------------------------------------------------------------------------------------------------


def see(batch: Batch) -> Dialogue[Mapping[str, Serviced | None]]:
    """The clusters of a batch. All of the place are listed, because one named that isn't there would be refused."""
    wanted = orders(batch)
    names = sorted({order.asks["action"] for order in wanted} - {""})
    asked = [Call.of("memorydb", "describe_service_updates", ServiceUpdateName=name) for name in names]
    clusters, *told = granted((yield (CLUSTERS, *asked)))
    offered = _by_cluster(row for answer in told for row in answer["ServiceUpdates"])
    there = dict(_states(clusters["Clusters"], offered))
    return {order.resource: there.get(order.resource) for order in wanted}


def _states(rows: Iterable[Row], offered: Mapping[str, Sequence[Row]]) -> Iterator[tuple[str, Serviced]]:
    for row in rows:
        version = row.get("EnginePatchVersion") or row.get("EngineVersion", "")
        actions = {one["ServiceUpdateName"]: _action(one) for one in offered.get(row["Name"], ())}
        yield row["Name"], Serviced(row["Status"], version, actions)


def _action(row: Row) -> Action:
    return Action(row["Status"], STATES.get(row["Status"], UpdateState.MISSING), row.get("NodesUpdated", ""))


def _state_of_snapshot(order: Order) -> Dialogue[str]:
    rows = (yield Call.of("memorydb", "describe_snapshots", ClusterName=order.name))["Snapshots"]
    return next((row["Status"] for row in rows if row["Name"] == name_of(order)), "")


def _apply(ready: tuple[At[Serviced], ...]) -> Call:
    update = {"ServiceUpdateNameToApply": ready[0].order.asks["action"]}
    return Call.of("memorydb", "batch_update_cluster", ClusterNames=[at.order.name for at in ready], ServiceUpdate=update)


def _photograph(ready: tuple[At[Copy], ...]) -> Call:
    order = ready[0].order
    return Call.of("memorydb", "create_snapshot", ClusterName=order.name, SnapshotName=name_of(order), Tags=snapshot_tags(order))


def _upgrade(at: At[Serviced], _at_once: bool) -> Call:  # noqa: FBT001 - `Modify` calls it
    """At once: MemoryDB has no word for its window, so nothing waits for it. A major version takes parameters of its own family."""
    asks = at.order.asks
    parameters = {"ParameterGroupName": asks["parameters"]} if asks["parameters"] else {}
    return Call.of("memorydb", "update_cluster", parameters, ClusterName=at.order.name, EngineVersion=asks["version"])


def unprocessed(_: Batch, answer: Mapping[str, Any]) -> dict[str, str]:
    """Clusters for which AWS did not take the service update."""
    return {row["ClusterName"]: f"{row['ErrorType']}: {row['ErrorMessage']}" for row in answer.get("UnprocessedClusters", ())}


def undo(change: Change) -> str:
    """MemoryDB stops nothing and downgrades nothing."""
    return change.undo or "MemoryDB cannot stop a service update, nor take one off"


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Clusters of the account, and snapshots that bear the name of ours."""
    clusters, parameters = own("memorydb", "cluster/*"), own("memorydb", "parametergroup/*")
    return (
        Grant("MaintainMemory", "memorydb", ("batch_update_cluster", "create_snapshot"), clusters),
        Grant("ChangeMemory", "memorydb", ("update_cluster",), (*clusters, *parameters)),
        Grant("TagMemorySnapshots", "memorydb", ("tag_resource",), own("memorydb", "snapshot/patchkeep-*")),
    )


DOING = Doing(
    see,
    {
        SNAPSHOT: snapshot(_photograph, copied(see, _state_of_snapshot)),
        MAINTAIN: maintain(_apply),
        UPGRADE: upgrading(_upgrade, "updating").upgrade,
        VERIFY: VERIFIED,
    },
)


SERVICE = DOING.carries(
    Service(
        name="memorydb",
        kinds=(KIND,),
        sources=Frozen(
            state="memorydb:DescribeClusters",
            updates="memorydb:DescribeServiceUpdates",
            versions="memorydb:DescribeEngineVersions",
        ),
        discover=discover,
        settings=settings,
        course=course,
        unprocessed=unprocessed,
        busy=frozenset({"InvalidClusterStateFault"}),
        undo=undo,
    )
)
