"""The doors have the shape that the verbs ask for: mypy checks the types, this test the names of parameters."""

from __future__ import annotations

from inspect import isfunction, signature

from patchkeep.doors.aws import AwsDoor
from patchkeep.doors.clock import SystemClock
from patchkeep.wire import House, SandboxClock
from patchkeep.work.seams import Aws, Clock, Ledger, Plans, Rollouts, Snapshots


def asked_for(house: House) -> tuple[Aws, Snapshots, Plans, Rollouts, Ledger]:
    """mypy holds each of them against its protocol."""
    return house.aws, house.store.snapshots, house.store.plans, house.store.rollouts, house.store.ledger


def clocks(endpoint: str) -> tuple[Clock, Clock]:
    return SystemClock(), SandboxClock(endpoint)


def test_the_doors_take_every_call_that_the_verbs_may_make() -> None:
    for offered, protocol in ((AwsDoor, Aws), (SystemClock, Clock), (SandboxClock, Clock)):
        for name, wanted in vars(protocol).items():
            if isfunction(wanted) and not name.startswith("_"):
                names = [parameter.name for parameter in signature(wanted).parameters.values()]
                assert [parameter.name for parameter in signature(vars(offered)[name]).parameters.values()] == names


def test_the_machines_clock_is_in_utc_and_sleeps_no_negative_time() -> None:
    from datetime import timedelta

    clock = SystemClock()
    before = clock.now()
    clock.sleep(timedelta(seconds=-5))
    assert clock.now() - before < timedelta(seconds=2)
    assert before.utcoffset() == timedelta(0)
