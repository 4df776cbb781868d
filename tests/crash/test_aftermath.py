"""The checker finds every kind of harm: each is done once to a sound aftermath, and it must not let it pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchkeep.domain.ledger import Entry
from patchkeep.domain.progress import Batch, Phase, Rollout, Status
from patchkeep.domain.rollout import begin
from patchkeep.sandbox.aftermath import Aftermath, harm
from tests.domain.make import HERE, NOW, change, plan, ring


def ended(status: Status = Status.DONE, phase: Phase = Phase.DONE) -> Rollout:
    begun = begin(plan(ring("prod", change("i-1"))), NOW)
    rings = tuple(replace(one, members=tuple(replace(member, phase=phase) for member in one.members)) for one in begun.rings)
    return replace(begun, status=status, rings=rings)


def entry(kind: str, mark: str = "pk-1", outcome: str = "") -> Entry:
    return Entry(NOW, kind, "ro-1", mark, HERE, "ssm:SendCommand", outcome=outcome)


def sent(operation: str | None, mark: str, *nodes: str) -> dict[str, Any]:
    return {"Comment": mark, "InstanceIds": list(nodes), "Parameters": {"Operation": [operation]} if operation else {"Mark": [mark]}}


INTENT, ANSWER = entry("intent"), entry("answer", outcome="ok")
CALM = Aftermath(
    entries=(INTENT, ANSWER),
    rollouts=(ended(),),
    commands=(sent("Install", "pk-1", "i-1"), sent(None, "pk-2", "i-1"), sent("Scan", "pk-3", "i-1"), sent("Scan", "pk-4", "i-1")),
    objects=(("here patch baseline web", "rules"),),
    nodes={"i-1": "openssl 3.0.15"},
    store={"asset i-1": "COMPLIANT"},
)


def found(**changes: Any) -> str:
    return " | ".join(harm(CALM, replace(CALM, **changes)))


def test_what_came_out_as_it_does_undisturbed_holds() -> None:
    assert harm(CALM, CALM) == ()


def test_a_broken_chain_is_found() -> None:
    assert found(broken_at=2) == "the ledger's chain is broken at entry 2"


def test_an_intent_of_which_nobody_knows_the_end_is_found() -> None:
    assert "ssm:SendCommand of pk-1 was meant, and nothing says what became of it" in found(entries=(INTENT,))
    assert "pk-2" in found(entries=(INTENT, ANSWER, entry("intent", "pk-2")))
    assert found(entries=(INTENT, entry("note", "", "lost members of ring prod failed"))) == ""


@pytest.mark.parametrize("status", [Status.RUNNING, Status.WAITING, Status.PAUSED])
def test_a_rollout_that_came_to_no_end_is_found(status: Status) -> None:
    assert f"is still {status}" in found(rollouts=(ended(status),))


def test_a_rollout_that_ended_with_a_batch_under_way_is_found() -> None:
    batch = Batch("pk-1", "prod", "install", HERE, ("i-1",), NOW)
    assert "is done with pk-1 under way" in found(rollouts=(replace(ended(), batches=(batch,)),))


@pytest.mark.parametrize(("operation", "act"), [("Install", "Install"), (None, "Reboot")])
def test_a_node_that_was_sent_the_same_twice_is_found(operation: str | None, act: str) -> None:
    assert f"i-1 was sent {act} 2 times" in found(commands=(*CALM.commands, sent(operation, "pk-9", "i-2", "i-1")))


def test_a_batch_that_was_sent_twice_is_found() -> None:
    assert found(commands=(*CALM.commands, sent("Scan", "pk-3", "i-1"))) == "pk-3 was sent 2 times"


def test_a_write_that_aws_took_more_often_than_undisturbed_is_found() -> None:
    upgrade = "ModifyDBInstance orders"
    assert found(writes=(upgrade,)) == f"AWS took 1 times, and would take 0 times: {upgrade}"
    assert harm(replace(CALM, writes=(upgrade, upgrade)), replace(CALM, writes=(upgrade,))) == ()


def test_an_object_that_was_made_twice_or_differs_or_is_missing_is_found() -> None:
    assert "here patch baseline web is there 2 times" in found(objects=(*CALM.objects, *CALM.objects))
    assert "in AWS: here patch baseline web is half, and would be rules" in found(objects=(("here patch baseline web", "half"),))
    assert "in AWS: here patch baseline web is not there" in found(objects=())
    assert "in AWS: here window web is there, and would not be" in found(objects=(*CALM.objects, ("here window web", "")))


def test_a_machine_a_row_or_a_member_that_came_out_otherwise_is_found() -> None:
    assert "of the machines: i-1 is" in found(nodes={"i-1": "openssl 3.0.11"})
    assert "in the store: asset i-1 is" in found(store={"asset i-1": "UNKNOWN"})
    assert "of the rollout: i-1 is failed, and would be done" in found(rollouts=(ended(phase=Phase.FAILED),))
