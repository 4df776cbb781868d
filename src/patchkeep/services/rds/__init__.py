"""Databases: RDS and Aurora, DocumentDB and Neptune, which answer to one API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import ManagedRule, Policy
from patchkeep.domain.setting import Estate, Setting
from patchkeep.domain.undo import Way
from patchkeep.services import _automation
from patchkeep.services._automation import Automation, Fields
from patchkeep.services._grants import Grant, own
from patchkeep.services._service import Service
from patchkeep.services._steps import MAINTAIN, OPT_IN, SCHEDULE, SNAPSHOT, UNDO, UPGRADE, VERIFY, Doing
from patchkeep.services._upgrades import taken_back
from patchkeep.services._weekly import Slots
from patchkeep.services.rds import acts, copies
from patchkeep.services.rds import course as ways
from patchkeep.services.rds.digest import CLUSTER, INSTANCE
from patchkeep.services.rds.discover import discover

DOING = Doing(
    acts.see,
    {
        SNAPSHOT: copies.SNAPSHOT,
        ways.PREPARE_GREEN: copies.PREPARE_GREEN,
        ways.SWITCH: copies.SWITCH,
        ways.FAIL_OVER: acts.FAIL_OVER,
        MAINTAIN: acts.OPTING.maintain,
        UPGRADE: acts.UPGRADING.upgrade,
        OPT_IN: acts.OPTING.opt_in,
        SCHEDULE: acts.UPGRADING.schedule,
        VERIFY: acts.VERIFY,
        UNDO: acts.OPTING.opt_out,
    },
    unrepeatable=frozenset({ways.FAIL_OVER}),
)
# User guide, "Using the schedule modifications setting": how a change that waits for the window is reverted, and what else that does.
NOTED = (
    "a version noted for AWS's window goes on there, and then stays: until it opens, modify the database back to the version that it runs, "
    "with ApplyImmediately, which carries out what else waits, too"
)
LEAST = timedelta(minutes=30)  # PreferredMaintenanceWindow: "minimum 30-minute window" (API Reference, ModifyDBInstance)


def _wants(asset: Asset, rule: ManagedRule, week: str) -> Fields:
    """A member of a cluster takes automatic minor upgrades from its cluster."""
    wanted: dict[str, object] = {}
    if week:
        wanted["PreferredMaintenanceWindow"] = week
    if "auto_minor" in rule.settings and not asset.facts.get("cluster"):
        wanted["AutoMinorVersionUpgrade"] = rule.settings["auto_minor"]
    return wanted


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    """Neither field needs ApplyImmediately: both take effect at once (user guide, "Settings for DB instances")."""
    name = existing.name
    if ":cluster:" in existing.id:
        return (Call.of("rds", "modify_db_cluster", fields, DBClusterIdentifier=name),)
    return (Call.of("rds", "modify_db_instance", fields, DBInstanceIdentifier=name),)


AUTOMATION = Automation("rds", _wants, _changes, Slots(LEAST), holds=("auto_minor",), hurries=True)


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Weekly windows and automatic minor upgrades, where a rule of the policy says how they should be."""
    return _automation.settings(AUTOMATION, estate)


def measured(resource: str, _asks: Frozen) -> tuple[str, tuple[dict[str, str]]]:
    """RDS's namespace; DocumentDB and Neptune publish in their own, so gates on those stay shut for want of data."""
    sort, _, name = resource.partition(":")
    return "AWS/RDS", ({"DBClusterIdentifier" if sort == "cluster" else "DBInstanceIdentifier": name},)


def undo(change: Change) -> Way:
    """A word given for AWS's next window can be taken back until it opens; what was put on cannot be taken off."""
    return taken_back(change, NOTED) or change.undo or "what was put on a database cannot be taken off it"


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Databases of the account, and copies that bear the name of ours."""
    instances, clusters = own("rds", "db:*"), own("rds", "cluster:*")
    one, many = own("rds", "snapshot:patchkeep-*"), own("rds", "cluster-snapshot:patchkeep-*")
    greens = own("rds", "deployment:*")
    return (
        Grant("MaintainDatabases", "rds", ("apply_pending_maintenance_action",), (*instances, *clusters)),
        Grant("ChangeInstances", "rds", ("modify_db_instance",), instances),
        Grant("ChangeClusters", "rds", ("modify_db_cluster", "failover_db_cluster"), clusters),
        Grant("SnapshotInstances", "rds", ("create_db_snapshot",), (*instances, *one)),
        Grant("SnapshotClusters", "rds", ("create_db_cluster_snapshot",), (*clusters, *many)),
        Grant("CopyDatabases", "rds", ("create_blue_green_deployment",), (*instances, *clusters, *greens)),
        Grant("SwitchDatabases", "rds", ("switchover_blue_green_deployment",), greens),
        Grant("TagCopies", "rds", ("add_tags_to_resource",), (*one, *many, *greens)),
    )


SERVICE = DOING.carries(
    Service(
        name="rds",
        kinds=(INSTANCE, CLUSTER),
        sources=Frozen(
            state="rds:DescribeDBInstances",
            updates="rds:DescribePendingMaintenanceActions",
            versions="rds:DescribeDBEngineVersions",
            support="rds:DescribeDBMajorEngineVersions",
        ),
        discover=discover,
        settings=settings,
        course=ways.course,
        measured=measured,
        busy=frozenset({"InvalidDBInstanceState", "InvalidDBClusterStateFault"}),
        undo=undo,
    )
)
