"""The policy's approval rules in the words of each operating system's patch baselines.

Filter keys and values: botocore ssm PatchFilter and DescribePatchProperties;
https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-predefined-and-custom-patch-baselines.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patchkeep.domain.policy import Approve, BaselineRule
from patchkeep.services._platforms import APT

_WINDOWS = {"security": ("SecurityUpdates", "CriticalUpdates"), "bugfix": ("Updates", "UpdateRollups")}
_LINUX = {"security": ("Security",), "bugfix": ("Bugfix",), "enhancement": ("Enhancement",)}
_SEVERITIES = {"WINDOWS": {"Medium": "Moderate"}, "REDHAT_ENTERPRISE_LINUX": {"Medium": "Moderate"}}
MAX_RULES = 10  # PatchRules (botocore)


def approval_rules(rule: BaselineRule, system: str) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """`ApprovalRules.PatchRules` for one AWS operating system constant, and what had to be said differently there."""
    if system in APT:
        return _apt(rule, system)
    return [_rule(approve, system) for approve in rule.approve][:MAX_RULES], ()


def _rule(approve: Approve, system: str) -> dict[str, Any]:
    windows = system == "WINDOWS"
    classes = (_WINDOWS if windows else _LINUX).get(approve.classification, (approve.classification,))
    filters = [{"Key": "CLASSIFICATION", "Values": list(classes)}]
    if approve.severities:
        spelt: Mapping[str, str] = _SEVERITIES.get(system, {})
        values = [spelt.get(severity, severity) for severity in approve.severities]
        filters.append({"Key": "MSRC_SEVERITY" if windows else "SEVERITY", "Values": values})
    return _patch_rule(filters, approve) | {"ApproveAfterDays": approve.after.days}


def _patch_rule(filters: list[dict[str, Any]], approve: Approve) -> dict[str, Any]:
    level = "CRITICAL" if approve.classification == "security" else "MEDIUM"
    return {"PatchFilterGroup": {"PatchFilters": filters}, "ComplianceLevel": level, "EnableNonSecurity": False}


def _apt(rule: BaselineRule, system: str) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Debian and Ubuntu know neither severities nor delays: everything from -security, at once."""
    everything = [{"Key": "PRIORITY", "Values": ["*"]}]
    security = next((approve for approve in rule.approve if approve.classification == "security"), None)
    others = [approve for approve in rule.approve if approve.classification != "security"]
    notes = []
    if security and security.severities:
        notes.append(f"{system} baselines know no severity: all of -security is approved, not only {', '.join(security.severities)}")
    if any(approve.after for approve in rule.approve):
        notes.append(f"{system} baselines take no approval delay: approved at once")
    chosen = security or (others[0] if others else None)
    if chosen is None:
        return [], tuple(notes)
    made = _patch_rule(everything, chosen)
    if others:
        made["EnableNonSecurity"] = True
        notes.append(f"{system}: {', '.join(o.classification for o in others)} means every update outside -security, too")
    return [made], tuple(notes)
