"""Lightsail's rows about databases and instances, turned into our values. Shapes: botocore's model of Lightsail.

AWS puts minor versions and maintenance on its databases by itself, in their weekly window; nobody can ask for them ("Schedule
maintenance and backups for Lightsail databases", user guide). A major version is asked for by its blueprint. Instances are their
owner's: a blueprint is only what one was made from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Obstacle, Update, UpdateState
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services._upgrades import facts_of, put_off
from patchkeep.services._versions import ENGINE, newest, order

Row = Mapping[str, Any]

DATABASE, INSTANCE = "lightsail database", "lightsail instance"
MINOR = "minor version"  # the id of an update that AWS puts on by itself; what may be asked for is ENGINE
_PRODUCTS = {  # beginnings of blueprint ids, and what endoflife.date calls the system; for engines, the community's product
    "ubuntu": "ubuntu",
    "debian": "debian",
    "amazon_linux": "amazon-linux",
    "windows_server": "windows-server",
    "almalinux": "almalinux",
    "centos_stream": "centos-stream",
    "freebsd": "freebsd",
    "opensuse": "opensuse",
    "mysql": "mysql",
    "postgres": "postgresql",
}


def _product(blueprint: str) -> tuple[str, str]:
    """Product and version that a blueprint's id names: ("ubuntu", "22.04") of "ubuntu_22_04"; "" for applications ("wordpress")."""
    found = re.match(r"([a-z_]+?)((?:_\d+)+)(?:_|$)", blueprint)
    product = _PRODUCTS.get(found[1], "") if found else ""
    return (product, found[2].strip("_").replace("_", ".")) if found and product else ("", "")


def _tags(row: Row) -> Frozen:
    return Frozen({tag["key"]: tag.get("value") or "" for tag in row.get("tags") or ()})


# --- databases ------------------------------------------------------------------------------------------------------


def line(version: str) -> tuple[int, ...]:
    """What two versions of one major have in common: (8, 0) of MySQL's "8.0.36", (16,) of PostgreSQL's "16.4"."""
    return order(version)[:-1] if version.count(".") > 1 else order(version)[:1]


def database(target: Target, row: Row, blueprints: Iterable[Row]) -> Asset:
    return Asset(
        id=row["arn"],
        kind=DATABASE,
        target=target,
        name=row["name"],
        os="",
        tags=_tags(row),
        updates=tuple(sorted((*_pending(row), *_versions(row, tuple(blueprints))), key=lambda update: update.key)),
        facts=Frozen(
            facts_of("", put_off(row.get("pendingModifiedValues") or {}, version="engineVersion")[1]),
            state=row.get("state", ""),
            storage=row.get("hardware", {}).get("diskSizeInGb", 0),
        ),
        version=row.get("engineVersion", ""),
        product=_PRODUCTS.get(row.get("engine", ""), ""),
        window=row.get("preferredMaintenanceWindow", ""),
        remarks=tuple(_remarks(row, blueprints)),
    )


def _pending(row: Row) -> Iterator[Update]:
    """AWS's own maintenance: it names a date, and nobody can agree to it or put it off."""
    spare = bool(row.get("secondaryAvailabilityZone"))
    for one in row.get("pendingMaintenanceActions") or ():
        date = one.get("currentApplyDate")
        yield Update(
            one["action"],
            one.get("description", one["action"]),
            UpdateState.SCHEDULED if date else UpdateState.MISSING,
            classification="maintenance",
            disruption=Disruption.FAILOVER if spare else Disruption.RESTART,
            forced_at=date,
        )


def _versions(row: Row, blueprints: tuple[Row, ...]) -> Iterator[Update]:
    """What its own blueprint has by now, and the next major line: an engine takes one at a time."""
    engine, version = row.get("engine", ""), row.get("engineVersion", "")
    scheduled = (row.get("pendingModifiedValues") or {}).get("engineVersion", "")
    mine = (one for one in blueprints if one.get("blueprintId", "").startswith(f"{engine}_"))
    rows = [one for one in mine if order(one.get("engineVersion", "")) > order(version)]
    minor = newest(one["engineVersion"] for one in rows if line(one["engineVersion"]) == line(version))
    later = sorted((one for one in rows if line(one["engineVersion"]) > line(version)), key=lambda one: order(one["engineVersion"]))
    if minor:
        state = UpdateState.SCHEDULED if scheduled == minor else UpdateState.MISSING
        yield Update(MINOR, f"{engine} {minor}", state, classification="minor", version=minor, disruption=Disruption.RESTART)
    if later:
        major = later[0]["engineVersion"]
        state = UpdateState.SCHEDULED if scheduled == major else UpdateState.OPTIONAL
        state = UpdateState.RUNNING if scheduled == major and row.get("state") == "upgrading" else state
        facts = Frozen(blueprint=later[0]["blueprintId"])
        yield Update(ENGINE, f"{engine} {major}", state, classification="major", version=major, disruption=Disruption.RESTART, facts=facts)


def _remarks(row: Row, blueprints: Iterable[Row]) -> Iterator[str]:
    offered = {one.get("blueprintId") for one in blueprints}
    if offered and row.get("relationalDatabaseBlueprintId") not in offered:
        yield f"Lightsail makes no new databases of its blueprint {row.get('relationalDatabaseBlueprintId')} any more"


# --- instances ------------------------------------------------------------------------------------------------------


def instance(target: Target, row: Row, blueprint: Row | None, node: str) -> Asset:
    """One instance. `node`: under which name Systems Manager manages it, "" where it doesn't: then nothing in it can be seen."""
    product, version = _product(row.get("blueprintId", ""))
    return Asset(
        id=row["arn"],
        kind=INSTANCE,
        target=target,
        name=row["name"],
        os="",
        tags=_tags(row),
        updates=(),
        obstacles=() if node else (_no_agent(target, row["name"]),),
        facts=Frozen(state=row.get("state", {}).get("name", ""), node=node),
        version=version,
        product=product,
        remarks=tuple(_made_from(row, blueprint, node)),
    )


def _no_agent(target: Target, name: str) -> Obstacle:
    """Lightsail's instances have no instance profile: an agent in one is registered as that of a machine elsewhere is."""
    activate = f"aws ssm create-activation --default-instance-name {name} --iam-role ROLE --registration-limit 1 --region {target.region}"
    fix = f"install SSM Agent in it and register it with a hybrid activation ({activate}); it is then patched as that node"
    why = "Lightsail does not patch instances, and no agent in it tells what it lacks"
    return Obstacle("no agent", why, fix, stops_seeing=True, stops_patching=True)


def _made_from(row: Row, blueprint: Row | None, node: str) -> Iterator[str]:
    since = f" on {row['createdAt']:%Y-%m-%d}" if row.get("createdAt") else ""
    yield f"made from blueprint {row.get('blueprintName') or row.get('blueprintId', '')}{since}"
    if blueprint is not None and not blueprint.get("isActive", True):
        yield "AWS calls that blueprint outdated: new instances are made from a newer one"
    if node:
        yield f"what runs in it is judged and patched as node {node}"
