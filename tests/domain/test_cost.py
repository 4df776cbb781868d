"""What a plan costs: only what has an effect, each line with its source, and never 0 for what nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from patchkeep.domain.asset import Asset
from patchkeep.domain.cost import Cost, costs, priced, total
from patchkeep.domain.plan import Change, Ring
from patchkeep.domain.policy import EVERYONE, NOBODY, Amount, Heartbeat, Policy
from patchkeep.domain.prices import PRICES, UNSOURCED, Price
from tests.domain.make import HERE, THERE, change

POLICY = Policy("main", "hash")
ALARMED = replace(POLICY, heartbeat=Heartbeat(topic="arn:aws:sns:us-east-1:111122223333:oncall"))


def hybrid(number: int, target: object = HERE) -> list[Asset]:
    return [Asset(f"mi-{n}", "node", target, f"mi-{n:017x}", f"rack-{n}") for n in range(number)]  # type: ignore[arg-type]


def ring(size: int, at_once: Amount = EVERYONE) -> Ring:
    return Ring("all", tuple(change(f"i-{n}") for n in range(size)), at_once, NOBODY, 0, "")


def named(lines: tuple[Cost, ...]) -> dict[str, Cost]:
    return {line.what: line for line in lines}


def test_a_plan_that_changes_nothing_has_no_line() -> None:
    assert costs(POLICY, (), (), ()) == ()
    assert costs(POLICY, (), (ring(0),), hybrid(1000)) == ()


def test_on_premises_nodes_beyond_a_thousand_of_one_place_are_all_paid_for() -> None:
    lines = named(costs(POLICY, (), (), [*hybrid(1001), *hybrid(1000, THERE)]))
    assert lines["advanced on-premises tier"].quantity == 1001 * 730
    assert lines["advanced on-premises tier"].monthly == pytest.approx(1001 * 730 * 0.00695)
    assert str(HERE) in lines["advanced on-premises tier"].note


def test_a_heartbeat_costs_its_metrics_its_requests_and_its_alarm() -> None:
    lines = named(costs(ALARMED, (), (), ()))
    assert {name: line.monthly for name, line in lines.items()} == {
        "heartbeat metrics": pytest.approx(1.2),
        "heartbeat data points": pytest.approx(0.0073),
        "heartbeat alarm": pytest.approx(0.1),
    }
    assert "heartbeat alarm" not in named(costs(replace(POLICY, heartbeat=Heartbeat()), (), (), ()))
    often = replace(POLICY, heartbeat=Heartbeat(every=timedelta(minutes=1)))
    assert named(costs(often, (), (), ()))["heartbeat data points"].quantity == 43800


def test_no_snapshots_are_said_to_be_none_and_have_no_price() -> None:
    line = named(costs(POLICY, (), (ring(3),), ()))["volume snapshots"]
    assert (line.monthly, line.note) == (None, "no snapshots are taken")


def of_databases(*changes: Change) -> dict[str, Cost]:
    return named(costs(POLICY, (), (Ring("all", changes, EVERYONE, NOBODY, 0, ""),), ()))


def database(name: str, *steps: str, gb: float = 0.0) -> Change:
    return replace(change(name), service="rds", steps=steps, together=1, snapshot_gb=gb)


def test_snapshots_of_databases_are_priced_by_their_size_and_unknown_sizes_are_said() -> None:
    lines = of_databases(database("a", "snapshot", "upgrade", gb=100), database("b", "snapshot", gb=20), database("c", "snapshot"))
    assert lines["rds snapshots"].monthly == pytest.approx(120 * 0.095)
    unknown = lines["rds snapshots of unknown size"]
    assert (unknown.monthly, unknown.note) == (None, "UNKNOWN: AWS does not tell how large; 1 snapshot")
    assert "volume snapshots" not in lines
    assert total(lines.values())[1]


def test_a_second_database_has_no_price_and_is_said() -> None:
    lines = of_databases(database("a", "prepare green", "switch over"))
    assert lines["second databases"].note.startswith("UNKNOWN: no price known; 1 database beside the one in use")


def test_snapshots_of_a_service_that_the_table_has_no_price_for_are_unknown() -> None:
    line = of_databases(replace(database("a", "snapshot", gb=5), service="lightsail"))["lightsail snapshots"]
    assert (line.quantity, line.monthly) == (5.0, None)


def test_calls_of_databases_are_counted_by_their_steps() -> None:
    assert (
        "5 commands" in of_databases(database("a", "snapshot", "upgrade", "verify"), database("b", "maintain", "verify"))["API calls"].note
    )


@pytest.mark.parametrize(("at_once", "commands"), [(EVERYONE, 4), (Amount(count=30), 16), (Amount(count=1), 400)])
def test_calls_of_a_rollout_grow_with_its_waves_and_are_free(at_once: Amount, commands: int) -> None:
    line = named(costs(POLICY, (), (ring(100, at_once),), ()))["API calls"]
    assert line.monthly == 0.0
    assert f"{max(commands, 8):,} commands" in line.note


def test_an_unknown_price_is_said_and_is_no_zero() -> None:
    unheard = {"thing": Price("thing-month", None)}
    for line in (priced("things", 3, "thing", "new here", unheard), priced("things", 3, "never heard of")):
        assert line.monthly is None
        assert line.note.startswith("UNKNOWN: no price known")
        assert total((line, Cost("other", 1, "x", 2.5))) == (2.5, True)


def test_every_price_has_its_page_and_the_day_it_was_read_or_says_that_it_has_none() -> None:
    for price in PRICES.values():
        assert price.dollars is not None
        if price.source == UNSOURCED:
            assert (price.url, price.as_of) == ("", "")
        else:
            assert price.url.startswith("https://")
            assert date.fromisoformat(price.as_of) <= date(2026, 11, 23)


def test_a_line_with_an_estimated_price_says_so() -> None:
    lines = named(costs(ALARMED, (), (), ()))
    assert (lines["heartbeat data points"].source, lines["heartbeat data points"].as_of) == ("unsourced estimate", "")
    assert (lines["heartbeat alarm"].source, lines["heartbeat alarm"].as_of) == (PRICES["alarm"].source, PRICES["alarm"].as_of)


def test_a_line_is_the_same_after_it_was_written_and_read() -> None:
    """A whole number read back as 730.0 would give the plan another hash, and it would look altered."""
    for line in costs(ALARMED, (), (ring(3),), hybrid(1001)):
        assert isinstance(line.quantity, float)
        assert line.monthly is None or isinstance(line.monthly, float)
