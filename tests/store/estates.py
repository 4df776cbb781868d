"""Small estates, plans and rollouts to keep in a store; and a fleet large enough to time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from patchkeep.domain.asset import Asset, Counts, Existing, Inventory, Scan, Update, UpdateState
from patchkeep.domain.call import Cause, Gap, Read, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.ledger import Entry
from patchkeep.domain.packages import Package, Packages
from patchkeep.domain.plan import Change, Plan, Ring
from patchkeep.domain.policy import Amount, Approval
from patchkeep.domain.progress import Batch, Member, RingState, Rollout
from patchkeep.domain.snapshot import AccountSeen, Snapshot, named
from patchkeep.doors.store import Store

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, UTC)
HOUR = timedelta(hours=1)
TARGET = Target("111122223333", "eu-central-1")


def node(number: int = 1, *, packages: int = 2, updates: int = 1) -> Asset:
    return Asset(
        id=TARGET.arn("ec2", f"instance/i-{number:017x}"),
        kind="node",
        target=TARGET,
        name=f"web-{number}",
        os="amazon-linux-2023",
        tags=Frozen({"Name": f"web-{number}", "Patch Group": "prod"}),
        scan=Scan(NOON - HOUR, "Scan", "pb-1", f"snap-{number}", Counts(installed=packages, missing=updates)),
        updates=tuple(
            Update(f"p{i}.x86_64", f"p{i}-2.{number}", UpdateState.MISSING, "Critical", "Security", ("CVE-2026-1",)) for i in range(updates)
        ),
        inventory=Inventory(NOON - 2 * HOUR, Packages(Package(f"p{i}", f"1.{number}", "x86_64") for i in range(packages))),
        facts=Frozen(agent="3.3.1", launched=NOON, roles=["a", "b"]),
    )


def snapshot(*assets: Asset, at: datetime = NOON, gaps: tuple[Gap, ...] = (), reads: tuple[Read, ...] = ()) -> Snapshot:
    return named(
        Snapshot(
            id="",
            taken_at=at,
            organization_id="o-example",
            accounts=(AccountSeen(TARGET.account, "web", "Workloads/Prod"),),
            targets=(TARGET,),
            assets=assets,
            objects=(Existing("baselines", "patch baseline", TARGET, "pb-1", "base", "o-example/main", Frozen(Approved=[1, None])),),
            gaps=gaps,
            reads=reads,
        )
    )


def gap(request_id: str = "r-1", reason: str = "not authorized") -> Gap:
    return Gap(
        TARGET, "nodes", Cause.REFUSED, reason, "ssm:DescribeInstanceInformation", "AccessDeniedException", request_id, traceback="t"
    )


def read(at: str = "2026-11-23T12:00:00Z", calls: int = 1) -> Read:
    return Read(TARGET, "nodes", "ec2:DescribeInstances", calls, 0.25, request_id=f"r-{at}", at=at)


def plan(plan_id: str = "plan-1") -> Plan:
    change = Change("c-1", node().id, "i-1", "web-1", "amazon-linux-2023", TARGET, "prod", node().updates or ())
    ring = Ring("canary", (change,), Amount(share=0.5), Amount(count=0), 3600, "night", (Approval("prod", people=2),))
    return Plan(
        plan_id, NOON, "arn:aws:iam::111122223333:user/ann", "o-example", "s-1", "h", "main", rings=(ring,), apart_limits=(("az", 1),)
    )


def rollout(rollout_id: str = "r-1", started_at: datetime = NOON) -> Rollout:
    ring = RingState("canary", (Member("c-1", "i-1", TARGET, "install"),), opened_at=NOON)
    batch = Batch("b-1", "canary", "install", TARGET, ("i-1",), NOON)
    return Rollout(rollout_id, "plan-1", started_at, (ring,), batches=(batch,), next_at=NOON + HOUR)


def entry(mark: str = "b-1", subject: str = "r-1", kind: str = "intent") -> Entry:
    params = Frozen(InstanceIds=["i-1"], Comment=f"patchkeep {mark}", After=NOON)
    return Entry(NOON, kind, subject, mark, TARGET, "ssm:SendCommand", params, "arn:aws:iam::111122223333:user/ann")


def rows(store: Store, table: str) -> int:
    """How many rows a table of the store has."""
    with store.database.reading() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0)
