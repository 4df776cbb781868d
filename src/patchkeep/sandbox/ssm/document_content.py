"""What stands in an SSM document: reading it, and the refusals of content that SSM would not take.

Source: botocore's model of CreateDocument; the user guide's page "Data elements and parameters".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import yaml

from patchkeep.sandbox.operation import AwsError

MOST_BYTES = 64 * 1024  # AWS General Reference, Systems Manager quotas
_SCHEMAS = {
    "Command": {"1.2", "2.0", "2.2"},
    "Policy": {"2.0", "2.2"},
    "Session": {"1.0"},
    "Automation": {"0.3"},
}
_PLATFORM_OF_PLUGIN = {"aws:runShellScript": ("Linux", "MacOS"), "aws:runPowerShellScript": ("Windows",)}
Content = dict[str, Any]


def parsed(content: str, form: str, kind: str) -> Content:
    """Return the document as a mapping, or refuse it as SSM does. `form`: JSON or YAML; `kind`: Command, Automation ..."""
    if len(content.encode()) > MOST_BYTES:
        raise AwsError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
    try:
        read = json.loads(content) if form == "JSON" else yaml.safe_load(content)
    except (ValueError, yaml.YAMLError) as error:
        raise AwsError("InvalidDocumentContent", f"The content is not {form}: {error}") from error
    if not isinstance(read, dict):
        raise AwsError("InvalidDocumentContent", "The content of a document must be a mapping.")
    schema = str(read.get("schemaVersion", ""))
    if schema not in _SCHEMAS.get(kind, {schema}):
        raise AwsError("InvalidDocumentSchemaVersion", f"Schema version '{schema}' is not valid for a document of type {kind}.")
    if schema in {"2.0", "2.2"} and not _has_steps(read):
        raise AwsError("InvalidDocumentContent", "mainSteps must list steps, each with an action, a name and inputs.")
    return read


def _has_steps(content: Content) -> bool:
    steps = content.get("mainSteps")
    return isinstance(steps, list) and bool(steps) and all(isinstance(step, dict) and {"action", "name"} <= set(step) for step in steps)


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def parameters_of(content: Content) -> list[dict[str, str]]:
    """Describe the document's parameters as DescribeDocument does."""
    rows = []
    for name, spec in (content.get("parameters") or {}).items():
        row = {"Name": name, "Type": spec.get("type", "String"), "Description": spec.get("description", "")}
        if "default" in spec:
            default = spec["default"]
            row["DefaultValue"] = default if isinstance(default, str) else json.dumps(default)
        rows.append(row)
    return rows


def platforms_of(content: Content) -> list[str]:
    """Say for which platforms the document has a step."""
    found: dict[str, None] = {}
    for step in content.get("mainSteps") or ():
        precondition = (step.get("precondition") or {}).get("StringEquals") or ()
        named = [name for name in ("Windows", "Linux", "MacOS") if name in precondition]
        found.update(dict.fromkeys(named or _PLATFORM_OF_PLUGIN.get(step["action"], ("Windows", "Linux", "MacOS"))))
    return list(found)


def filled(content: Content, given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return every parameter's value, given or default; a value that the document doesn't allow is InvalidParameters."""
    specs = content.get("parameters") or {}
    if unknown := sorted(set(given) - set(specs)):
        raise AwsError("InvalidParameters", f"Parameters {unknown} are not defined in the document.")
    values: dict[str, list[str]] = {}
    for name, spec in specs.items():
        if name not in given and "default" not in spec:
            raise AwsError("InvalidParameters", f"Parameter '{name}' is required and has no default.")
        default = spec.get("default")
        value = list(given[name]) if name in given else [default] if isinstance(default, str) else list(default or ())
        allowed = spec.get("allowedValues")
        if allowed and any(one not in allowed for one in value):
            raise AwsError("InvalidParameters", f"Parameter '{name}' must be one of {allowed}.")
        values[name] = value
    return values
