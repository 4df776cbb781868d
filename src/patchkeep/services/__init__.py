"""One pure module per capability of AWS. Adding a file here is all it takes: `load()` finds it.

What services share stands in modules with a leading underscore; what other rooms may use of it is named here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from patchkeep.services._accounts import Reached, organization, organization_id, reached
from patchkeep.services._adoption import Adoption, adopt_calls, release_calls
from patchkeep.services._answers import together
from patchkeep.services._gates import shut
from patchkeep.services._grants import By, Grant, own
from patchkeep.services._managers import template_of
from patchkeep.services._service import Service, Started
from patchkeep.services._settings import setting_id
from patchkeep.services._stop import read_stop


def load(paths: Iterable[str] | None = None, package: str = __name__) -> Mapping[str, Service]:
    """Every service by name: each module (without a leading underscore) must offer a `SERVICE`."""
    found: dict[str, Service] = {}
    for module in pkgutil.iter_modules(list(paths or (str(Path(__file__).parent),))):
        if module.name.startswith("_"):
            continue
        service = importlib.import_module(f"{package}.{module.name}").SERVICE
        if service.name in found:
            raise ValueError(f"two services are named {service.name}")
        found[service.name] = service
    return found


def kinds(services: Mapping[str, Service]) -> frozenset[str]:
    """Of all assets that the services discover."""
    return frozenset(kind for service in services.values() for kind in service.kinds)


__all__ = [
    "Adoption",
    "By",
    "Grant",
    "Reached",
    "Service",
    "Started",
    "adopt_calls",
    "kinds",
    "load",
    "organization",
    "organization_id",
    "own",
    "reached",
    "read_stop",
    "release_calls",
    "setting_id",
    "shut",
    "template_of",
    "together",
]
