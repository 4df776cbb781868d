"""What somebody tells of the nodes of one account and region, in the same words whoever it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from patchkeep.domain.asset import Asset

Packages = frozenset[tuple[str, str, str]]  # name, version, architecture


@dataclass(frozen=True, slots=True)
class Patching:
    """The last scan as it is counted: whether AWS calls it compliant, how much is open, when it ended."""

    status: str  # COMPLIANT | NON_COMPLIANT
    open: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """Keys are node ids."""

    instances: Mapping[str, str]  # state
    managed: Mapping[str, tuple[str, str]]  # ping status, version of the agent
    patching: Mapping[str, Patching]
    packages: Mapping[str, Packages]


def kept(assets: Iterable[Asset]) -> Told:
    """What Patchkeep's store holds."""
    nodes = {asset.resource: asset for asset in assets}
    return Told(
        {node: asset.facts["state"] for node, asset in nodes.items() if "state" in asset.facts},
        {node: (asset.facts["ping"], asset.facts["agent"]) for node, asset in nodes.items() if "ping" in asset.facts},
        {
            node: Patching("NON_COMPLIANT" if asset.scan.counts.open else "COMPLIANT", asset.scan.counts.open, asset.scan.at)
            for node, asset in nodes.items()
            if asset.scan
        },
        {
            node: frozenset((package.name, package.version, package.architecture) for package in asset.inventory.packages)
            for node, asset in nodes.items()
            if asset.inventory
        },
    )


def packages(rows: Iterable[Mapping[str, str]]) -> Packages:
    """AWS's inventory rows, which give epoch, version and release apart."""
    return frozenset((row["Name"], _version(row), row.get("Architecture", "")) for row in rows)


def _version(row: Mapping[str, str]) -> str:
    epoch, release = row.get("Epoch", ""), row.get("Release", "")
    return (f"{epoch}:" if epoch not in ("", "0") else "") + row["Version"] + (f"-{release}" if release else "")


def patching(summary: Mapping[str, Any]) -> Patching:
    """One row of ListResourceComplianceSummaries."""
    at = when(summary["ExecutionSummary"]["ExecutionTime"])
    return Patching(summary["Status"], summary["NonCompliantSummary"]["NonCompliantCount"], at)


def when(text: str | float) -> datetime:
    """A time as tools print it: ISO 8601, or seconds since 1970."""
    return datetime.fromtimestamp(text, UTC) if isinstance(text, float | int) else datetime.fromisoformat(text).astimezone(UTC)
