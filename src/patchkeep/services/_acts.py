"""What an association or a window task does to the machines it reaches: one shape, `acts`, in the fields of both.

Documents: "AWS-RunPatchBaseline" and its kin, and what installs besides them;
https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-ssm-documents.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# By default of the document's name, where its parameters don't say.
_ALWAYS = {
    "AWS-GatherSoftwareInventory": "Inventory",
    "AWS-ApplyPatchBaseline": "Install",
    "AWS-InstallWindowsUpdates": "Install",
    "AWS-InstallMissingWindowsUpdates": "Install",
    "AWS-PatchInstanceWithRollback": "Install",
    "AWS-PatchAsgInstance": "Install",
    "AWSEC2-PatchLoadBalancerInstance": "Install",
}
_PATCHING = "AWS-RunPatchBaseline"  # and -Association, -WithHooks


def operation_of(document: str, parameters: Mapping[str, Iterable[str]]) -> str:
    """Scan, Install or Inventory; "" for documents that do none of these. `document` is a name or an ARN."""
    name = document.rsplit("/", 1)[-1]
    said = next(iter(parameters.get("Operation") or ()), "")
    if name.startswith(_PATCHING):
        return said or "Install"
    always = _ALWAYS.get(name, "")
    return said if said in {"Scan", "Install"} and always == "Install" else always


def act(document: str, parameters: Mapping[str, Iterable[str]], targets: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One row of `acts`: what is done, by which document, to the machines that meet all of `targets`."""
    chosen = [{"Key": target["Key"], "Values": list(target.get("Values") or ())} for target in targets]
    return {"document": document, "operation": operation_of(document, parameters), "targets": chosen}
