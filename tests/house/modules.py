"""The code under the house rules, read once: each module's path inside the package, its text and its tree."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file. `path` is relative to the package (or to tests/): "doors/aws.py"."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.path.split("/", maxsplit=1)[0].removesuffix(".py")

    @property
    def name(self) -> str:
        """The dotted name below `patchkeep`: "doors.aws"; a package's own file has the package's name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


Rule = Callable[[Module], Iterator[str]]


def module(path: str, text: str) -> Module:
    return Module(path, text, ast.parse(text))


@functools.cache
def modules(folder: str = "src/patchkeep") -> tuple[Module, ...]:
    base = ROOT / folder
    return tuple(module(path.relative_to(base).as_posix(), path.read_text("utf-8")) for path in sorted(base.rglob("*.py")))


def broken(rule: Rule, folder: str = "src/patchkeep") -> list[str]:
    return [f"{folder}/{each.path}:{place}" for each in modules(folder) for place in rule(each)]
