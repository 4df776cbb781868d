"""Service updates of ElastiCache and the actions on them: who lacks what, and what was begun and stopped.

"Service updates in ElastiCache" in the user guide; BatchApplyUpdateAction and BatchStopUpdateAction in the API Reference: what is not
taken stands among UnprocessedUpdateActions, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from patchkeep.sandbox.elasticache.state import NAME, Cache, Cluster, Group
from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import AVAILABLE, kept
from patchkeep.sandbox.managed.serviced import OPEN, REFUSED, ServiceUpdate, UpdateAction, apply, stop, updates
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import World

MOST = 20
ENGINES = "redis, valkey, memcached"
STOPPABLE = frozenset({"waiting-to-start", "in-progress", "scheduled", "scheduling"})


@operation("elasticache", "DescribeServiceUpdates")
def describe_service_updates(request: Request) -> Answer:
    params, wanted = request.params, request.params.get("ServiceUpdateName")
    if wanted:
        _named(request)
    rows = [one for one in updates(request.site, NAME).values() if wanted in {None, one.name}]
    if statuses := params.get("ServiceUpdateStatus"):
        rows = [one for one in rows if one.status(request.now) in statuses]
    return paged(params, "ServiceUpdates", [_shown(one, request) for one in rows])


def _named(request: Request) -> ServiceUpdate:
    name = request.params["ServiceUpdateName"]
    one = updates(request.site, NAME).get(name)
    if one is None:
        raise AwsError("ServiceUpdateNotFoundFault", f"Service update {name} not found.", 404)
    return one


def _shown(one: ServiceUpdate, request: Request) -> dict[str, Any]:
    return {
        "ServiceUpdateName": one.name,
        "ServiceUpdateReleaseDate": one.released,
        "ServiceUpdateEndDate": one.ends,
        "ServiceUpdateSeverity": one.severity,
        "ServiceUpdateRecommendedApplyByDate": one.due,
        "ServiceUpdateStatus": one.status(request.now),
        "ServiceUpdateDescription": one.description,
        "ServiceUpdateType": "security-update",
        "Engine": ENGINES,
        "EngineVersion": "redis 5.0 and onwards, valkey 7.2 and onwards, memcached 1.5 and onwards",
        "AutoUpdateAfterRecommendedApplyByDate": one.auto,
        "EstimatedUpdateTime": "30 minutes per node",
    }


@operation("elasticache", "DescribeUpdateActions")
def describe_update_actions(request: Request) -> Answer:
    params = request.params
    rows = [(one, action) for one in _caches(request) if _asked(request, one) for action in one.actions.values()]
    if name := params.get("ServiceUpdateName"):
        rows = [row for row in rows if row[1].update.name == name]
    if statuses := params.get("ServiceUpdateStatus"):
        rows = [row for row in rows if row[1].update.status(request.now) in statuses]
    if statuses := params.get("UpdateActionStatus"):
        rows = [row for row in rows if row[1].status in statuses]
    return paged(params, "UpdateActions", [_shown_action(request, one, action) for one, action in rows])


def _caches(request: Request) -> Iterator[Cache]:
    yield from kept(request.site, Group).values()
    yield from kept(request.site, Cluster).values()


def _asked(request: Request, one: Cache) -> bool:
    groups, clusters = request.params.get("ReplicationGroupIds"), request.params.get("CacheClusterIds")
    if not groups and not clusters:
        return True
    return one.name in ((groups if isinstance(one, Group) else clusters) or ())


def _key(one: Cache) -> str:
    return "ReplicationGroupId" if isinstance(one, Group) else "CacheClusterId"


def _shown_action(request: Request, one: Cache, action: UpdateAction) -> dict[str, Any]:
    update = action.update
    return {
        _key(one): one.name,
        "ServiceUpdateName": update.name,
        "ServiceUpdateReleaseDate": update.released,
        "ServiceUpdateSeverity": update.severity,
        "ServiceUpdateStatus": update.status(request.now),
        "ServiceUpdateRecommendedApplyByDate": update.due,
        "ServiceUpdateType": "security-update",
        "UpdateActionAvailableDate": action.available,
        "UpdateActionStatus": action.status,
        "NodesUpdated": f"{len(action.done)}/{len(one.nodes)}",
        "UpdateActionStatusModifiedDate": action.changed,
        "SlaMet": action.sla_met(one.made, request.now),
        "EstimatedUpdateTime": "30 minutes per node",
        "Engine": one.engine,
    }


@operation("elasticache", "BatchApplyUpdateAction")
def batch_apply_update_action(request: Request) -> Answer:
    return _batch(request, _must_be_open, apply)


@operation("elasticache", "BatchStopUpdateAction")
def batch_stop_update_action(request: Request) -> Answer:
    return _batch(request, _must_go_on, stop)


def _must_be_open(request: Request, one: Cache, action: UpdateAction) -> None:
    if action.update.status(request.now) != "available":
        raise AwsError("InvalidParameterValue", f"The service update {action.update.name} is not available any more.")
    if action.status not in OPEN:
        raise AwsError("InvalidParameterValue", f"The update action is {action.status} and cannot be applied.")
    if one.status != AVAILABLE or REFUSED in one.traits:
        noun = "ReplicationGroup" if isinstance(one, Group) else "CacheCluster"
        raise AwsError(f"Invalid{noun}State", f"{one.name} is not in a valid state to be updated.")


def _must_go_on(_: Request, __: Cache, action: UpdateAction) -> None:
    if action.status not in STOPPABLE:
        raise AwsError("InvalidParameterValue", f"The update action is {action.status} and cannot be stopped.")


Must = Callable[[Request, Cache, UpdateAction], None]
Does = Callable[[World, Cache, UpdateAction], None]


def _batch(request: Request, must: Must, does: Does) -> Answer:
    """Each on its own: a refusal of one holds up nothing of the others."""
    update, params = _named(request), request.params
    asked = [("ReplicationGroupId", name) for name in params.get("ReplicationGroupIds", ())]
    asked += [("CacheClusterId", name) for name in params.get("CacheClusterIds", ())]
    if not 0 < len(asked) <= MOST:
        raise AwsError("InvalidParameterValue", f"From 1 to {MOST} replication groups and cache clusters may be named.")
    there = {(_key(one), one.name): one for one in _caches(request)}
    taken, left = [], []
    for key, name in asked:
        row = {key: name, "ServiceUpdateName": update.name}
        try:
            action = _begun(request, there.get((key, name)), update, must, does)
            taken.append({**row, "UpdateActionStatus": action.status})
        except AwsError as error:
            left.append({**row, "ErrorType": error.code, "ErrorMessage": error.message})
    return {"ProcessedUpdateActions": taken, "UnprocessedUpdateActions": left}


def _begun(request: Request, one: Cache | None, update: ServiceUpdate, must: Must, does: Does) -> UpdateAction:
    if one is None:
        raise AwsError("InvalidParameterValue", "The resource was not found.")
    if update.name not in one.actions:
        raise AwsError("InvalidParameterValue", f"The service update {update.name} does not apply to {one.name}.")
    action = one.actions[update.name]
    must(request, one, action)
    does(request.world, one, action)
    return action
