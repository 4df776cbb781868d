"""Environments, their settings, events and versions, and the platforms that there are, as the Describe and List operations show them."""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.elasticbeanstalk.state import Environment, branches, named, platform_arn, state_of
from patchkeep.sandbox.managed.answers import paged
from patchkeep.sandbox.managed.resource import found, kept, tag_list
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation

ACTIONS = "aws:elasticbeanstalk:managedactions"
UPDATES = f"{ACTIONS}:platformupdate"
HEALTH = "aws:elasticbeanstalk:healthreporting:system"
SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
PAGES, NAMES = (1, 1000), ("MaxRecords", "NextToken")


@operation("elasticbeanstalk", "DescribeEnvironments")
def describe_environments(request: Request) -> Answer:
    """Environments that are gone are not kept, so `IncludeDeleted` shows nothing more."""
    params = request.params
    params.get("IncludeDeleted")
    names, ids = params.get("EnvironmentNames"), params.get("EnvironmentIds")
    application, label = params.get("ApplicationName"), params.get("VersionLabel")
    rows = [
        shown(request, one)
        for one in kept(request.site, Environment).values()
        if (names is None or one.name in names)
        and (ids is None or one.id in ids)
        and application in {None, one.application}
        and label in {None, one.label}
    ]
    return paged(params, "Environments", rows, PAGES, NAMES)


def shown(request: Request, one: Environment) -> dict[str, Any]:
    runtime, _, system = one.branch.title.partition(" running on ")
    role = {"OperationsRole": one.role} if one.role else {}
    return {
        "ApplicationName": one.application,
        "EnvironmentName": one.name,
        "EnvironmentArn": one.arn,
        "EnvironmentId": one.id,
        "VersionLabel": one.label,
        "Status": one.status,
        "EndpointURL": f"awseb-{one.id}.{request.region}.elb.amazonaws.com",
        "SolutionStackName": f"{system} v{one.version} running {runtime}",
        "PlatformArn": platform_arn(request.region, one.branch, one.version),
        "CNAME": f"{one.name}.{request.region}.elasticbeanstalk.com",
        "Health": one.health if one.status == one.READY else "Grey",
        "AbortableOperationInProgress": one.status != one.READY,
        "Tier": {"Version": "1.0", "Type": "Standard", "Name": "WebServer"},
        "DateUpdated": one.changed or one.made,
        "DateCreated": one.made,
        "EnvironmentLinks": [{"LinkName": name, "EnvironmentName": name} for name in one.links],
        **role,
    }


@operation("elasticbeanstalk", "DescribeConfigurationSettings")
def describe_configuration_settings(request: Request) -> Answer:
    one = named(request)
    start = str(one.window).partition("-")[0].capitalize()
    values = [
        (ACTIONS, "ManagedActionsEnabled", str(one.managed).lower()),
        (ACTIONS, "PreferredStartTime", start if one.managed else ""),
        (UPDATES, "UpdateLevel", one.level),
        (UPDATES, "InstanceRefreshEnabled", "false"),
        (HEALTH, "SystemType", one.reporting),
        ("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateEnabled", "true"),
        ("aws:elasticbeanstalk:application:environment", "DB_PASSWORD", "correct horse battery staple"),
    ]
    options = [{"Namespace": space, "OptionName": name, "Value": value} for space, name, value in values if value]
    options.append({"OptionName": "Cooldown", "ResourceName": "AWSEBAutoScalingGroup", "Namespace": "aws:autoscaling:asg", "Value": "360"})
    if request.params["ApplicationName"] != one.application:
        raise AwsError("InvalidParameterValue", f"No Environment found for EnvironmentName = '{one.name}'.")
    row = {
        "ApplicationName": one.application,
        "EnvironmentName": one.name,
        "Description": "",
        "DeploymentStatus": "deployed",
        "DateCreated": one.made,
        "DateUpdated": one.changed or one.made,
        "SolutionStackName": shown(request, one)["SolutionStackName"],
        "PlatformArn": platform_arn(request.region, one.branch, one.version),
        "OptionSettings": options,
    }
    return {"ConfigurationSettings": [row]}


