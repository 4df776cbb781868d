"""YAML text to plain values, with the line and column of every key and value. Decides nothing about what they mean.

Scalars are read as YAML 1.2 has them: `no`, `on` and `off` are text, and `012` is the number twelve that remembers how it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from patchkeep.domain.policy import Place, PolicyError
from patchkeep.policy.syntax import syntax_error

Loc: TypeAlias = tuple[str | int, ...]

MOST_NODES = 50_000
DEEPEST = 40
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_KNOWN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq")
)


class WrittenInt(int):
    """A whole number that remembers its spelling: "012345678901" is still twelve digits."""

    text: str = ""


class WrittenFloat(float):
    """A number with a fraction that remembers its spelling: "1.10" is not "1.1"."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: its values, where each stands, and what is wrong with it as YAML."""

    path: str
    tree: Any = None
    values: dict[Loc, Place] = field(default_factory=dict)
    keys: dict[Loc, Place] = field(default_factory=dict)
    errors: tuple[PolicyError, ...] = ()

    def place(self, loc: Loc) -> Place:
        """Of the value at `loc`, or of the nearest that is there and holds it."""
        return self._nearest(self.values, loc)

    def key(self, loc: Loc) -> Place:
        """Of the key at `loc`; a list's entry has none, so its value's place."""
        return self.keys.get(loc) or self._nearest(self.values, loc)

    def _nearest(self, places: dict[Loc, Place], loc: Loc) -> Place:
        while loc and loc not in places:
            loc = loc[:-1]
        return places.get(loc, Place(self.path, 1, 1))

    def entries(self, section: str) -> Iterator[tuple[str | int, Any]]:
        """The entries of a top-level section, be it a map or a list; none where it is neither."""
        match self.tree.get(section) if isinstance(self.tree, dict) else None:
            case dict() as entries:
                yield from entries.items()
            case list() as entries:
                yield from enumerate(entries)


def read(text: str, path: str) -> Document:
    """The values of a YAML text; broken syntax is one error with its place, and no values."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        return Document(path, errors=(syntax_error(error, text, path),))
    reading = _Reading(path)
    tree = reading.value(root, ()) if root is not None else None
    return Document(path, tree, reading.values, reading.keys, tuple(reading.errors))


class _Reading:
    """One walk over the node tree, collecting places and errors."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.values: dict[Loc, Place] = {}
        self.keys: dict[Loc, Place] = {}
        self.errors: list[PolicyError] = []
        self.count = 0

    def value(self, node: yaml.Node, loc: Loc) -> Any:
        self.count += 1
        place = self.values[loc] = self.place(node)
        if self.count > MOST_NODES or len(loc) > DEEPEST:
            if not any("far too large" in error.what for error in self.errors):
                self.wrong(
                    place, "The file is far too large or too deeply nested for a policy.", "Look for an alias (*name) inside itself."
                )
            return None
        if node.tag not in _KNOWN_TAGS:
            self.wrong(place, f"The tag {node.tag} means nothing in a policy.", "Write the plain value without it.")
        match node:
            case yaml.MappingNode():
                return self.mapping(node, loc)
            case yaml.SequenceNode():
                return [self.value(item, (*loc, index)) for index, item in enumerate(node.value)]
            case _:
                return scalar(node.value) if getattr(node, "style", None) in {"", None} else node.value

    def mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self.place(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.wrong(place, "A key must be a single word, not a list or a map.", "Write `key: value`.")
                continue
            key = key_node.value
            if key in found:
                first = self.keys[*loc, key]
                self.wrong(place, f"`{key}` stands here a second time; the first is in line {first.line}.", "Keep one of them.")
                continue
            self.keys[*loc, key] = place
            found[key] = self.value(value_node, (*loc, key))
        return found

    def place(self, node: yaml.Node) -> Place:
        return Place(self.path, node.start_mark.line + 1, node.start_mark.column + 1)

    def wrong(self, place: Place, what: str, fix: str) -> None:
        self.errors.append(PolicyError(place, what, fix))


def scalar(text: str) -> str | int | float | bool | None:
    """A plain scalar's value by YAML 1.2's core schema, of which dates are no part."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INT.fullmatch(text):
        whole = WrittenInt(int(text, 0 if text[:2] in {"0x", "0o"} else 10))
        whole.text = text
        return whole
    if _FLOAT.fullmatch(text):
        number = WrittenFloat(text)
        number.text = text
        return number
    return text
