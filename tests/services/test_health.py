"""What AWS announces becomes objects with dates and names; without a paid plan there is one gap, and it hides nothing."""

from __future__ import annotations

from typing import Any

import pytest

from patchkeep.domain.call import Cause, Refused
from patchkeep.domain.snapshot import hides_assets
from patchkeep.services import health
from patchkeep.services._paid import CODE
from tests.services.managed.health import ENDING, READS, REBOOT, STARTS, event
from tests.services.talk import HERE, carry, refused


def test_an_announced_end_has_a_name_a_date_and_the_resources_that_it_is_about() -> None:
    ending, reboot = carry(health.discover(HERE), READS)[0].objects
    assert (ending.id, ending.name, ending.fields["start"]) == (ENDING, "RDS: planned lifecycle event", STARTS)
    assert ending.fields["entities"] == ("billing", "orders")
    assert (reboot.id, reboot.fields["start"]) == (REBOOT, None)


def test_without_a_paid_plan_there_is_one_gap_that_says_so_and_hides_nothing() -> None:
    found, made = carry(health.discover(HERE), {"describe_events": _raised})
    (gap,) = found.gaps
    assert (gap.cause, hides_assets(gap), len(made)) == (Cause.NO_PLAN, False, 1)
    assert "paid support plan" in gap.reason


def _raised(_: dict[str, Any]) -> Any:
    return refused("health:DescribeEvents", "Subscription is required", CODE)


def test_any_other_refusal_is_raised() -> None:
    with pytest.raises(Refused):
        carry(health.discover(HERE), {"describe_events": refused("health:DescribeEvents")})


def test_refused_names_cost_the_names_and_not_the_events() -> None:
    found = carry(health.discover(HERE), {**READS, "describe_affected_entities": refused("health:DescribeAffectedEntities")})[0]
    assert [one.fields["entities"] for one in found.objects] == [(), ()]
    assert [gap.operation for gap in found.gaps] == ["health:DescribeAffectedEntities"]


def test_names_are_asked_for_ten_events_at_a_time_and_for_none_not_at_all() -> None:
    many = {"events": [event(f"{ENDING}{number}") for number in range(23)]}
    _, made = carry(health.discover(HERE), {**READS, "describe_events": many})
    assert [len(call.params["filter"]["eventArns"]) for call in made[1:]] == [10, 10, 3]
    assert len(carry(health.discover(HERE), {"describe_events": {"events": []}})[1]) == 1
