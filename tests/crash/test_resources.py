"""Managed resources whose rollout dies, or is not answered, at every single write: each write is taken by AWS once, and all are patched.

Most of these calls take no client token, so what AWS shows must tell whether one was taken: it is adopted, or sent again where that
does no harm, or a person is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from patchkeep.domain.call import Answer, Call
from patchkeep.domain.frozen import thaw
from patchkeep.domain.progress import Phase, Rollout, Status
from patchkeep.doors.store import open_store
from patchkeep.work.rollout.spoken import Fate, answer_lost
from tests.crash.resources import Bench, said
from tests.work.estate import SERVICES
from tests.work.near import Crash, Fuse

LOST = Answer({}, "", "NoAnswer", "acted")
SWALLOWED = Answer({}, "", "NoAnswer", "the connection broke")


@contextmanager
def bench_in(folder: Path, trait: str = "") -> Iterator[Bench]:
    """All resources in a world of their own, so the same rollout can be lived through again."""
    with open_store(f"sqlite:///{folder}/patchkeep.db") as store:
        made = Bench(store, trait=trait)
        assert {change.service for change in made.changes} == {service.name for service in SERVICES.values() if service.course}
        yield made


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """What AWS is asked to do where nobody disturbs: every step of every service once."""
    with bench_in(tmp_path_factory.mktemp("calm")) as made:
        assert_patched(made, made.begin())
        return taken(made)


def taken(bench: Bench) -> Counter[str]:
    """What AWS was asked for, and did."""
    return Counter(map(worded, bench.estate.aws.acted))


def worded(call: Call) -> str:
    return said(call.operation, thaw(call.params))


def patches(bench: Bench) -> Counter[str]:
    """The same without snapshots, taken anew when they have become old."""
    return Counter({what: number for what, number in taken(bench).items() if "snapshot" not in what.partition(" ")[0]})


def assert_patched(bench: Bench, rollout: Rollout) -> None:
    told = {member.resource: (member.phase, member.step, member.why) for ring in rollout.rings for member in ring.members}
    assert {name: one for name, one in told.items() if one[0] is not Phase.DONE} == {}
    assert (rollout.status, rollout.why) == (Status.DONE, "all rings done")
    assert bench.store.ledger.verify() is None


def never_sent(bench: Bench, rollout: Rollout) -> set[str]:
    """A person says so of every member that AWS cannot tell of; returns the steps that one was asked of."""
    lost = {member.step for ring in rollout.rings for member in ring.members if member.phase is Phase.LOST}
    assert lost, rollout.why
    answer_lost(bench.rolling(), rollout.id, Fate.NEVER_SENT)
    return lost


def test_what_aws_took_though_its_answer_never_came_is_found_again_and_never_sent_twice(bench: Bench, calm: Counter[str]) -> None:
    bench.estate.aws.meddle = lambda call: None if call.reads else LOST
    assert_patched(bench, bench.begin())
    assert taken(bench) == calm


def test_what_never_came_to_aws_is_sent_again_or_asked_of_a_person(bench: Bench, calm: Counter[str]) -> None:
    swallowed = set[str]()

    def first_time(call: Call) -> Answer | None:
        if call.reads or (what := worded(call)) in swallowed:
            return None
        swallowed.add(what)
        return SWALLOWED

    bench.estate.aws.meddle = first_time
    rollout, asked = bench.begin(), set[str]()
    while rollout.status is Status.WAITING:
        asked |= never_sent(bench, rollout)
        rollout = bench.resume()
    assert_patched(bench, rollout)
    assert taken(bench) == calm
    assert asked == {"fail over", "reboot"}


@dataclass(slots=True)
class AtEachWrite(Fuse):
    """The process dies at every write that none died at yet, right after AWS took it, or right before it leaves."""

    bench: Bench | None = None
    after: bool = False
    died: set[str] = field(default_factory=set)

    def __call__(self, what: str) -> None:
        assert self.bench
        acted = self.bench.estate.aws.acted
        if self.after and acted and what == f"after {acted[-1].operation}":
            self.die(acted[-1])

    def die(self, call: Call) -> None:
        if (what := worded(call)) not in self.died:
            self.died.add(what)
            raise Crash(what)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_process_that_dies_at_every_write_loses_nothing_and_writes_nothing_twice(
    bench: Bench, calm: Counter[str], *, after: bool
) -> None:
    fuse = AtEachWrite(bench=bench, after=after)
    if not after:
        bench.estate.aws.meddle = lambda call: None if call.reads else fuse.die(call)
    rollout = None
    while rollout is None:
        try:
            rollout = bench.resume(fuse) if fuse.died else bench.begin(fuse)
            if rollout.status is Status.WAITING:
                never_sent(bench, rollout)
                rollout = None
        except Crash:
            continue
    assert_patched(bench, rollout)
    assert taken(bench) == calm
    assert len(fuse.died) == len(calm)


def test_what_aws_gave_up_while_nobody_looked_is_not_tried_again_unasked(tmp_path_factory: pytest.TempPathFactory) -> None:
    with bench_in(tmp_path_factory.mktemp("once"), "upgrade-fails") as undisturbed:
        undisturbed.begin()
        once = patches(undisturbed)
    with bench_in(tmp_path_factory.mktemp("late"), "upgrade-fails") as bench:
        fuse, asked, rollout = AtEachWrite(bench=bench, after=True), list[str](), None
        while rollout is None or not rollout.status.final:
            try:
                rollout = bench.resume(fuse) if fuse.died else bench.begin(fuse)
                asked += [member.resource for ring in rollout.rings for member in ring.members if member.phase is Phase.LOST]
                answer_lost(bench.rolling(), rollout.id, Fate.FAILED)
            except Crash:
                bench.estate.clock.sleep(timedelta(hours=2))  # meanwhile it ends, and most leave nothing to see
        assert len(asked) == len(set(asked)) > 8
        assert patches(bench) == once
