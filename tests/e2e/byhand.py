"""What an account's own administrator sees and does in AWS, past Patchkeep: the objects that are not ours, and changes by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.e2e.desk import Desk

OWNER = "patchkeep:managed-by"
OUR_TAGS = ("patchkeep:environment", "PatchGroup")
PASSING = frozenset({"Overview", "LastExecutionDate", "LastSuccessfulExecutionDate", "Status", "NextExecutionTime", "ResponseMetadata"})

Objects = dict[str, Any]


def objects(desk: Desk) -> Objects:
    """Every baseline, association, window and document that the accounts made, with their tags: "Association 1.../eu-.../id"."""
    found: Objects = {}
    for account, region in sorted({(node["account"], node["region"]) for node in desk.sandbox.nodes()}):
        ssm = desk.admin("ssm", account, region)
        for kind, name, row in _rows(ssm):
            tags = ssm.list_tags_for_resource(ResourceType=kind, ResourceId=name)["TagList"]
            kept = {key: value for key, value in row.items() if key not in PASSING}
            found[f"{kind} {account}/{region}/{name}"] = {**kept, "tags": {tag["Key"]: tag["Value"] for tag in tags}}
    return found


def _rows(ssm: Any) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for row in ssm.describe_patch_baselines(Filters=[{"Key": "OWNER", "Values": ["Self"]}])["BaselineIdentities"]:
        yield "PatchBaseline", row["BaselineId"], ssm.get_patch_baseline(BaselineId=row["BaselineId"])
    for row in ssm.list_associations()["Associations"]:
        described = ssm.describe_association(AssociationId=row["AssociationId"])["AssociationDescription"]
        yield "Association", row["AssociationId"], described
    for row in ssm.describe_maintenance_windows()["WindowIdentities"]:
        parts = {
            "targets": ssm.describe_maintenance_window_targets(WindowId=row["WindowId"])["Targets"],
            "tasks": ssm.describe_maintenance_window_tasks(WindowId=row["WindowId"])["Tasks"],
        }
        yield "MaintenanceWindow", row["WindowId"], ssm.get_maintenance_window(WindowId=row["WindowId"]) | parts
    for row in ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]:
        yield "Document", row["Name"], ssm.get_document(Name=row["Name"])


def ours(found: Objects) -> Objects:
    return {name: one for name, one in found.items() if OWNER in one["tags"]}


def foreign(found: Objects) -> Objects:
    return {name: one for name, one in found.items() if OWNER not in one["tags"]}


def names(found: Objects) -> list[str]:
    """Place and name of every object: where two are alike, something was made twice."""
    return sorted(f"{where.rpartition('/')[0]} {one.get('AssociationName') or one['Name']}" for where, one in found.items())


def tags(desk: Desk) -> dict[str, dict[str, str]]:
    return {node["id"]: node["tags"] for node in desk.sandbox.nodes()}
