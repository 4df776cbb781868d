"""CloudWatch's numbers of a database, worked out from what it is and how it misbehaves.

Names: "Amazon CloudWatch metrics for Amazon RDS" in the Amazon RDS User Guide. Databases of Aurora are asked for AuroraReplicaLag there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from patchkeep.sandbox.generate import chance
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.operation import Request
from patchkeep.sandbox.rds.state import Instance

LAGS, BUSY, UNMEASURED = "replica-lags", "busy", "metrics-missing"
LAG, CALM_LAG = 900.0, 0.2  # seconds
AWAY = frozenset({"rebooting", "upgrading", "maintenance"})  # no data while it restarts


def measure(request: Request, metric: str, dimensions: Mapping[str, str], at: datetime) -> float | None:
    """ReplicaLag in seconds, CPUUtilization in per cent, of a DBInstanceIdentifier; None: no data."""
    one = kept(request.site, Instance).get(dimensions.get("DBInstanceIdentifier", ""))
    if one is None or UNMEASURED in one.traits or one.status in AWAY or at < one.made:
        return None
    match metric:
        case "ReplicaLag" if one.source:
            return LAG if LAGS in one.traits else CALM_LAG
        case "AuroraReplicaLag" if one.cluster:
            return 1000 * LAG if LAGS in one.traits else 20.0  # milliseconds
        case "CPUUtilization":
            return 97.0 if BUSY in one.traits else 8.0 + chance(30, one.arn, at.hour)
        case _:
            return None
