"""What Beanstalk answers of two environments: one updated by AWS in its window, one by hand on a branch that has a follower."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE
from tests.services.zipped import piece_of, zipped

PYTHON, OLDER = "Python 3.11 running on 64bit Amazon Linux 2023", "Python 3.9 running on 64bit Amazon Linux 2023"
BEGINS = datetime(2026, 11, 28, 22, 0, tzinfo=UTC)


def platform(branch: str, version: str, **more: Any) -> dict[str, Any]:
    return {
        "PlatformArn": f"arn:aws:elasticbeanstalk:{HERE.region}::platform/{branch}/{version}",
        "PlatformOwner": "AWSElasticBeanstalk",
        "PlatformStatus": "Ready",
        "PlatformCategory": "Python",
        "OperatingSystemName": "Amazon Linux",
        "OperatingSystemVersion": "2023",
        "PlatformVersion": version,
        "PlatformBranchName": branch,
        "PlatformBranchLifecycleState": "Supported",
        "PlatformLifecycleState": "",
        **more,
    }


RECOMMENDED = {"PlatformLifecycleState": "Recommended"}
DEPRECATED = {"PlatformBranchLifecycleState": "Deprecated"}
PLATFORMS = [
    *(platform(PYTHON, version) for version in ("4.1.0", "4.1.1", "4.1.3", "4.2.0")),
    platform(PYTHON, "4.3.1", **RECOMMENDED),
    platform(OLDER, "4.1.0", **DEPRECATED),
    platform(OLDER, "4.1.4", **DEPRECATED, **RECOMMENDED),
]


def arn(name: str) -> str:
    return HERE.arn("elasticbeanstalk", f"environment/shop/{name}")


def environment(name: str, branch: str = PYTHON, version: str = "4.1.1", **more: Any) -> dict[str, Any]:
    return {
        "EnvironmentName": name,
        "EnvironmentId": f"e-{name}",
        "EnvironmentArn": arn(name),
        "ApplicationName": "shop",
        "VersionLabel": "v17",
        "SolutionStackName": f"64bit Amazon Linux 2023 v{version} running Python 3.11",
        "PlatformArn": platform(branch, version)["PlatformArn"],
        "DateCreated": datetime(2024, 5, 1, tzinfo=UTC),
        "Status": "Ready",
        "Health": "Green",
        "HealthStatus": "Ok",
        "EnvironmentLinks": [],
        "OperationsRole": f"arn:aws:iam::{HERE.account}:role/beanstalk-operations",
        **more,
    }


BY_HAND = {key: value for key, value in environment("shop-by-hand", version="4.1.3").items() if key != "OperationsRole"}
ENVIRONMENTS = [
    environment("shop-prod"),
    environment("shop-admin", OLDER, "4.1.0", EnvironmentLinks=[{"LinkName": "api", "EnvironmentName": "shop-prod"}]),
    BY_HAND,
]
OPTIONS = {
    "shop-prod": [
        ("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled", "true"),
        ("aws:elasticbeanstalk:managedactions", "PreferredStartTime", "Sat:22:00"),
        ("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "patch"),
        ("aws:elasticbeanstalk:healthreporting:system", "SystemType", "enhanced"),
        ("aws:elasticbeanstalk:application:environment", "DB_PASSWORD", "hunter2"),
    ],
    "shop-admin": [("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateEnabled", "false")],
}


def _environments(params: dict[str, Any]) -> dict[str, Any]:
    names = params.get("EnvironmentNames")
    return {"Environments": [row for row in ENVIRONMENTS if names is None or row["EnvironmentName"] in names]}


def _platforms(params: dict[str, Any]) -> dict[str, Any]:
    (wanted,) = params["Filters"]
    (value,) = wanted["Values"]
    rows = PLATFORMS
    if wanted["Type"] == "PlatformName":
        rows = [row for row in rows if row["PlatformBranchName"] == value]
    else:
        rows = [row for row in rows if row["PlatformLifecycleState"].lower() == value]
    return {"PlatformSummaryList": rows}


def _configuration(params: dict[str, Any]) -> dict[str, Any]:
    name = params["EnvironmentName"]
    settings = [{"Namespace": namespace, "OptionName": option, "Value": value} for namespace, option, value in OPTIONS.get(name, ())]
    row = {"ApplicationName": "shop", "EnvironmentName": name, "DeploymentStatus": "deployed", "OptionSettings": settings}
    return {"ConfigurationSettings": [row]}


def _actions(params: dict[str, Any]) -> dict[str, Any]:
    if params["EnvironmentName"] != "shop-prod":
        return {}
    action = {"ActionId": "shop-prod-1", "ActionDescription": "Platform Update", "ActionType": "PlatformUpdate", "Status": "Scheduled"}
    return {"ManagedActions": [{**action, "WindowStartTime": BEGINS}]}


def _tags(params: dict[str, Any]) -> dict[str, Any]:
    return {"ResourceArn": params["ResourceArn"], "ResourceTags": [{"Key": "Environment", "Value": "prod"}]}


VERSION = {
    "ApplicationName": "shop",
    "VersionLabel": "v17",
    "DateCreated": datetime(2025, 3, 4, tzinfo=UTC),
    "SourceBundle": {"S3Bucket": f"elasticbeanstalk-{HERE.region}-{HERE.account}", "S3Key": "shop/v17.zip"},
}
BUNDLE = zipped({"application.py": "print()\n" * 1000, "requirements.txt": "Django==2.2.1\n"})

READS: dict[str, Any] = {
    "describe_environments": _environments,
    "list_platform_versions": _platforms,
    "describe_configuration_settings": _configuration,
    "describe_environment_managed_actions": _actions,
    "list_tags_for_resource": _tags,
    "describe_application_versions": {"ApplicationVersions": [VERSION]},
    "describe_events": {"Events": []},
    "get_object": piece_of(BUNDLE),
}
