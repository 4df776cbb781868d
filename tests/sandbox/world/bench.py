"""Baselines in AWS's shape, and machines to try them on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.sandbox.agent import PatchOutcome, PatchRecord, PatchRequest
from patchkeep.sandbox.simulated import SimulatedAgent
from patchkeep.sandbox.ssm.aws_baselines import default_baselines

NOW = datetime(2026, 9, 22, 3, tzinfo=UTC)


class Bench:
    """A machine of an operating system whose packages are `behind` days old, under AWS's own baseline or a given one."""

    def __init__(self, os: str, behind: int = 90, traits: Iterable[str] = (), baseline: dict[str, Any] | None = None) -> None:
        self.agent = SimulatedAgent(os, NOW - timedelta(days=behind), f"i-{os}", frozenset(traits))
        self.baseline = baseline or default_of(self.agent.holdings.os.operating_system)

    def run(self, operation: str, now: datetime = NOW, reboot: str = "RebootIfNeeded", override: Any = None) -> PatchOutcome:
        return self.agent.patch(PatchRequest(operation, self.baseline, now, reboot, override))

    def scan(self, now: datetime = NOW) -> dict[str, PatchRecord]:
        return {patch.kb_id: patch for patch in self.run("Scan", now).patches}

    def states(self, now: datetime = NOW) -> Counter[str]:
        return Counter(patch.state for patch in self.scan(now).values())

    def version(self, name: str) -> str:
        holdings = self.agent.holdings
        return holdings.os.packages[name].releases[holdings.index[name]].version


def default_of(operating_system: str) -> dict[str, Any]:
    return next(
        dict(each) for each in default_baselines("eu-central-1") if each["DefaultBaseline"] and each["OperatingSystem"] == operating_system
    )


def rule(filters: dict[str, list[str]], **more: Any) -> dict[str, Any]:
    """One PatchRule; ApproveAfterDays 0 unless told otherwise."""
    group = {"PatchFilters": [{"Key": key, "Values": values} for key, values in filters.items()]}
    return {
        "PatchFilterGroup": group,
        **(more if {"ApproveUntilDate", "ApproveAfterDays"} & set(more) else {"ApproveAfterDays": 0, **more}),
    }


def baseline(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"BaselineId": "pb-0123456789abcdef0", "ApprovalRules": {"PatchRules": list(rules)}, **more}
