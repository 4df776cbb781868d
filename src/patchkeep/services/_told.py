"""What AWS told, and what it refused to tell, of resources that are known by name: a refused read costs its facts, not the resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap, Refused


def rows(answer: Any, key: str) -> tuple[Mapping[str, Any], ...]:
    """The rows of an answer; none where it was refused, which `unread` says."""
    return () if isinstance(answer, Refused) else tuple(answer.get(key) or ())


def unread(**answers: Any) -> tuple[str, ...]:
    """What was refused, as doubts of an asset: `unread(pending_maintenance=answer)`."""
    told = ((name.replace("_", " "), answer) for name, answer in answers.items())
    return tuple(f"{name} not read: {answer.gap.reason}" for name, answer in told if isinstance(answer, Refused))


def gaps_about(assets: Iterable[Asset], answers: Iterable[Any]) -> tuple[Gap, ...]:
    """One gap for each operation and code that was refused, with the assets whose facts are missing for it."""
    about = tuple(asset.id for asset in assets)
    refused = (answer.gap for answer in answers if isinstance(answer, Refused))
    return tuple({(gap.operation, gap.code): replace(gap, assets=about) for gap in refused}.values())
