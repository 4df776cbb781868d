"""Documents that AWS owns, as far as the emulated agent can carry them out. Their content here says what they take, not how they work."""

from __future__ import annotations

import json
from typing import Any

_OPERATION = {"type": "String", "description": "What to do on the node.", "allowedValues": ["Scan", "Install"]}
_REBOOT = {
    "type": "String",
    "description": "Whether the node restarts after an installation.",
    "default": "RebootIfNeeded",
    "allowedValues": ["RebootIfNeeded", "NoReboot"],
}


def _text(description: str, default: str = "") -> dict[str, Any]:
    return {"type": "String", "description": description, "default": default}


_OVERRIDE = _text("Where the list of patches to install stands (https:// or s3://).")
PATCH_DOCUMENTS = ("AWS-RunPatchBaseline", "AWS-RunPatchBaselineAssociation", "AWS-RunPatchBaselineWithHooks")
INVENTORY_DOCUMENT = "AWS-GatherSoftwareInventory"
AGENT_DOCUMENT = "AWS-UpdateSSMAgent"
_COLLECTED = ("applications", "awsComponents", "networkConfig", "windowsUpdates", "instanceDetailedInformation", "services")

_PARAMETERS: dict[str, dict[str, Any]] = {
    "AWS-RunPatchBaseline": {
        "Operation": _OPERATION,
        "AssociationId": _text("The association that asks."),
        "SnapshotId": _text("The snapshot of the baseline to obey."),
        "InstallOverrideList": _OVERRIDE,
        "BaselineOverride": _text("Where the baselines to obey instead stand."),
        "RebootOption": _REBOOT,
    },
    "AWS-RunPatchBaselineAssociation": {
        "Operation": _OPERATION,
        "BaselineTags": _text("Which baseline: Key=...,Value=..."),
        "AssociationId": _text("The association that asks."),
        "InstallOverrideList": _OVERRIDE,
        "RebootOption": _REBOOT,
    },
    "AWS-RunPatchBaselineWithHooks": {
        "Operation": _OPERATION,
        "SnapshotId": _text("The snapshot of the baseline to obey."),
        "RebootOption": _REBOOT,
        "PreInstallHookDocName": _text("Document to run before.", "AWS-Noop"),
        "PostInstallHookDocName": _text("Document to run after.", "AWS-Noop"),
        "OnExitHookDocName": _text("Document to run at the end.", "AWS-Noop"),
    },
    "AWS-Noop": {},
    AGENT_DOCUMENT: {"version": _text("The version to install."), "allowDowngrade": _text("Whether older is allowed.", "false")},
    INVENTORY_DOCUMENT: {name: _text("Whether to collect.", "Enabled") for name in _COLLECTED}
    | {name: _text("What to collect.") for name in ("files", "windowsRegistry")}
    | {"customInventory": _text("Whether to collect.", "Enabled"), "windowsRoles": _text("Whether to collect.", "Enabled")}
    | {"billingInfo": _text("Whether to collect.", "Enabled")},
    "AWS-RunShellScript": {
        "commands": {"type": "StringList", "description": "Lines of the script."},
        "workingDirectory": _text("Where to run it."),
        "executionTimeout": _text("Seconds.", "3600"),
    },
    "AWS-RunPowerShellScript": {
        "commands": {"type": "StringList", "description": "Lines of the script."},
        "workingDirectory": _text("Where to run it."),
        "executionTimeout": _text("Seconds.", "3600"),
    },
}
_STEPS: dict[str, tuple[str, ...]] = {
    "AWS-RunShellScript": ("aws:runShellScript",),
    "AWS-RunPowerShellScript": ("aws:runPowerShellScript",),
    INVENTORY_DOCUMENT: ("aws:softwareInventory",),
    AGENT_DOCUMENT: ("aws:updateSsmAgent",),
}
_NAMES = {"AWS-RunShellScript": "runShellScript", "AWS-RunPowerShellScript": "runPowerShellScript"}


def aws_documents() -> dict[str, str]:
    """Return the content of each document by its name."""
    return {name: _content(name, parameters) for name, parameters in _PARAMETERS.items()}


def _content(name: str, parameters: dict[str, Any]) -> str:
    actions = _STEPS.get(name, ("aws:runPowerShellScript", "aws:runShellScript"))
    steps = [{"action": action, "name": plugin_name(name, action), "inputs": {}} for action in actions]
    return json.dumps({"schemaVersion": "2.2", "description": f"Emulation of {name}.", "parameters": parameters, "mainSteps": steps})


def plugin_name(document: str, action: str) -> str:
    """Name the step as the invocation's plugin is named: "PatchLinux" is what AWS-RunPatchBaseline answers on Linux."""
    if document in PATCH_DOCUMENTS:
        return "PatchWindows" if action == "aws:runPowerShellScript" else "PatchLinux"
    return _NAMES.get(document, action.removeprefix("aws:"))
