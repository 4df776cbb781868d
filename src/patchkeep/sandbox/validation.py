"""Does a value fit a botocore shape? Asked of every request that comes in and every answer that goes out.

Stricter than `botocore.validate.ParamValidator`, which clients run anyway: enumerations, patterns, lengths and upper bounds
are checked as AWS's front ends check them, and unknown keys are errors on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

# Strings that AWS answers though its own model forbids them, as its CLI's example outputs show: EC2's "windows", SSM's "Missing"
# (the model lists MISSING), "PT0.091S" and milliseconds of GetCommandInvocation, an empty OwnerInformation and plugin name,
# the empty PatchGroup of a node that has none.
SPELT_OTHERWISE = frozenset(
    {"PlatformValues", "PatchComplianceDataState", "StringDateTime", "OwnerInformation", "CommandPluginName", "PatchGroup"}
)
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime,),
    "blob": (bytes, bytearray),
    "list": (list, tuple),
    "map": (Mapping,),
    "structure": (Mapping,),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong: where ("Filters[0].Key") and what ("Member must have length less than or equal to 5")."""

    path: str
    what: str
    value: Any = None
    missing: bool = False

    def __str__(self) -> str:
        if self.missing:
            return f"Value null at '{self.path}' failed to satisfy constraint: Member must not be null"
        return f"Value '{self.value}' at '{self.path}' failed to satisfy constraint: {self.what}"


def violations(value: object, shape: Shape | None) -> list[Violation]:
    """Everything in which `value` differs from `shape`; no shape means that nothing may be there."""
    found: list[Violation] = []
    if shape is not None:
        _examine(value, shape, "", found)
    elif value:
        found.append(Violation("", "Nothing may be here", value))
    return found


def _examine(value: Any, shape: Shape, path: str, found: list[Violation]) -> None:
    kind = shape.type_name
    wrong_boolean = isinstance(value, bool) and kind != "boolean"
    fits: bool = not wrong_boolean and isinstance(value, TYPES[kind])
    if not fits:
        found.append(Violation(path, f"Member must be a {kind}, not {type(value).__name__}", value))
        return
    match kind:
        case "structure":
            _examine_structure(value, cast("StructureShape", shape), path, found)
        case "list":
            member = cast("ListShape", shape).member
            _examine_length(value, shape, path, found)
            for index, item in enumerate(value):
                _examine(item, member, f"{path}[{index}]", found)
        case "map":
            _examine_map(value, cast("MapShape", shape), path, found)
        case "string":
            _examine_string(value, cast("StringShape", shape), path, found)
        case "integer" | "long" | "float" | "double":
            _examine_range(value, shape, path, found)
        case "timestamp" if value.tzinfo is None:
            found.append(Violation(path, "Member must know its time zone", value))


def _examine_structure(value: Mapping[str, Any], shape: StructureShape, path: str, found: list[Violation]) -> None:
    if shape.is_document_type:
        return
    prefix = f"{path}." if path else ""
    members = shape.members
    for key, item in value.items():
        member = members.get(key)
        if member is None:
            found.append(Violation(prefix + key, f"{shape.name} has no such member", item))
        else:
            _examine(item, member, prefix + key, found)
    found.extend(Violation(prefix + key, "", missing=True) for key in shape.required_members if value.get(key) is None)


def _examine_map(value: Mapping[str, Any], shape: MapShape, path: str, found: list[Violation]) -> None:
    _examine_length(value, shape, path, found)
    for key, item in value.items():
        _examine(key, shape.key, f"{path}.{key}", found)
        _examine(item, shape.value, f"{path}.{key}", found)


def _examine_string(value: str, shape: StringShape, path: str, found: list[Violation]) -> None:
    if shape.name in SPELT_OTHERWISE:
        return
    if shape.enum and value not in shape.enum:
        found.append(Violation(path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]", value))
        return
    _examine_length(value, shape, path, found)
    pattern = shape.metadata.get("pattern")
    if pattern and (expression := _compiled(pattern)) and not expression.search(value):
        found.append(Violation(path, f"Member must satisfy regular expression pattern: {pattern}", value))


def _examine_length(value: Any, shape: Shape, path: str, found: list[Violation]) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        found.append(Violation(path, f"Member must have length greater than or equal to {least}", value))
    if most is not None and len(value) > most:
        found.append(Violation(path, f"Member must have length less than or equal to {most}", value))


def _examine_range(value: float, shape: Shape, path: str, found: list[Violation]) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        found.append(Violation(path, f"Member must have value greater than or equal to {least}", value))
    if most is not None and value > most:
        found.append(Violation(path, f"Member must have value less than or equal to {most}", value))


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for the few that only Java understands (Unicode classes, say): those are not checked."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
