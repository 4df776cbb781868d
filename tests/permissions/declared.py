"""Managed resources of every service, put into one account: what the sandbox's organizations have, and the tests in tests/managed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

import patchkeep.sandbox
import tests.managed

Entry = dict[str, Any]
ORGS = Path(patchkeep.sandbox.__path__[0]) / "orgs"


def resources() -> str:
    """Lines of an organization file's account. Of several of one kind and name the first counts."""
    found: dict[tuple[str, str], Entry] = {}
    for one in (*_ours(), *_of_tests()):
        found.setdefault((one["kind"], one["name"]), {key: value for key, value in one.items() if key != "region"})
    return str(yaml.safe_dump({"resources": list(found.values())}, default_flow_style=None, width=1000))


def _ours() -> Iterator[Entry]:
    for file in sorted(ORGS.glob("*.yaml")):
        for account in yaml.safe_load(file.read_text(encoding="utf-8")).get("accounts", ()):
            yield from account.get("resources", ())


def _of_tests() -> Iterator[Entry]:
    for found in pkgutil.iter_modules(tests.managed.__path__, "tests.managed."):
        yield from _listed(importlib.import_module(found.name))


def _listed(module: ModuleType) -> Iterator[Entry]:
    """Every text of a module that lists resources: "- {kind: ...}"."""
    for text in vars(module).values():
        if isinstance(text, str) and text.lstrip().startswith(("- {kind:", "- kind:")):
            yield from yaml.safe_load(text)
