"""What SSM allows in a patch baseline for an operating system, and how a baseline ranks a patch that is not there.

Sources: botocore's model of CreatePatchBaseline, PatchFilter and PatchRule; the user guide's pages on baselines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.ssm.platforms import APT

if TYPE_CHECKING:
    from patchkeep.sandbox.agent import PatchRecord

Shape = Mapping[str, Any]
_RPM_FILTERS = frozenset({"PRODUCT", "CLASSIFICATION", "SEVERITY"})
_WINDOWS_FILTERS = frozenset({"PATCH_SET", "PRODUCT", "PRODUCT_FAMILY", "CLASSIFICATION", "MSRC_SEVERITY"})
_APT_FILTERS = frozenset({"PRODUCT", "SECTION", "PRIORITY"})
_LINUX_GLOBAL = frozenset({"ADVISORY_ID", "ARCH", "BUGZILLA_ID", "CVE_ID", "EPOCH", "NAME", "RELEASE", "REPOSITORY", "SECURITY", "VERSION"})
LEVELS = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNSPECIFIED")
_ABOUT_A_RECORD = {"CLASSIFICATION": "classification", "SEVERITY": "severity", "MSRC_SEVERITY": "severity", "PRIORITY": "severity"}


def legal_filters(operating_system: str) -> frozenset[str]:
    """Return the filter keys that an approval rule may have for this operating system."""
    if operating_system == "WINDOWS":
        return _WINDOWS_FILTERS
    if operating_system in APT:
        return _APT_FILTERS
    return frozenset({"PRODUCT", "CLASSIFICATION"}) if operating_system == "MACOS" else _RPM_FILTERS


def must_be_legal(shape: Shape) -> None:
    """Refuse a baseline that SSM would refuse for its operating system."""
    system = shape["OperatingSystem"]
    for rule in shape["ApprovalRules"]["PatchRules"]:
        _rule_must_be_legal(system, rule)
    _filters_must_be_legal(shape["GlobalFilters"]["PatchFilters"], legal_filters(system) | (_LINUX_GLOBAL - {"SECURITY"}), system)
    if system == "WINDOWS":
        _windows_must_be_legal(shape)
    elif shape.get("AvailableSecurityUpdatesComplianceStatus"):
        raise _invalid("AvailableSecurityUpdatesComplianceStatus is supported for Windows Server only.")


def _rule_must_be_legal(system: str, rule: Shape) -> None:
    delays = [name for name in ("ApproveAfterDays", "ApproveUntilDate") if rule.get(name) is not None]
    if system in {"DEBIAN", "UBUNTU"} and delays:
        raise _invalid(f"{delays[0]} is not supported for {system}.")
    if system not in APT and len(delays) != 1:
        raise _invalid("Specify either ApproveAfterDays or ApproveUntilDate.")
    filters = rule["PatchFilterGroup"]["PatchFilters"]
    _filters_must_be_legal(filters, legal_filters(system), system)
    if rule.get("EnableNonSecurity") and system == "WINDOWS":
        raise _invalid("EnableNonSecurity is not supported for WINDOWS.")


def _filters_must_be_legal(filters: Iterable[Shape], legal: frozenset[str], system: str) -> None:
    seen: set[str] = set()
    for one in filters:
        key = one["Key"]
        if key not in legal:
            raise _invalid(f"Patch filter key {key} is not supported for operating system {system}.")
        if key in seen:
            raise _invalid(f"Patch filter key {key} is given twice.")
        seen.add(key)


def _windows_must_be_legal(shape: Shape) -> None:
    if shape.get("Sources"):
        raise _invalid("Patch sources are not supported for WINDOWS.")
    if shape.get("ApprovedPatchesEnableNonSecurity"):
        raise _invalid("ApprovedPatchesEnableNonSecurity is not supported for WINDOWS.")


def compliance_level(shape: Shape, patch: PatchRecord) -> str:
    """Return how grave the baseline calls the lack of this patch: the gravest level of the rules that mean it."""
    levels = [
        str(rule.get("ComplianceLevel", "UNSPECIFIED"))
        for rule in shape.get("ApprovalRules", {}).get("PatchRules", ())
        if all(_means(one, patch) for one in rule["PatchFilterGroup"]["PatchFilters"])
    ]
    if any(fnmatchcase(patch.kb_id, name) or patch.kb_id.partition(".")[0] == name for name in shape.get("ApprovedPatches", ())):
        levels.append(str(shape.get("ApprovedPatchesComplianceLevel", "UNSPECIFIED")))
    return min(levels, key=LEVELS.index, default="UNSPECIFIED")


def _means(one: Shape, patch: PatchRecord) -> bool:
    """A record says nothing of product, section or set: such a filter doesn't exclude it."""
    field = _ABOUT_A_RECORD.get(one["Key"])
    return field is None or "*" in one["Values"] or getattr(patch, field) in one["Values"]


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
