"""The store has the shape that the verbs ask for: mypy checks the assignment, this test that it holds at run time."""

from __future__ import annotations

from patchkeep.doors.store import Store
from patchkeep.work.seams import Ledger, Plans, Rollouts, Snapshots


def asked_for(store: Store) -> tuple[Snapshots, Plans, Rollouts, Ledger]:
    return store.snapshots, store.plans, store.rollouts, store.ledger


def test_the_store_offers_every_method_that_the_verbs_call(store: Store) -> None:
    for offered, protocol in zip(asked_for(store), (Snapshots, Plans, Rollouts, Ledger), strict=True):
        wanted = {name for name, value in vars(protocol).items() if callable(value) and not name.startswith("_")}
        assert wanted <= set(dir(offered))
