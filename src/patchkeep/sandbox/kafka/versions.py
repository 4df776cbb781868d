"""Versions of Kafka: what a cluster may become, the change to it, and how that went.

API Reference: GetCompatibleKafkaVersions, UpdateClusterKafkaVersion, ListClusterOperationsV2, DescribeClusterOperationV2.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.kafka.clusters import Cluster, Operation, cluster
from patchkeep.sandbox.managed.engines import engines
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.managed.work import Job, begin
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

EACH_BROKER = timedelta(minutes=15)
CHANGES_VERSION = "UPDATE_CLUSTER_KAFKA_VERSION"
BROKEN = "Broker 1 did not become healthy after the update. The cluster keeps its version."


@operation("kafka", "GetCompatibleKafkaVersions")
def get_compatible_kafka_versions(request: Request) -> Answer:
    """Of one cluster, or of every version that there is."""
    if arn := request.params.get("ClusterArn"):
        one = _provisioned(request, arn)
        rows = {one.version: one.targets(request.now)}
    else:
        every = engines("kafka").values()
        known = [(engine, version) for engine in every for version in engine.known(request.now)]
        rows = {version.number: [one.number for one in engine.targets(version, request.now)] for engine, version in known}
    return {"CompatibleKafkaVersions": [{"SourceVersion": source, "TargetVersions": found} for source, found in rows.items()]}


def _provisioned(request: Request, arn: str) -> Cluster:
    one = cluster(request, arn)
    if not one.version:
        raise AwsError("BadRequestException", "This operation cannot be performed on serverless clusters.")
    return one


@operation("kafka", "UpdateClusterKafkaVersion")
def update_cluster_kafka_version(request: Request) -> Answer:
    """Refused where the cluster has changed since its revision was read, is busy, or cannot become that version."""
    params, now = request.params, request.now
    one, wanted = _provisioned(request, params["ClusterArn"]), params["TargetKafkaVersion"]
    configuration = params.get("ConfigurationInfo")
    if params["CurrentVersion"] != one.revision:
        raise AwsError("BadRequestException", "This operation cannot be performed because the cluster version is not the current one.")
    if one.status != Cluster.READY:
        raise AwsError("BadRequestException", f"You can't update a cluster that is {one.status}.")
    if wanted not in one.targets(now):
        raise AwsError("BadRequestException", f"Updating from {one.version} to {wanted} is not supported.")
    place = one.arn.replace(":cluster/", ":cluster-operation/")
    change = Operation(f"{place}/{settled(one.arn, now)[:8]}", CHANGES_VERSION, now, one.version, wanted)
    one.operations.append(change)

    def done() -> None:
        one.version, one.changes = wanted, one.changes + 1
        one.configuration = configuration["Arn"] if configuration else one.configuration
        change.state, change.ended = "UPDATE_COMPLETE", request.world.clock.now()

    def failed() -> None:
        one.changes += 1
        change.state, change.ended, change.why = "UPDATE_FAILED", request.world.clock.now(), BROKEN

    begin(request.world, one, Job("UPDATING", EACH_BROKER * one.brokers, done, failed))
    return {"ClusterArn": one.arn, "ClusterOperationArn": change.arn}


@operation("kafka", "ListClusterOperationsV2")
def list_cluster_operations_v2(request: Request) -> Answer:
    """The newest first."""
    one = cluster(request, request.params["ClusterArn"])
    cut, more = page([_shown(one, change) for change in reversed(one.operations)], request.params, most=100)
    return {"ClusterOperationInfoList": cut, **more}


@operation("kafka", "DescribeClusterOperationV2")
def describe_cluster_operation_v2(request: Request) -> Answer:
    arn = request.params["ClusterOperationArn"]
    for one in kept(request.site, Cluster).values():
        for change in one.operations:
            if change.arn == arn:
                return {"ClusterOperationInfo": {**_shown(one, change), **_more(change)}}
    raise AwsError("NotFoundException", f"The cluster operation {arn} does not exist.", 404)


def _shown(one: Cluster, change: Operation) -> dict[str, Any]:
    ended = {"EndTime": change.ended} if change.ended else {}
    return {
        "ClusterArn": one.arn,
        "ClusterType": "PROVISIONED",
        "StartTime": change.at,
        **ended,
        "OperationArn": change.arn,
        "OperationState": change.state,
        "OperationType": change.type,
    }


def _more(change: Operation) -> dict[str, Any]:
    error = {"ErrorInfo": {"ErrorCode": "INTERNAL_ERROR", "ErrorString": change.why}} if change.why else {}
    versions = {"SourceClusterInfo": {"KafkaVersion": change.source}, "TargetClusterInfo": {"KafkaVersion": change.target}}
    return {**error, "Provisioned": {"OperationSteps": [], **versions}}
