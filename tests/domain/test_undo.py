"""The plan that takes back what a rollout did: what has a way back, in the opposite order, and a sentence for all the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import IRREVERSIBLE, Change, Plan, Ring, plan_id
from patchkeep.domain.policy import Approval, Policy
from patchkeep.domain.progress import Phase, Rollout, Status
from patchkeep.domain.rollout import begin
from patchkeep.domain.undo import NO_WAY_BACK, Asked, Partly, UndoRefused, Way, undoing
from tests.domain.make import HOUR, NOW, at, change, plan, ring

POLICY = Policy("main", "now", approvals=(Approval("prod", people=1), Approval(IRREVERSIBLE, people=2)))
WAY = Frozen(arn="arn:aws:rds:eu-central-1:111122223333:db:orders")


def database(name: str, *after: str) -> Change:
    agreed = change(f"db:{name}", window="night")
    return replace(
        agreed, id=f"ch-{name}", name=name, service="rds", steps=("opt in",), after=after, undo="take it back", irreversible=True
    )


def ended(made: Plan, *untouched: str) -> Rollout:
    """Begun on all but these changes, and done."""
    begun = begin(made, NOW)
    rings = tuple(
        replace(state, members=tuple(m if m.change in untouched else replace(m, phase=Phase.DONE, begun_at=at(1)) for m in state.members))
        for state in begun.rings
    )
    return replace(begun, rings=rings, status=Status.DONE)


def undone(made: Plan, rollout: Rollout, *only: str, **ways: Way) -> Plan:
    return undoing(rollout, made, {f"ch-{name}": way for name, way in ways.items()}, Asked(POLICY, NOW + HOUR, "ben", only))


def test_a_change_with_a_way_back_has_one_step_and_its_window_and_is_agreed_to_by_its_environments_people() -> None:
    made = plan(replace(ring("prod", database("orders")), approvals=POLICY.approvals))
    back = undone(made, ended(made), orders=WAY)
    ((taken,),) = [one.changes for one in back.rings]
    assert (taken.steps, taken.asks, taken.window) == (("undo",), WAY, "night")
    assert (taken.irreversible, taken.undo) == (False, "")
    assert taken.id != "ch-orders"
    assert [one.scope for one in back.rings[0].approvals] == ["prod"]
    assert (back.author, back.policy_hash, back.made_at) == ("ben", "now", NOW + HOUR)
    assert back.id == plan_id(back)


def test_what_came_after_goes_back_first_and_the_last_ring_is_the_first() -> None:
    made = plan(ring("one", database("copy"), database("orders", "ch-copy")), ring("two", database("shop")))
    back = undone(made, ended(made), copy=WAY, orders=WAY, shop=WAY)
    assert [one.name for one in back.rings] == ["two", "one"]
    taken = {one.name: one for one in back.rings[1].changes}
    assert (taken["copy"].after, taken["orders"].after) == ((taken["orders"].id,), ())


def test_what_has_no_way_back_or_was_never_begun_is_left_out_with_the_reason() -> None:
    made = plan(ring("prod", database("orders"), database("shop"), database("wiki"), change("i-0")))
    back = undone(made, ended(made, "ch-wiki"), orders="what was put on cannot be taken off", shop="", wiki=WAY)
    assert back.rings == ()
    assert {skip.name: skip.reason for skip in back.skips} == {
        "orders": "what was put on cannot be taken off",
        "shop": "there is no way back",
        "wiki": "nothing was begun on it",
        "i-0": NO_WAY_BACK,
    }


@pytest.mark.parametrize("word", ["orders", "db:orders", "arn:aws:ec2:eu-central-1:111122223333:instance/db:orders"])
def test_those_named_alone_go_back(word: str) -> None:
    made = plan(ring("prod", database("orders"), database("shop")))
    back = undone(made, ended(made), word, orders=WAY, shop=WAY)
    assert [one.name for prod in back.rings for one in prod.changes] == ["orders"]
    assert back.skips == ()


def test_a_name_that_the_plan_does_not_know_is_refused() -> None:
    made = plan(ring("prod", database("orders")))
    with pytest.raises(UndoRefused, match="changes nothing that is called ordres"):
        undone(made, ended(made), "ordres", orders=WAY)


def test_a_rollout_that_goes_on_is_not_undone() -> None:
    made = plan(ring("prod", database("orders")))
    with pytest.raises(UndoRefused, match=r"is still running: end it first \(`patchkeep rollout halt ro-"):
        undone(made, begin(made, NOW), orders=WAY)


def test_undoing_what_was_undone_is_another_plan_with_other_changes() -> None:
    first = plan(ring("prod", database("orders")))
    back = undone(first, ended(first), orders=WAY)
    again = undoing(ended(back), back, {back.rings[0].changes[0].id: WAY}, Asked(POLICY, NOW + HOUR, "ben"))
    assert isinstance(back.rings[0], Ring)
    assert again.rings[0].changes[0].id not in {"ch-orders", back.rings[0].changes[0].id}


def test_what_goes_back_in_part_is_planned_and_the_rest_is_left_out_with_its_reason() -> None:
    both = database("orders")
    word, version = (replace(both.updates[0], id=name) for name in ("os-upgrade", "engine version"))
    made = plan(ring("prod", replace(both, updates=(word, version))))
    back = undone(made, ended(made), orders=Partly(WAY, (word,), "the version stays"))
    ((taken,),) = [one.changes for one in back.rings]
    assert (taken.updates, taken.asks) == ((word,), WAY)
    assert [(skip.name, skip.reason) for skip in back.skips] == [("orders", "the version stays")]
