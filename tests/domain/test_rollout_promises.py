"""What holds for every rollout, whatever the fleet does: proved on drawn plans, windows, freezes and fates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from patchkeep.domain.approval import person
from patchkeep.domain.plan import Change, Ring
from patchkeep.domain.policy import EVERYONE, Amount, Blast
from patchkeep.domain.progress import Batch, Phase, Result, Rollout, Status
from patchkeep.domain.rollout import Stepped, halt, step
from patchkeep.domain.turn import UNCAPPED, Times
from patchkeep.domain.window import Freeze, MaintenanceWindow
from tests.domain.fleet import Drive, Fate, members
from tests.domain.make import HERE, SSL, THERE, approval, at, change, freeze, plan, ring, window

STEPS = ("scan", "install", "reboot", "verify")
GROUPS = (("db", 1), ("dc", 2))
NEWER = "libssl3|3.0.16-1"

at_some_step = st.sampled_from(("", "", "", "", *STEPS))
amounts = st.builds(Amount, count=st.integers(0, 4)) | st.builds(Amount, share=st.sampled_from((0.0, 0.1, 0.25, 0.34, 0.5, 1.0)))
fates = st.builds(
    Fate,
    open=st.sampled_from(((SSL.key,), (SSL.key,), ("other|1", SSL.key), ())),
    pending=st.sampled_from((0, 0, 0, 1, 2)),
    reboots=st.booleans(),
    after=st.sampled_from(((), (), (NEWER,), (SSL.key,))),
    looks=st.integers(1, 3),
    fails=at_some_step,
    lost=at_some_step,
    unreached=at_some_step,
    silent=at_some_step,
)
caps = st.just(UNCAPPED) | st.builds(Blast, per_account=st.none() | amounts, per_hour=st.none() | st.integers(1, 4))
smooth = st.builds(Fate, reboots=st.booleans(), looks=st.integers(1, 2))


@st.composite
def spans(draw: st.DrawFn, most: int) -> tuple[tuple[float, float], ...]:
    edges = sorted(draw(st.sets(st.integers(-8, 96), min_size=2, max_size=most * 2)))
    return tuple((start / 4, end / 4) for start, end in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def a_ring(draw: st.DrawFn, number: int) -> Ring:
    size = draw(st.sampled_from((3, 5, 8, 1, 2, 0)))
    name = f"ring{number}"
    windows = st.sampled_from(("", "", "early", "late"))
    changes = [
        change(
            f"i-{number}{index}",
            target=draw(st.sampled_from((HERE, THERE))),
            window=draw(windows),
            apart=draw(st.sampled_from(((), (), ("db",), ("dc",), ("db", "dc")))),
        )
        for index in range(size)
    ]
    drawn = ring(
        name, *changes, at_once=draw(amounts), may_fail=draw(amounts), bake=draw(st.sampled_from((0, 0, 1, 5))), window=draw(windows)
    )
    return replace(drawn, approvals=tuple(approval(people) for people in draw(st.sampled_from(((), (), (1,), (2,), (1, 3))))))


@st.composite
def times(draw: st.DrawFn) -> Times:
    early = window(*draw(spans(4)), (150, 190), stop=draw(st.sampled_from((0, 0.5, 1))), name="early")
    late = window(*draw(spans(2)), name="late")
    freezes = tuple(freeze(*draw(spans(2))) for _ in range(draw(st.integers(0, 1))))
    known = draw(st.sampled_from(((early, late), (early, late), (early, late), (early,))))
    return Times(known, freezes, draw(caps))


@st.composite
def drives(draw: st.DrawFn) -> Drive:
    rings = [draw(a_ring(number)) for number in range(draw(st.sampled_from((2, 3, 1, 0))))]
    drawn = plan(*rings, apart=GROUPS)
    kind = draw(st.sampled_from((fates, smooth)))
    resources = [c.resource for r in rings for c in r.changes]
    return Drive(
        drawn,
        {resource: draw(kind) for resource in resources},
        draw(times()),
        pauses=draw(st.frozensets(st.integers(1, 30), max_size=2)),
        person_says=draw(st.sampled_from((Phase.FAILED, Phase.DONE))),
        bears=draw(st.booleans()),
    )


def open_at(times: Times, name: str, moment: datetime, *, to_the_end: bool) -> bool:
    opens: MaintenanceWindow | None = times.window(name)
    return opens is not None and any(
        i.start <= moment and (moment < i.end if to_the_end else moment + opens.stop_starting < i.end) for i in opens.intervals
    )


def frozen(freezes: tuple[Freeze, ...], moment: datetime) -> bool:
    return any(i.start <= moment < i.end for f in freezes for i in f.intervals)


@dataclass(slots=True)
class Books:
    """The witness' own account of a drive; every promise is checked at every look."""

    drive: Drive
    touched: set[str] = field(default_factory=set)
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    marks: set[str] = field(default_factory=set)
    begun: dict[str, datetime] = field(default_factory=dict)

    def check(self, before: Rollout, results: Mapping[str, Mapping[str, Result]], stepped: Stepped, now: datetime) -> None:
        self.missing_results_move_nobody(before, results, stepped.rollout)
        for batch in stepped.start:
            self.batch_is_fit_to_send(batch)
            self.batch_starts_when_it_may(batch, stepped.rollout, now)
            self.the_rings_before_proved_something(batch, stepped.rollout)
        self.resting_rollouts_start_nothing(before, stepped)
        self.caps_hold(stepped.rollout, now)
        self.touched_members_stay_within_limits(stepped.rollout)
        self.waiting_has_a_reason_and_a_later_date(stepped.rollout, now)
        self.done_means_done(stepped.rollout)
        assert step(before, self.drive.plan, self.drive.times, results, now) == stepped, "the same knowledge, the same decision"

    def change_of(self, resource: str) -> tuple[Ring, Change]:
        return next((r, c) for r in self.drive.plan.rings for c in r.changes if c.resource == resource)

    def missing_results_move_nobody(self, before: Rollout, results: Mapping[str, Mapping[str, Result]], after: Rollout) -> None:
        for old, new in zip(members(before), members(after), strict=True):
            if old.batch and old.resource not in results.get(old.batch, {}):
                assert old == new

    def batch_is_fit_to_send(self, batch: Batch) -> None:
        assert 0 < len(batch.resources) <= 50
        assert batch.id not in self.marks
        assert len(f"patchkeep {batch.id}") <= 100, "a command's Comment takes 100 characters"
        self.marks.add(batch.id)
        for resource in batch.resources:
            assert self.change_of(resource)[1].target == batch.target
            self.sent[resource, batch.step] += 1
            assert self.sent[resource, batch.step] == 1, "no step is sent twice"
        self.touched.update(batch.resources)
        for resource in batch.resources:
            self.begun.setdefault(resource, self.drive.now)

    def batch_starts_when_it_may(self, batch: Batch, rollout: Rollout, now: datetime) -> None:
        where, times = next(r for r in self.drive.plan.rings if r.name == batch.ring), self.drive.times
        agreed = {person(a.who) for a in rollout.approvals if a.ring == where.name}
        assert all(len(agreed) >= asked.people for asked in where.approvals)
        assert all(m.phase is not Phase.LOST for state in rollout.rings for m in state.members if state.name == batch.ring)
        for resource in batch.resources:
            name = self.change_of(resource)[1].window or where.window
            if batch.step != "verify":
                assert not frozen(times.freezes, now)
                assert not name or open_at(times, name, now, to_the_end=batch.step == "reboot")

    def the_rings_before_proved_something(self, batch: Batch, rollout: Rollout) -> None:
        names = [state.name for state in rollout.rings]
        for state in rollout.rings[: names.index(batch.ring)]:
            proved = any(member.phase is Phase.DONE for member in state.members)
            assert proved or self.drive.bears or not state.members, "a ring opened behind one in which nobody was patched"
            assert proved or not state.members or any(f"ring {state.name}: nobody was patched" in why for why in self.drive.whys)

    def resting_rollouts_start_nothing(self, before: Rollout, stepped: Stepped) -> None:
        if before.status.final or before.status is Status.PAUSED:
            assert not stepped.start
            assert stepped.rollout.status is before.status

    def touched_members_stay_within_limits(self, rollout: Rollout) -> None:
        busy = {m.resource for m in members(rollout) if m.resource in self.touched and not m.ended}
        assert len({self.change_of(resource)[0].name for resource in busy}) <= 1, "two rings open at once"
        for state, rule in zip(rollout.rings, self.drive.plan.rings, strict=True):
            size, amount = len(state.members), rule.at_once
            limit = amount.count if amount.count is not None else int((amount.share or 0) * size + 1e-9)
            assert len(busy & {m.resource for m in state.members}) <= max(1, limit)
        for group, limit in GROUPS:
            assert sum(group in self.change_of(resource)[1].apart for resource in busy) <= limit
            failed = {m.resource for m in members(rollout) if m.phase is Phase.FAILED and group in m.apart}
            starting = {m.resource for m in members(rollout) if group in m.apart and m.begun_at == self.drive.now and not m.ended}
            assert not starting or len(failed | {m for m in busy if group in self.change_of(m)[1].apart}) <= limit, "a group loses more"
        for earlier, later in zip(rollout.rings, rollout.rings[1:], strict=False):
            if any(m.resource in self.touched for m in later.members):
                assert all(m.ended for m in earlier.members)

    def caps_hold(self, rollout: Rollout, now: datetime) -> None:
        cap = self.drive.times.blast
        if cap.per_hour is not None:
            assert sum(now - timedelta(hours=1) < moment <= now for moment in self.begun.values()) <= cap.per_hour
        if (amount := cap.per_account) is None:
            return
        for state in rollout.rings:
            sizes = Counter(m.target.account for m in state.members)
            busy = Counter(m.target.account for m in state.members if m.resource in self.touched and not m.ended)
            for account, number in busy.items():
                wished = amount.count if amount.count is not None else int((amount.share or 0) * sizes[account] + 1e-9)
                assert number <= max(1, wished), "more than one account's cap at once"

    def waiting_has_a_reason_and_a_later_date(self, rollout: Rollout, now: datetime) -> None:
        assert rollout.why
        assert rollout.next_at is None or rollout.next_at > now, "a busy loop"
        if rollout.status is Status.RUNNING:
            assert rollout.batches, "nothing is under way: nobody would look again"
        if rollout.status is Status.WAITING and rollout.next_at is None:
            asks_a_person = ("waits for approval", "needs a person", "no longer has", "none opens")
            assert any(words in rollout.why for words in asks_a_person), rollout.why

    def done_means_done(self, rollout: Rollout) -> None:
        if rollout.status is Status.DONE:
            assert all(m.ended for m in members(rollout))
            for state, rule in zip(rollout.rings, self.drive.plan.rings, strict=True):
                assert sum(m.phase is Phase.FAILED for m in state.members) <= rule.may_fail.of(len(state.members))


