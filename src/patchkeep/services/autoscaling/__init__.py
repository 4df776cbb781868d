"""Auto Scaling groups: fleets whose machines are not patched but replaced, by such as run a newer image."""

from __future__ import annotations

from collections.abc import Sequence

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import ManagedRule, Policy
from patchkeep.domain.setting import Estate, Setting
from patchkeep.services import _automation
from patchkeep.services._automation import Automation, Fields
from patchkeep.services._grants import Grant, own, when
from patchkeep.services._service import Service
from patchkeep.services._steps import UNDO, VERIFY, Doing
from patchkeep.services.autoscaling import acts, looks
from patchkeep.services.autoscaling import course as ways
from patchkeep.services.autoscaling.digest import GROUP
from patchkeep.services.autoscaling.discover import discover

DOING = Doing(looks.see, {ways.TEMPLATE: acts.MAKE, ways.REFRESH: acts.REFRESH, VERIFY: acts.VERIFY, UNDO: acts.TAKE_BACK})
GROUPS = own("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")
TEMPLATES = own("ec2", "launch-template/*")
PUBLIC_PARAMETERS = ("arn:{partition}:ssm:*::parameter/aws/service/*",)
ROLES = ("arn:{partition}:iam::{account}:role/*",)


def _wants(_: Asset, rule: ManagedRule, _window: str) -> Fields:
    """The instance maintenance policy: how much of the group stays in service while machines are replaced."""
    least, most = rule.settings.get("min_healthy"), rule.settings.get("max_healthy")
    return {} if least is None else {"MinHealthyPercentage": least, "MaxHealthyPercentage": most}


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    """AWS takes both numbers or none (InstanceMaintenancePolicy)."""
    wanted = {**existing.fields, **fields}
    return (Call.of("autoscaling", "update_auto_scaling_group", AutoScalingGroupName=existing.name, InstanceMaintenancePolicy=wanted),)


AUTOMATION = Automation("autoscaling", _wants, _changes)


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Instance maintenance policies, where a rule of the policy says how they should be."""
    return _automation.settings(AUTOMATION, estate)


def undo(change: Change) -> Frozen | str:
    """A version made for it can be left again; what a parameter names is whoever's who sets the parameter."""
    if change.asks["fresh"]:
        return change.asks
    return change.undo or "its machines were replaced by such as its template says: there is nothing to go back to"


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Groups and launch templates of the account, and what AWS checks against whoever starts a refresh: what the template launches.

    So machines may be started by way of a template, and roles given to EC2. Nothing of it where no rule of the policy refreshes groups.
    """
    rules = [rule for rule in policy.managed if not rule.match.kinds or GROUP in rule.match.kinds]
    granted = [Grant("ReadImageParameters", "ssm", ("get_parameter",), PUBLIC_PARAMETERS)]
    if any("min_healthy" in rule.settings for rule in rules):
        granted.append(Grant("KeepGroupsHealthy", "autoscaling", ("update_auto_scaling_group",), GROUPS))
    if any("maintenance" in rule.updates for rule in rules):
        granted += _refreshing()
    return tuple(granted)


def _refreshing() -> tuple[Grant, ...]:
    by_template = when(ArnLike={"ec2:LaunchTemplate": TEMPLATES}, Bool={"ec2:IsLaunchTemplateResource": "true"})
    launching, to_machines = {"ec2:CreateAction": "RunInstances"}, {"iam:PassedToService": "ec2.amazonaws.com*"}
    return (
        Grant("RefreshGroups", "autoscaling", ("start_instance_refresh", "rollback_instance_refresh"), GROUPS),
        Grant("MakeTemplateVersions", "ec2", ("create_launch_template_version",), TEMPLATES),
        Grant("LaunchFromTemplates", "ec2", ("run_instances",), ("*",), by_template),
        Grant("TagLaunched", "ec2", ("create_tags",), ("*",), when(StringEquals=launching)),
        Grant("WatchAlarms", "cloudwatch", ("describe_alarms",), own("cloudwatch", "alarm:*")),
        Grant("GiveRolesToMachines", "iam", ("pass_role",), ROLES, when(StringLike=to_machines)),
    )


SERVICE = DOING.carries(
    Service(
        name="autoscaling",
        kinds=(GROUP,),
        sources=Frozen(
            state="autoscaling:DescribeAutoScalingGroups",
            image="ec2:DescribeLaunchTemplateVersions",
            running="ec2:DescribeInstances",
            updates="ec2:DescribeImages",
        ),
        discover=discover,
        ruled=ways.ruled,
        settings=settings,
        course=ways.course,
        busy=frozenset({"InstanceRefreshInProgress"}),
        undo=undo,
    )
)
