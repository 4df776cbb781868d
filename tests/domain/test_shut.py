"""Freezes held against the windows in which AWS acts by itself, and what AWS does in a freeze all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from patchkeep.domain.asset import Asset, Update, UpdateState
from patchkeep.domain.calendar.shut import Shut, unheld
from tests.domain.make import HERE, NOW, at, freeze

FREEZE = freeze((24, 120))  # from Tuesday 08:00 until Saturday 08:00
SCHEDULED = Update("os", "system update", UpdateState.SCHEDULED)


def said(*updates: Update, window: str = "", now: datetime = NOW) -> list[str]:
    asset = Asset(HERE.arn("rds", "db:orders"), "db instance", HERE, "orders", "", updates=updates, window=window)
    return list(unheld((FREEZE,), (asset, replace(asset, updates=())), now))


@pytest.mark.parametrize(
    ("window", "met"),
    [
        ("tue:07:00-tue:08:00", False),
        ("tue:07:00-tue:08:01", True),  # it opens before, and reaches into it
        ("sat:07:59-sat:09:00", True),
        ("sat:08:00-sat:09:00", False),
        ("daily 02:00-03:00", False),  # the next one is tonight's
        ("whenever", False),
        ("", False),
    ],
)
def test_a_window_is_met_where_its_next_opening_reaches_into_a_freeze(window: str, met: bool) -> None:
    assert (Shut((FREEZE,), NOW).next(window) is not None) is met


def test_a_forced_date_in_a_freeze_is_said_with_what_to_do_before() -> None:
    forced = replace(SCHEDULED, state=UpdateState.MISSING, forced_at=at(48))
    first = "AWS acts on orders (system update) on 2026-11-25 08:00"
    cure = "inside freeze year end: carry it out before 2026-11-24 08:00 (`patchkeep calendar`)"
    later = (replace(forced, id="db", forced_at=at(50)), replace(forced, id="late", forced_at=at(130)))
    assert said(forced, *later) == [f"{first} and puts 1 more update on later, {cure}"]
    (during,) = said(forced, now=at(30))
    assert "have AWS defer it, or end the freeze earlier" in during


def test_what_is_agreed_for_a_window_in_a_freeze_is_said_unless_it_is_put_off() -> None:
    (agreed,) = said(SCHEDULED, window="wed:08:00-wed:09:00")
    assert agreed.startswith("AWS acts on orders (system update) on 2026-11-25 08:00, inside freeze")
    assert said(replace(SCHEDULED, due_at=at(200)), window="wed:08:00-wed:09:00") == []
    assert said(SCHEDULED, window="sun:08:00-sun:09:00") == []
    assert said(replace(SCHEDULED, state=UpdateState.OPTIONAL, forced_at=at(48))) == []
