"""Sample answers of managed services, one module each: `READS` by operation, as in `samples`. A new service adds its own here."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any


def answers(name: str) -> Mapping[str, Any]:
    """The sample answers of one service; none where it has no module here."""
    if not any(module.name == name for module in pkgutil.iter_modules(__path__)):
        return {}
    reads: Mapping[str, Any] = importlib.import_module(f"{__name__}.{name}").READS
    return reads
