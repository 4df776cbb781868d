"""CloudWatch's numbers of a cache, worked out from what it is and how it misbehaves.

Names: "Host-Level Metrics" and "Metrics for Valkey and Redis OSS" in the ElastiCache user guide; a group publishes them for its
primaries together under ReplicationGroupId and Role ("Target tracking scaling policies").
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from patchkeep.sandbox.elasticache.state import Cache, Cluster, Group
from patchkeep.sandbox.generate import chance
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.operation import Request

LAGS, BUSY, EVICTS, UNMEASURED = "replica-lags", "busy", "evicting", "metrics-missing"
LAG, CALM_LAG = 120.0, 0.1  # seconds


def measure(request: Request, metric: str, dimensions: Mapping[str, str], at: datetime) -> float | None:
    """EngineCPUUtilization in per cent, Evictions a minute, ReplicationLag in seconds of a replica; None: no data."""
    one = _cache(request, dimensions)
    if one is None or UNMEASURED in one.traits or at < one.made:
        return None
    match metric:
        case "EngineCPUUtilization" if one.engine != "memcached":
            return 96.0 if BUSY in one.traits else 5.0 + chance(30, one.arn, at.hour)
        case "Evictions":
            return 4000.0 if EVICTS in one.traits else 0.0
        case "ReplicationLag" if _is_replica(one, dimensions):
            return LAG if LAGS in one.traits else CALM_LAG
        case _:
            return None


def _cache(request: Request, dimensions: Mapping[str, str]) -> Cache | None:
    name, groups = dimensions.get("CacheClusterId", ""), kept(request.site, Group)
    if not name:
        return groups.get(dimensions.get("ReplicationGroupId", ""))
    return kept(request.site, Cluster).get(name) or next((one for one in groups.values() if name in one.nodes), None)


def _is_replica(one: Cache, dimensions: Mapping[str, str]) -> bool:
    name = dimensions.get("CacheClusterId", "")
    return isinstance(one, Group) and (name in one.nodes and not name.endswith("-001") if name else dimensions.get("Role") == "Replica")
