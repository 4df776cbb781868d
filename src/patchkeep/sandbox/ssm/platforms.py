"""What SSM calls the operating systems of the catalogue: baseline family, platform type, name and version."""

from __future__ import annotations

from typing import NamedTuple

from patchkeep.sandbox.catalogue import system
from patchkeep.sandbox.operation import AwsError

LATEST_AGENT = "3.3.3050.0"
APT = frozenset({"UBUNTU", "DEBIAN", "RASPBIAN"})


class Platform(NamedTuple):
    operating_system: str  # as in CreatePatchBaseline: "AMAZON_LINUX_2023"
    type: str  # Windows | Linux | MacOS
    name: str  # as DescribeInstanceInformation answers it
    version: str


def platform_of(os: str) -> Platform:
    try:
        found = system(os)
    except KeyError as error:
        raise AwsError("EmulatorNotImplemented", f"The catalogue has no operating system '{os}'.") from error
    return Platform(found.operating_system, found.platform_type, found.platform_name, found.platform_version)
