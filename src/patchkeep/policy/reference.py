"""The reference page of all keys of a policy file, as markdown, made from the models that read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from patchkeep.policy.schema import schema

_HEAD = """# Policy keys

Every key of a policy file. `<name>` stands for a name of your choice, `[]` for each entry of a list. Durations are written as in
`15m`, `36h`, `3d` or `1d12h`, shares as in `5%`. Names, days and ids that look like numbers or truth values go in quotes.
"""


def reference() -> str:
    """The whole page."""
    root = schema()
    return "\n".join([_HEAD, *_section("", root, root)]).rstrip() + "\n"


def _section(path: str, part: dict[str, Any], root: dict[str, Any]) -> Iterator[str]:
    """A map's own table, then the tables of the maps inside it."""
    properties: dict[str, Any] = part.get("properties", {})
    keys = {key: value for key, value in properties.items() if value.get("not") != {}}
    yield from _heading(path, part)
    yield from ("| key | what | default | example |", "|---|---|---|---|")
    required = part.get("required", ())
    yield from (_row(key, value, required=key in required) for key, value in keys.items())
    yield ""
    if later := {key: value for key, value in properties.items() if key not in keys}:
        yield "Refused until their part is there: " + ", ".join(f"`{key}`" for key in later) + ".\n"
    for key, value in keys.items():
        for suffix, inner in _maps(value, root):
            yield from _section(f"{path}.{key}{suffix}".lstrip("."), inner, root)
    for suffix, inner in _maps({"additionalProperties": part.get("additionalProperties")}, root):
        yield from _section(f"{path}{suffix}", inner, root)


def _heading(path: str, part: dict[str, Any]) -> Iterator[str]:
    if path:
        yield f"## `{path}`\n"
    if said := part.get("description"):
        yield f"{' '.join(said.split())}\n"


def _row(key: str, value: dict[str, Any], *, required: bool) -> str:
    default = "**required**" if required else _plain(value.get("default"))
    choices = next((part["enum"] for part in _parts(value) if "enum" in part), ())
    said = value.get("description", "") + (f" One of {', '.join(f'`{each}`' for each in choices)}." if choices else "")
    example = f"`{value['examples'][0]}`" if value.get("examples") else ""
    return f"| `{key}` | {said.replace('|', chr(92) + '|')} | {default} | {example} |"


def _plain(default: Any) -> str:
    """A default as a person would write it; nothing where leaving the key out says it best."""
    match default:
        case None | "" | [] | {} | dict():
            return ""
        case bool():
            return f"`{str(default).lower()}`"
        case _:
            return f"`{default}`"


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.get("anyOf", ()):
            yield from _parts(each)
        yield from _parts(value.get("items"))


def _maps(value: dict[str, Any], root: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The maps with keys of their own inside a value, and how a path to them goes on."""
    if "$ref" in value:
        yield "", root["$defs"][value["$ref"].rsplit("/", 1)[-1]]
    for each in value.get("anyOf", ()):
        yield from _maps(each, root)
    if isinstance(items := value.get("items"), dict):
        yield from ((f"[]{suffix}", inner) for suffix, inner in _maps(items, root))
    if isinstance(named := value.get("additionalProperties"), dict):
        yield from ((f".<name>{suffix}", inner) for suffix, inner in _maps(named, root))
