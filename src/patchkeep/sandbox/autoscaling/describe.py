"""DescribeAutoScalingGroups, DescribeLaunchConfigurations, DescribeInstanceRefreshes, UpdateAutoScalingGroup (its maintenance policy)."""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.autoscaling.state import Group, Machine, Refresh, group
from patchkeep.sandbox.ec2.templates import templates
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page
from patchkeep.sandbox.world import Site

MOST_ROWS = 100
WIDEST = 100  # between the two percentages


@operation("autoscaling", "DescribeAutoScalingGroups")
def describe_auto_scaling_groups(request: Request) -> Answer:
    """A name that there is not is left out."""
    names, filters = request.params.get("AutoScalingGroupNames"), request.params.get("Filters", ())
    rows = [one for one in kept(request.site, Group).values() if not names or one.name in names]
    for each in filters:
        if not each["Name"].startswith("tag:"):
            raise AwsError("EmulatorNotImplemented", f"The sandbox does not emulate the filter '{each['Name']}' here.")
        rows = [one for one in rows if one.tags.get(each["Name"].removeprefix("tag:")) in each["Values"]]
    shown, more = page(rows, request.params, most=MOST_ROWS, default=50, size="MaxRecords")
    return {"AutoScalingGroups": [_group(request.site, one) for one in shown], **more}


def _group(site: Site, one: Group) -> dict[str, Any]:
    size = len(one.machines)
    least, most = one.healthy
    kept_healthy = {"InstanceMaintenancePolicy": {"MinHealthyPercentage": least, "MaxHealthyPercentage": most}} if least >= 0 else {}
    return {
        "AutoScalingGroupName": one.name,
        "AutoScalingGroupARN": one.arn,
        "MinSize": min(size, 1),
        "MaxSize": 2 * size,
        "DesiredCapacity": size,
        "DefaultCooldown": 300,
        "AvailabilityZones": [site.region + letter for letter in "abc"],
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 300,
        "Instances": [_machine(site, one, machine) for machine in one.machines],
        "CreatedTime": one.made,
        "SuspendedProcesses": [{"ProcessName": name, "SuspensionReason": "User suspended"} for name in one.suspended],
        "VPCZoneIdentifier": "subnet-5ea0c127,subnet-6194ea3b,subnet-c934b782",
        "EnabledMetrics": [],
        "Tags": [
            {"ResourceId": one.name, "ResourceType": "auto-scaling-group", "Key": key, "Value": value, "PropagateAtLaunch": True}
            for key, value in one.tags.items()
        ],
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": False,
        "ServiceLinkedRoleARN": f"arn:aws:iam::{site.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        "TrafficSources": [],
        **kept_healthy,
        **launched_from(site, one),
    }


def launched_from(site: Site, one: Group) -> dict[str, Any]:
    """The configuration, the template, or the mixed instances policy that a group has."""
    if one.configuration:
        return {"LaunchConfigurationName": one.configuration}
    named = _specification(site, one, one.asked)
    if not one.mixed:
        return {"LaunchTemplate": named}
    return {"MixedInstancesPolicy": {**one.mixed, "LaunchTemplate": {**one.mixed["LaunchTemplate"], "LaunchTemplateSpecification": named}}}


def _specification(site: Site, one: Group, version: str) -> dict[str, str]:
    template = templates(site).get(one.template)
    return {"LaunchTemplateId": one.template, "LaunchTemplateName": template.name if template else "gone", "Version": version}


def _machine(site: Site, one: Group, machine: Machine) -> dict[str, Any]:
    named = {"LaunchConfigurationName": one.configuration} if one.configuration else {}
    template = {"LaunchTemplate": _specification(site, one, machine.version)} if machine.version else {}
    return {
        "InstanceId": machine.id,
        "InstanceType": "t3.medium",
        "AvailabilityZone": machine.zone,
        "LifecycleState": machine.state,
        "HealthStatus": machine.health,
        "ProtectedFromScaleIn": machine.protected,
        **named,
        **template,
    }


@operation("autoscaling", "DescribeLaunchConfigurations")
def describe_launch_configurations(request: Request) -> Answer:
    names = request.params.get("LaunchConfigurationNames")
    rows = [
        {
            "LaunchConfigurationName": name,
            "LaunchConfigurationARN": _configuration_arn(request, name),
            "ImageId": about["image"],
            "SecurityGroups": [],
            "ClassicLinkVPCSecurityGroups": [],
            "InstanceType": "t3.medium",
            "BlockDeviceMappings": [],
            "InstanceMonitoring": {"Enabled": True},
            "CreatedTime": about["made"],
            "EbsOptimized": False,
        }
        for name, about in request.site.kept["launch-configurations"].items()
        if not names or name in names
    ]
    shown, more = page(rows, request.params, most=MOST_ROWS, default=50, size="MaxRecords")
    return {"LaunchConfigurations": shown, **more}


def _configuration_arn(request: Request, name: str) -> str:
    path = f"launchConfiguration:00000000-0000-0000-0000-000000000000:launchConfigurationName/{name}"
    return f"arn:aws:autoscaling:{request.region}:{request.account}:{path}"


@operation("autoscaling", "DescribeInstanceRefreshes")
def describe_instance_refreshes(request: Request) -> Answer:
    """Newest first."""
    one, ids = group(request, request.params["AutoScalingGroupName"]), request.params.get("InstanceRefreshIds")
    rows = [refresh for refresh in one.refreshes if not ids or refresh.id in ids]
    shown, more = page(rows, request.params, most=MOST_ROWS, default=50, size="MaxRecords")
    return {"InstanceRefreshes": [_refresh(one, refresh) for refresh in shown], **more}


def _refresh(one: Group, refresh: Refresh) -> dict[str, Any]:
    optional = {
        "StatusReason": refresh.reason,
        "StartTime": refresh.start,
        "EndTime": refresh.end,
        "DesiredConfiguration": refresh.desired,
        "RollbackDetails": refresh.rollback,
    }
    return {
        "InstanceRefreshId": refresh.id,
        "AutoScalingGroupName": one.name,
        "Status": refresh.status,
        "PercentageComplete": refresh.percent,
        "InstancesToUpdate": len(refresh.left),
        "Preferences": refresh.preferences,
        **{key: value for key, value in optional.items() if value},
    }


@operation("autoscaling", "UpdateAutoScalingGroup")
def update_auto_scaling_group(request: Request) -> Answer:
    """The instance maintenance policy alone; -1 and -1 take it away."""
    one, wanted = group(request, request.params["AutoScalingGroupName"]), request.params.get("InstanceMaintenancePolicy")
    if wanted:
        least, most = wanted.get("MinHealthyPercentage"), wanted.get("MaxHealthyPercentage")
        if least is None or most is None or most - least > WIDEST:
            sentence = "The instance maintenance policy needs both percentages, and their difference cannot be more than 100."
            raise AwsError("ValidationError", sentence)
        one.healthy = (least, most)
    return {}
