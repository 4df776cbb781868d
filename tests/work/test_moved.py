"""An account that is moved to another unit after planning is in another environment: nothing of its old one's is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from patchkeep.domain.call import Call, Cause
from patchkeep.domain.policy import Environment, Match, Policy
from patchkeep.domain.progress import Member, Phase, Rollout
from patchkeep.doors.store import Store, open_store
from patchkeep.sandbox.world import Account, World
from patchkeep.work.apply import Applied, Outcome
from patchkeep.work.rollout import run, start
from tests.work import estate as tiny
from tests.work.estate import MEMBER, Estate
from tests.work.fleet import HERE, POLICY, A, B, Bench, members, plan_for, world_with

BY_UNIT = replace(
    POLICY,
    environments=(
        Environment("prod", Match(ous=("Prod",)), patch_group="prod"),
        Environment("shop", Match(ous=("Shop",)), patch_group="prod"),
        Environment("both", Match(ous=("Both", "Shop/Both")), patch_group="prod"),
    ),
)


def move(world: World, account: str, unit: str) -> None:
    """The account stands there from now on; the units above it are made where there are none."""
    world.ous.setdefault("", "r-tiny")
    steps = unit.split("/") if unit else []
    for depth in range(1, len(steps) + 1):
        world.ous.setdefault("/".join(steps[:depth]), f"ou-tiny-{len(world.ous):08d}")
    world.accounts[account] = replace(world.accounts[account], ou=unit)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('moved')}/patchkeep.db") as there:
        yield there


@pytest.fixture
def bench(store: Store) -> Bench:
    world = world_with(A, B)
    world.accounts[world.management] = Account(world.management, "management", "root@example.com", "")
    move(world, HERE.account, "Prod/Web")
    return Bench(store, world, plan_for(world, (A, B)))


def go(bench: Bench, policy: Policy = BY_UNIT) -> tuple[Rollout, list[Member]]:
    rolling = replace(bench.rolling(), policy=policy)
    ended = run(rolling, start(rolling).id, lambda _: None, wait=True)
    return ended, list(members(ended))


def asked_of_organizations(bench: Bench) -> int:
    return sum(call.operation == "describe_organization" for call in bench.aws.made)


def test_an_account_that_stands_where_it_stood_is_patched_and_organizations_is_asked_once_a_tick(bench: Bench) -> None:
    _, ended = go(bench)
    assert [member.phase for member in ended] == [Phase.DONE, Phase.DONE]
    assert asked_of_organizations(bench) == 4, "before Scan, Install, Reboot and Scan"


def test_a_policy_that_knows_no_units_asks_nothing_of_organizations(bench: Bench) -> None:
    _, ended = go(bench, POLICY)
    assert ([member.phase for member in ended], asked_of_organizations(bench)) == ([Phase.DONE, Phase.DONE], 0)


@pytest.mark.parametrize(
    ("unit", "why"),
    [
        ("Shop", "its account is in Shop now, and so it belongs to environment shop, not prod"),
        ("", "its account is in the root now, and so it is in no environment: its unit is the root"),
        ("Shop/Both", "its account is in Shop/Both now, and so it is in 2 environments at once: shop"),
    ],
)
def test_machines_of_an_account_that_was_moved_are_left_alone(bench: Bench, unit: str, why: str) -> None:
    move(bench.world, HERE.account, unit)
    _, ended = go(bench)
    assert all(member.phase is Phase.FAILED and member.why.startswith(f"scan: left alone: {why}") for member in ended), ended[0].why
    assert bench.aws.sent("Scan") == bench.aws.sent("Install") == {}


def test_an_account_moved_in_the_middle_is_installed_on_no_more(bench: Bench) -> None:
    def moves(call: Call) -> None:
        if call.operation == "send_command":
            move(bench.world, HERE.account, "Shop")

    bench.aws.meddle = moves
    _, ended = go(bench)
    assert ended[0].why.startswith("install: left alone: its account is in Shop now")
    assert bench.aws.sent("Install") == {}


def test_an_account_that_left_the_organization_is_left_alone(bench: Bench) -> None:
    real = bench.world.accounts.pop(HERE.account)

    def back(call: Call) -> None:
        """AWS goes on answering in the account; Organizations lists it no more."""
        if call.service == "organizations":
            bench.world.accounts.pop(HERE.account, None)
        else:
            bench.world.accounts.setdefault(HERE.account, real)

    bench.aws.meddle = back
    _, ended = go(bench)
    assert ended[0].why == "scan: left alone: its account is not in the organization any more"


def test_where_organizations_does_not_tell_nothing_is_sent(bench: Bench) -> None:
    bench.aws.meddle = lambda call: Cause.REFUSED if call.service == "organizations" else None
    _, ended = go(bench)
    assert bench.aws.sent("Scan") == {}
    assert {member.phase for member in ended} == {Phase.FAILED}


# --- settings ---------------------------------------------------------------------------------------------------------

TEXT = tiny.POLICY.replace(
    "web: {match: {tags: {Environment: web}}}",
    "web: {match: {ou: Web, tags: {Environment: web}}}\n  shop: {match: {ou: Shop, tags: {Environment: web}}}",
)


def applied(estate: Estate, store: Store, *units: str) -> tuple[Applied, ...]:
    """What becomes of a plan whose account is moved before it is applied."""
    made = estate.plan()
    assert made.settings
    for unit in units:
        move(estate.world, MEMBER, unit)
    return estate.apply(made, store)


def test_settings_of_an_account_that_was_moved_are_not_written(store: Store) -> None:
    estate = Estate(text=TEXT)
    done = applied(estate, store, "Shop")
    assert {one.outcome for one in done} == {Outcome.STALE}
    assert "its account is in Shop now, and so it belongs to environment shop, not web: discover and plan again" in done[0].why
    assert [call.operation for call in estate.aws.made if not call.reads] == []


def test_settings_of_an_account_moved_within_its_environment_are_written(store: Store) -> None:
    assert {one.outcome for one in applied(Estate(text=TEXT), store, "Web/Front")} == {Outcome.APPLIED}


def test_where_organizations_does_not_tell_no_setting_is_written(store: Store) -> None:
    estate = Estate(text=TEXT)
    made = estate.plan()
    estate.aws.meddle = lambda call: Cause.REFUSED if call.service == "organizations" else None
    done = estate.apply(made, store)
    assert {one.outcome for one in done} == {Outcome.FAILED}
    assert done[0].why.startswith("not looked at before writing: ")
