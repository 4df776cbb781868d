"""What dispatch, permissions, organization files and CloudWatch must know of a managed service, and how they find it.

A service is a package beside this one whose `__init__` has a `SERVICE`; the packages are looked through once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import patchkeep.sandbox

if TYPE_CHECKING:
    from patchkeep.sandbox.operation import Request
    from patchkeep.sandbox.world import Site, World


@dataclass(frozen=True, slots=True)
class Declared:
    """One resource of an organization file. `engine`, `version` and `window` are "" where the file leaves them out."""

    kind: str
    name: str
    engine: str = ""
    version: str = ""
    window: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)  # with environment and stack already among them
    traits: frozenset[str] = frozenset()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planting:
    """Where a declared resource is to be made."""

    world: World
    site: Site
    declared: Declared


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of an organization file's resources. `plant` raises ValueError, a sentence saying what to write, for what cannot be."""

    plant: Callable[[Planting], None]
    traits: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()  # keys that it understands


Measure = Callable[["Request", str, Mapping[str, str], datetime], float | None]
"""Value of a metric (its name and dimensions) at a moment; None: no data."""


def _whatever(_: str, __: Request) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Managed:
    """One managed service. `name` as botocore and IAM spell it; `arns`: what a request is about, nothing for all there is."""

    name: str
    kinds: Mapping[str, Kind]
    signed_as: str = ""  # the name in the signature, where it is another ("es" for opensearch)
    iam: str = ""  # the prefix of its IAM actions, where it is another
    arns: Callable[[str, Request], Iterable[str]] = _whatever
    tagging: str = ""  # the action needed besides when a creation bears Tags: "AddTagsToResource"
    measures: Mapping[str, Measure] = field(default_factory=dict)  # by CloudWatch namespace
    anywhere: bool = False  # one service for all regions, whichever of them an account has switched on


@cache
def services() -> Mapping[str, Managed]:
    """Every managed service there is, by botocore's name."""
    found = {}
    for module in pkgutil.iter_modules(patchkeep.sandbox.__path__, "patchkeep.sandbox."):
        if module.ispkg and isinstance(service := getattr(importlib.import_module(module.name), "SERVICE", None), Managed):
            found[service.name] = service
    return found


@cache
def packages() -> tuple[str, ...]:
    """The packages that hold them, for the server to import."""
    modules = pkgutil.iter_modules(patchkeep.sandbox.__path__, "patchkeep.sandbox.")
    return tuple(one.name for one in modules if one.ispkg and hasattr(importlib.import_module(one.name), "SERVICE"))


@cache
def signatures() -> Mapping[str, str]:
    """Name in a signature -> botocore's name."""
    return {service.signed_as or name: name for name, service in services().items()}


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of resource that an organization file may name."""
    return {name: kind for service in services().values() for name, kind in service.kinds.items()}


@cache
def measures() -> Mapping[str, Measure]:
    """Every CloudWatch namespace that is worked out instead of put."""
    return {namespace: measure for service in services().values() for namespace, measure in service.measures.items()}
