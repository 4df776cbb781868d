"""Plans and rollouts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.ledger import Overtaken
from patchkeep.domain.progress import Status
from patchkeep.doors.store import Store, StoreError
from tests.store.estates import HOUR, NOON, entry, plan, rollout


def test_a_plan_comes_back_as_it_was(store: Store) -> None:
    store.plans.save(plan())
    store.plans.save(plan())
    assert store.plans.get("plan-1") == plan()
    assert store.plans.get("plan-2") is None


def test_a_plan_is_never_replaced_by_another_of_its_id(store: Store) -> None:
    store.plans.save(plan())
    with pytest.raises(StoreError, match="Another plan is stored as plan-1"):
        store.plans.save(replace(plan(), author="arn:aws:iam::111122223333:user/eve"))
    assert store.plans.get("plan-1") == plan()


def test_a_rollout_comes_back_as_it_was(store: Store) -> None:
    store.rollouts.add(rollout())
    assert store.rollouts.get("r-1") == rollout()
    assert store.rollouts.get("r-2") is None


def test_a_rollout_is_added_once(store: Store) -> None:
    store.rollouts.add(rollout())
    with pytest.raises(StoreError, match="stored already"):
        store.rollouts.add(replace(rollout(), why="another"))
    assert store.rollouts.get("r-1") == rollout()


def test_rollouts_are_listed_newest_first(store: Store) -> None:
    for hours, name in ((1, "r-b"), (2, "r-c"), (0, "r-a")):
        store.rollouts.add(rollout(name, NOON + hours * HOUR))
    assert [r.id for r in store.rollouts.all()] == ["r-c", "r-b", "r-a"]


def test_a_rollout_and_its_intents_move_together(store: Store) -> None:
    store.rollouts.add(rollout())
    moved = store.rollouts.replace(replace(rollout(), status=Status.WAITING), (entry("b-1"), entry("b-2")))
    assert (moved.version, moved.status) == (1, Status.WAITING)
    assert store.rollouts.get("r-1") == moved
    assert store.ledger.of("r-1") == (entry("b-1"), entry("b-2"))


def test_whoever_saw_an_older_version_is_overtaken_and_leaves_no_trace(store: Store) -> None:
    store.rollouts.add(rollout())
    moved = store.rollouts.replace(rollout())
    with pytest.raises(Overtaken, match="rollout r-1 is no longer at version 0"):
        store.rollouts.replace(replace(rollout(), status=Status.HALTED), (entry(),))
    assert store.rollouts.get("r-1") == moved
    assert store.ledger.of("r-1") == ()


def test_an_intent_that_cannot_be_kept_keeps_the_rollout_where_it_is(store: Store) -> None:
    store.rollouts.add(rollout())
    broken = replace(entry(), at=NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="has no zone"):
        store.rollouts.replace(replace(rollout(), status=Status.HALTED), (entry(), broken))
    assert store.rollouts.get("r-1") == rollout()
    assert store.ledger.of("r-1") == ()


def test_a_rollout_that_was_never_added_cannot_be_replaced(store: Store) -> None:
    with pytest.raises(Overtaken):
        store.rollouts.replace(rollout())
    assert store.rollouts.all() == ()
