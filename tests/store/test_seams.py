"""The store has the shape that the verbs ask for: mypy checks the types, this test the names of parameters."""

from __future__ import annotations

from inspect import isfunction, signature

from patchkeep.doors.store import Store
from patchkeep.work.seams import Deferrals, KeptLifecycles, Ledger, Plans, Rollouts, Snapshots


def asked_for(store: Store) -> tuple[Snapshots, Plans, Rollouts, Deferrals, KeptLifecycles, Ledger]:
    return store.snapshots, store.plans, store.rollouts, store.deferrals, store.lifecycles, store.ledger


def test_the_store_takes_every_call_that_the_verbs_may_make(store: Store) -> None:
    for offered, protocol in zip(asked_for(store), (Snapshots, Plans, Rollouts, Deferrals, KeptLifecycles, Ledger), strict=True):
        for name, wanted in vars(protocol).items():
            if isfunction(wanted) and not name.startswith("_"):
                names = [parameter.replace(annotation=None) for parameter in signature(wanted).parameters.values()]
                method = vars(type(offered))[name]
                assert [parameter.replace(annotation=None) for parameter in signature(method).parameters.values()] == names
