"""Values as JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset, Counts, Scan
from patchkeep.domain.call import Gap
from patchkeep.domain.compliance import Compliance
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.ledger import Entry
from patchkeep.domain.plan import Plan
from patchkeep.domain.progress import Rollout
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.store import CodecError, from_json, to_json
from tests.store.any import ASSETS
from tests.store.estates import NOON, entry, gap, node, plan, read, rollout, snapshot


@settings(max_examples=60)
@given(ASSETS)
def test_any_asset_comes_back_equal(asset: Asset) -> None:
    assert from_json(Asset, to_json(asset)) == asset


@given(st.builds(Compliance, reasons=st.lists(st.text(max_size=5), max_size=2).map(tuple)))
def test_any_verdict_comes_back_equal(compliance: Compliance) -> None:
    assert from_json(Compliance, to_json(compliance)) == compliance


def test_a_rollout_that_was_stored_before_it_could_be_unsure_is_sure() -> None:
    stored = json.loads(to_json(rollout("ro-1")))
    del stored["unsure"]
    assert from_json(Rollout, json.dumps(stored).encode()) == rollout("ro-1")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Snapshot, snapshot(node(), gaps=(gap(),), reads=(read(),))),
        (Plan, plan()),
        (Rollout, rollout()),
        (Entry, entry()),
        (Gap, gap()),
    ],
)
def test_what_the_store_keeps_comes_back_equal(kind: type[Any], value: object) -> None:
    assert from_json(kind, to_json(value)) == value


def test_equal_values_have_equal_bytes() -> None:
    assert to_json(Frozen(a=1, b=[2])) == to_json(Frozen({"b": (2,), "a": 1}))


def test_a_time_in_another_zone_is_written_and_read_in_utc() -> None:
    elsewhere = replace(rollout(), started_at=NOON.astimezone(timezone(timedelta(hours=2))))
    assert b'"started_at":"2026-11-23T12:00:00.123456Z"' in to_json(elsewhere)
    read_back = from_json(Rollout, to_json(elsewhere).replace(b"T12:00:00.123456Z", b"T14:00:00.123456+02:00"))
    assert (read_back.started_at, read_back.started_at.tzinfo) == (NOON, UTC)


def test_a_time_in_an_aws_answer_comes_back_as_a_time() -> None:
    facts = Frozen(created=NOON, tagged={"$time": "not one"}, bare=b"\x00\xff")
    assert from_json(Frozen, to_json(facts)) == facts
    assert from_json(Frozen, to_json(facts))["created"].tzinfo is UTC


def changed(value: object, path: tuple[str | int, ...], to: object) -> bytes:
    text = json.loads(to_json(value))
    inner = text
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return json.dumps(text).encode()


@pytest.mark.parametrize(
    ("path", "to", "place", "what"),
    [
        (("id",), 7, "$.id", "Expected `str`, got `int`"),
        (("rings", 0, "bake_seconds"), "1 h", "$.rings[0].bake_seconds", "Expected `int`"),
        (("rings", 0, "changes", 0, "updates", 0, "state"), "gone", "$.rings[0].changes[0].updates[0].state", "Invalid enum value"),
        (("made_at",), "2026-11-23T12:00:00", "$.made_at", "has no zone"),
        (("made_at",), "yesterday", "$.made_at", "Invalid RFC3339"),
    ],
)
def test_a_wrong_plan_file_is_refused_with_the_place(path: tuple[str | int, ...], to: object, place: str, what: str) -> None:
    with pytest.raises(CodecError) as caught:
        from_json(Plan, changed(plan(), path, to))
    assert caught.value.place == place
    assert what in caught.value.what


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'"\xff\xfe"', b"\x00", b"[" * 100_000])
def test_what_is_no_plan_at_all_is_refused(text: bytes) -> None:
    with pytest.raises(CodecError, match=r"^\$"):
        from_json(Plan, text)


@pytest.mark.parametrize("facts", ["[]", '{"a":{"$time":"noon"}}', '{"a":{"$time":"2026-01-01T00:00:00"}}', '{"a":{"$bytes":"?"}}'])
def test_a_damaged_answer_inside_an_asset_is_refused_with_its_place(facts: str) -> None:
    text = to_json(replace(node(), facts=Frozen())).replace(b'"facts":{}', f'"facts":{facts}'.encode())
    with pytest.raises(CodecError, match=r"^\$\.(updates\[0\]\.)?facts: "):
        from_json(Asset, text)


@pytest.mark.parametrize("value", [object(), float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused_rather_than_bent(value: object) -> None:
    with pytest.raises(CodecError):
        to_json(replace(node(), facts=Frozen(odd=value)))


def test_a_time_without_a_zone_is_not_written() -> None:
    with pytest.raises(CodecError, match=r"\$\.scan\.at: the time 2026-11-23T12:00:00 has no zone"):
        to_json(replace(node(), scan=Scan(datetime(2026, 11, 23, 12), "Scan", "", "", Counts())))