ALL_MAY_FAIL = plan(ring("canary", change("i-0"), may_fail=EVERYONE), ring("rest", change("i-1")))


@example(Drive(ALL_MAY_FAIL, {"i-0": Fate(fails="install"), "i-1": Fate()}, bears=False))
@settings(max_examples=300)
@given(drives())
def test_every_promise_holds_at_every_look(drive: Drive) -> None:
    books = Books(drive)
    drive.witness = books.check
    ended = drive.to_the_end()
    event(f"ended {ended.status} after {'some' if drive.started else 'no'} batches")
    left_to_a_person = ended.status is Status.PAUSED and "nobody was patched" in ended.why and not drive.bears
    assert ended.status.final or "none opens" in ended.why or "no longer has" in ended.why or left_to_a_person
    if ended.status.final:
        still = step(ended, drive.plan, drive.times, {}, drive.now)
        assert still.start == ()
        assert still.rollout == ended


@settings(max_examples=80)
@given(drives(), st.integers(1, 25))
def test_a_rollout_that_a_person_halts_starts_nothing_more(drive: Drive, look: int) -> None:
    halted: list[Rollout] = []

    def witness(before: Rollout, results: Mapping[str, Mapping[str, Result]], stepped: Stepped, now: datetime) -> None:
        if drive.looks == look and not stepped.rollout.status.final:
            halted.append(halt(stepped.rollout, "a person said stop", now))

    drive.witness = witness
    drive.to_the_end()
    for rollout in halted:
        back = {batch.id: dict.fromkeys(batch.resources, Result(Phase.DONE)) for batch in rollout.batches}
        later = step(rollout, drive.plan, drive.times, back, at(1000))
        assert later.start == ()
        assert later.rollout.status is Status.HALTED
        assert later.rollout.batches == (), "what comes back is still taken in"
        assert later.rollout.why.startswith("a person said stop")


@example(51, EVERYONE, 51)
@example(130, EVERYONE, 110)
@settings(max_examples=10)
@given(st.integers(1, 130), amounts, st.integers(0, 130))
def test_big_rings_go_in_batches_of_fifty_of_one_place(size: int, at_once: Amount, here: int) -> None:
    changes = [change(f"i-{number:03}", target=HERE if number < here else THERE) for number in range(size)]
    drive = Drive(plan(ring("all", *changes, at_once=at_once)), {c.resource: Fate() for c in changes})
    books = Books(drive)
    drive.witness = books.check
    assert drive.to_the_end(most=5000).status is Status.DONE
    assert all(books.sent[c.resource, name] == 1 for c in changes for name in STEPS)
