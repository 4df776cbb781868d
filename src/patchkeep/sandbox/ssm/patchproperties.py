"""DescribePatchProperties: the values that the filters of a baseline may have, for the properties that are the same for a family.

Products are known where the sandbox has nodes of them. Source: the user guide's pages on predefined baselines.
"""

from __future__ import annotations

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.listing import listing
from patchkeep.sandbox.ssm.platforms import APT

_WINDOWS = {
    "PRODUCT": ("WindowsServer2016", "WindowsServer2019", "WindowsServer2022", "WindowsServer2025"),
    "PRODUCT_FAMILY": ("Windows",),
    "CLASSIFICATION": (
        "CriticalUpdates",
        "DefinitionUpdates",
        "Drivers",
        "FeaturePacks",
        "SecurityUpdates",
        "ServicePacks",
        "Tools",
        "UpdateRollups",
        "Updates",
        "Upgrades",
    ),
    "MSRC_SEVERITY": ("Critical", "Important", "Low", "Moderate", "Unspecified"),
}
_RPM = {
    "CLASSIFICATION": ("Security", "Bugfix", "Enhancement", "Recommended", "Newpackage"),
    "SEVERITY": ("Critical", "Important", "Medium", "Low"),
}
_APT = {"PRIORITY": ("Required", "Important", "Standard", "Optional", "Extra")}
_SUSE_SEVERITY = ("Critical", "Important", "Moderate", "Low")
_RED_HAT_SEVERITY = ("Critical", "Important", "Moderate", "Low", "None")
_PRODUCTS = {
    "AMAZON_LINUX_2": ("AmazonLinux2", "AmazonLinux2.0"),
    "AMAZON_LINUX_2023": ("AmazonLinux2023",),
    "UBUNTU": ("Ubuntu20.04", "Ubuntu22.04", "Ubuntu24.04"),
    "DEBIAN": ("Debian11", "Debian12", "Debian13"),
    "REDHAT_ENTERPRISE_LINUX": ("RedhatEnterpriseLinux8.10", "RedhatEnterpriseLinux9.4", "RedhatEnterpriseLinux9.6"),
    "SUSE": ("SUSE12.5", "SUSE15.5", "SUSE15.6"),
    "ROCKY_LINUX": ("RockyLinux8.10", "RockyLinux9.4"),
    "ALMA_LINUX": ("AlmaLinux8.10", "AlmaLinux9.4"),
    "ORACLE_LINUX": ("OracleLinux8.10", "OracleLinux9.4"),
}


@operation("ssm", "DescribePatchProperties")
def describe_patch_properties(request: Request) -> Answer:
    system, wanted = request.params["OperatingSystem"], request.params["Property"]
    values = _values(system, wanted)
    if values is None:
        raise AwsError("EmulatorNotImplemented", f"The values of {wanted} for {system} are not known to the sandbox.")
    return listing(request, "Properties", [{"Name": value} for value in values], size=(1, 50, 50))


def _values(system: str, wanted: str) -> tuple[str, ...] | None:
    if system == "WINDOWS":
        return _WINDOWS.get(wanted, ())
    if wanted == "PRODUCT":
        return _PRODUCTS.get(system)
    if system in APT:
        return _APT.get(wanted, ())
    if wanted == "SEVERITY" and system in {"SUSE", "REDHAT_ENTERPRISE_LINUX"}:
        return _SUSE_SEVERITY if system == "SUSE" else _RED_HAT_SEVERITY
    return _RPM.get(wanted, ())
