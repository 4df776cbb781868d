"""One of every managed resource that a rollout can change, in one account: each with something on offer, without HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from patchkeep.domain.lifecycle import NO_LIFECYCLES, Lifecycles
from patchkeep.domain.plan import Change, Plan
from patchkeep.domain.progress import Rollout
from patchkeep.doors.store import Store
from patchkeep.feeds import endoflife
from patchkeep.wire import sandbox_lifecycles
from patchkeep.work.assess import assess
from patchkeep.work.plan import Only, plan
from patchkeep.work.rollout import Rolling, run, start
from patchkeep.work.rollout.spoken import agree
from tests.work.estate import SERVICES, Estate, world_of
from tests.work.near import Fuse, fused

MANAGEMENT, MEMBER, REGION = "110000000001", "130000000003", "eu-central-1"
RESOURCES = {  # by service
    "rds": """
- {kind: db-instance, name: shop, engine: mysql, version: 8.4.7, settings: {pending: [{action: os-upgrade, auto_after: 30}]}}
- {kind: db-instance, name: shop-copy, engine: mysql, version: 8.4.7, settings: {source: shop}}
- kind: db-cluster
  name: pay
  engine: aurora-postgresql
  version: "15.14"
  settings: {readers: 1, pending: [{action: system-update}], member_pending: [{action: hardware-maintenance}]}
- {kind: db-instance, name: old, engine: postgres, version: "15.14", tags: {Versions: major}}
""",
    "elasticache": """
- {kind: cache-group, name: orders, engine: redis, version: "6.0", settings: {replicas: 1}}
- {kind: cache-group, name: feed, engine: valkey, version: "8.1", settings: {replicas: 1, updates: [{name: elasticache-20260801-001}]}}
- {kind: cache-cluster, name: sessions, engine: memcached, version: "1.6.22", settings: {updates: [{name: elasticache-20260801-001}]}}
""",
    "memorydb": """
- {kind: memorydb-cluster, name: vault, engine: redis, version: "6.2", settings: {updates: [{name: memorydb-20260801-001}]}}
- {kind: memorydb-cluster, name: queue, engine: valkey, version: "7.2"}
""",
    "redshift": """
- {kind: warehouse, name: sales, version: "1.0.153886", window: sun:03:00-sun:04:00}
""",
    "opensearch": """
- {kind: search-domain, name: catalogue, engine: OpenSearch, version: "2.11", settings: {pending: {version: OpenSearch_2_11_R20260801}}}
- {kind: search-domain, name: parts, engine: OpenSearch, version: "2.17", tags: {Versions: major}}
""",
    "dms": """
- {kind: replication-instance, name: movers, version: "3.5.3", window: sun:03:00-sun:04:00}
""",
    "docdb_elastic": """
- {kind: elastic-cluster, name: papers, settings: {pending: [{action: ENGINE_UPDATE, auto_after: 30}]}}
""",
    "kafka": """
- {kind: kafka-cluster, name: events, version: 3.6.0, settings: {configuration: true}}
""",
    "mq": """
- {kind: message-broker, name: queues, engine: RabbitMQ, version: 3.12.13}
""",
    "lightsail": """
- {kind: lightsail-database, name: blog-db, engine: mysql, version: "8.0.40", window: tue:12:00-tue:12:30, tags: {Versions: major}}
""",
    "elasticbeanstalk": """
- {kind: beanstalk-environment, name: api, engine: python-3.11-al2023, version: "4.3.0"}
- {kind: beanstalk-environment, name: old-api, engine: node-22-al2023, version: "6.6.3"}
""",
    "autoscaling": """
- {kind: auto-scaling-group, name: web, settings: {size: 4, image_age: 60}}
""",
}
NAMED, NAMED_ALONE = re.compile(r"(name: [\w-]+),"), re.compile(r"(name: [\w-]+)$", re.MULTILINE)
PASSING = re.compile(r"pk-\w+|\b[0-9a-f]{10}\b|patchkeep-[\w-]+|20\d\d-\d\d-\d\d")  # marks, in names of what is made, and days
POLICY = """
name: managed
organization: {roles: {read: PatchkeepRead, write: PatchkeepWrite}}
environments:
  all: {match: all}
