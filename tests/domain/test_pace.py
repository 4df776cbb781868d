"""What caps and a rollout under way add to the worst case, and that the check says which part it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchkeep.domain.asset import Asset
from patchkeep.domain.forecast import Forecast, forecast
from patchkeep.domain.forecast.pace import hours, pace
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Amount, Apart, Blast, Policy, RingRule, Sla
from patchkeep.domain.snapshot import Snapshot
from tests.domain.make import DAY, HERE, HOUR, NOW, THERE, asset
from tests.domain.test_findings import SOUND
from tests.domain.test_forecast import WEEKLY

PRODS = tuple(replace(asset(f"i-{number}"), ou="Prod", tags=Frozen({"Cluster": "blue" if number < 5 else "red"})) for number in range(8))
SEEN = Snapshot("s", NOW, "o-1", targets=(HERE,), assets=PRODS)
BY_CLUSTER = replace(SOUND, apart=(Apart("Cluster"),))


def prod(policy: Policy, each_round: timedelta = timedelta(0)) -> timedelta:
    """The worst case of ring prod."""
    return next(row.takes for row in forecast(policy, NOW, SEEN, each_round).rows if row.ring == "prod")


def said(found: Forecast, word: str) -> list[str]:
    return [note for note in found.notes if word in note]


@pytest.mark.parametrize(
    ("policy", "rounds", "because"),
    [
        (SOUND, 1, "`at_once`"),
        (BY_CLUSTER, 5, "`apart` (5 in Cluster=blue, 1 at once)"),
        (replace(SOUND, apart=(Apart("Cluster", at_once=2),)), 3, "`apart` (5 in Cluster=blue, 2 at once)"),
        (replace(SOUND, blast=Blast(per_account=Amount(share=0.25))), 4, f"`blast.per_account` (8 in account {HERE.account}, 2 at once)"),
        (replace(BY_CLUSTER, blast=Blast(per_account=Amount(count=1))), 8, f"`blast.per_account` (8 in account {HERE.account}, 1 at once)"),
    ],
)
def test_the_slowest_cap_gives_the_rounds(policy: Policy, rounds: int, because: str) -> None:
    found = pace(policy, PRODS)
    assert (found.rounds, found.because) == (rounds, because)


def test_accounts_are_capped_each_for_itself() -> None:
    elsewhere: tuple[Asset, ...] = tuple(replace(one, target=THERE) for one in PRODS[:4])
    assert pace(replace(SOUND, blast=Blast(per_account=Amount(count=2))), (*elsewhere, *PRODS[4:])).rounds == 2


@pytest.mark.parametrize(("cap", "size", "expected"), [(None, 8, 1), (3, 0, 1), (3, 8, 3), (8, 8, 1)])
def test_an_hours_cap_gives_hours(cap: int | None, size: int, expected: int) -> None:
    assert hours(cap, size) == expected


def test_rounds_of_a_group_kept_apart_take_another_opening() -> None:
    """Nightly four hours, of which a round takes one: five of a cluster need a second night."""
    assert prod(BY_CLUSTER, HOUR) - prod(SOUND, HOUR) == DAY
    assert said(forecast(BY_CLUSTER, NOW, SEEN, HOUR), "`apart`") == [
        "ring prod takes 5 rounds because of `apart` (5 in Cluster=blue, 1 at once): counted"
    ]


def test_without_a_length_of_rounds_it_is_said_how_long_one_may_take() -> None:
    (note,) = said(forecast(BY_CLUSTER, NOW, SEEN), "`apart`")
    assert note.startswith("ring prod takes 5 rounds of `apart` (5 in Cluster=blue, 1 at once); one opening is enough if a round takes")


def test_an_hours_cap_counts_also_where_installing_takes_no_time() -> None:
    """Eight, one an hour: four fit into a night, for it begins nothing at its end."""
    capped = replace(SOUND, blast=Blast(per_hour=1))
    assert prod(capped) > prod(SOUND) + DAY
    assert said(forecast(capped, NOW, SEEN), "per_hour") == ["ring prod takes 8 hours to begin, 1 in each (`blast.per_hour`): counted"]


def test_with_a_snapshot_no_cap_is_left_out_without_one_it_is_said() -> None:
    assert not said(forecast(BY_CLUSTER, NOW, SEEN), "leave out `apart`")
    assert said(forecast(BY_CLUSTER, NOW), "leave out `apart`")


WEEKENDS = replace(
    SOUND,
    windows=(WEEKLY,),
    rings=(RingRule("dev", ("dev",)), RingRule("prod", ("prod",), window="weekly", bake=DAY)),
    slas=(Sla("critical", 8 * DAY),),
)


def test_a_rollout_that_began_just_before_costs_its_whole_way() -> None:
    """What just missed a Saturday waits a week; behind a rollout that does so, and bakes, it waits another."""
    row = forecast(WEEKENDS, NOW).rows[-1]
    assert (row.ring, row.behind) == ("prod", row.takes + 7 * DAY)
    assert said(forecast(WEEKENDS, NOW), "behind a rollout") == ["behind a rollout that began just before it takes up to 7.88 d more"], (
        "ring dev waits for all of it"
    )
    (note,) = said(forecast(WEEKENDS, NOW), "halt that rollout")
    assert note.startswith("critical then takes ")
    assert note.endswith("to ring prod, allowed 8 d: halt that rollout and plan again")
    assert forecast(WEEKENDS, NOW).holds, "whoever is in a hurry halts that one"


def test_where_deadlines_are_kept_behind_a_rollout_too_that_is_said_once() -> None:
    (note,) = said(forecast(SOUND, NOW), "behind a rollout that began just before")
    assert note.endswith("more, and what fits still does")


def test_a_deadline_that_is_breached_anyway_is_not_told_again() -> None:
    breached = replace(WEEKENDS, rings=WEEKENDS.rings[1:], slas=(Sla("critical", DAY),))
    assert not said(forecast(breached, NOW), "halt that rollout")


def test_nothing_is_behind_a_rollout_where_aws_installs_or_no_deadline_is_set() -> None:
    assert not said(forecast(replace(SOUND, slas=()), NOW), "behind a rollout")
