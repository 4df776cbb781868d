"""Blue/green deployments: a copy at the new version is made and kept in step, then takes the names of what it replaces.

Statuses and names after the switchover (-old1): "Overview of Amazon RDS Blue/Green Deployments" in the Amazon RDS User Guide.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from patchkeep.sandbox.identity import unique_id
from patchkeep.sandbox.managed.answers import chosen, paged
from patchkeep.sandbox.managed.resource import AVAILABLE, drop, found, keep, kept, rename, tag_list
from patchkeep.sandbox.managed.work import Job, begin
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.rds.measures import LAGS
from patchkeep.sandbox.rds.state import BlueGreen, Cluster, Database, Instance, arn, must_be_available, writer_and_readers
from patchkeep.sandbox.world import Site

PROVISION, SWITCH, DELETE = timedelta(minutes=40), timedelta(minutes=2), timedelta(minutes=5)
SUPPORTED = frozenset({"mysql", "mariadb", "postgres", "aurora-mysql", "aurora-postgresql"})
One = TypeVar("One", bound=Database)
TASKS = ("CREATING_READ_REPLICA_OF_SOURCE", "DB_ENGINE_VERSION_UPGRADE", "CONFIGURE_BACKUPS", "CREATING_TOPOLOGY_OF_SOURCE")


@operation("rds", "CreateBlueGreenDeployment")
def create_blue_green_deployment(request: Request) -> Answer:
    params, site = request.params, request.site
    blue = _source(request)
    target = params.get("TargetEngineVersion", blue.version)
    known = blue.facts.version(target, request.now)
    if known is None or (target != blue.version and known not in blue.facts.targets(blue.at_version(request.now), request.now)):
        raise AwsError("InvalidParameterCombination", f"Cannot upgrade {blue.engine} from {blue.version} to {target}")
    number = len(kept(site, BlueGreen)) + 1
    name = f"bgd-{unique_id(request.world.seed, site.account, site.region, str(number), 'deployment').lower()}"
    green = _copied(site, blue, unique_id(request.world.seed, name, length=6).lower())
    deployment = BlueGreen(
        name=name,
        arn=arn(site, "deployment", name),
        made=request.now,
        tags={tag["Key"]: tag.get("Value", "") for tag in params.get("Tags", ())},
        traits=blue.traits,
        title=params["BlueGreenDeploymentName"],
        blue=blue,
        green=green,
        target_version=target,
        tasks=[{"Name": task, "Status": "PENDING"} for task in TASKS],
    )
    keep(site, deployment)
    _provision(request, deployment)
    return {"BlueGreenDeployment": _shown(request, deployment)}


def _source(request: Request) -> Database:
    """What may be the blue side: available, backed up, of an engine that has it, no replica, no member, not in a deployment."""
    one = found(request.site, request.params["Source"])
    if not isinstance(one, Database):
        raise AwsError("DBInstanceNotFound", f"{request.params['Source']} not found.", 404)
    clustered = isinstance(one, Cluster)
    member = isinstance(one, Instance) and (one.cluster or one.source)
    if one.engine not in SUPPORTED or member or not one.backup_days:
        code = "SourceClusterNotSupportedFault" if clustered else "SourceDatabaseNotSupportedFault"
        raise AwsError(code, f"Blue/Green Deployments are not supported for {one.name}.")
    must_be_available(one)
    for other in kept(request.site, BlueGreen).values():
        if other.title == request.params["BlueGreenDeploymentName"]:
            raise AwsError("BlueGreenDeploymentAlreadyExistsFault", f"A Blue/Green Deployment named {other.title} already exists.")
        if one in (other.blue, other.green):
            raise AwsError("InvalidParameterCombination", f"{one.name} is already part of the Blue/Green Deployment {other.name}.")
    return one


def _copied(site: Site, blue: Database, mark: str) -> Database:
    """The green side, `name-green-mark`, with all its members."""
    made = _copy(site, blue, mark)
    if isinstance(made, Cluster) and isinstance(blue, Cluster):
        members = [_copy(site, member, mark) for member in writer_and_readers(site, blue)]
        for member in members:
            member.cluster = made.name
        made.members = [member.name for member in members]
    return made


def _copy(site: Site, blue: One, mark: str) -> One:
    name = f"{blue.name}-green-{mark}"
    kind = "cluster" if isinstance(blue, Cluster) else "db"
    fresh: dict[str, Any] = {"events": [], "waiting": {}, "pending": {}, "offers": {}, "tags": deepcopy(blue.tags)}
    made = replace(blue, name=name, arn=arn(site, kind, name), status="creating", resource_id=f"{blue.resource_id}{mark}".upper(), **fresh)
    keep(site, made)
    return made


def _all(site: Site, one: Database) -> list[Database]:
    return [one, *(writer_and_readers(site, one) if isinstance(one, Cluster) else ())]


def _provision(request: Request, deployment: BlueGreen) -> None:
    def finish(status: str, task: str) -> None:
        for each in _all(request.site, deployment.green):
            each.status = AVAILABLE
        deployment.tasks = [{**one, "Status": task if one["Name"] == TASKS[1] else "COMPLETED"} for one in deployment.tasks]
        deployment.status = status

    def done() -> None:
        for each in _all(request.site, deployment.green):
            each.version = deployment.target_version
        finish(BlueGreen.READY, "COMPLETED")

    def failed() -> None:
        deployment.why = f"The upgrade of {deployment.green.name} to {deployment.target_version} failed."
        finish("INVALID_CONFIGURATION", "FAILED")

    begin(request.world, deployment, Job("PROVISIONING", PROVISION, done, failed))


@operation("rds", "DescribeBlueGreenDeployments")
def describe_blue_green_deployments(request: Request) -> Answer:
    name = request.params.get("BlueGreenDeploymentIdentifier")
    rows = [_named(request)] if name else [*kept(request.site, BlueGreen).values()]
    reads = {
        "blue-green-deployment-identifier": lambda one: [one.name],
        "blue-green-deployment-name": lambda one: [one.title],
        "source": lambda one: [one.blue.arn],
        "target": lambda one: [one.green.arn],
    }
    picked = chosen(rows, request.params.get("Filters", ()), reads)
    return paged(request.params, "BlueGreenDeployments", [_shown(request, one) for one in picked])


def _named(request: Request) -> BlueGreen:
    name = request.params["BlueGreenDeploymentIdentifier"]
    one = kept(request.site, BlueGreen).get(name)
    if one is None:
        raise AwsError("BlueGreenDeploymentNotFoundFault", f"Blue/Green Deployment {name} not found.", 404)
    return one


@operation("rds", "SwitchoverBlueGreenDeployment")
def switchover_blue_green_deployment(request: Request) -> Answer:
    """Names and ARNs are exchanged. With a lagging replica it is given up, and all stays as it was."""
    deployment = _named(request)
    if deployment.status not in {BlueGreen.READY, "SWITCHOVER_FAILED"}:
        raise AwsError("InvalidBlueGreenDeploymentStateFault", f"The deployment is in {deployment.status}, not {BlueGreen.READY}.")
    lagging = LAGS in deployment.blue.traits

    def done() -> None:
        deployment.status = "SWITCHOVER_FAILED" if lagging else "SWITCHOVER_COMPLETED"
        deployment.why = "Replication lag exceeded the switchover timeout." if lagging else ""
        if not lagging:
            _exchange(request.site, deployment)

    given = timedelta(seconds=request.params.get("SwitchoverTimeout") or 300)
    begin(request.world, deployment, Job("SWITCHOVER_IN_PROGRESS", given if lagging else SWITCH, done, after="SWITCHOVER_COMPLETED"))
    return {"BlueGreenDeployment": _shown(request, deployment)}


def _exchange(site: Site, deployment: BlueGreen) -> None:
    old, new = _all(site, deployment.blue), _all(site, deployment.green)
    for blue, green in zip(old, new, strict=True):
        name, address = blue.name, blue.arn
        rename(site, blue, f"{name}-old1", f"{address}-old1")
        rename(site, green, name, address)
    for one, members in ((deployment.blue, old[1:]), (deployment.green, new[1:])):
        if isinstance(one, Cluster):
            one.members = [member.name for member in members]
        for member in members:
            if isinstance(member, Instance):
                member.cluster = one.name


@operation("rds", "DeleteBlueGreenDeployment")
def delete_blue_green_deployment(request: Request) -> Answer:
    """DeleteTarget only before the switchover: afterwards green is in use."""
    deployment, switched = _named(request), _named(request).status == "SWITCHOVER_COMPLETED"
    with_target = bool(request.params.get("DeleteTarget"))
    if deployment.status in {"PROVISIONING", "SWITCHOVER_IN_PROGRESS", "DELETING"}:
        raise AwsError("InvalidBlueGreenDeploymentStateFault", f"The deployment is in {deployment.status}.")
    if with_target and switched:
        raise AwsError("InvalidBlueGreenDeploymentStateFault", "You can't specify DeleteTarget if the switchover has completed.")

    def done() -> None:
        for each in _all(request.site, deployment.green) if with_target else ():
            drop(request.site, each)
        drop(request.site, deployment)

    begin(request.world, deployment, Job("DELETING", DELETE, done))
    return {"BlueGreenDeployment": {**_shown(request, deployment), "DeleteTime": request.now}}


def _shown(request: Request, one: BlueGreen) -> dict[str, Any]:
    pairs = zip(_all(request.site, one.blue), _all(request.site, one.green), strict=False)
    details = [{"SourceMember": blue.arn, "TargetMember": green.arn, "Status": one.status} for blue, green in pairs]
    return {
        "BlueGreenDeploymentIdentifier": one.name,
        "BlueGreenDeploymentName": one.title,
        "Source": one.blue.arn,
        "Target": one.green.arn,
        "SwitchoverDetails": details,
        "Tasks": one.tasks,
        "Status": one.status,
        **({"StatusDetails": one.why} if one.why else {}),
        "CreateTime": one.made,
        "TagList": tag_list(one.tags),
    }
