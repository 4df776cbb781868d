"""Jobs and appointments of a managed resource on the agenda of the world's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from patchkeep.sandbox.clock import VirtualClock
from patchkeep.sandbox.managed.resource import Resource, drop, found, keep, kept
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import Job, appoint, begin, call_off, moment_of, rearrange
from patchkeep.sandbox.world import World

NOW = datetime(2026, 9, 7, tzinfo=UTC)
ARN = "arn:aws:rds:eu-central-1:111111111111:db:orders"


@pytest.fixture
def world() -> World:
    return World(VirtualClock(NOW), seed=1, organization_id="o-1", management="111111111111")


def thing(*traits: str) -> Resource:
    return Resource(name="orders", arn=ARN, made=NOW, traits=frozenset(traits), window=Weekly.read("sun:05:00-sun:06:00"))


def job(said: list[str], *, may_fail: bool = True) -> Job:
    failed = (lambda: said.append("failed")) if may_fail else None
    return Job("upgrading", timedelta(minutes=10), lambda: said.append("done"), failed)


def advance(world: World, **by: float) -> None:
    world.clock.advance(world.clock.now() + timedelta(**by))


def in_window(world: World, one: Resource, said: list[str]) -> None:
    def when(now: datetime) -> datetime | None:
        return one.window.opening_after(now) if one.window else None

    appoint(world, one, "upgrade", when, lambda: said.append("window"))


def test_a_job_shows_its_status_until_it_is_done(world: World) -> None:
    one, said = thing(), list[str]()
    begin(world, one, job(said))
    advance(world, minutes=9)
    assert (one.status, said) == ("upgrading", [])
    advance(world, minutes=1)
    assert (one.status, said) == ("available", ["done"])


@dataclass(slots=True, kw_only=True)
class Broker(Resource):
    READY: ClassVar[str] = "RUNNING"


def test_a_service_has_a_word_of_its_own_for_nothing_going_on(world: World) -> None:
    one, said = Broker(name="orders", arn=ARN, made=NOW, window=Weekly.read("sun:05:00-sun:06:00")), list[str]()
    in_window(world, one, said)
    begin(world, one, job(said))
    advance(world, minutes=10)
    assert one.status == "RUNNING"
    advance(world, days=7)
    assert said == ["done", "window"]


@pytest.mark.parametrize(("may_fail", "outcome"), [(True, "failed"), (False, "done")])
def test_a_resource_with_the_trait_fails_what_can_fail(world: World, may_fail: bool, outcome: str) -> None:
    one, said = thing("upgrade-fails"), list[str]()
    begin(world, one, job(said, may_fail=may_fail))
    advance(world, minutes=10)
    assert (one.status, said) == ("available", [outcome])


def test_a_slow_resource_takes_six_times_as_long(world: World) -> None:
    one = thing("slow")
    assert begin(world, one, job([])) == NOW + timedelta(hours=1)


def test_what_waits_for_the_window_happens_when_it_opens(world: World) -> None:
    one, said = thing(), list[str]()
    in_window(world, one, said)
    assert moment_of(one, "upgrade") == datetime(2026, 9, 13, 5, tzinfo=UTC)
    advance(world, days=6, hours=4, minutes=59)
    assert said == []
    advance(world, minutes=1)
    assert (said, one.waiting) == (["window"], {})


def test_what_waits_moves_with_the_window(world: World) -> None:
    one, said = thing(), list[str]()
    in_window(world, one, said)
    one.window = Weekly.read("tue:05:00-tue:06:00")
    rearrange(world, one)
    advance(world, days=2)
    assert said == ["window"]
    advance(world, days=14)
    assert said == ["window"]


def test_what_was_called_off_never_happens(world: World) -> None:
    one, said = thing(), list[str]()
    in_window(world, one, said)
    call_off(one, "upgrade")
    advance(world, days=14)
    assert said == []


def test_a_busy_resource_is_tried_again_until_it_is_free(world: World) -> None:
    one, said = thing(), list[str]()
    in_window(world, one, said)
    advance(world, days=6, hours=4, minutes=55)
    begin(world, one, job(said))
    advance(world, minutes=30)
    assert said == ["done"]
    advance(world, minutes=5)
    assert said == ["done", "window"]


def test_what_was_dropped_is_found_no_more_and_waits_for_nothing(world: World) -> None:
    site, one, said = world.site("111111111111", "eu-central-1"), thing(), list[str]()
    keep(site, one)
    in_window(world, one, said)
    assert found(site, ARN) is one
    assert kept(site, Resource) == {"orders": one}
    drop(site, one)
    advance(world, days=14)
    assert (found(site, ARN), kept(site, Resource), said) == (None, {}, [])
