"""Operating systems: our one spelling ("amazon-linux-2023") against the several that AWS uses.

Source of the constants: botocore ssm CreatePatchBaseline.OperatingSystem; of the names: "Supported operating systems",
https://docs.aws.amazon.com/systems-manager/latest/userguide/operating-systems-and-machine-types.html
"""

from __future__ import annotations

import re

_FAMILIES: tuple[tuple[str, str, str], ...] = (
    # pattern in SSM's PlatformName, our family, AWS's constant
    ("amazon linux", "amazon-linux", "AMAZON_LINUX"),
    ("bottlerocket", "bottlerocket", ""),
    ("ubuntu", "ubuntu", "UBUNTU"),
    ("red hat", "redhat", "REDHAT_ENTERPRISE_LINUX"),
    ("debian", "debian", "DEBIAN"),
    ("raspbian", "raspbian", "RASPBIAN"),
    ("rocky", "rocky", "ROCKY_LINUX"),
    ("alma", "alma", "ALMA_LINUX"),
    ("centos", "centos", "CENTOS"),
    ("oracle", "oracle", "ORACLE_LINUX"),
    ("sles", "suse", "SUSE"),
    ("suse", "suse", "SUSE"),
    ("macos", "macos", "MACOS"),
    ("windows", "windows", "WINDOWS"),
)
_AMAZON = {"2": "AMAZON_LINUX_2", "2022": "AMAZON_LINUX_2022", "2023": "AMAZON_LINUX_2023"}
APT = frozenset({"UBUNTU", "DEBIAN", "RASPBIAN"})  # baselines of these take no approval delay (botocore docstring)


def os_of(name: str, version: str) -> str:
    """Our spelling for SSM's PlatformName and PlatformVersion; "" where the name is none we know."""
    family = next((ours for pattern, ours, _ in _FAMILIES if pattern in name.lower()), "")
    if not family:
        return ""
    if family == "windows":
        year = re.search(r"\b(20\d\d)\b", name)
        return f"windows-{year[1]}" if year else "windows"
    if family == "ubuntu":
        return f"ubuntu-{'.'.join(version.split('.')[:2])}"
    major = version.split(".", maxsplit=1)[0]
    return f"{family}-{major}" if major else family


def os_of_instance(platform_details: str) -> str:
    """What EC2's PlatformDetails tells of an instance that SSM doesn't know: a family at most."""
    details = platform_details.lower()
    if "windows" in details:
        return "windows"
    return "redhat" if "red hat" in details else "suse" if "suse" in details else ""


def operating_system(os: str) -> str:
    """AWS's constant for a patch baseline: "AMAZON_LINUX_2023"; "" where Patch Manager has none."""
    if os.startswith("amazon-linux-"):
        return _AMAZON.get(os.removeprefix("amazon-linux-"), "AMAZON_LINUX")
    return next((constant for _, ours, constant in _FAMILIES if os.split("-", maxsplit=1)[0] == ours), "")
