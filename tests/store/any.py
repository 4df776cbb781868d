"""Strategies for any value that may stand in a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from patchkeep.domain.asset import Asset, Counts, Inventory, Obstacle, Scan, Update
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.packages import Package, Packages

SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
TIMES = st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]))
KEYS = st.text(max_size=5) | st.sampled_from(["$time", "$bytes", "$plain"])
ANSWERS = st.recursive(
    SCALARS | TIMES | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
FROZEN = st.dictionaries(KEYS, ANSWERS, max_size=3).map(Frozen)
for kind, strategy in (
    (datetime, TIMES),
    (Frozen, FROZEN),
    (timedelta, st.timedeltas(timedelta(0), timedelta(days=9999))),
    (Target, st.builds(Target, account=st.from_regex(r"\A\d{12}\Z"), region=st.sampled_from(["", "eu-west-1"]))),
    (Counts, st.builds(Counts, missing=st.integers(0, 99))),
    (Update, st.builds(Update, cves=st.lists(st.text(max_size=9), max_size=2).map(tuple))),
    (Inventory, st.builds(Inventory, packages=st.lists(st.builds(Package), max_size=2).map(Packages))),
):
    st.register_type_strategy(kind, strategy)
ASSETS = st.builds(
    Asset,
    tags=FROZEN,
    facts=FROZEN,
    scan=st.none() | st.builds(Scan),
    updates=st.none() | st.lists(st.from_type(Update), max_size=2).map(tuple),
    inventory=st.none() | st.from_type(Inventory),
    obstacles=st.lists(st.builds(Obstacle), max_size=2).map(tuple),
    unread=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)
