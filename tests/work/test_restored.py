"""A database restored from an older copy: what it doesn't know of was done, and is not done again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from patchkeep.domain.call import Answer, Call, Cause
from patchkeep.domain.policy import Amount
from patchkeep.domain.progress import Phase, Rollout, Status, Unsure
from patchkeep.domain.rollout import resume
from patchkeep.doors.store import open_store
from patchkeep.work.rollout import run, start, tick
from patchkeep.work.rollout.spoken import change
from tests.work.fleet import HERE, A, B, Bench, members, plan_for, world_with

ONCE = {A: 1, B: 1}


@dataclass
class Restored:
    """A rollout that came to its end, and a bench at a copy of its store made right before the `number`th command."""

    folder: Path
    bench: Bench

    def copied_before(self, number: int) -> Path:
        copy, sent = self.folder / "copy.db", 0

        def keep(call: Call) -> None:
            nonlocal sent
            sent += call.operation == "send_command"
            if call.operation == "describe_instance_information" and sent == number - 1 and not copy.exists():
                with sqlite3.connect(self.folder / "patchkeep.db") as now, sqlite3.connect(copy) as then:
                    now.backup(then)

        self.bench.aws.meddle = keep
        assert go(self.bench).status is Status.DONE
        self.bench.aws.meddle = lambda _: None
        return copy


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[Restored]:
    with open_store(f"sqlite:///{tmp_path}/patchkeep.db") as store:
        world = world_with(A, B)
        yield Restored(tmp_path, Bench(store, world, plan_for(world, (A, B), at_once=Amount(count=1))))


def go(bench: Bench) -> Rollout:
    rolling = bench.rolling()
    begun = bench.store.rollouts.all()
    return run(rolling, begun[0].id if begun else start(rolling).id, lambda _: None, wait=True)


def listed(bench: Bench) -> int:
    return sum(call.operation == "list_commands" for call in bench.aws.made)


@pytest.mark.parametrize(("number", "unknown"), [(1, 8), (2, 7), (3, 6), (8, 1)])
def test_a_rollout_in_an_older_store_sends_nothing_and_says_what_is_unknown(restored: Restored, number: int, unknown: int) -> None:
    copy, bench = restored.copied_before(number), restored.bench
    before = sum(call.operation == "send_command" for call in bench.aws.made)
    with open_store(f"sqlite:///{copy}") as older:
        bench.store = older
        rollout = go(bench)
        assert (rollout.status, rollout.unsure) == (Status.PAUSED, Unsure.OLDER)
        commands = "1 command of this rollout is" if unknown == 1 else f"{unknown} commands of this rollout are"
        assert f"this database is older than what was done (restored from a backup?): {commands} unknown to it" in rollout.why
        assert f"in {HERE} at 2026-11-01 " in rollout.why
        assert f"patchkeep rollout halt {rollout.id}" in rollout.why
        change(bench.rolling(), rollout.id, resume, "resumed")
        assert go(bench).why == rollout.why, "a person who only types resume again changes nothing"
        notes = [entry.outcome for entry in older.ledger.of(rollout.id) if entry.kind == "note"]
        assert notes == [f"paused: {rollout.why}", "resumed", f"paused: {rollout.why}"]
    assert sum(call.operation == "send_command" for call in bench.aws.made) == before
    assert bench.aws.sent("Install") == bench.aws.sent("Reboot") == ONCE


def test_a_store_that_knows_all_goes_on_and_asks_each_place_once(restored: Restored) -> None:
    bench = restored.bench
    rolling = bench.rolling()
    tick(rolling, start(rolling).id)
    assert listed(bench) == 0
    assert go(bench).status is Status.DONE
    assert listed(bench) == 1
    assert bench.aws.sent("Install") == ONCE


def test_commands_of_another_rollout_are_nobodys_hindrance(restored: Restored) -> None:
    bench = restored.bench
    rolling = bench.rolling()
    begun = start(rolling)
    foreign = ("pk-0123456789abcdef", "restarted by hand", "")
    for comment in foreign:
        params = {"InstanceIds": [A], "Parameters": {"Operation": ["Scan"]}, **({"Comment": comment} if comment else {})}
        assert bench.aws.write(HERE, Call.of("ssm", "send_command", params, DocumentName="AWS-RunPatchBaseline")).ok
    assert run(rolling, begun.id, lambda _: None, wait=True).status is Status.DONE


def test_nothing_is_sent_where_aws_does_not_tell_what_was_sent_before(restored: Restored) -> None:
    bench = restored.bench
    bench.aws.meddle = lambda call: Cause.REFUSED if call.operation == "list_commands" else None
    rollout = go(bench)
    assert rollout.status is Status.RUNNING, "it gave up after half an hour"
    assert f"nothing is sent where AWS does not tell what was sent before: {HERE} ssm:ListCommands" in rollout.why
    assert {member.phase for member in members(rollout)} == {Phase.WAITING}
    assert bench.aws.sent("Scan") == {}
    bench.aws.meddle = lambda _: None
    assert go(bench).status is Status.DONE


def test_a_place_that_answers_late_is_looked_at_before_anything_goes_there(restored: Restored) -> None:
    copy, bench = restored.copied_before(3), restored.bench
    silent = iter([Cause.UNREACHABLE] * 3)
    bench.aws.meddle = lambda call: next(silent, None) if call.operation == "list_commands" else None
    with open_store(f"sqlite:///{copy}") as older:
        bench.store = older
        assert go(bench).status is Status.PAUSED
    assert bench.aws.sent("Install") == bench.aws.sent("Reboot") == ONCE


def test_an_intent_whose_answer_never_came_is_known(restored: Restored) -> None:
    """It is adopted, not taken for a stranger."""
    bench = restored.bench
    silent = iter([Answer({}, "", "NoAnswer", "acted")])
    bench.aws.meddle = lambda call: next(silent, None) if call.operation == "send_command" else None
    rolling = bench.rolling()
    tick(rolling, start(rolling).id)
    assert go(bench).status is Status.DONE
    assert bench.aws.sent("Install") == ONCE
