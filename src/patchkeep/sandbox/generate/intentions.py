"""What ran in a site before Patchkeep came, as wishes in AWS's request shapes (see `orgfile` for the form)."""

from __future__ import annotations

from typing import Any, cast

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.generate.nodes import SCANNED_TAG
from patchkeep.sandbox.generate.oddities import FOREIGN_TAG, policy_id
from patchkeep.sandbox.orgschema import AccountEntry, Organization
from patchkeep.sandbox.world import Site

Wish = dict[str, Any]


def wishes_of(site: Site) -> list[Wish]:
    """What is to be made real in the site when the world begins; empty where there is nothing."""
    return list(cast("list[Wish]", site.kept["estate"]))


def leave(site: Site, wishes: list[Wish]) -> None:
    """Leave the wishes where `wishes_of` and SSM's own code find them."""
    site.kept["estate"] = cast("Any", wishes)


def intentions(organization: Organization, account: AccountEntry, site: Site) -> list[Wish]:
    """The account's own wishes, then what its machines' tags give reason for."""
    tags = {tag for node in site.nodes.values() if node.registered for tag in node.tags.items()}
    wishes = [dict(wish) for wish in account.estate] if site.nodes else []
    if (SCANNED_TAG, "enabled") in tags:
        wishes += _host_management(settled(organization.seed, account.id, "host-management")[:5])
    if any(name.startswith("QSConfigId-") for name, _ in tags):
        wishes += _patch_policy(policy_id(account.id))
    if FOREIGN_TAG in tags:
        wishes.append(_foreign_window())
    return wishes


def _host_management(number: str) -> list[Wish]:
    """Quick Setup's Host Management: a daily scan with AWS's own baselines, and inventory."""
    targets = [{"Key": f"tag:{SCANNED_TAG}", "Values": ["enabled"]}]
    return [
        {
            "kind": "association",
            "Name": "AWS-RunPatchBaseline",
            "AssociationName": f"AWS-QuickSetup-SSMHostMgmt-ScanForPatches-{number}",
            "Parameters": {"Operation": ["Scan"], "RebootOption": ["NoReboot"]},
            "ScheduleExpression": "cron(0 3 * * ? *)",
            "Targets": targets,
            "MaxConcurrency": "10%",
            "MaxErrors": "100%",
        },
        {
            "kind": "association",
            "Name": "AWS-GatherSoftwareInventory",
            "AssociationName": f"AWS-QuickSetup-SSMHostMgmt-CollectInventory-{number}",
            "Parameters": {"applications": ["Enabled"]},
            "ScheduleExpression": "rate(12 hours)",
            "Targets": targets,
        },
    ]


def _patch_policy(number: str) -> list[Wish]:
    targets = [{"Key": f"tag:QSConfigId-{number}", "Values": [number]}]
    label = "AWS-QuickSetup-PatchPolicy"
    return [
        _policy_association(f"{label}-ScanForPatches-LA-{number}", ("Scan", "NoReboot"), "cron(0 1 * * ? *)", targets),
        _policy_association(f"{label}-InstallPatches-LA-{number}", ("Install", "RebootIfNeeded"), "cron(0 2 ? * SUN *)", targets),
    ]


def _policy_association(name: str, run: tuple[str, str], schedule: str, targets: list[Wish]) -> Wish:
    operation, reboot = run
    return {
        "kind": "association",
        "Name": "AWS-RunPatchBaseline",
        "AssociationName": name,
        "Parameters": {"Operation": [operation], "RebootOption": [reboot]},
        "ScheduleExpression": schedule,
        "ApplyOnlyAtCronInterval": True,
        "Targets": targets,
        "MaxConcurrency": "10%",
        "MaxErrors": "2%",
    }


def _foreign_window() -> Wish:
    name, value = FOREIGN_TAG
    return {
        "kind": "window",
        "Name": "platform-ops-sunday-patching",
        "Description": "Installs by the platform team, older than any policy.",
        "Schedule": "cron(0 4 ? * SUN *)",
        "ScheduleTimezone": "Europe/Berlin",
        "Duration": 3,
        "Cutoff": 1,
        "AllowUnassociatedTargets": False,
        "Targets": [{"ResourceType": "INSTANCE", "Targets": [{"Key": f"tag:{name}", "Values": [value]}], "Name": "platform-ops"}],
        "Tasks": [
            {
                "TaskArn": "AWS-RunPatchBaseline",
                "TaskType": "RUN_COMMAND",
                "TaskInvocationParameters": {"RunCommand": {"Parameters": {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]}}},
                "Priority": 1,
                "MaxConcurrency": "2",
                "MaxErrors": "1",
                "Name": "install",
            }
        ],
    }
