"""AWS's rows about baselines and the groups registered with them, turned into our values, in one spelling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from patchkeep.domain.asset import Existing
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services._settings import Marks

KIND = "patch baseline"
REGISTRATION = "patch group of a predefined baseline"
WRITTEN = ("OperatingSystem", "ApprovalRules", "ApprovedPatches", "RejectedPatches", "RejectedPatchesAction")


def groups_of(mappings: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for mapping in mappings:
        groups.setdefault(mapping["BaselineIdentity"]["BaselineId"], []).append(mapping["PatchGroup"])
    return groups


def baseline_of(target: Target, row: Mapping[str, Any], marks: Marks, groups: Mapping[str, list[str]]) -> Existing:
    fields = {key: row[key] for key in WRITTEN if row.get(key) is not None}
    fields["GlobalFilters"] = _filters(row.get("GlobalFilters", {}).get("PatchFilters", ()))
    fields["Sources"] = row.get("Sources", ())
    fields["ApprovalRules"] = canonical(row.get("ApprovalRules", {}).get("PatchRules", ()))
    fields["PatchGroups"] = sorted(groups.get(row["BaselineId"], ()))
    if row.get("ModifiedDate"):
        fields["ModifiedDate"] = row["ModifiedDate"].astimezone(UTC)
    return Existing("baselines", KIND, target, row["BaselineId"], marks.name, marks.owner, Frozen(fields, **marks.fields))


def as_default(existing: Existing) -> Existing:
    """The one that nodes without a registered patch group take."""
    return replace(existing, fields=Frozen(existing.fields, Default=True))


def registration_of(target: Target, mapping: Mapping[str, Any]) -> Existing:
    """A group registered with one of AWS's predefined baselines: not the account's object, but no typo either."""
    baseline, group = mapping["BaselineIdentity"], mapping["PatchGroup"]
    fields = Frozen(BaselineId=baseline["BaselineId"], OperatingSystem=baseline.get("OperatingSystem", ""), PatchGroups=[group])
    return Existing("baselines", REGISTRATION, target, f"{group} {baseline['BaselineId']}", baseline["BaselineId"], "", fields)


def canonical(rules: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rules in one spelling: filters and values sorted, so that only real differences differ."""
    return [
        {
            "PatchFilterGroup": {"PatchFilters": _filters(rule["PatchFilterGroup"]["PatchFilters"])},
            **{key: rule[key] for key in ("ComplianceLevel", "ApproveAfterDays", "ApproveUntilDate", "EnableNonSecurity") if key in rule},
        }
        for rule in rules
    ]


def _filters(filters: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({"Key": one["Key"], "Values": sorted(one["Values"])} for one in filters), key=lambda one: str(one["Key"]))
