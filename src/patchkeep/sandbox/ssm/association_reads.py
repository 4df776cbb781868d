"""Listing associations, their executions, and what they mean for one node."""

from __future__ import annotations

import operator
from datetime import datetime
from typing import Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.association_store import Association, Execution, TargetRun, asked_document, associations_of
from patchkeep.sandbox.ssm.associations import find_association, overview
from patchkeep.sandbox.ssm.listing import chosen, kept_by, listing, without_none
from patchkeep.sandbox.ssm.select import known, matching

_SIZE = (1, 50, 50)
_COMPARES = {"EQUAL": operator.eq, "LESS_THAN": operator.lt, "GREATER_THAN": operator.gt}


@operation("ssm", "ListAssociations")
def list_associations(request: Request) -> Answer:
    site = request.site
    tests = {
        "InstanceId": lambda one, values: values[0] in {node.id for node in matching(site, one.targets)},
        "Name": lambda one, values: one.document == values[0],
        "AssociationId": lambda one, values: one.id == values[0],
        "AssociationName": lambda one, values: one.label.startswith(values[0]),
        "AssociationStatusName": lambda one, values: overview(one)["Status"] == values[0],
        "LastExecutedBefore": lambda one, values: bool(one.executions) and one.executions[-1].created < datetime.fromisoformat(values[0]),
        "LastExecutedAfter": lambda one, values: bool(one.executions) and one.executions[-1].created > datetime.fromisoformat(values[0]),
    }
    passes = kept_by(request.params.get("AssociationFilterList") or (), tests, "ValidationException")
    rows = [_row(one) for one in associations_of(site).values() if passes(one)]
    return listing(request, "Associations", rows, size=_SIZE)


def _row(association: Association) -> Answer:
    names = ("Name", "InstanceId", "ScheduleExpression", "AssociationName", "ScheduleOffset", "Duration")
    return without_none(
        **chosen(association.asked, names),
        AssociationId=association.id,
        AssociationVersion=str(association.version),
        DocumentVersion=association.asked.get("DocumentVersion") or "$DEFAULT",
        Targets=association.targets,
        LastExecutionDate=association.executions[-1].created if association.executions else None,
        Overview=overview(association),
    )


@operation("ssm", "DescribeAssociationExecutions")
def describe_association_executions(request: Request) -> Answer:
    """Newest first; those of the last 30 days."""
    association = find_association(request, request.params["AssociationId"])
    executions = list(reversed(association.executions))
    for one in request.params.get("Filters") or ():
        executions = [execution for execution in executions if _passes(execution, one)]
    rows = [
        {
            "AssociationId": association.id,
            "AssociationVersion": str(execution.version),
            "ExecutionId": execution.id,
            "Status": execution.status,
            "DetailedStatus": execution.status,
            "CreatedTime": execution.created,
            "LastExecutionDate": execution.changed,
            "ResourceCountByStatus": "{" + ", ".join(f"{name}={count}" for name, count in execution.counts.items()) + "}",
        }
        for execution in executions
    ]
    return listing(request, "AssociationExecutions", rows, size=_SIZE)


def _passes(execution: Execution, one: dict[str, Any]) -> bool:
    wanted: Any = one["Value"]
    present: Any = {"ExecutionId": execution.id, "Status": execution.status, "CreatedTime": execution.created}[one["Key"]]
    if one["Key"] == "CreatedTime":
        wanted = datetime.fromisoformat(wanted)
    return bool(_COMPARES[one["Type"]](present, wanted))


@operation("ssm", "DescribeAssociationExecutionTargets")
def describe_association_execution_targets(request: Request) -> Answer:
    association = find_association(request, request.params["AssociationId"])
    wanted = request.params["ExecutionId"]
    execution = next((one for one in association.executions if one.id == wanted), None)
    if execution is None:
        raise AwsError("AssociationExecutionDoesNotExist", "The specified execution ID does not exist.")
    tests = {
        "Status": lambda run, values: run.status in values,
        "ResourceId": lambda run, values: run.node in values,
        "ResourceType": lambda _, values: "ManagedInstance" in values,
    }
    passes = kept_by(request.params.get("Filters") or (), tests, "ValidationException")
    rows = [
        without_none(
            AssociationId=association.id,
            AssociationVersion=str(execution.version),
            ExecutionId=execution.id,
            ResourceId=run.node,
            ResourceType="ManagedInstance",
            Status=run.status,
            DetailedStatus=run.status,
            LastExecutionDate=run.at,
            OutputSource={"OutputSourceId": run.source, "OutputSourceType": "RunCommand"} if run.ended else None,
        )
        for run in execution.targets.values()
        if passes(run)
    ]
    return listing(request, "AssociationExecutionTargets", rows, size=_SIZE)


def _of_node(request: Request) -> list[Association]:
    node = known(request.site, request.params["InstanceId"])
    return [one for one in associations_of(request.site).values() if node in matching(request.site, one.targets)]


@operation("ssm", "DescribeInstanceAssociationsStatus")
def describe_instance_associations_status(request: Request) -> Answer:
    rows = [_status(one, request.params["InstanceId"]) for one in _of_node(request)]
    return listing(request, "InstanceAssociationStatusInfos", rows, size=_SIZE)


def _status(association: Association, node_id: str) -> Answer:
    last = association.last.get(node_id)
    return without_none(
        AssociationId=association.id,
        Name=association.document,
        DocumentVersion=association.asked.get("DocumentVersion") or "$DEFAULT",
        AssociationVersion=str(association.version),
        InstanceId=node_id,
        ExecutionDate=last.at if last else None,
        Status=last.status if last else "Pending",
        DetailedStatus=last.status if last else "Associated",
        ExecutionSummary=_summary(last) if last and last.ended else None,
        AssociationName=association.label or None,
    )


def _summary(run: TargetRun) -> str:
    good = int(run.status == "Success")
    return f"1 out of 1 plugin processed, {good} success, {1 - good} failed, 0 timedout, 0 skipped. "


@operation("ssm", "DescribeEffectiveInstanceAssociations")
def describe_effective_instance_associations(request: Request) -> Answer:
    rows = [
        {
            "AssociationId": one.id,
            "InstanceId": request.params["InstanceId"],
            "Content": asked_document(request.world, request.site, one.asked)[1].text,
            "AssociationVersion": str(one.version),
        }
        for one in _of_node(request)
    ]
    return listing(request, "Associations", rows, size=(1, 5, 5))
