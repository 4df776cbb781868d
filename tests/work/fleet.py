"""A fleet to patch without HTTP: one account with a few nodes that miss an update, and a plan with one ring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from patchkeep import services
from patchkeep.domain.asset import Update, UpdateState
from patchkeep.domain.call import Call, Target
from patchkeep.domain.plan import Change, Plan, Ring, plan_id
from patchkeep.domain.policy import EVERYONE, Amount, Environment, Match, Policy
from patchkeep.domain.progress import Member, Rollout
from patchkeep.domain.rollout import halt
from patchkeep.doors.store import Store
from patchkeep.sandbox.clock import VirtualClock
from patchkeep.sandbox.server import load_operations
from patchkeep.sandbox.world import Account, Node, World
from patchkeep.services._reboot import REBOOT_DOCUMENT
from patchkeep.work.rollout import Rolling
from tests.sandbox.ssm.conftest import PlannedAgent
from tests.work.near import Fuse, NearAws, NearClock, fused

HERE = Target("222222222222", "eu-central-1")
NOW = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
A, B, C = (f"i-{number:017x}" for number in (1, 2, 3))
POLICY = Policy("main", "hash", environments=(Environment("prod", Match(), patch_group="prod"),))
SERVICES = services.load()
_DAYS = count(1000)  # `test_crashes` counts from 0
MISSING = (Update("openssl.x86_64", "openssl 1.2", UpdateState.MISSING, "Important", "Security"),)


def world_with(*nodes: str, at: datetime = NOW) -> World:
    """Nodes that each miss one update, and our reboot document beside them."""
    load_operations()
    world = World(VirtualClock(at), seed=7, organization_id="o-small12345", management="111111111111")
    world.accounts[HERE.account] = Account(HERE.account, "web", "web@example.com", "", regions=(HERE.region,))
    site = world.site(HERE.account, HERE.region)
    for node in nodes:
        site.nodes[node] = Node(node, "amazon-linux-2023", PlannedAgent(), {"Name": node[-3:], "PatchGroup": "prod"}, registered=at)
    content = {"Content": REBOOT_DOCUMENT.content, "DocumentType": "Command", "DocumentFormat": "JSON"}
    assert NearAws(world).write(HERE, Call.of("ssm", "create_document", content, Name=REBOOT_DOCUMENT.name)).ok
    return world


def agent_of(world: World, node: str) -> PlannedAgent:
    agent = world.site(HERE.account, HERE.region).nodes[node].agent
    assert isinstance(agent, PlannedAgent)
    return agent


def plan_for(world: World, nodes: Iterable[str], at_once: Amount = EVERYONE, may_fail: Amount = EVERYONE) -> Plan:
    changes = tuple(
        Change(f"c-{node}", HERE.arn("ec2", f"instance/{node}"), node, node[-3:], "amazon-linux-2023", HERE, "prod", MISSING)
        for node in nodes
    )
    ring = Ring("all", changes, at_once, may_fail, 0, "")
    caller = NearAws(world).caller().arn
    made = Plan("", world.clock.now(), caller, world.organization_id, "s-1", POLICY.hash, POLICY.name, rings=(ring,))
    return replace(made, id=plan_id(made))


@dataclass(slots=True)
class Bench:
    """One world, one plan, one store; `rolling()` is what a new process would build."""

    store: Store
    world: World
    plan: Plan
    aws: NearAws = field(init=False)

    def __post_init__(self) -> None:
        self.aws = NearAws(self.world)

    def rolling(self, fuse: Fuse | None = None) -> Rolling:
        """A new process: nothing of the last one is left but the store, and what it made AWS do."""
        self.aws.fuse = fuse or Fuse()
        rollouts, ledger = fused(self.store, self.aws.fuse)
        return Rolling(self.plan, POLICY, self.aws, SERVICES, rollouts, ledger, NearClock(self.world), self.aws.caller().arn)

    def stored(self) -> Rollout:
        return next(rollout for rollout in self.store.rollouts.all() if rollout.plan_id == self.plan.id)


def bench_alone(store: Store, nodes: Iterable[str]) -> Bench:
    """A bench a day apart from all others that share the store. What an earlier test left open is ended: only one rollout may run."""
    for rollout in store.rollouts.all():
        if not rollout.status.final:
            store.rollouts.replace(halt(rollout, "the test is over", NOW))
    world = world_with(*nodes, at=NOW + timedelta(days=next(_DAYS)))
    return Bench(store, world, plan_for(world, nodes))


def members(rollout: Rollout) -> tuple[Member, ...]:
    return tuple(member for ring in rollout.rings for member in ring.members)
