"""ModifyDBInstance and ModifyDBCluster: what takes effect at once, what waits for the window, and what is refused.

"Settings for DB instances" and "Upgrading a DB instance engine version" in the Amazon RDS User Guide, "Upgrading Aurora PostgreSQL" in
the Aurora one. Settings that mean nothing to patching are not looked at, and listed under /_sandbox/ignored.
"""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.managed.engines import Version, ordered
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import rearrange
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.rds.describe import shown_cluster, shown_instance
from patchkeep.sandbox.rds.state import BACKUPS, Database, Instance, cluster, instance, must_be_available, replicas
from patchkeep.sandbox.rds.upgrade import apply_pending, in_window, reappoint
from patchkeep.sandbox.rds.versions import AUTHORITIES

DEFERRED = ("EngineVersion", "DBInstanceClass", "MultiAZ", "AllocatedStorage", "CACertificateIdentifier")
REPLICAS_FIRST = frozenset({"mysql", "mariadb"})  # for majors too; PostgreSQL upgrades replicas along with their source


@operation("rds", "ModifyDBInstance")
def modify_db_instance(request: Request) -> Answer:
    one = instance(request, request.params["DBInstanceIdentifier"])
    must_be_available(one)
    if one.cluster and request.params.get("EngineVersion") not in {None, one.version}:
        sentence = "The specified DB Instance is a member of a cluster. Modify database engine version for the DB Cluster using the"
        raise AwsError("InvalidParameterCombination", f"{sentence} ModifyDBCluster API")
    _modify(request, one)
    return {"DBInstance": shown_instance(request, one)}


@operation("rds", "ModifyDBCluster")
def modify_db_cluster(request: Request) -> Answer:
    one = cluster(request, request.params["DBClusterIdentifier"])
    must_be_available(one)
    if one.across and request.params.get("EngineVersion") not in {None, one.version}:
        sentence = f"{one.name} is a member of the global database {one.across}: upgrade that."  # this world has no other members
        raise AwsError("InvalidDBClusterStateFault", sentence)
    _modify(request, one)
    return {"DBCluster": shown_cluster(request, one)}


def _modify(request: Request, one: Database) -> None:
    """Nothing changes when any of it is refused."""
    wanted = {name: request.params[name] for name in DEFERRED if name in request.params}
    if "EngineVersion" in wanted:
        _must_be_reachable(request, one, wanted["EngineVersion"])
    if wanted.get("CACertificateIdentifier", "rds-ca-rsa2048-g1") not in AUTHORITIES:
        raise AwsError("CertificateNotFound", f"Certificate {wanted['CACertificateIdentifier']} not found.", 404)
    window = _window(request)
    _at_once(request, one, window)
    one.pending = {name: value for name, value in {**one.pending, **wanted}.items() if value != _present(one, name)}
    if request.params.get("ApplyImmediately") and one.pending:
        apply_pending(request.world, request.site, one)
    else:
        in_window(request.world, request.site, one)


def _window(request: Request) -> Weekly | None:
    text = request.params.get("PreferredMaintenanceWindow")
    try:
        window = Weekly.read(text) if text else None
    except ValueError as error:
        raise AwsError("InvalidParameterValue", str(error)) from error
    if window and window.overlaps(BACKUPS):
        raise AwsError("InvalidParameterValue", "The backup window and maintenance window must not overlap.")
    return window


def _at_once(request: Request, one: Database, window: Weekly | None) -> None:
    """Windows, backups and automation never wait. Without automatic minor upgrades none that is pending comes by itself."""
    params = request.params
    one.backup_days = params.get("BackupRetentionPeriod", one.backup_days)
    if params.get("AutoMinorVersionUpgrade") is not None:
        one.auto_minor = params["AutoMinorVersionUpgrade"]
        minor = one.offers.get("db-upgrade")
        if minor and not one.auto_minor and not minor.forced:
            minor.auto_after = None
            reappoint(request.world, request.site, one, minor)
    if window:
        one.window = window
        rearrange(request.world, one)


def _present(one: Database, name: str) -> Any:
    if name == "EngineVersion":
        return one.version
    fields = {"DBInstanceClass": "size", "MultiAZ": "multi_az", "AllocatedStorage": "storage", "CACertificateIdentifier": "certificate"}
    return getattr(one, fields[name], None)


def _must_be_reachable(request: Request, one: Database, wanted: str) -> None:
    """The refusals of an engine version, in the order in which RDS finds them."""
    if wanted == one.version:
        return
    target = one.facts.version(wanted, request.now)
    if target is None:
        raise AwsError("InvalidParameterCombination", f"Cannot find version {wanted} for {one.engine}")
    here = one.at_version(request.now)
    if target not in one.facts.targets(here, request.now):
        raise AwsError("InvalidParameterCombination", f"Cannot upgrade {one.engine} from {one.version} to {wanted}")
    major = target.major != here.major
    if major and not request.params.get("AllowMajorVersionUpgrade"):
        raise AwsError(
            "InvalidParameterCombination", "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        )
    if isinstance(one, Instance):
        _must_not_pass(request, one, target, major=major)


def _must_not_pass(request: Request, one: Instance, target: Version, *, major: bool) -> None:
    """A source never gets newer than its replicas; only PostgreSQL takes them along to a new major."""
    along = major and one.engine not in REPLICAS_FIRST
    if one.source and along:
        raise AwsError("InvalidParameterCombination", "A major version upgrade of a read replica is done by upgrading its source.")
    behind = [other.name for other in replicas(request.site, one) if ordered(other.version) < ordered(target.number)]
    if behind and not along:
        sentence = f"One or more of the DB Instance's read replicas need to be upgraded: {', '.join(behind)}"
        raise AwsError("DBUpgradeDependencyFailure", sentence)
