"""Somebody, or AWS by itself, begins to change a resource between our look and our call: it is waited for, and nobody has failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from patchkeep.domain.call import Answer, Call
from patchkeep.domain.progress import Member, Phase
from patchkeep.doors.store import Store
from patchkeep.sandbox.managed.resource import Resource, everything
from patchkeep.work.rollout import Rolling, run, start, tick
from patchkeep.work.rollout.spoken import agree
from tests.managed.walking import MEMBER, organization
from tests.work.estate import SERVICES, Estate, world_of
from tests.work.fleet import members

MOVERS = '- {kind: replication-instance, name: movers, version: "3.5.3", window: "sun:03:00-sun:04:00"}'
SESSIONS = '- {kind: cache-cluster, name: sessions, engine: memcached, version: "1.6.22", settings: {updates: [{name: fix-1}]}}'
EVENTS = "- {kind: kafka-cluster, name: events, version: 3.6.0}"
POLICY = """
name: managed
environments: {all: {match: all}}
managed: {all: {updates: [maintenance, minor]}}
rings: [{name: all, select: {env: all}}]
approval: {irreversible: {people: 1}}
"""
_SECONDS = count()  # all share a store, in which no two rollouts of one plan begin at the same moment


@dataclass(slots=True)
class Meddler:
    """Answers calls of one operation in AWS's stead while `times` last."""

    operation: str
    code: str
    times: int = 1
    also: Resource | None = None  # is being updated from then on

    def __call__(self, call: Call) -> Answer | None:
        if call.operation != self.operation or not self.times:
            return None
        self.times -= 1
        if self.also is not None:
            self.also.status = "UPDATING"
        return Answer({}, "r-9", self.code, "Not now.")


@dataclass(slots=True)
class Bench:
    """One resource of a kind that AWS changes, its plan approved, and the rollout begun."""

    estate: Estate
    rolling: Rolling
    rollout: str

    @classmethod
    def of(cls, store: Store, resource: str) -> Bench:
        estate = Estate(world_of(organization(resource)), POLICY)
        estate.clock.sleep(timedelta(seconds=next(_SECONDS)))
        made = estate.plan()
        caller = estate.aws.caller().arn
        rolling = Rolling(made, estate.policy, estate.aws, SERVICES, store.rollouts, store.ledger, estate.clock, caller)
        begun = start(rolling).id
        agree(rolling, begun, "all")
        return cls(estate, rolling, begun)

    @property
    def resource(self) -> Resource:
        return everything(self.estate.world.site(MEMBER, "eu-central-1"))[0]

    def tick(self) -> Member:
        (only,) = members(tick(self.rolling, self.rollout))
        return only

    def run(self) -> Member:
        ended = run(self.rolling, self.rollout, lambda _: None, wait=True)
        assert ended.status.final
        (only,) = members(ended)
        return only


def test_a_refusal_by_which_aws_says_that_it_is_busy_is_waited_out_and_nothing_was_begun(store: Store) -> None:
    bench = Bench.of(store, MOVERS)
    bench.estate.aws.meddle = Meddler("modify_replication_instance", "InvalidResourceStateFault")
    waiting = bench.tick()
    assert (waiting.phase, waiting.step, waiting.batch, waiting.begun_at) == (Phase.WAITING, "upgrade", "", None)
    assert waiting.why.startswith("upgrade: AWS is busy with it (InvalidResourceStateFault Not now.); waits for it until ")
    assert bench.run().phase is Phase.DONE


def test_one_that_stays_busy_fails_after_an_hour_and_says_for_how_long_it_was_waited_for(store: Store) -> None:
    bench = Bench.of(store, MOVERS)
    bench.estate.aws.meddle = Meddler("modify_replication_instance", "InvalidResourceStateFault", times=1_000)
    began = bench.estate.clock.now()
    failed = bench.run()
    assert failed.why == "upgrade: AWS is busy with it (InvalidResourceStateFault Not now.); waited 1 h for that to end"
    assert timedelta(hours=1) < bench.estate.clock.now() - began < timedelta(minutes=65)


def test_where_a_service_has_no_code_for_it_a_second_look_tells_busy_from_wrong(store: Store) -> None:
    bench = Bench.of(store, EVENTS)
    bench.estate.aws.meddle = Meddler("update_cluster_kafka_version", "BadRequestException", also=bench.resource)
    waiting = bench.tick()
    assert (waiting.phase, waiting.why.partition(";")[0]) == (Phase.WAITING, "upgrade: is UPDATING")
    bench.resource.status = bench.resource.READY
    assert bench.run().phase is Phase.DONE
    wrong = Bench.of(store, EVENTS)
    wrong.estate.aws.meddle = Meddler("update_cluster_kafka_version", "BadRequestException")
    assert wrong.run().why == "upgrade: AWS refused to start it: BadRequestException Not now."


def test_a_cache_that_aws_leaves_out_of_a_lot_as_it_is_busy_with_it_waits_for_the_next_one(store: Store) -> None:
    bench = Bench.of(store, SESSIONS)
    row = {"CacheClusterId": "sessions", "ErrorType": "InvalidState", "ErrorMessage": "Not now."}
    left_out = Answer({"UnprocessedUpdateActions": [row]}, "r-9")
    bench.estate.aws.meddle = lambda call: left_out if call.operation == "batch_apply_update_action" else None
    waiting = bench.tick()  # the sandbox has taken it all the same, so from now on it is busy with it
    assert (waiting.phase, waiting.why.partition(";")[0]) == (Phase.WAITING, "maintain: AWS is at fix-1 already")
    assert bench.run().phase is Phase.DONE
