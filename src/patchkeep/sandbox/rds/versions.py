"""What engines and versions there are, what may become of them, until when they are supported, and the certificate authorities."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.answers import chosen, paged
from patchkeep.sandbox.managed.engines import Engine, Major, Version, engines
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation

STANDARD, EXTENDED = "open-source-rds-standard-support", "open-source-rds-extended-support"
WITH_LIFECYCLES = frozenset({"postgres", "mysql", "aurora-postgresql", "aurora-mysql"})
AUTHORITIES = {  # "Using SSL/TLS to encrypt a connection to a DB instance or cluster" in the Amazon RDS User Guide; regional dates vary
    "rds-ca-rsa2048-g1": datetime(2061, 5, 18, tzinfo=UTC),
    "rds-ca-rsa4096-g1": datetime(2121, 5, 18, tzinfo=UTC),
    "rds-ca-ecc384-g1": datetime(2121, 5, 18, tzinfo=UTC),
}


@operation("rds", "DescribeDBEngineVersions")
def describe_db_engine_versions(request: Request) -> Answer:
    """Deprecated versions only with IncludeAll. `EngineVersion` may be a major: then all of it, as AWS answers."""
    params, now = request.params, request.now
    rows = [(engine, version) for engine in _wanted(request) for version in engine.known(now)]
    if wanted := params.get("EngineVersion"):
        rows = [row for row in rows if wanted in (row[1].number, row[1].major)]
    if family := params.get("DBParameterGroupFamily"):
        rows = [row for row in rows if _family(*row) == family]
    if params.get("DefaultOnly"):
        rows = [(engine, engine.known(now)[-1]) for engine in dict.fromkeys(engine for engine, _ in rows)]
    elif not params.get("IncludeAll"):
        rows = [row for row in rows if _status(row[1], now) == "available"]
    reads = {
        "db-parameter-group-family": lambda row: [_family(*row)],
        "engine": lambda row: [row[0].name],
        "engine-mode": lambda _: ["provisioned"],
        "engine-version": lambda row: [row[1].number],
        "status": lambda row: [_status(row[1], now)],
    }
    picked = chosen(rows, params.get("Filters", ()), reads)
    return paged(params, "DBEngineVersions", [_shown(engine, version, now) for engine, version in picked])


def _wanted(request: Request) -> list[Engine]:
    name = request.params.get("Engine")
    if name and name not in engines("rds"):
        raise AwsError("InvalidParameterValue", f"Unrecognized engine name: {name}")
    return [engine for engine in engines("rds").values() if name in {None, engine.name}]


def _status(version: Version, now: datetime) -> str:
    return "deprecated" if version.until and version.until <= now else "available"


def _family(engine: Engine, version: Version) -> str:
    return f"{engine.name}{version.major}"


def _shown(engine: Engine, version: Version, now: datetime) -> dict[str, Any]:
    return {
        "Engine": engine.name,
        "MajorEngineVersion": version.major,
        "EngineVersion": version.number,
        "DBParameterGroupFamily": _family(engine, version),
        "DBEngineDescription": engine.title,
        "DBEngineVersionDescription": f"{engine.title} {version.number}",
        "ValidUpgradeTarget": [_target(engine, version, target) for target in engine.targets(version, now)],
        "ExportableLogTypes": ["upgrade"] if "postgres" in engine.name else ["audit", "error", "general", "slowquery"],
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": True,
        "SupportedFeatureNames": [],
        "SupportedEngineModes": ["provisioned"],
        "Status": _status(version, now),
        "SupportsParallelQuery": False,
        "SupportsGlobalDatabases": False,
        "SupportsBabelfish": False,
        "SupportsCertificateRotationWithoutRestart": True,
        "SupportedCACertificateIdentifiers": list(AUTHORITIES),
    }


def _target(engine: Engine, source: Version, target: Version) -> dict[str, Any]:
    return {
        "Engine": engine.name,
        "EngineVersion": target.number,
        "Description": f"{engine.title} {target.number}",
        "AutoUpgrade": target.automatic is not None and target.major == source.major,
        "IsMajorVersionUpgrade": target.major != source.major,
    }


@operation("rds", "DescribeDBMajorEngineVersions")
def describe_db_major_engine_versions(request: Request) -> Answer:
    """Lifecycles only of the engines that RDS Extended Support knows."""
    wanted = request.params.get("MajorEngineVersion")
    rows = [
        {"Engine": engine.name, "MajorEngineVersion": major.number, "SupportedEngineLifecycles": _lifecycles(engine, major)}
        for engine in _wanted(request)
        for major in engine.majors
        if wanted in {None, major.number} and major.starts <= request.now
    ]
    return paged(request.params, "DBMajorEngineVersions", rows)


def _lifecycles(engine: Engine, major: Major) -> list[dict[str, Any]]:
    """Extended support begins when standard support ends."""
    if engine.name not in WITH_LIFECYCLES or major.standard_ends is None:
        return []
    standard = (STANDARD, major.starts, major.standard_ends)
    extended = [(EXTENDED, major.standard_ends, major.extended_ends)] if major.extended_ends else []
    keys = ("LifecycleSupportName", "LifecycleSupportStartDate", "LifecycleSupportEndDate")
    return [dict(zip(keys, row, strict=True)) for row in (standard, *extended)]


@operation("rds", "DescribeCertificates")
def describe_certificates(request: Request) -> Answer:
    wanted = request.params.get("CertificateIdentifier")
    if wanted and wanted not in AUTHORITIES:
        raise AwsError("CertificateNotFound", f"Certificate {wanted} not found.", 404)
    rows = [_certificate(request, name, ends) for name, ends in AUTHORITIES.items() if wanted in {None, name}]
    default = {} if wanted else {"DefaultCertificateForNewLaunches": "rds-ca-rsa2048-g1"}
    return {**paged(request.params, "Certificates", rows), **default}


def _certificate(request: Request, name: str, ends: datetime) -> dict[str, Any]:
    return {
        "CertificateIdentifier": name,
        "CertificateType": "CA",
        "Thumbprint": settled(name, "certificate")[:40],
        "ValidFrom": datetime(2021, 5, 18, tzinfo=UTC),
        "ValidTill": ends,
        "CertificateArn": f"arn:aws:rds:{request.region}::cert:{name}",
        "CustomerOverride": False,
    }
