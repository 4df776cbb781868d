"""What an account's own administrator sees and does in AWS, past Patchkeep: the objects that are not ours, and changes by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.e2e.desk import Desk

OWNER = "patchkeep:managed-by"
OUR_TAGS = ("patchkeep:environment", "PatchGroup")
PASSING = frozenset({"Overview", "LastExecutionDate", "LastSuccessfulExecutionDate", "Status", "NextExecutionTime", "ResponseMetadata"})

Objects = dict[str, Any]


def objects(desk: Desk) -> Objects:
    """Every baseline, association, maintenance window and document that the accounts made, with their tags, by kind and id."""
    found: Objects = {}
    accounts = {(node["account"], node["region"]) for node in desk.sandbox.nodes()}
    for account, region in sorted(accounts):
        ssm = desk.admin("ssm", account, region)
        for row in ssm.describe_patch_baselines(Filters=[{"Key": "OWNER", "Values": ["Self"]}])["BaselineIdentities"]:
            found |= _one(ssm, "PatchBaseline", row["BaselineId"], ssm.get_patch_baseline(BaselineId=row["BaselineId"]))
        for row in ssm.list_associations()["Associations"]:
            described = ssm.describe_association(AssociationId=row["AssociationId"])["AssociationDescription"]
            found |= _one(ssm, "Association", row["AssociationId"], described)
        for row in ssm.describe_maintenance_windows()["WindowIdentities"]:
            parts = {
                "targets": ssm.describe_maintenance_window_targets(WindowId=row["WindowId"])["Targets"],
                "tasks": ssm.describe_maintenance_window_tasks(WindowId=row["WindowId"])["Tasks"],
            }
            found |= _one(ssm, "MaintenanceWindow", row["WindowId"], ssm.get_maintenance_window(WindowId=row["WindowId"]) | parts)
        for row in ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]:
            found |= _one(ssm, "Document", row["Name"], ssm.get_document(Name=row["Name"]), f"{account}/{region}/")
    return found


def _one(ssm: Any, kind: str, name: str, row: Mapping[str, Any], place: str = "") -> Objects:
    tags = ssm.list_tags_for_resource(ResourceType=kind, ResourceId=name)["TagList"]
    kept = {key: value for key, value in row.items() if key not in PASSING}
    return {f"{kind} {place}{name}": {**kept, "tags": {tag["Key"]: tag["Value"] for tag in tags}}}


def ours(found: Objects) -> Objects:
    return {name: one for name, one in found.items() if OWNER in one["tags"]}


def foreign(found: Objects) -> Objects:
    return {name: one for name, one in found.items() if OWNER not in one["tags"]}


def names(found: Objects) -> list[str]:
    """Name and place of every object: where two are alike, something was made twice."""
    return sorted(str(one.get("Name") if "AssociationName" not in one else one["AssociationName"]) + " " + key[:3] for key, one in found.items())


def tags(desk: Desk) -> dict[str, dict[str, str]]:
    return {node["id"]: node["tags"] for node in desk.sandbox.nodes()}
