"""AWS's own rings follow the policy's."""

from __future__ import annotations

import json

import pytest

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Environment, Installer, Match, Policy, RingRule
from patchkeep.domain.upgrade_order import ROOT, order_of, out_of_order, rollout_policies

DEV, TEST, PROD = (Environment(name, Match(ous=(f"Workloads/{name}",))) for name in ("dev", "test", "prod"))
RINGS = (RingRule("canary", ("dev",)), RingRule("middle", ("test",)), RingRule("rest", ("prod",)))
POLICY = Policy("main", "h", environments=(DEV, TEST, PROD), rings=RINGS)


def database(order: str) -> Asset:
    return Asset(
        "arn:aws:rds:eu-central-1:111122223333:db:x", "db instance", Target("111122223333", "eu-central-1"), "x", "", upgrade_order=order
    )


def test_the_first_ring_is_first_and_the_last_one_last() -> None:
    assert [order_of(POLICY, one) for one in POLICY.environments] == ["first", "second", "last"]


def test_environments_of_one_ring_alone_are_second_and_those_in_none_have_no_order() -> None:
    policy = Policy("main", "h", environments=(DEV, PROD), rings=(RingRule("all", ("dev",)),))
    assert (order_of(policy, DEV), order_of(policy, PROD)) == ("second", "")


def test_where_aws_installs_is_last() -> None:
    legacy = Environment("legacy", Match(ous=("Legacy",)), Installer.AWS, "sunday")
    policy = Policy("main", "h", environments=(DEV, legacy), rings=RINGS[:1])
    assert (order_of(policy, DEV), order_of(policy, legacy)) == ("first", "last")


def test_each_unit_gets_a_policy_of_its_own() -> None:
    made = {one.name: (one.attach_to, json.loads(one.text)["upgrade_rollout"]) for one in rollout_policies(POLICY)}
    assert made["main-prod"] == (("Workloads/prod",), {"default": {"patch_order": {"@@assign": "last"}}})
    assert list(made) == ["main-dev", "main-test", "main-prod"]


def test_environments_told_apart_by_tags_share_a_policy_at_the_root() -> None:
    tagged = tuple(Environment(name, Match(tags=Frozen(Environment=[name]))) for name in ("dev", "test", "prod"))
    (made,) = rollout_policies(Policy("main", "h", environments=tagged, rings=RINGS))
    values = made.content["upgrade_rollout"]["tags"]["Environment"]["tag_values"]
    assert made.attach_to == (ROOT,)
    assert {value: order["patch_order"]["@@assign"] for value, order in values.items()} == {
        "dev": "first",
        "test": "second",
        "prod": "last",
    }
    assert made.content["upgrade_rollout"]["default"] == {"patch_order": {"@@assign": "second"}}


def test_a_policy_longer_than_organizations_takes_is_refused() -> None:
    many = Environment("dev", Match(tags=Frozen(App=[f"application-{number}" for number in range(200)])))
    with pytest.raises(ValueError, match="and Organizations takes 5,120 at most"):
        list(rollout_policies(Policy("main", "h", environments=(many,), rings=RINGS)))


@pytest.mark.parametrize(("order", "told"), [("second", True), ("last", False), ("", False)])
def test_a_database_in_another_place_than_its_ring_s_is_told(order: str, told: bool) -> None:
    found = out_of_order(database(order), PROD, POLICY)
    assert bool(found) is told
    assert not (found and (found.stops_patching or found.stops_seeing))
