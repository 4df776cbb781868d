"""The patch baselines that AWS provides in every Region, in the shape that GetPatchBaseline answers.

Names, rules and delays as in AWS's user guide ("Viewing AWS predefined patch baselines"); the ids are ours, stable by Region.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

OWNER = "075727635805"  # the account whose baselines these are, as it appears in their ARNs
_CREATED = datetime(2020, 1, 15, tzinfo=UTC)
_RPM = (
    ({"PRODUCT": ("*",), "CLASSIFICATION": ("Security",), "SEVERITY": ("Critical", "Important")}, 7, False),
    ({"PRODUCT": ("*",), "CLASSIFICATION": ("Bugfix",)}, 7, False),
)
_APT = (({"PRODUCT": ("*",), "PRIORITY": ("Required", "Important", "Standard", "Optional", "Extra")}, None, False),)
_WINDOWS = (
    (
        {
            "PRODUCT_FAMILY": ("Windows",),
            "CLASSIFICATION": ("CriticalUpdates", "SecurityUpdates"),
            "MSRC_SEVERITY": ("Critical", "Important"),
        },
        7,
        False,
    ),
)
_EVERYTHING = (({"PRODUCT": ("*",)}, 0, True),)
_MACOS = (({"PRODUCT": ("*",), "CLASSIFICATION": ("*",)}, 0, False),)
_BASELINES = (
    ("AWS-AlmaLinuxDefaultPatchBaseline", "ALMA_LINUX", _RPM),
    ("AWS-AmazonLinuxDefaultPatchBaseline", "AMAZON_LINUX", _RPM),
    ("AWS-AmazonLinux2DefaultPatchBaseline", "AMAZON_LINUX_2", _RPM),
    ("AWS-AmazonLinux2022DefaultPatchBaseline", "AMAZON_LINUX_2022", _RPM),
    ("AWS-AmazonLinux2023DefaultPatchBaseline", "AMAZON_LINUX_2023", _RPM),
    ("AWS-CentOSDefaultPatchBaseline", "CENTOS", _EVERYTHING),
    ("AWS-DebianDefaultPatchBaseline", "DEBIAN", _APT),
    ("AWS-MacOSDefaultPatchBaseline", "MACOS", _MACOS),
    ("AWS-OracleLinuxDefaultPatchBaseline", "ORACLE_LINUX", _RPM),
    ("AWS-DefaultRaspbianPatchBaseline", "RASPBIAN", _APT),
    ("AWS-RedHatDefaultPatchBaseline", "REDHAT_ENTERPRISE_LINUX", _RPM),
    ("AWS-RockyLinuxDefaultPatchBaseline", "ROCKY_LINUX", _RPM),
    ("AWS-SuseDefaultPatchBaseline", "SUSE", _RPM[:1]),
    ("AWS-UbuntuDefaultPatchBaseline", "UBUNTU", _APT),
    ("AWS-DefaultPatchBaseline", "WINDOWS", _WINDOWS),
    ("AWS-WindowsPredefinedPatchBaseline-OS", "WINDOWS", _WINDOWS),
)
_ALSO_THERE = frozenset({"AWS-WindowsPredefinedPatchBaseline-OS"})  # predefined, but nobody's default


def default_baselines(region: str) -> list[dict[str, Any]]:
    """GetPatchBaseline's answers for AWS's own baselines in that Region; BaselineId is their full ARN.

    The extra key "DefaultBaseline" says whether it is its operating system's default at the start.
    """
    return [_baseline(region, name, os, rules) for name, os, rules in _BASELINES]


def _baseline(region: str, name: str, os: str, rules: Any) -> dict[str, Any]:
    number = sha256(f"{region}/{name}".encode()).hexdigest()[:17]
    return {
        "BaselineId": f"arn:aws:ssm:{region}:{OWNER}:patchbaseline/pb-{number}",
        "Name": name,
        "OperatingSystem": os,
        "GlobalFilters": {"PatchFilters": []},
        "ApprovalRules": {"PatchRules": [_rule(os, *rule) for rule in rules]},
        "ApprovedPatches": [],
        "ApprovedPatchesComplianceLevel": "UNSPECIFIED",
        "ApprovedPatchesEnableNonSecurity": False,
        "RejectedPatches": [],
        "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY",
        "CreatedDate": _CREATED,
        "ModifiedDate": _CREATED,
        "Description": f"Default Patch Baseline for {os} Provided by AWS.",
        "Sources": [],
        "DefaultBaseline": name not in _ALSO_THERE,
    }


def _rule(os: str, filters: dict[str, tuple[str, ...]], days: int | None, non_security: bool) -> dict[str, Any]:  # noqa: FBT001 - a table's row
    return {
        "PatchFilterGroup": {"PatchFilters": [{"Key": key, "Values": list(values)} for key, values in filters.items()]},
        "ComplianceLevel": "CRITICAL" if os == "WINDOWS" else "UNSPECIFIED",
        **({} if days is None else {"ApproveAfterDays": days}),
        "EnableNonSecurity": non_security,
    }
