"""Service settings of SSM: one value for an account and region, among them Default Host Management Configuration.

Setting the role of Default Host Management makes every running instance without a profile a managed node within half an
hour, unless its agent is not there or finds no way out (it is not `online`).
Source: botocore's model of GetServiceSetting, and the user guide's page on Default Host Management Configuration.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.ids import arn

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Node

HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
_DEFAULTS = {
    HOST_MANAGEMENT: "$None",
    "/ssm/managed-instance/activation-tier": "standard",
    "/ssm/automation/enable-adaptive-concurrency": "False",
    "/ssm/documents/console/public-sharing-permission": "Enable",
    "/ssm/parameter-store/default-parameter-tier": "Standard",
    "/ssm/parameter-store/high-throughput-enabled": "false",
}
_REGISTERS_WITHIN = timedelta(minutes=30)


@operation("ssm", "GetServiceSetting")
def get_service_setting(request: Request) -> Answer:
    name = _name(request)
    found: Answer = request.site.kept["ssm.settings"].get(name) or _setting(request, _DEFAULTS[name], "Default")
    return {"ServiceSetting": found}


@operation("ssm", "UpdateServiceSetting")
def update_service_setting(request: Request) -> Answer:
    name, value = _name(request), request.params["SettingValue"]
    request.site.kept["ssm.settings"][name] = _setting(request, value, "Customized")
    if name == HOST_MANAGEMENT and value != "$None":
        request.world.clock.after(_REGISTERS_WITHIN, lambda: _manage_the_unmanaged(request))
    return {}


@operation("ssm", "ResetServiceSetting")
def reset_service_setting(request: Request) -> Answer:
    request.site.kept["ssm.settings"].pop(_name(request), None)
    return get_service_setting(request)


def _manage_the_unmanaged(request: Request) -> None:
    setting: dict[str, Any] = request.site.kept["ssm.settings"].get(HOST_MANAGEMENT, {})
    if setting.get("SettingValue", "$None") == "$None":
        return
    for node in request.site.nodes.values():
        if _can_register(node):
            node.registered = node.last_ping = request.now


def _can_register(node: Node) -> bool:
    return node.registered is None and node.state == "running" and node.profile is None and node.online


def _name(request: Request) -> str:
    given: str = request.params["SettingId"]
    name = given.split(":servicesetting", 1)[-1] if given.startswith("arn:") else given
    if name not in _DEFAULTS:
        raise AwsError("ServiceSettingNotFound", f"The specified service setting '{given}' was not found.")
    return name


def _setting(request: Request, value: str, status: str) -> Answer:
    name = _name(request)
    return {
        "SettingId": name,
        "SettingValue": value,
        "LastModifiedDate": request.now,
        "LastModifiedUser": "System" if status == "Default" else request.caller,
        "ARN": arn(request.site, f"servicesetting{name}"),
        "Status": status,
    }
