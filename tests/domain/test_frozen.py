"""Frozen values: unchangeable, comparable, and with one fingerprint each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.frozen import NOTHING, Frozen, fingerprint, freeze, thaw

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), plain, max_size=4))
def test_a_frozen_mapping_thaws_to_what_it_was_made_of(mapping: dict[str, Any]) -> None:
    assert thaw(freeze(mapping)) == mapping


@given(st.dictionaries(st.text(max_size=4), plain, max_size=4))
def test_the_order_of_keys_makes_no_difference(mapping: dict[str, Any]) -> None:
    backwards = dict(reversed(mapping.items()))
    assert Frozen(mapping) == Frozen(backwards)
    assert hash(Frozen(mapping)) == hash(Frozen(backwards))
    assert fingerprint(mapping) == fingerprint(backwards) == fingerprint(Frozen(mapping))


@given(plain, plain)
def test_different_values_have_different_fingerprints(one: Any, other: Any) -> None:
    assert (fingerprint([one]) == fingerprint([other])) == (repr(freeze([one])) == repr(freeze([other])))


def test_what_it_was_made_of_can_change_without_changing_it() -> None:
    inner = {"Ids": ["a"]}
    frozen = Frozen(inner)
    inner["Ids"].append("b")
    assert frozen["Ids"] == ("a",)


def test_it_offers_no_way_to_change_it() -> None:
    with pytest.raises(TypeError):
        Frozen(a=1)["a"] = 2  # type: ignore[index]  # the very thing that must not work


def test_a_set_freezes_in_one_order() -> None:
    assert freeze({"b", "a", "c"}) == ("a", "b", "c")


def test_named_values_join_and_win_over_the_mapping() -> None:
    assert Frozen({"a": 1, "b": 2}, b=3) == {"a": 1, "b": 3}
    assert len(NOTHING) == 0


def test_one_instant_has_one_fingerprint_in_every_zone() -> None:
    berlin = timezone(timedelta(hours=1))
    instant = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert fingerprint({"at": instant}) == fingerprint({"at": instant.astimezone(berlin)})
    assert fingerprint(date(2026, 11, 23)) != fingerprint(instant)


def test_a_value_without_a_canonical_form_has_no_fingerprint() -> None:
    with pytest.raises(TypeError, match="no canonical form for complex"):
        fingerprint({"a": 1j})
