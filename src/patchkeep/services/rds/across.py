"""Clusters that are members of a global database: their engine versions are those of a whole that spans regions. Pure.

Minor versions go on the secondary clusters first and on the primary last; a major one on the whole by ModifyGlobalCluster ("Upgrading an
Amazon Aurora global database" in the Aurora guide). DocumentDB has the same order, for the patches that are pending on its clusters,
too, and no such call: for a major version its secondaries are removed ("Maintaining Amazon DocumentDB", "Amazon DocumentDB in-place major
version upgrade"). Neptune's guide has no order, and its ModifyGlobalCluster takes minor versions, too.
A scan of one region sees neither the other members nor, of most, which of them writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patchkeep.domain.asset import Asset, Update
from patchkeep.services._versions import ENGINE

_DOCUMENTS, _GRAPHS = "docdb", "neptune"


def across(row: Mapping[str, Any]) -> str:
    """What a cluster is a member of, "" for nothing. DocumentDB's clusters don't name it, but the primary and its secondaries."""
    if name := row.get("GlobalClusterIdentifier"):
        return f"the global database {name}"
    if row["Engine"] == _DOCUMENTS and (row.get("ReplicationSourceIdentifier") or row.get("ReadReplicaIdentifiers")):
        return f"the global cluster of {row.get('ReplicationSourceIdentifier') or row['DBClusterIdentifier']}"
    return ""


def its_own(asset: Asset, updates: tuple[Update, ...]) -> tuple[Update, ...] | str:
    """Those that go on this cluster without regard to other regions; else what to do about the first of the others."""
    whole = str(asset.facts.get("global", ""))
    theirs = [update for update in updates if whole and _of_the_engine(asset, update)]
    left = tuple(update for update in updates if update not in theirs)
    return _elsewhere(asset, whole, theirs[0]) if theirs and not left else left


def _of_the_engine(asset: Asset, update: Update) -> bool:
    """Of DocumentDB all that is pending on a cluster; the operating system is its instances' business."""
    return asset.engine == _DOCUMENTS or update.classification in {"minor", "major"}


def _elsewhere(asset: Asset, whole: str, update: Update) -> str:
    wanted = update.version if update.id == ENGINE else update.id
    if update.classification != "major" and asset.engine != _GRAPHS:
        how = f"put {wanted} on its secondary clusters first and on the primary last, as AWS asks"
    elif asset.engine == _DOCUMENTS:
        how = f"AWS puts {wanted} on none that has secondaries; remove those, upgrade the primary, then add them again"
    else:
        how = f"put {wanted} on the whole of it at once, by ModifyGlobalCluster"
    return f"its engine is upgraded with {whole}, which spans regions, and that is yours to do: {how}"