@operation("elasticbeanstalk", "ListPlatformVersions")
def list_platform_versions(request: Request) -> Answer:
    """All that satisfy every filter. Of operators only "=" is emulated."""
    rows = [row for branch in branches() for row in _versions(request, branch)]
    for one in request.params.get("Filters", ()):
        if one.get("Operator") != "=":
            raise AwsError("InvalidParameterValue", f"The sandbox knows the operator = alone, not {one.get('Operator')}.")
        rows = [row for row in rows if _attribute(row, one["Type"]).casefold() == one["Values"][0].casefold()]
    return paged(request.params, "PlatformSummaryList", rows, PAGES, NAMES)


def _attribute(row: dict[str, Any], name: str) -> str:
    if name == "PlatformName":
        return str(row["PlatformArn"]).partition(":platform/")[2].rpartition("/")[0]
    return str(row.get(name, ""))


def _versions(request: Request, key: str) -> list[dict[str, Any]]:
    branch = branches()[key]
    known = branch.known(request.now)
    state = state_of(branch, request.now)
    return [
        {
            "PlatformArn": platform_arn(request.region, branch, one.number),
            "PlatformOwner": "AWSElasticBeanstalk",
            "PlatformStatus": "Ready",
            "PlatformCategory": branch.title.split()[0],
            "OperatingSystemName": "Amazon Linux",
            "OperatingSystemVersion": branch.title.rpartition(" ")[2],
            "SupportedTierList": ["WebServer/Standard", "Worker/SQS/HTTP"],
            "SupportedAddonList": ["Log/S3", "Monitoring/Healthd", "WorkerDaemon/SQSD"],
            "PlatformLifecycleState": "Recommended" if one is known[-1] and state != "Retired" else "",
            "PlatformVersion": one.number,
            "PlatformBranchName": branch.title,
            "PlatformBranchLifecycleState": state,
        }
        for one in known
    ]


@operation("elasticbeanstalk", "DescribeApplicationVersions")
def describe_application_versions(request: Request) -> Answer:
    application, labels = request.params.get("ApplicationName"), request.params.get("VersionLabels")
    there = kept(request.site, Environment).values()
    versions = {(one.application, one.label): one for one in there if application in {None, one.application}}
    rows = [
        {
            "ApplicationVersionArn": f"arn:aws:elasticbeanstalk:{request.region}:{request.account}:applicationversion/{owner}/{label}",
            "ApplicationName": owner,
            "VersionLabel": label,
            "Description": "",
            "DateCreated": one.deployed,
            "DateUpdated": one.deployed,
            "SourceBundle": {"S3Bucket": one.bucket, "S3Key": one.key},
            "Status": "Processed",
            **({"BuildArn": one.build} if one.build else {}),
        }
        for (owner, label), one in versions.items()
        if labels is None or label in labels
    ]
    return paged(request.params, "ApplicationVersions", rows, PAGES, NAMES)


@operation("elasticbeanstalk", "DescribeEvents")
def describe_events(request: Request) -> Answer:
    """Newest first; `Severity` means that one and those above."""
    params = request.params
    name, since, until = params.get("EnvironmentName"), params.get("StartTime"), params.get("EndTime")
    least = SEVERITIES.index(params.get("Severity", "TRACE"))
    rows = [
        {
            "EventDate": event.at,
            "Message": event.message,
            "ApplicationName": one.application,
            "EnvironmentName": one.name,
            "RequestId": "b7f3960b-4709-11e5-ba1e-07e16200da41",
            "Severity": event.categories[0],
        }
        for one in kept(request.site, Environment).values()
        if name in {None, one.name}
        for event in one.events
        if (since is None or event.at >= since) and (until is None or event.at <= until) and SEVERITIES.index(event.categories[0]) >= least
    ]
    return paged(params, "Events", sorted(rows, key=lambda row: row["EventDate"], reverse=True), PAGES, NAMES)


@operation("elasticbeanstalk", "ListTagsForResource")
def list_tags_for_resource(request: Request) -> Answer:
    arn = request.params["ResourceArn"]
    one = found(request.site, arn)
    if not isinstance(one, Environment):
        raise AwsError("ResourceNotFoundException", f"Resource not found for arn: {arn}.")
    own = {"elasticbeanstalk:environment-id": one.id, "elasticbeanstalk:environment-name": one.name, "Name": one.name}
    return {"ResourceArn": arn, "ResourceTags": tag_list({**own, **one.tags})}
