"""What AWS answers of four groups: on a fixed version, on the latest of mixed types, by a parameter, and of a launch configuration.

`LATER`: a version with the newest image is made; a refresh to it is under way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE

AMAZON = "137112412989"
OLD, NEW, NEWEST = "ami-0aaaaaaaaaaaaaaa1", "ami-0aaaaaaaaaaaaaaa2", "ami-0aaaaaaaaaaaaaaa3"
PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
MADE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def machine(group: str, number: int) -> str:
    return f"i-0{group.encode().hex()[:8]:0<8}{number:08x}"


def member(group: str, number: int, template: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "InstanceId": machine(group, number),
        "InstanceType": "t3.micro",
        "AvailabilityZone": "eu-central-1a",
        "LifecycleState": "InService",
        "HealthStatus": "Healthy",
        "ProtectedFromScaleIn": False,
        **({"LaunchTemplate": template} if template else {}),
        **more,
    }


def template(name: str, version: str) -> dict[str, str]:
    return {"LaunchTemplateId": f"lt-0{name.encode().hex()[:16]:0<16}", "LaunchTemplateName": name, "Version": version}


def group(name: str, version: str = "3", **more: Any) -> dict[str, Any]:
    launched = template(name, "3")
    return {
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": HERE.arn(
            "autoscaling", f"autoScalingGroup:930d940e-891e-4781-a11a-7b0acd480f03:autoScalingGroupName/{name}"
        ),
        "LaunchTemplate": template(name, version),
        "MinSize": 1,
        "MaxSize": 6,
        "DesiredCapacity": 2,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-central-1a"],
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 0,
        "Instances": [member(name, 1, launched), member(name, 2, launched)],
        "CreatedTime": MADE,
        "SuspendedProcesses": [],
        "Tags": [],
        **more,
    }


def mixed(name: str) -> dict[str, Any]:
    """A group of several types, always on its template's latest version."""
    launched = {"LaunchTemplateSpecification": template(name, "$Latest"), "Overrides": [{"InstanceType": "t3.large"}]}
    made = group(name, MixedInstancesPolicy={"LaunchTemplate": launched, "InstancesDistribution": {"OnDemandBaseCapacity": 1}})
    del made["LaunchTemplate"]
    return made


def configured(name: str) -> dict[str, Any]:
    made = group(name, LaunchConfigurationName="old-web", Instances=[member(name, 1, LaunchConfigurationName="old-web")])
    del made["LaunchTemplate"]
    return made


def image(identity: str, day: str, owner: str = AMAZON, **more: Any) -> dict[str, Any]:
    return {
        "ImageId": identity,
        "Name": f"al2023-ami-2023.7.{day.replace('-', '')}.0-kernel-6.1-x86_64",
        "OwnerId": owner,
        "ImageOwnerAlias": "amazon",
        "Architecture": "x86_64",
        "CreationDate": f"{day}T09:00:00.000Z",
        "State": "available",
        **more,
    }


GROUPS = [group("web"), mixed("batch"), group("jobs"), configured("legacy")]
IMAGES = [image(OLD, "2026-05-01"), image(NEW, "2026-10-01"), image(NEWEST, "2026-11-20")]
RUNS = {
    row["InstanceId"]: NEW if one["AutoScalingGroupName"] == "web" and number else OLD
    for one in GROUPS
    for number, row in enumerate(one["Instances"])
}


def _groups(params: dict[str, Any]) -> dict[str, Any]:
    names = params.get("AutoScalingGroupNames")
    return {"AutoScalingGroups": [row for row in GROUPS if names is None or row["AutoScalingGroupName"] in names]}


def _versions(params: dict[str, Any]) -> dict[str, Any]:
    names = [row["AutoScalingGroupName"] for row in GROUPS]
    name = next((one for one in names if template(one, "")["LaunchTemplateId"] == params["LaunchTemplateId"]), "")
    if not name:
        return {"LaunchTemplateVersions": []}
    launched = {"ImageId": f"resolve:ssm:{PARAMETER}" if name == "jobs" else OLD, "InstanceType": "t3.micro"}
    row = {"VersionNumber": 3, "DefaultVersion": True, "CreateTime": MADE, "LaunchTemplateData": launched}
    return {"LaunchTemplateVersions": [{key: value for key, value in template(name, "").items() if key != "Version"} | row]}


def _images(params: dict[str, Any]) -> dict[str, Any]:
    wanted = {one["Name"]: one["Values"] for one in params["Filters"]}
    ids = wanted.get("image-id")
    return {"Images": [row for row in IMAGES if ids is None or row["ImageId"] in ids]}


READS: dict[str, Any] = {
    "describe_auto_scaling_groups": _groups,
    "describe_launch_configurations": {
        "LaunchConfigurations": [
            {"LaunchConfigurationName": "old-web", "ImageId": OLD, "InstanceType": "t3.micro", "CreatedTime": MADE},
        ]
    },
    "describe_launch_template_versions": _versions,
    "describe_images": _images,
    "describe_instances": {
        "Reservations": [
            {"ReservationId": "r-0123456789abcdef0", "Instances": [{"InstanceId": name, "ImageId": runs} for name, runs in RUNS.items()]}
        ]
    },
    "get_parameter": {"Parameter": {"Name": PARAMETER, "Type": "String", "Value": NEW, "Version": 12}},
    "describe_instance_refreshes": {"InstanceRefreshes": []},
}


def _made(params: dict[str, Any]) -> dict[str, Any]:
    """The versions since the one that the group had, newest first."""
    found = _versions(params)["LaunchTemplateVersions"]
    if "MinVersion" not in params:
        return {"LaunchTemplateVersions": found}
    made = {"VersionNumber": 4, "VersionDescription": f"patchkeep: {NEWEST}, from version 3", "LaunchTemplateData": {"ImageId": NEWEST}}
    return {"LaunchTemplateVersions": [{**found[0], **made}, *found]}


def refresh(name: str, status: str, **more: Any) -> dict[str, Any]:
    wanted = {"LaunchTemplate": template(name, "4")}
    return {"InstanceRefreshId": "08b91cf7", "AutoScalingGroupName": name, "Status": status, "DesiredConfiguration": wanted, **more}


LATER: tuple[dict[str, Any], ...] = (
    {"describe_launch_template_versions": _made},
    {
        "describe_launch_template_versions": _made,
        "describe_instance_refreshes": lambda params: {"InstanceRefreshes": [refresh(params["AutoScalingGroupName"], "InProgress")]},
    },
)
