"""Sample answers of managed services, one module each: `READS` by operation, as in `samples`. A new service adds its own here.

A module may have `LATER`, too: what some of the reads answer at other moments of a change, one mapping a moment, so that steps which
only then have something to do are driven.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def moments(name: str) -> tuple[Mapping[str, Any], ...]:
    """The sample answers of one service, those of discovery first; nothing where it has no module here."""
    if name not in NAMES:
        return ({},)
    module = importlib.import_module(f"{__name__}.{name}")
    return (module.READS, *({**module.READS, **later} for later in getattr(module, "LATER", ())))


def answers(name: str) -> Mapping[str, Any]:
    """What discovery of one service is answered; nothing where it has no module here."""
    return moments(name)[0]
