"""What a lifecycle feed told last is kept whole, in place of what was there before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from patchkeep.domain.asset import Support
from patchkeep.domain.lifecycle import NO_LIFECYCLES, Lifecycles
from patchkeep.doors.store import Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LINE = Support("store", "8", date(2030, 1, 1), None, "https://feed.example", date(2026, 11, 1), over=False)


def test_what_was_kept_last_comes_back_and_its_hash_names_it(store: Store) -> None:
    assert (store.lifecycles.latest(), store.lifecycles.hash()) == (NO_LIFECYCLES, "")
    first = Lifecycles((LINE,), NOW)
    store.lifecycles.keep(first)
    before = store.lifecycles.hash()
    second = Lifecycles((LINE, replace(LINE, line="7", standard_until=None, over=True)), NOW)
    store.lifecycles.keep(second)
    assert store.lifecycles.latest() == second
    assert store.lifecycles.hash() != before
    store.lifecycles.keep(first)
    assert store.lifecycles.hash() == before
