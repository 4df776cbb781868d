"""How caches are looked at while they change, and the calls that change them. Operations: the ElastiCache API Reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.progress import Batch
from patchkeep.services._answers import granted
from patchkeep.services._copies import Copy, copied, name_of, snapshot, snapshot_tags
from patchkeep.services._service_steps import VERIFIED, Serviced, maintain, stop
from patchkeep.services._steps import MAINTAIN, SCHEDULE, SNAPSHOT, UNDO, UPGRADE, VERIFY, At, Doing, Order, orders
from patchkeep.services._upgrades import put_off, upgrading
from patchkeep.services._versions import order as in_order
from patchkeep.services.elasticache.digest import Row, action, resource_of

GROUPED = "replicationgroup:"


def see(batch: Batch) -> Dialogue[Mapping[str, Serviced | None]]:
    """The caches of a batch. All of the place are listed, because one named that isn't there would be refused."""
    wanted = orders(batch)
    names = sorted({order.asks["action"] for order in wanted} - {""})
    asked = [Call.of("elasticache", "describe_update_actions", ServiceUpdateName=name) for name in names]
    clusters = Call.of("elasticache", "describe_cache_clusters")
    groups, nodes, *told = granted((yield (Call.of("elasticache", "describe_replication_groups"), clusters, *asked)))
    actions: dict[str, list[Row]] = {}
    for row in (row for answer in told for row in answer["UpdateActions"]):
        actions.setdefault(resource_of(row), []).append(row)
    there = dict(_caches(groups["ReplicationGroups"], nodes["CacheClusters"], actions))
    return {order.resource: there.get(order.resource) for order in wanted}


def _caches(groups: Iterable[Row], nodes: Iterable[Row], actions: Mapping[str, Iterable[Row]]) -> Iterator[tuple[str, Serviced]]:
    """By resource each cache: a group is as old as the oldest of its members, and as busy as the busiest."""
    nodes = tuple(nodes)
    for row in groups:
        resource = f"{GROUPED}{row['ReplicationGroupId']}"
        members = [one for one in nodes if one.get("ReplicationGroupId") == row["ReplicationGroupId"]]
        yield resource, _cache(row["Status"], members, actions.get(resource, ()), row.get("PendingModifiedValues", {}))
    for row in nodes:
        if not row.get("ReplicationGroupId"):
            resource = f"cluster:{row['CacheClusterId']}"
            yield resource, _cache(row["CacheClusterStatus"], [row], actions.get(resource, ()), {})


def _cache(status: str, members: Iterable[Row], actions: Iterable[Row], of_group: Row) -> Serviced:
    """`of_group`: what waits for the group as a whole."""
    members = tuple(members)
    oldest = min((one.get("EngineVersion", "") for one in members), key=in_order, default="")
    pending, others = put_off(of_group, *(one.get("PendingModifiedValues", {}) for one in members))
    busy = next((one["CacheClusterStatus"] for one in members if one["CacheClusterStatus"] != "available"), "")
    named = {row["ServiceUpdateName"]: action(row) for row in actions}
    return Serviced(busy if status == "available" and busy else status, oldest, named, pending, others)


def _state_of_snapshot(order: Order) -> Dialogue[str]:
    rows = (yield Call.of("elasticache", "describe_snapshots", _source(order), SnapshotSource="user"))["Snapshots"]
    return next((row["SnapshotStatus"] for row in rows if row["SnapshotName"] == name_of(order)), "")


def _source(order: Order) -> dict[str, str]:
    """What a snapshot is made of: a whole group in cluster mode, else one node."""
    sort, _, name = str(order.asks["snapshot_of"]).partition(":")
    return {"ReplicationGroupId" if sort == "replicationgroup" else "CacheClusterId": name}


def _named(ready: Iterable[At[Serviced]]) -> dict[str, Any]:
    """The service update that a lot shares, and which caches it is for."""
    found: dict[str, Any] = {}
    for at in ready:
        found["ServiceUpdateName"] = at.order.asks["action"]
        found.setdefault("ReplicationGroupIds" if at.order.resource.startswith(GROUPED) else "CacheClusterIds", []).append(at.order.name)
    return found


def _apply(ready: tuple[At[Serviced], ...]) -> Call:
    return Call.of("elasticache", "batch_apply_update_action", _named(ready))


def _halt(ready: tuple[At[Serviced], ...]) -> Call:
    return Call.of("elasticache", "batch_stop_update_action", _named(ready))


def _photograph(ready: tuple[At[Copy], ...]) -> Call:
    order = ready[0].order
    return Call.of("elasticache", "create_snapshot", _source(order), SnapshotName=name_of(order), Tags=snapshot_tags(order))


def _modify(at: At[Serviced], at_once: bool) -> Call:  # noqa: FBT001 - `Modify` calls it
    """A major version takes parameter groups of its own family."""
    order = at.order
    asked = {"EngineVersion": order.asks["version"], "ApplyImmediately": at_once}
    if order.asks["parameters"]:
        asked["CacheParameterGroupName"] = order.asks["parameters"]
    if order.resource.startswith(GROUPED):
        return Call.of("elasticache", "modify_replication_group", asked, ReplicationGroupId=order.name)
    return Call.of("elasticache", "modify_cache_cluster", asked, CacheClusterId=order.name)


def unprocessed(_: Batch, answer: Mapping[str, Any]) -> dict[str, str]:
    """Caches for which AWS did not take the service update, or its stop."""
    return {resource_of(row): f"{row['ErrorType']}: {row['ErrorMessage']}" for row in answer.get("UnprocessedUpdateActions", ())}


ENGINE = upgrading(_modify, "modifying", waits=lambda at: at.now.waits)
DOING = Doing(
    see,
    {
        SNAPSHOT: snapshot(_photograph, copied(see, _state_of_snapshot)),
        MAINTAIN: maintain(_apply),
        UPGRADE: ENGINE.upgrade,
        SCHEDULE: ENGINE.schedule,
        VERIFY: VERIFIED,
        UNDO: stop(_halt),
    },
)