managed:
  fleets:
    match: {kind: [auto scaling group]}
    updates: maintenance
    images: [{owner: amazon, name: "al2023-ami-2023.*-x86_64", min_age: 3d}]
  majors:
    match: {tags: {Versions: major}}
    updates: [maintenance, minor, major]
  everything:
    match: {}
    updates: [maintenance, minor]
rings:
  - {name: all, select: {env: all}, rest: true, may_fail: 100%}
approval: {irreversible: {people: 1}}
"""


def organization(services: Iterable[str], trait: str = "") -> str:
    """An organization's file with the resources of these services. `trait`: how all of them misbehave."""
    told = "\n".join(RESOURCES[name].strip() for name in services)
    if trait:
        told = NAMED.sub(rf"\1, traits: [{trait}],", NAMED_ALONE.sub(rf"\1\n  traits: [{trait}]", told))
    listed = "\n".join(f"      {line}" for line in told.splitlines())
    return f"""
organization: {{name: Managed, seed: 3, starts: 2026-09-01T06:00:00Z, management: "{MANAGEMENT}"}}
accounts:
  - {{id: "{MANAGEMENT}", name: managed-management, regions: [{REGION}]}}
  - id: "{MEMBER}"
    name: managed-dev
    regions: [{REGION}]
    resources:
{listed}
"""


def feeds() -> tuple[str, ...]:
    """The sandbox's feed; Lightsail's MySQL is the community's, which it tells of alike."""
    told = sandbox_lifecycles()
    return told, told.replace('"amazon-rds-mysql"', '"mysql"')


def said(operation: str, params: Mapping[str, Any]) -> str:
    """What a call asks for, without the mark of its batch and without dates."""
    return PASSING.sub("<mark>", f"{operation} {dict(sorted(params.items()))}")


@cache
def supported() -> Lifecycles:
    """Until when the versions of all resources are supported."""
    lines = [line for text in feeds() for line in endoflife.read(text.encode(), "feed.json")]
    return NO_LIFECYCLES.joined(lines, datetime(2026, 9, 1, tzinfo=UTC))


@dataclass(slots=True)
class Bench:
    """The resources of some services, in a world of their own, with a plan for all that they lack."""

    store: Store
    services: tuple[str, ...] = tuple(RESOURCES)
    trait: str = ""
    estate: Estate = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        self.estate = Estate(world_of(organization(self.services, self.trait)), POLICY)
        self.plan = self._planned()

    def _planned(self) -> Plan:
        now = self.estate.clock.now()
        seen = assess(self.estate.discover(), self.estate.policy, SERVICES, now, supported())
        return plan(seen, SERVICES, self.estate.aws.caller().arn, Only())

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for ring in self.plan.rings for change in ring.changes)

    def rolling(self, fuse: Fuse | None = None) -> Rolling:
        """A new process: nothing of the last one is left but the store, and what it made AWS do."""
        estate = self.estate
        estate.aws.fuse = fuse or Fuse()
        rollouts, ledger = fused(self.store, estate.aws.fuse)
        return Rolling(self.plan, estate.policy, estate.aws, SERVICES, rollouts, ledger, estate.clock, estate.aws.caller().arn)

    def begin(self, fuse: Fuse | None = None) -> Rollout:
        """`rollout start`, and the approval of its one ring where something in it cannot be undone; raises Crash."""
        rolling = self.rolling(fuse)
        begun = start(rolling).id
        agree(rolling, begun, "all")
        return run(rolling, begun, lambda _: None, wait=True)

    def resume(self, fuse: Fuse | None = None) -> Rollout:
        """`rollout resume`; raises Crash."""
        return run(self.rolling(fuse), self.stored().id, lambda _: None, wait=True)

    def stored(self) -> Rollout:
        return next(rollout for rollout in self.store.rollouts.all() if rollout.plan_id == self.plan.id)
