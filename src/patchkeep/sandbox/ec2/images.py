"""Amazon's own Linux images in virtual time: a release every second Tuesday, deprecated after 90 days.

Names and life of AL2023's images: Amazon Linux 2023 User Guide, "Launching using the Amazon EC2 console", "AL2023 release cadence"; the
deprecation of public images: EC2 user guide, "Deprecate an Amazon EC2 AMI". The days of the releases are invented.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.sandbox.ec2.instance import resource_id

AMAZON = "137112412989"  # owner of Amazon's own Linux images
PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64"  # names the newest of them
_FIRST, _EVERY = datetime(2025, 1, 7, 9, 0, tzinfo=UTC), timedelta(days=14)
_KEPT = timedelta(days=90)  # until it is deprecated


def releases(region: str, now: datetime) -> list[dict[str, Any]]:
    """What has been released in a region by now, oldest first, as DescribeImages shows it."""
    count = (now - _FIRST) // _EVERY + 1
    return [_shown(region, number) for number in range(max(count, 0))]


def released_before(region: str, now: datetime, age: timedelta) -> dict[str, Any]:
    """The newest release that is at least so old."""
    return releases(region, now - age)[-1]


def is_deprecated(row: dict[str, Any], now: datetime) -> bool:
    return "DeprecationTime" in row and datetime.fromisoformat(row["DeprecationTime"]) <= now


def _shown(region: str, number: int) -> dict[str, Any]:
    made = _FIRST + number * _EVERY
    name = f"al2023-ami-2023.{6 + number // 13}.{made:%Y%m%d}.0-kernel-6.1-x86_64"
    return {
        "ImageId": resource_id("ami", name, region),
        "Name": name,
        "Description": "Amazon Linux 2023 AMI, kernel-6.1, x86_64 HVM",
        "ImageLocation": f"amazon/{name}",
        "ImageOwnerAlias": "amazon",
        "OwnerId": AMAZON,
        "Architecture": "x86_64",
        "CreationDate": _spelt(made),
        "DeprecationTime": _spelt(made + _KEPT),
        "ImageType": "machine",
        "PlatformDetails": "Linux/UNIX",
        "Public": True,
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "State": "available",
        "VirtualizationType": "hvm",
    }


def _spelt(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
