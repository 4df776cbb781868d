"""What is made from the models: the editors' schema and the reference page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from patchkeep.policy.models import PolicyFile
from patchkeep.policy.reference import reference
from patchkeep.policy.schema import schema
from tests.policy.reading import EXAMPLE


def keys(part: Any, root: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for section in (root, *root["$defs"].values()):
        yield from section.get("properties", {}).items()


def test_the_schema_is_json_of_draft_2020_12() -> None:
    assert json.loads(json.dumps(schema()))["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_key_in_the_schema_is_described_and_unknown_ones_are_refused() -> None:
    root = schema()
    assert [key for key, value in keys(root, root) if not value.get("description")] == []
    assert {name for name, part in root["$defs"].items() if part["additionalProperties"] is not False} == {"WindowsKeys"}


def test_keys_of_later_parts_are_in_the_schema_and_allow_nothing() -> None:
    root = schema()
    assert root["properties"]["emergency"] == {"not": {}, "description": "Arrives with emergency changes."}
    assert root["$defs"]["FreezeKeys"]["properties"]["except"]["not"] == {}


def test_defaults_are_written_as_a_person_would() -> None:
    root = schema()
    assert root["$defs"]["FreshnessKeys"]["properties"]["scan"]["default"] == "36h"
    assert root["$defs"]["RingKeys"]["properties"]["at_once"]["default"] == "100%"
    assert "P1D" not in json.dumps(root)


def allowed(value: Any, part: dict[str, Any], root: dict[str, Any]) -> bool:
    """As much of JSON Schema as our schema uses."""
    if "$ref" in part:
        return allowed(value, root["$defs"][part["$ref"].rsplit("/", 1)[-1]], root)
    if "anyOf" in part:
        return any(allowed(value, each, root) for each in part["anyOf"])
    if "not" in part or ("const" in part and value != part["const"]) or ("enum" in part and value not in part["enum"]):
        return False
    match part.get("type"):
        case "string":
            return isinstance(value, str) and bool(re.search(part.get("pattern", ""), value))
        case "integer":
            return type(value) is int and value >= part.get("minimum", value)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list) and all(allowed(each, part["items"], root) for each in value)
        case "object":
            return isinstance(value, dict) and all(allowed_key(key, each, part, root) for key, each in value.items())
        case _:
            return True


def allowed_key(key: str, value: Any, part: dict[str, Any], root: dict[str, Any]) -> bool:
    inner = part.get("properties", {}).get(key, part.get("additionalProperties", True))
    return allowed(value, inner, root) if isinstance(inner, dict) else bool(inner)


def test_the_schema_allows_the_example_and_not_a_misspelt_one() -> None:
    root = schema()
    tree = yaml.load(EXAMPLE, Loader=yaml.BaseLoader)  # noqa: S506 - every scalar as text, as dates in a policy are
    tree["apart"][0]["at_once"] = tree["apart"][1]["at_once"] = tree["approval"]["prod"]["people"] = tree["approval"]["irreversible"][
        "people"
    ] = 1
    tree["baselines"]["amazon-linux"]["reject"][0]["as_dependency"] = tree["approval"]["prod"]["not_author"] = True
    tree["rings"][1]["rest"] = tree["rings"][4]["rest"] = True
    tree["rings"][3]["count"] = tree["rings"][4]["may_fail"]["at_least"] = 1
    assert allowed(tree, root, root)
    tree["rings"][0]["shar"] = tree["rings"][0].pop("share")
    assert not allowed(tree, root, root)


def test_the_reference_has_every_key_of_every_section() -> None:
    page, root = reference(), schema()
    for key, value in keys(root, root):
        assert f"`{key}`" in page, key
        if "not" not in value:
            assert value["description"].replace("|", "\\|") in page, key


def test_the_reference_names_the_path_of_every_section() -> None:
    sections = re.findall(r"^## `(.+)`$", reference(), re.MULTILINE)
    assert {"organization.roles", "organization.exclude[]", "environments.<name>.match", "windows.<name>", "rings[].select"} <= set(
        sections
    )
    assert len(sections) == len(set(sections))
    assert {section.split(".")[0].split("[")[0] for section in sections} <= set(PolicyFile.model_fields)
