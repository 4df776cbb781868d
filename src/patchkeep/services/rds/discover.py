"""Discovery of databases: RDS, Aurora, DocumentDB and Neptune answer to one API (DescribeDBInstances' documentation).

- rds:DescribeDBInstances, rds:DescribeDBClusters: which there are, with tags, window, version, members
- rds:DescribePendingMaintenanceActions: what AWS wants to put on, and when it will do it unasked
- rds:DescribeDBEngineVersions, for each engine and version in use: what it can be upgraded to
- rds:DescribeDBMajorEngineVersions: until when a major line is supported
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Asset, Existing, Found
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.services import _told
from patchkeep.services._answers import granted
from patchkeep.services._automation import BACKUPS, present
from patchkeep.services.rds.digest import INSTANCE, Engines, Row, cluster, instance, support_of

INSTANCES = Call.of("rds", "describe_db_instances")
CLUSTERS = Call.of("rds", "describe_db_clusters")
PENDING = Call.of("rds", "describe_pending_maintenance_actions")
MAJORS = Call.of("rds", "describe_db_major_engine_versions")


def discover(target: Target) -> Dialogue[Found]:
    """All databases of one account and region; a refused read of updates or support leaves those facts unread."""
    answers = granted((yield (INSTANCES, CLUSTERS)))
    instances, clusters = answers[0]["DBInstances"], answers[1]["DBClusters"]
    if not instances and not clusters:
        return Found()
    running = sorted({(row["Engine"], row.get("EngineVersion", "")) for row in (*instances, *clusters)})
    versions = tuple(Call.of("rds", "describe_db_engine_versions", Engine=engine, EngineVersion=version) for engine, version in running)
    pending, majors, *told = yield (PENDING, MAJORS, *versions)
    waiting = {
        row["ResourceIdentifier"]: row["PendingMaintenanceActionDetails"] for row in _told.rows(pending, "PendingMaintenanceActions")
    }
    engines = _engines(dict(zip(running, told, strict=True)), majors)
    assets = [instance(target, row, waiting.get(row["DBInstanceArn"], ()), engines) for row in instances]
    assets += [cluster(target, row, waiting.get(row["DBClusterArn"], ()), engines) for row in clusters]
    refused = dict(zip(running, told, strict=True))
    known = tuple(_doubted(asset, pending, refused.get((asset.engine, asset.version))) for asset in assets)
    automation = (_automation(asset, row) for asset, row in zip(known, (*instances, *clusters), strict=True))
    return Found(known, _told.gaps_about(known, (pending, majors, *told)), tuple(automation))


def _engines(targets: Mapping[tuple[str, str], Any], majors: Any) -> Engines:
    offered = {
        running: tuple(one for row in _told.rows(answer, "DBEngineVersions") for one in row.get("ValidUpgradeTarget", ()))
        for running, answer in targets.items()
    }
    rows = (row for row in _told.rows(majors, "DBMajorEngineVersions") if row.get("SupportedEngineLifecycles"))  # else AWS doesn't tell
    return Engines(offered, {(row["Engine"], row["MajorEngineVersion"]): support_of(row) for row in rows})


def _doubted(asset: Asset, pending: Any, versions: Any) -> Asset:
    doubts = _told.unread(pending_maintenance=pending, engine_versions=versions)
    return replace(asset, updates=None if isinstance(pending, Refused) else asset.updates, unread=doubts) if doubts else asset


def _automation(asset: Asset, row: Row) -> Existing:
    fields: dict[str, object] = {"PreferredMaintenanceWindow": asset.window, BACKUPS: row.get("PreferredBackupWindow", "")}
    if asset.kind == INSTANCE or "AutoMinorVersionUpgrade" in row:
        fields["AutoMinorVersionUpgrade"] = bool(row.get("AutoMinorVersionUpgrade"))
    return present("rds", asset, fields)
