"""Restarting an instance and making a reader of a cluster its writer."""

from __future__ import annotations

from datetime import timedelta

from patchkeep.sandbox.managed.resource import AVAILABLE
from patchkeep.sandbox.managed.work import Job, begin, tell
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.rds.describe import shown_cluster, shown_instance
from patchkeep.sandbox.rds.state import Instance, cluster, instance, must_be_available, named, writer_and_readers

REBOOT, FAILOVER = timedelta(minutes=2), timedelta(minutes=1)


@operation("rds", "RebootDBInstance")
def reboot_db_instance(request: Request) -> Answer:
    """ForceFailover only with Multi-AZ ("RebootDBInstance": InvalidParameterCombination otherwise)."""
    one = instance(request, request.params["DBInstanceIdentifier"])
    must_be_available(one)
    if request.params.get("ForceFailover") and not one.multi_az:
        raise AwsError(
            "InvalidParameterCombination", "ForceFailover cannot be specified since the instance is not configured for Multi-AZ."
        )
    begin(request.world, one, Job("rebooting", REBOOT, lambda: tell(request.world, one, "DB instance restarted", "availability")))
    return {"DBInstance": shown_instance(request, one)}


@operation("rds", "FailoverDBCluster")
def failover_db_cluster(request: Request) -> Answer:
    """To the reader named, or to the one of the lowest tier. A cluster without an available reader is refused.

    ("FailoverDBCluster" in the API Reference; "Fault tolerance for an Aurora DB cluster" in the Aurora User Guide.)
    """
    one = cluster(request, request.params["DBClusterIdentifier"])
    must_be_available(one)
    writer, *readers = writer_and_readers(request.site, one)
    chosen = _chosen(request, readers)

    def done() -> None:
        one.members = [chosen.name, *(name for name in one.members if name != chosen.name)]
        tell(request.world, one, f"Completed failover to DB instance: {chosen.name}", "failover")
        for each in (writer, chosen):
            tell(request.world, each, "DB instance restarted", "availability")

    begin(request.world, one, Job("failing-over", FAILOVER, done))
    return {"DBCluster": shown_cluster(request, one)}


def _chosen(request: Request, readers: list[Instance]) -> Instance:
    ready = sorted((one for one in readers if one.status == AVAILABLE), key=lambda one: one.tier)
    if wanted := request.params.get("TargetDBInstanceIdentifier"):
        ready = [one for one in ready if one.name == named(wanted)]
    if not ready:
        raise AwsError("InvalidDBClusterStateFault", "Cannot failover: the cluster has no available reader to fail over to.")
    return ready[0]
