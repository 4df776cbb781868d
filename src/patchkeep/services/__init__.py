"""One pure module per capability of AWS. Adding a file here is all it takes: `load()` finds it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from patchkeep.services._grants import By
from patchkeep.services._service import Service, Started


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


__all__ = ["By", "Service", "Started", "load"]
