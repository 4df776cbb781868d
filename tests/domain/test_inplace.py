"""Machines of other owners are left to them, but for the kinds that an environment names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.asset import Asset, Obstacle
from patchkeep.domain.inplace import OWNERS, in_place, owner_overruled
from patchkeep.domain.policy import Environment, Match
from tests.domain.make import asset

PROD = Environment("prod", Match(), in_place=("auto-scaling", "ecs"))
STOPPED = Obstacle("stopped", "is stopped", "start it", stops_seeing=True, stops_patching=True)


def owned(cause: str, *others: Obstacle) -> Asset:
    return replace(asset(), obstacles=(Obstacle(cause, "is theirs", "a newer image", stops_patching=True, leave_alone=True), *others))


@pytest.mark.parametrize("kind", PROD.in_place)
def test_an_owner_that_the_environment_names_is_seen_but_no_longer_in_the_way(kind: str) -> None:
    (obstacle,) = in_place(owned(OWNERS[kind]), PROD).obstacles
    assert (obstacle.stops_patching, obstacle.leave_alone) == (False, False)
    assert obstacle.why == "is theirs; patched in place all the same, as environment prod says"
    assert owner_overruled(in_place(owned(OWNERS[kind]), PROD)) == OWNERS[kind]


@pytest.mark.parametrize("cause", [OWNERS["eks"], "managed by AWS", "Bottlerocket", "under a patch policy", "instance not read"])
def test_every_other_owner_stays_in_the_way(cause: str) -> None:
    asset = owned(cause)
    assert in_place(asset, PROD) == asset
    assert owner_overruled(asset) == ""


def test_what_else_stands_in_the_way_still_does() -> None:
    assert in_place(owned(OWNERS["ecs"], STOPPED), PROD).obstacles[1] == STOPPED


@pytest.mark.parametrize("environment", [None, Environment("dev", Match())])
def test_without_a_word_in_the_policy_everything_is_left_to_its_owner(environment: Environment | None) -> None:
    for cause in OWNERS.values():
        assert in_place(owned(cause), environment) == owned(cause)
