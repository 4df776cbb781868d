"""Default Host Management Configuration: whether Systems Manager manages instances that have no profile. Looked at, never set.

https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-default-host-management-configuration.html
"""

from __future__ import annotations

from patchkeep.domain.asset import Existing, Found
from patchkeep.domain.call import Call, Dialogue, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Policy
from patchkeep.services._grants import Grant, own
from patchkeep.services._service import Service

KIND = "service setting"
HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
OFF = "$None"


def discover(target: Target) -> Dialogue[Found]:
    """The setting as one object; its field `on` says whether a role is set."""
    setting = (yield Call.of("ssm", "get_service_setting", SettingId=HOST_MANAGEMENT))["ServiceSetting"]
    value = setting.get("SettingValue", OFF)
    fields = Frozen(SettingValue=value, on=value not in {"", OFF})
    return Found(objects=(Existing("management", KIND, target, setting["ARN"], setting["SettingId"], "", fields),))


def grants(_: Policy) -> tuple[Grant, ...]:
    """The one setting that is looked at."""
    return (Grant("HostManagement", "ssm", ("get_service_setting",), own("ssm", f"servicesetting{HOST_MANAGEMENT}")),)


SERVICE = Service(name="management", discover=discover)
