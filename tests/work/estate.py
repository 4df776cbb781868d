"""A small organization without HTTP, with an environment of each installer: for settings that are planned and applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from patchkeep import services
from patchkeep.domain.plan import Plan
from patchkeep.domain.policy import Policy
from patchkeep.domain.setting import Action
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.store import Store
from patchkeep.policy import load
from patchkeep.sandbox import orgfile
from patchkeep.sandbox.orgschema import OrgFile
from patchkeep.sandbox.server import load_operations
from patchkeep.sandbox.ssm.estate import furnish
from patchkeep.sandbox.world import World
from patchkeep.work.apply import Applied, Applying, apply
from patchkeep.work.assess import Assessment, assess
from patchkeep.work.discover import Looking, discover
from patchkeep.work.plan import Only, plan
from patchkeep.work.seams import Clock, Ledger
from tests.work.near import Fuse, NearAws, NearClock, fused

MANAGEMENT, MEMBER = "110000000001", "120000000002"
SERVICES = services.load()


def tiny(web: str = "", by_hand: str = "") -> str:
    """The organization's file. `web`: more keys of its web machines; `by_hand`: what people made in their account (`estate:`)."""
    return f"""
organization: {{name: Tiny, seed: 3, starts: 2026-09-01T06:00:00Z, management: "{MANAGEMENT}"}}
accounts:
  - {{id: "{MANAGEMENT}", name: tiny-management, regions: [eu-central-1]}}
  - id: "{MEMBER}"
    name: tiny-web
    ou: Web
    regions: [eu-central-1]
    contacts: {{SECURITY: security@tiny.example}}
    scans: none
    fleets:
      - {{name: web, count: 2, os: {{ubuntu-22.04: 1}}, environment: web{web}, behind: 30d}}
      - {{name: old, count: 1, os: {{debian-12: 1}}, environment: old, behind: 30d}}
{by_hand}"""


ORG = tiny()
POLICY = """
name: tiny
organization: {roles: {read: PatchkeepRead, write: PatchkeepWrite}}
environments:
  web: {match: {tags: {Environment: web}}}
  old: {match: {tags: {Environment: old}}, installer: aws, window: sunday}
baselines:
  apt: {os: [ubuntu, debian], approve: {security: now}}
windows:
  sunday: {at: "Sun 01:00", timezone: Europe/Berlin, lasts: 5h, stop_starting: 1h}
rings:
  - {name: web, select: {env: web}, rest: true}
"""


@cache
def _parsed(text: str) -> OrgFile:
    return orgfile.parse(text)


@cache
def policy_of(text: str, now: datetime) -> Policy:
    return load(text, "patchkeep.yaml", now, kinds=lambda: services.kinds(SERVICES))


def world_of(text: str = ORG) -> World:
    load_operations()
    world = orgfile.build(_parsed(text))
    furnish(world)
    return world


@dataclass(slots=True)
class Estate:
    """One world and its policy; what the verbs do there, one after the other."""

    world: World = field(default_factory=world_of)
    text: str = POLICY
    aws: NearAws = field(init=False)
    previous: Snapshot | None = None

    def __post_init__(self) -> None:
        self.aws = NearAws(self.world)

    @property
    def clock(self) -> Clock:
        return NearClock(self.world)

    @property
    def policy(self) -> Policy:
        return policy_of(self.text, self.clock.now())

    def days(self, number: float) -> None:
        self.clock.sleep(timedelta(days=number))

    def discover(self) -> Snapshot:
        self.previous = discover(Looking(self.aws, SERVICES, self.policy, self.clock, self.previous), lambda *_: None)
        return self.previous

    def assess(self) -> Assessment:
        return assess(self.discover(), self.policy, SERVICES, self.clock.now())

    def plan(self) -> Plan:
        return plan(self.assess(), SERVICES, self.aws.caller().arn, Only())

    def open(self) -> list[str]:
        """What a new plan would write."""
        return [f"{s.action} {s.kind} {s.name}" for s in self.plan().settings if s.action is not Action.BLOCKED]

    def applying(self, made: Plan, ledger: Ledger) -> Applying:
        assert self.previous is not None
        seen = assess(self.previous, self.policy, SERVICES, made.made_at).estate
        return Applying(made, seen, self.aws, SERVICES, ledger, self.clock, self.aws.caller().arn)

    def apply(self, made: Plan, store: Store, fuse: Fuse | None = None) -> tuple[Applied, ...]:
        self.aws.fuse = fuse or Fuse()
        _, ledger = fused(store, self.aws.fuse)
        return apply(self.applying(made, ledger), lambda *_: None)
