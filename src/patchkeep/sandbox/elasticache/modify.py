"""ModifyReplicationGroup and ModifyCacheCluster: engine versions upwards alone, now or in the window; windows and automation at once.

"Upgrading engine versions" in the ElastiCache user guide; a version of another family wants parameters of that family.
"""

from __future__ import annotations

from patchkeep.sandbox.elasticache.describe import shown_cluster, shown_group
from patchkeep.sandbox.elasticache.state import BACKUPS, Cache, Group, cluster, group, must_be_available
from patchkeep.sandbox.managed.engines import Version, ordered
from patchkeep.sandbox.managed.serviced import in_window, meant, upgrade, window_read
from patchkeep.sandbox.managed.work import rearrange
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation


@operation("elasticache", "ModifyReplicationGroup")
def modify_replication_group(request: Request) -> Answer:
    one = group(request, request.params["ReplicationGroupId"])
    if one.across and request.params.get("EngineVersion"):
        sentence = f"{one.name} is part of the global datastore {one.across}: modify its engine version there."
        raise AwsError("InvalidParameterCombination", sentence)
    _modify(request, one)
    return {"ReplicationGroup": shown_group(request, one)}


@operation("elasticache", "ModifyCacheCluster")
def modify_cache_cluster(request: Request) -> Answer:
    one = cluster(request, request.params["CacheClusterId"])
    if isinstance(one, Group):
        raise AwsError(
            "InvalidParameterCombination", f"{request.params['CacheClusterId']} is in the replication group {one.name}: modify that."
        )
    _modify(request, one)
    return {"CacheCluster": shown_cluster(request, one, one.name)}


def _modify(request: Request, one: Cache) -> None:
    """Nothing changes when any of it is refused."""
    params = request.params
    must_be_available(one)
    target = _target(request, one)
    try:
        window = window_read(params["PreferredMaintenanceWindow"]) if params.get("PreferredMaintenanceWindow") else None
    except ValueError as error:
        raise AwsError("InvalidParameterValue", str(error)) from error
    if window and window.overlaps(BACKUPS):
        raise AwsError("InvalidParameterValue", "The snapshot window and maintenance window must not overlap.")
    if params.get("AutoMinorVersionUpgrade") is not None:
        one.auto_minor = params["AutoMinorVersionUpgrade"]
    if window:
        one.window = window
        rearrange(request.world, one)
    if target:
        (upgrade if params.get("ApplyImmediately") else in_window)(request.world, one, target, params.get("CacheParameterGroupName", ""))


def _target(request: Request, one: Cache) -> Version | None:
    """The engine version asked for, where it is another than the present one."""
    wanted = request.params.get("EngineVersion")
    target = meant(one.facts, wanted, request.now) if wanted else None
    if wanted and target is None:
        raise AwsError("InvalidParameterValue", f"Invalid engine version {wanted} for {one.engine}")
    if target is None or target.number == one.version:
        return None
    if ordered(target.number) < ordered(one.version):
        raise AwsError("InvalidParameterCombination", f"Cannot downgrade {one.engine} from {one.version} to {wanted}")
    family, parameters = f"{one.engine}{target.major}", request.params.get("CacheParameterGroupName") or one.parameters
    if parameters.startswith("default.") and parameters.removesuffix(".cluster.on") != f"default.{family}":
        raise AwsError("InvalidParameterCombination", f"Expected a parameter group of family {family} but found {parameters}")
    return target
